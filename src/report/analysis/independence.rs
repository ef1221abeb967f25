//! Whether rounds resemble the ones before, told from rows.

use std::collections::{BTreeMap, BTreeSet};

use super::order::time;
use crate::record::identity::Identity;
use crate::record::rounds::{Round, by_round};
use crate::record::row::Row;
use crate::stats::autocorrelation;

/// Which of `cells`, each given by its rows, are of a scenario whose rounds are not
/// independent, in any of the runs that they are of.
pub(crate) fn autocorrelated(cells: &[Vec<&Row>]) -> Vec<bool> {
    let runs: BTreeSet<&str> = cells.iter().flatten().map(|row| row.run.as_str()).collect();
    let mut scenarios: BTreeMap<Identity<'_>, Vec<usize>> = BTreeMap::new();
    for (at, rows) in cells.iter().enumerate() {
        if let Some(row) = rows.first() {
            scenarios.entry(shared(row)).or_default().push(at);
        }
    }
    let mut found = vec![false; cells.len()];
    for run in runs {
        let costs: Vec<Vec<_>> = scenarios
            .values()
            .map(|own| own.iter().map(|&at| logs(&cells[at], run)).collect())
            .collect();
        let flagged = autocorrelation::autocorrelated(&costs);
        for (own, flagged) in scenarios.values().zip(flagged) {
            own.iter().for_each(|&at| found[at] |= flagged);
        }
    }
    found
}

/// What cells of one scenario have in common.
fn shared(row: &Row) -> Identity<'_> {
    let of = Identity::of(row).unplaced();
    Identity {
        unranked: false,
        place: 0,
        model: "".into(),
        client: Default::default(),
        cell: "".into(),
        ..of
    }
}

/// The logarithms of what the cell took by round of `run`.
fn logs<'a>(rows: &[&'a Row], run: &str) -> BTreeMap<Round<'a>, f64> {
    let own: Vec<&Row> = rows.iter().copied().filter(|row| row.run == run).collect();
    let times = by_round(&own, time).into_iter();
    times.map(|(round, time)| (round, time.ln())).collect()
}
