//! What rows say of capacity: the rate of arrivals up to which each model kept an
//! objective for response times, and the CPU that it took there.

use std::collections::BTreeMap;

use super::grid::{Column, Grid, Markup, Style, escaped, one_line};
use super::html;
use super::lines::wrapped;
use crate::base::si::{self, ABSENT};
use crate::base::word::Named as _;
use crate::kit::Class;
use crate::record::flag::Flag;
use crate::record::identity::target_named;
use crate::record::objective::Objective;
use crate::record::objective::{OBJECTIVE, searched};
use crate::record::palette::place_of;
use crate::record::placement::Placed;
use crate::record::quantity::{CPU, CPUS};
use crate::record::row::Row;
use crate::stats::capacity::{Known, LEVEL, Search};
use crate::stats::quantile::median;

/// A sample's quantile over the objective's limit. Infinite where the sample failed, fell
/// behind or states no quantile: it missed the objective, by how much is not known.
#[must_use]
pub fn over(row: &Row, objective: &Objective) -> f64 {
    let response = row.response.as_ref();
    let ns = response.and_then(|response| objective.percentile.ns(response));
    let counts = row.error.is_none() && !row.flagged(Flag::Overloaded);
    ns.filter(|_| counts)
        .map_or(f64::INFINITY, |ns| ns / objective.limit_ns as f64)
}

/// Whether a sample kept the objective.
#[must_use]
pub fn keeps(row: &Row, objective: &Objective) -> bool {
    over(row, objective) <= 1.0
}

/// What was found of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// The model, with `@reqwest` behind it for that client.
    pub label: String,
    /// The capacity, its interval, and the rates beside it, orders per second.
    pub known: Known,
    /// The quantile at the highest rate that was kept, median over samples, ns.
    pub response_ns: Option<f64>,
    /// CPU time per order there, median over samples, ns.
    pub cpu_ns_per_order: Option<f64>,
    /// CPU time over wall time there, median over samples: CPUs in use.
    pub cpus: Option<f64>,
    /// Samples of the whole search.
    pub samples: usize,
    /// Flags at that rate that say the capacity may be higher.
    pub flags: Vec<Flag>,
    /// The first error, where any sample failed.
    pub error: Option<String>,
}

/// Flags of the highest rate that was kept under which the model may be able to do more.
const AT_LEAST: [Flag; 3] = [Flag::ServerBound, Flag::PacerLate, Flag::LimitsRefused];

/// The capacity that the rows of one cell's search tell.
#[must_use]
pub fn capacity(rows: &[&Row], objective: &Objective) -> Capacity {
    // In the order in which they were asked for: what was bet on a rate depends on all
    // that was known before.
    let mut turns: Vec<&Row> = rows.to_vec();
    turns.sort_by_key(|row| row.round);
    let rate = |row: &Row| row.offered_per_s.unwrap_or(0.0);
    let mut search = Search::from(turns.first().map_or(1.0, |row| rate(row)));
    for row in &turns {
        search.answer(rate(row), over(row, objective));
    }
    let mut found = Capacity {
        known: search.known(),
        samples: rows.len(),
        error: rows.iter().find_map(|row| row.error.clone()),
        ..Capacity::default()
    };
    if let Some(row) = rows.first() {
        let at = row.client.suffix();
        found.label = format!("{}{at}", row.model);
    }
    let at_kept: Vec<&Row> = turns
        .into_iter()
        .filter(|row| found.known.kept == Some(rate(row)) && row.error.is_none())
        .collect();
    let middle = |of: &dyn Fn(&Row) -> Option<f64>| {
        median(&at_kept.iter().filter_map(|row| of(row)).collect::<Vec<_>>())
    };
    found.response_ns = middle(&|row| objective.percentile.ns(row.response.as_ref()?));
    found.cpu_ns_per_order = middle(&|row| CPU.of_row(row));
    found.cpus = middle(&|row| CPUS.of_row(row));
    found.flags = AT_LEAST
        .into_iter()
        .filter(|flag| {
            let carry = at_kept.iter().filter(|row| row.flagged(*flag));
            2 * carry.count() > at_kept.len()
        })
        .collect();
    found
}

/// A table for each scenario and objective whose capacity was searched for,
/// highest first; empty where none was.
#[must_use]
pub fn tables(rows: &[Row], style: &Style) -> String {
    let mut searches: BTreeMap<_, BTreeMap<_, Vec<&Row>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| searched(row)) {
        let cell = (
            !row.client.ranked(),
            place_of(&row.model, row.peer.as_ref()),
            &row.cell,
        );
        let rest: BTreeMap<_, _> = row.set.iter().filter(|(key, _)| *key != "rate").collect();
        let search = (
            &row.workload,
            &row.scenario,
            &row.target,
            rest,
            &row.class,
            &row.placement,
        );
        let cells = searches.entry(search).or_default();
        cells.entry(cell).or_default().push(row);
    }
    let mut out = Vec::new();
    for ((workload, scenario, target, set, class, placement), cells) in searches {
        let Ok(objective) = set[&OBJECTIVE.to_owned()].parse::<Objective>() else {
            continue;
        };
        let found: Vec<Capacity> = cells
            .values()
            .map(|rows| capacity(rows, &objective))
            .collect();
        let mut apart: Vec<String> = target.iter().map(|url| target_named(url)).collect();
        let set = set.iter().filter(|(key, _)| key.as_str() != OBJECTIVE);
        apart.extend(set.map(|(key, value)| format!("{key} = {value}")));
        if *class == Class::Shipped {
            apart.push(class.to_string());
        }
        if *placement == Placed::Shared {
            apart.push("placement shared".into());
        }
        let apart = match apart.as_slice() {
            [] => String::new(),
            some => format!(" ({})", some.join(", ")),
        };
        let name = format!("{workload}/{scenario}{apart}");
        out.push(table(&name, &objective, found, style));
    }
    out.join("\n")
}

fn table(name: &str, objective: &Objective, mut found: Vec<Capacity>, style: &Style) -> String {
    let by = |of: &Known| of.estimate.or(of.kept).unwrap_or(0.0);
    found.sort_by(|a, b| by(&b.known).total_cmp(&by(&a.known)));
    let column = Column::new;
    let name_of_quantile = format!("{}, ms", objective.name());
    let level = format!("{:.0} %", 100.0 * LEVEL);
    let mut grid = Grid {
        columns: vec![
            column(&["model"], true),
            column(&["capacity,", "orders/s"], false),
            column(&[&level, "interval"], true),
            column(&["at,", "orders/s"], false),
            column(&["response", &name_of_quantile], false),
            column(&["CPU,", "µs/order"], false),
            column(&["CPUs", "in use"], false),
            column(&["samples"], false),
            column(&["note"], true),
        ],
        apart: found.len(),
        label: format!("the capacities of {name}"),
        ..Grid::default()
    };
    let number = |value: Option<f64>, unit: f64| {
        value.map_or(ABSENT.to_owned(), |value| si::plain(value / unit))
    };
    for one in &found {
        let rate = |rate: Option<f64>| rate.map_or(ABSENT.to_owned(), si::short);
        let least = if one.flags.is_empty() { "" } else { "≥ " };
        let mut notes: Vec<String> = one.flags.iter().map(|flag| flag.name().into()).collect();
        notes.extend(one.error.as_ref().map(|_| "some samples failed".to_owned()));
        let Known {
            estimate,
            low,
            high,
            kept,
            missed,
        } = one.known;
        if kept.is_none() {
            notes.push("missed at every rate".into());
        } else if missed.is_none() {
            notes.push("kept at every rate".into());
        }
        let capacity = match estimate {
            Some(_) => format!("{least}{}", rate(estimate)),
            // What was kept at all is known, and no more.
            None => kept.map_or(ABSENT.to_owned(), |_| format!("≥ {}", rate(kept))),
        };
        let interval = match (low, high) {
            (None, None) => ABSENT.to_owned(),
            (Some(_), Some(_)) => format!("[{}, {}]", rate(low), rate(high)),
            (Some(_), None) => format!("≥ {}", rate(low)),
            (None, Some(_)) => format!("≤ {}", rate(high)),
        };
        grid.rows.push(vec![
            one.label.clone().into(),
            capacity.into(),
            interval.into(),
            rate(kept).into(),
            number(one.response_ns, 1e6).into(),
            number(one.cpu_ns_per_order, 1e3).into(),
            number(one.cpus, 1.0).into(),
            one.samples.to_string().into(),
            notes.join(", ").into(),
        ]);
    }
    let limit = si::time(objective.limit_ns as f64);
    let title = format!(
        "{name}: capacity with response {} ≤ {limit}",
        objective.name()
    );
    let mut out = match style.markup {
        Markup::Plain => wrapped(&title, "", "  ", style.width),
        Markup::Markdown => format!("### {}\n\n", escaped(&title)),
        Markup::Html => html::heading(&title),
    };
    out += &grid.render(style);
    let mut lines = vec![
        "At the capacity, half of the samples keep the objective. Models whose intervals overlap are not told apart; the columns behind are of the highest rate that was kept."
            .to_owned(),
    ];
    for flag in AT_LEAST {
        if found.iter().any(|one| one.flags.contains(&flag)) {
            lines.push(format!("{}: {}", flag.name(), flag.meaning()));
        }
    }
    for one in &found {
        if let Some(error) = &one.error {
            lines.push(format!("{}: {error}", one.label));
        }
    }
    for line in lines {
        let line = one_line(&line);
        out += &match style.markup {
            Markup::Plain => wrapped(&line, "", "  ", style.width),
            Markup::Markdown => format!("\n{}\n", escaped(&line)),
            Markup::Html => html::paragraph(&line),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::row::{Latency, SCHEMA};

    /// A sample at `rate` whose p99 is `p99_ns`.
    fn row(model: &str, rate: f64, p99_ns: u64) -> Row {
        let set = [
            ("rate".to_owned(), rate.to_string()),
            (OBJECTIVE.to_owned(), "p99=20ms".to_owned()),
        ];
        Row {
            schema: SCHEMA,
            cell: format!("fetch/open-loop/{model}"),
            workload: "fetch".into(),
            scenario: "open-loop".into(),
            model: model.into(),
            client: "wire".into(),
            set: set.into(),
            offered_per_s: Some(rate),
            orders: (2.0 * rate) as u64,
            wall_ns: Some(2_000_000_000),
            cpu_ns: Some((rate * 2.0 * 30_000.0) as u64),
            response: Some(Latency {
                p99_ns: Some(p99_ns),
                ..Latency::default()
            }),
            ..Row::default()
        }
    }

    fn objective() -> Objective {
        "p99=20ms".parse().unwrap()
    }

    #[test]
    fn one_bad_sample_is_outweighed_and_falling_behind_is_a_miss() {
        let mut rows = [
            row("smol", 1000.0, 3_000_000),
            row("smol", 2000.0, 30_000_000),
            row("smol", 2000.0, 4_000_000),
            row("smol", 2000.0, 5_000_000),
            row("smol", 3000.0, 50_000_000),
            row("smol", 3000.0, 50_000_000),
            // A lucky one above a miss is pooled with it.
            row("smol", 4000.0, 16_000_000),
        ];
        let found = capacity(&rows.iter().collect::<Vec<_>>(), &objective());
        assert_eq!(found.known.kept, Some(2000.0));
        assert_eq!(found.known.missed, Some(3000.0));
        let estimate = found.known.estimate.unwrap();
        assert!((2000.0..3000.0).contains(&estimate), "{estimate}");
        assert_eq!(found.response_ns, Some(5_000_000.0));
        assert_eq!(found.cpu_ns_per_order, Some(30_000.0));
        assert_eq!(found.cpus, Some(0.06));
        // Falling behind is a miss however fast the answers were.
        for row in &mut rows {
            row.flags = vec!["overloaded".into()];
        }
        let found = capacity(&rows.iter().collect::<Vec<_>>(), &objective());
        assert_eq!((found.known.kept, found.known.missed), (None, Some(1000.0)));
    }

    #[test]
    fn a_sample_that_states_no_quantile_or_failed_keeps_nothing() {
        let good = row("smol", 1000.0, 1);
        assert!(keeps(&good, &objective()));
        let unstated = Row {
            response: Some(Latency::default()),
            ..good.clone()
        };
        let failed = Row {
            error: Some("a server died".into()),
            ..good
        };
        assert!(!keeps(&unstated, &objective()) && !keeps(&failed, &objective()));
    }

    #[test]
    fn capacities_in_plain_text() {
        let mut rows = Vec::new();
        for (model, capacity) in [("os-threads", 9_000.0), ("tokio-mt", 41_000.0)] {
            let mut search = Search::from(4_000.0);
            while let Some(rate) = search.next() {
                let rate = rate.round();
                let p99 = if rate <= capacity {
                    3_100_000
                } else {
                    400_000_000
                };
                let row = Row {
                    round: 1 + rows.len() as u32,
                    ..row(model, rate, p99)
                };
                search.answer(rate, over(&row, &objective()));
                rows.push(row);
            }
        }
        // One that was begun, and knows little.
        rows.extend([1000.0, 2000.0].map(|rate| row("smol", rate, 3_000_000)));
        rows.last_mut().unwrap().error = Some("the runner died: signal 9".into());
        for row in rows.iter_mut().filter(|row| row.model == "tokio-mt") {
            row.flags = vec!["server-bound".into()];
        }
        insta::assert_snapshot!(tables(&rows, &Style::PLAIN));
    }

    #[test]
    fn what_is_told_is_what_the_search_knew() {
        let mut search = Search::from(500.0);
        let mut rows = Vec::new();
        while let Some(rate) = search.next() {
            let rate = rate.round();
            let p99 = 20e6 * (rate / 7_000.0).powi(3);
            let row = Row {
                round: 1 + rows.len() as u32,
                ..row("smol", rate, p99 as u64)
            };
            search.answer(rate, over(&row, &objective()));
            rows.push(row);
        }
        let told = capacity(&rows.iter().rev().collect::<Vec<_>>(), &objective());
        assert_eq!(told.known, search.known());
        assert!(told.known.is_narrow(), "{:?}", told.known);
        assert!((told.known.estimate.unwrap() / 7_000.0 - 1.0).abs() < 0.02);
    }

    #[test]
    fn rows_of_no_search_make_no_table() {
        let mut plain = row("smol", 1000.0, 1);
        plain.set.remove(OBJECTIVE);
        assert_eq!(tables(&[plain], &Style::PLAIN), "");
    }
}
