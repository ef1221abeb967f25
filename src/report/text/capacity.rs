//! What rows say of capacity: the highest rate of arrivals at which each model
//! kept an objective for response times, and the CPU that it took there.

use std::collections::BTreeMap;

use super::grid::{Cell, Column, Emphasis, Grid, Markup, Style, escaped, one_line};
use super::html;
use super::lines::wrapped;
use crate::base::si::{self, ABSENT};
use crate::base::word::Named as _;
use crate::kit::Class;
use crate::record::flag::Flag;
use crate::record::identity::target_named;
use crate::record::objective::Objective;
use crate::record::objective::{OBJECTIVE, searched};
use crate::record::palette::place;
use crate::record::placement::Placed;
use crate::record::quantity::{CPU, CPUS};
use crate::record::row::Row;
use crate::stats::quantile::median;
use crate::workload::client::Client;

/// Whether a sample kept the objective: it was measured, did not fall behind,
/// and states the quantile within the limit.
#[must_use]
pub fn keeps(row: &Row, objective: &Objective) -> bool {
    let behind = row.flagged(Flag::Overloaded);
    let response = row.response.as_ref();
    let within = response
        .and_then(|response| objective.percentile.ns(response))
        .is_some_and(|ns| ns <= objective.limit_ns as f64);
    row.error.is_none() && !behind && within
}

/// What was found of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// The model, with `@reqwest` behind it for that client.
    pub label: String,
    /// Highest rate that most samples kept the objective at, below all at which
    /// most did not, orders per second.
    pub kept: Option<f64>,
    /// Lowest rate that most samples missed it at.
    pub missed: Option<f64>,
    /// The quantile at the rate `kept`, median over samples, ns.
    pub response_ns: Option<f64>,
    /// CPU time per order there, median over samples, ns.
    pub cpu_ns_per_order: Option<f64>,
    /// CPU time over wall time there, median over samples: CPUs in use.
    pub cpus: Option<f64>,
    /// Samples of the whole search.
    pub samples: usize,
    /// Flags at the rate `kept` that say the capacity may be higher.
    pub flags: Vec<Flag>,
    /// The first error, where any sample failed.
    pub error: Option<String>,
}

/// Flags of the rate `kept` under which the model may be able to do more.
const AT_LEAST: [Flag; 3] = [Flag::ServerBound, Flag::PacerLate, Flag::LimitsRefused];

/// The capacity that the rows of one cell's search tell.
#[must_use]
pub fn capacity(rows: &[&Row], objective: &Objective) -> Capacity {
    let mut by_rate: BTreeMap<u64, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        // Rates are positive, so that their bits sort as they do.
        let rate = row.offered_per_s.unwrap_or(0.0);
        by_rate.entry(rate.to_bits()).or_default().push(row);
    }
    let mut found = Capacity {
        samples: rows.len(),
        error: rows.iter().find_map(|row| row.error.clone()),
        ..Capacity::default()
    };
    if let Some(row) = rows.first() {
        let at = row.client.known().map_or_else(String::new, Client::suffix);
        found.label = format!("{}{at}", row.model);
    }
    let mut at_kept = Vec::new();
    for (bits, rows) in by_rate {
        let kept = rows.iter().filter(|row| keeps(row, objective)).count();
        if 2 * kept > rows.len() {
            found.kept = Some(f64::from_bits(bits));
            at_kept = rows;
        } else {
            found.missed = Some(f64::from_bits(bits));
            break;
        }
    }
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
        let cell = (!row.client.ranked(), place(&row.model), &row.cell);
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
    found.sort_by(|a, b| b.kept.unwrap_or(0.0).total_cmp(&a.kept.unwrap_or(0.0)));
    let column = Column::new;
    let name_of_quantile = format!("{}, ms", objective.name());
    let mut grid = Grid {
        columns: vec![
            column(&["model"], true),
            column(&["kept up to,", "orders/s"], false),
            column(&["missed at,", "orders/s"], false),
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
        if one.kept.is_none() {
            notes.push("missed at every rate".into());
        } else if one.missed.is_none() {
            notes.push("kept at every rate".into());
        }
        let kept = Cell {
            text: format!("{least}{}", rate(one.kept)),
            emphasis: Emphasis::None,
        };
        grid.rows.push(vec![
            one.label.clone().into(),
            kept,
            rate(one.missed).into(),
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
        "The capacity lies between the first two numbers; models whose ranges overlap are not told apart."
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
    fn most_samples_decide_a_rate_and_the_lowest_miss_ends_it() {
        let mut rows = [
            row("smol", 1000.0, 3_000_000),
            row("smol", 2000.0, 30_000_000),
            row("smol", 2000.0, 4_000_000),
            row("smol", 2000.0, 5_000_000),
            row("smol", 3000.0, 50_000_000),
            // A lucky one above a miss counts for nothing.
            row("smol", 4000.0, 6_000_000),
        ];
        let found = capacity(&rows.iter().collect::<Vec<_>>(), &objective());
        assert_eq!((found.kept, found.missed), (Some(2000.0), Some(3000.0)));
        assert_eq!(found.response_ns, Some(5_000_000.0));
        assert_eq!(found.cpu_ns_per_order, Some(30_000.0));
        assert_eq!(found.cpus, Some(0.06));
        // Falling behind is a miss however fast the answers were.
        rows[0].flags = vec!["overloaded".into()];
        let found = capacity(&rows.iter().collect::<Vec<_>>(), &objective());
        assert_eq!((found.kept, found.missed), (None, Some(1000.0)));
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
            for rate in [4_000.0, 8_000.0, 16_000.0, 32_000.0, 64_000.0] {
                let p99 = if rate <= capacity {
                    3_100_000
                } else {
                    400_000_000
                };
                rows.push(row(model, rate, p99));
            }
        }
        rows.last_mut().unwrap().error = Some("the runner died: signal 9".into());
        rows[8].flags = vec!["server-bound".into()];
        insta::assert_snapshot!(tables(&rows, &Style::PLAIN));
    }

    #[test]
    fn rows_of_no_search_make_no_table() {
        let mut plain = row("smol", 1000.0, 1);
        plain.set.remove(OBJECTIVE);
        assert_eq!(tables(&[plain], &Style::PLAIN), "");
    }
}
