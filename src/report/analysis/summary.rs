//! Rows condensed: one summary a cell.

use std::collections::{BTreeMap, BTreeSet};

use super::independence;
use super::order;
use super::speeds::{self, TwoSpeeds};
use crate::base::error::NOT_OFFERED;
use crate::base::word::Word;
use crate::kit::Class;
use crate::record::flag::Flag;
use crate::record::fold::Fold;
use crate::record::hosts;
use crate::record::identity::Settings;
use crate::record::identity::{Identity, unplaced};
use crate::record::latency;
use crate::record::palette::{self, Family, Rgb};
use crate::record::placement::Placed;
use crate::record::quantity::{self, Quantity, Source, THROUGHPUT};
use crate::record::row::{Latency, Peer, Row};
use crate::stats::quantile::{median, quantile};
use crate::workload::client::Client;

/// What all samples of one cell say together. Absent numbers were not or
/// could not be measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// `workload/scenario/model`, with `@reqwest` behind it for that client.
    pub cell: String,
    /// What was done.
    pub workload: String,
    /// Named parameters of the workload.
    pub scenario: String,
    /// Version of the scenario.
    pub scenario_version: u32,
    /// How orders were run concurrently.
    pub model: String,
    /// The program that the model is of; none of models of this build.
    pub peer: Option<Peer>,
    /// `wire`, `reqwest` or `none`.
    pub client: Word<Client>,
    /// `equal` or `shipped`.
    pub class: Word<Class>,
    /// The URL that was asked; none where it was the mock server, or there is none.
    pub target: Option<String>,
    /// How many orders may be in flight.
    pub concurrency: u64,
    /// OS threads that carry units where many share a thread.
    pub workers: Option<u64>,
    /// Parameters that `--set` or `--sweep` changed, as text.
    pub set: BTreeMap<String, String>,
    /// `own-core`, `shared` or `alone`; empty where rows do not say.
    pub placement: Word<Placed>,
    /// Orders that came per second from outside, median; open loop only.
    pub offered_per_s: Option<f64>,
    /// Orders that a rate which all units share allows per second, median.
    pub allowed_per_s: Option<f64>,
    /// Samples taken, with the failed ones.
    pub taken: usize,
    /// Samples measured, without the failed ones.
    pub samples: usize,
    /// Rounds that these samples come from.
    pub rounds: usize,
    /// First and third quartile of throughput over samples.
    pub quartiles: Option<(f64, f64)>,
    /// Service times of all samples merged.
    pub service: Option<Latency>,
    /// Response times of all samples merged; open loop only.
    pub response: Option<Latency>,
    /// How much later orders ended than their waits did, of all samples merged.
    pub lag: Option<Latency>,
    /// By the names of quantities: see [`Summary::of`].
    figures: BTreeMap<&'static str, f64>,
    /// Most OS threads seen.
    pub threads: Option<u64>,
    /// Most processes seen.
    pub processes: Option<u64>,
    /// Every flag of any sample, with the number of samples that carry it;
    /// those which only all rounds together show ([`Flag::OrderEffect`],
    /// [`Flag::Autocorrelated`], [`Flag::TwoSpeeds`]) with all of
    /// them.
    pub flags: BTreeMap<Word<Flag>, usize>,
    /// The two speeds that its rounds fall into, if they do.
    pub(crate) two_speeds: Option<TwoSpeeds>,
    /// Why samples failed, each distinct reason with its number of samples.
    pub errors: BTreeMap<String, usize>,
    /// Versions of bakeoff and of the crates that the model names.
    pub versions: BTreeMap<String, String>,
}

impl Summary {
    /// The quantity of all samples together, as its [`Source`] says.
    #[must_use]
    pub fn of(&self, quantity: &Quantity) -> Option<f64> {
        self.figures.get(quantity.name).copied()
    }

    /// Of the cell that this is the summary of.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            workload: (&self.workload).into(),
            scenario: (&self.scenario).into(),
            version: self.scenario_version,
            target: self.target.as_ref().map(std::borrow::Cow::from),
            class: self.class.clone(),
            concurrency: self.concurrency,
            set: Settings::of(&self.set),
            unranked: !self.ranked(),
            place: self.place(),
            model: (&self.model).into(),
            peer: self.peer.as_ref().map(|peer| (&peer.name).into()),
            client: self.client.clone(),
            cell: (&self.cell).into(),
            placement: self.placement.clone(),
            workers: self.workers,
        }
    }

    /// The model, with its client behind it where that is not the ranked one.
    #[must_use]
    pub fn label(&self) -> String {
        if self.ranked() {
            self.model.clone()
        } else {
            let (model, host) = hosts::parted(&self.model);
            let mut label = format!("{model}@{}", self.client);
            if let Some(host) = host {
                hosts::put(&mut label, host);
            }
            label
        }
    }

    /// Whether `row` is one of the samples that this is a summary of.
    #[must_use]
    pub fn holds(&self, row: &Row) -> bool {
        let (of, own) = (Identity::of(row), self.identity());
        if unplaced(row) {
            of.unplaced() == own.unplaced()
        } else {
            of == own
        }
    }

    /// Place of the model in every list.
    #[must_use]
    pub fn place(&self) -> usize {
        palette::place_of(&self.model, self.peer.as_ref())
    }

    /// What the model is one of.
    #[must_use]
    pub fn family(&self) -> Family {
        palette::family_of(&self.model, self.peer.as_ref())
    }

    /// The colour of its bars, lines and marks.
    #[must_use]
    pub fn colour(&self) -> Rgb {
        palette::colour_of(&self.model, self.peer.as_ref())
    }

    /// A number for the form of its marks.
    #[must_use]
    pub fn form(&self) -> usize {
        palette::form_of(&self.model, self.peer.as_ref())
    }

    /// Whether its program said that it does not do what was asked for.
    #[must_use]
    pub fn is_not_offered(&self) -> bool {
        let mut errors = self.errors.keys();
        self.samples == 0
            && !self.errors.is_empty()
            && errors.all(|error| error.starts_with(NOT_OFFERED))
    }

    /// Whether it is a model of another program, which is ranked among such.
    #[must_use]
    pub fn apart(&self) -> bool {
        let peer = self.peer.as_ref();
        peer.is_some_and(|peer| !peer.ranked_with_ours)
    }

    /// Whether the cell's client is the one that models are compared by.
    #[must_use]
    pub fn ranked(&self) -> bool {
        self.client.ranked()
    }
}

/// One summary for all rows of the same [`Identity`], in an order that does not
/// depend on the rows' own.
#[must_use]
pub fn summarise(rows: &[Row]) -> Vec<Summary> {
    summarise_folded(rows, &Fold::default())
}

/// The same of rows whose histograms and versions are in `fold`.
#[must_use]
pub fn summarise_folded(rows: &[Row], fold: &Fold) -> Vec<Summary> {
    let mut groups: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        let key = Identity::of(row).unplaced();
        groups.entry(key).or_default().push(row);
    }
    let cells: Vec<Vec<&Row>> = groups.into_values().flat_map(by_placement).collect();
    let flags = [
        (Flag::OrderEffect, order::dependent(&cells)),
        (Flag::Autocorrelated, independence::autocorrelated(&cells)),
    ];
    let speeds = speeds::of(&cells);
    let summaries = cells
        .iter()
        .zip(speeds)
        .enumerate()
        .map(|(at, (rows, speeds))| {
            let mut summary = condense(rows, fold);
            let two_speeds = speeds.is_some().then_some(Flag::TwoSpeeds);
            let shown = flags.iter().filter(|(_, found)| found[at]);
            for flag in shown.map(|(flag, _)| *flag).chain(two_speeds) {
                summary.flags.insert(flag.into(), summary.taken);
            }
            summary.two_speeds = speeds;
            summary
        });
    summaries.collect()
}

/// A cell that was refused before it was placed is no cell of its own: it goes
/// with the first of those that were placed.
fn by_placement(rows: Vec<&Row>) -> Vec<Vec<&Row>> {
    let mut placed: BTreeMap<(&Word<Placed>, Option<u64>), Vec<&Row>> = BTreeMap::new();
    let (without, with): (Vec<&Row>, Vec<&Row>) = rows.into_iter().partition(|row| unplaced(row));
    for row in with {
        let seat = (&row.placement, row.workers);
        placed.entry(seat).or_default().push(row);
    }
    match placed.values_mut().next() {
        Some(first) => first.extend(without),
        None => return vec![without],
    }
    placed.into_values().collect()
}

fn condense(rows: &[&Row], fold: &Fold) -> Summary {
    let mut summary = Summary::default();
    if let Some(first) = rows.first() {
        summary.cell.clone_from(&first.cell);
        summary.workload.clone_from(&first.workload);
        summary.scenario.clone_from(&first.scenario);
        summary.scenario_version = first.scenario_version;
        summary.model.clone_from(&first.model);
        summary.peer.clone_from(&first.peer);
        summary.client.clone_from(&first.client);
        summary.class.clone_from(&first.class);
        summary.target.clone_from(&first.target);
        summary.workers = first.workers;
        summary.concurrency = first.concurrency;
        summary.set.clone_from(&first.set);
        summary.placement.clone_from(&first.placement);
    }
    summary.taken = rows.len();
    for row in rows {
        for flag in row.flags.iter().collect::<BTreeSet<_>>() {
            *summary.flags.entry(flag.clone()).or_default() += 1;
        }
        summary.versions.extend(row.versions.clone());
        if let Some(error) = &row.error {
            *summary.errors.entry(error.clone()).or_default() += 1;
        }
    }
    // A failed sample's numbers, where it has any, prove nothing.
    let good: Vec<&Row> = rows
        .iter()
        .copied()
        .filter(|row| row.error.is_none())
        .collect();
    let all = |of: &dyn Fn(&Row) -> Option<f64>| -> Vec<f64> {
        good.iter()
            .filter_map(|row| of(row))
            .filter(|value| value.is_finite())
            .collect()
    };
    summary.samples = good.len();
    summary.rounds = good
        .iter()
        .map(|row| row.round)
        .collect::<BTreeSet<_>>()
        .len();
    let throughput = all(&|row| THROUGHPUT.of_row(row));
    summary.quartiles = quantile(&throughput, 0.25).zip(quantile(&throughput, 0.75));
    summary.offered_per_s = median(&all(&|row| row.offered_per_s));
    summary.allowed_per_s = median(&all(&|row| row.allowed_per_s));
    summary.threads = good.iter().filter_map(|row| row.threads).max();
    summary.processes = good.iter().filter_map(|row| row.processes).max();
    let folded = good.first().or(rows.first()).and_then(|row| fold.of(row));
    if let Some(folded) = folded {
        summary.versions.extend(folded.versions.clone());
    }
    let service = folded.map_or_else(
        || latency::merge(good.iter().filter_map(|row| row.service.as_ref())),
        |folded| folded.service.merged(),
    );
    summary.service = told(service, &mut summary.errors, "service");
    let response = folded.map_or_else(
        || latency::merge(good.iter().filter_map(|row| row.response.as_ref())),
        |folded| folded.response.merged(),
    );
    summary.response = told(response, &mut summary.errors, "response");
    let lag = folded.map_or_else(
        || latency::merge(good.iter().filter_map(|row| row.lag.as_ref())),
        |folded| folded.lag.merged(),
    );
    summary.lag = told(lag, &mut summary.errors, "lag");
    for quantity in quantity::ALL {
        let middle = || median(&all(&|row| quantity.of_row(row)));
        let figure = match quantity.source {
            Source::Number(_) => middle(),
            Source::PerOrder(amount) => per_order(&good, amount),
            Source::Times(times, percentile) if percentile.merges() => {
                let merged = times.of(
                    summary.service.as_ref(),
                    summary.response.as_ref(),
                    summary.lag.as_ref(),
                );
                merged.and_then(|merged| percentile.ns(merged))
            }
            Source::Times(..) => middle(),
        };
        summary
            .figures
            .extend(figure.map(|value| (quantity.name, value)));
    }
    summary
}

fn per_order(rows: &[&Row], amount: fn(&Row) -> Option<u64>) -> Option<f64> {
    let (mut total, mut orders) = (0.0, 0.0);
    for row in rows {
        if let Some(amount) = amount(row) {
            total += amount as f64;
            orders += row.orders as f64;
        }
    }
    (orders > 0.0).then(|| total / orders)
}

/// The times, or an error of the cell.
fn told(
    times: Result<Option<Latency>, String>,
    errors: &mut BTreeMap<String, usize>,
    what: &str,
) -> Option<Latency> {
    times.unwrap_or_else(|error| {
        *errors.entry(format!("{what} times: {error}")).or_default() += 1;
        None
    })
}

/// How many samples the panel's medians are of.
pub(crate) fn sampling(cells: &[&Summary]) -> String {
    let span = |of: fn(&Summary) -> usize, one: &str, many: &str| -> String {
        let measured = || cells.iter().filter(|s| s.samples > 0).map(|s| of(s));
        match (measured().min(), measured().max()) {
            (Some(1), Some(1)) => format!("1 {one}"),
            (Some(low), Some(high)) if low == high => format!("{low} {many}"),
            (Some(low), Some(high)) => format!("{low} to {high} {many}"),
            _ => format!("no {many}"),
        }
    };
    // What is not as it would be without being asked for is said.
    let all = |is: fn(&Summary) -> bool, what| {
        let holds = !cells.is_empty() && cells.iter().all(|cell| is(cell));
        if holds { what } else { "" }
    };
    format!(
        "{} in {}{}{}",
        span(|s| s.samples, "sample", "samples"),
        span(|s| s.rounds, "round", "rounds"),
        all(|s| s.class == Class::Shipped, "; class shipped"),
        all(|s| s.placement == Placed::Shared, "; placement shared"),
    )
}

#[cfg(test)]
mod tests {
    use super::{summarise, summarise_folded};
    use crate::record::fold::Digest;
    use crate::record::latency;
    use crate::record::quantity::{SERVICE_P50, SERVICE_P90};
    use crate::record::row::Row;
    use crate::report::fixture::{open_loop, ranked, run, swept};

    #[test]
    fn folded_rows_say_the_same() {
        for rows in [run(), ranked(), open_loop(), swept()] {
            let digest: Digest = rows.iter().cloned().collect();
            let folded = summarise_folded(&digest.rows, &digest.fold);
            assert_eq!(folded, summarise(&rows));
            assert!(digest.rows.iter().all(|row| row.versions.is_empty()));
        }
    }

    #[test]
    fn a_median_that_no_sample_states_is_none_of_the_cell() {
        let of = |orders: u64| -> Vec<Row> {
            let rows = (0..10).map(|round| Row {
                cell: "bakery/hundred-bakers/sequential".into(),
                round,
                orders,
                service: latency::from_values((1..=orders).map(|i| i * 1000)),
                ..Row::default()
            });
            rows.collect()
        };
        // All samples together would state p50 and p90.
        let few = &summarise(&of(19))[0];
        assert!(few.service.as_ref().unwrap().p50_ns.is_some());
        assert_eq!(few.of(&SERVICE_P50), None);
        assert!(few.of(&SERVICE_P90).is_some());
        let enough = summarise(&of(20))[0].of(&SERVICE_P50).unwrap();
        assert!((enough / 10_000.0 - 1.0).abs() <= 0.001, "{enough}");
    }

    #[test]
    fn a_histogram_that_cannot_be_read_is_an_error_of_its_cell() {
        let mut rows = run();
        rows[0].service.as_mut().unwrap().hdr = "cake".into();
        let digest: Digest = rows.iter().cloned().collect();
        let folded = summarise_folded(&digest.rows, &digest.fold);
        assert_eq!(folded, summarise(&rows));
    }
}
