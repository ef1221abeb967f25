//! Whether what ran before a cell shows in its times, told from rows.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::quantity::{RESPONSE_P50, THROUGHPUT};
use crate::record::rounds::{Round, by_round, round};
use crate::record::row::Row;
use crate::stats::order_effect::order_effect;

/// Which of `cells`, each given by its rows, depend on their place within rounds,
/// in any of the runs that they are of.
pub(crate) fn dependent(cells: &[Vec<&Row>]) -> Vec<bool> {
    let mut last: BTreeMap<Round<'_>, u32> = BTreeMap::new();
    for row in cells.iter().flatten() {
        if let Some(round) = round(row) {
            let last = last.entry(round).or_default();
            *last = row.position.max(*last);
        }
    }
    let runs: BTreeSet<&str> = last.keys().map(|(run, _)| *run).collect();
    let mut found = vec![false; cells.len()];
    for run in runs {
        // Cells of one run were shuffled together: they are one family of tests.
        let paths: Vec<_> = cells.iter().map(|rows| path(rows, run, &last)).collect();
        for (found, effect) in found.iter_mut().zip(order_effect(&paths)) {
            *found |= effect.is_some_and(|effect| effect.significant);
        }
    }
    found
}

/// Per round of `run` the cell's place, from 0 to 1, and the logarithm of its time.
fn path(rows: &[&Row], run: &str, last: &BTreeMap<Round<'_>, u32>) -> Vec<(f64, f64)> {
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| row.run == run).collect();
    let places: BTreeMap<Round<'_>, u32> = rows
        .iter()
        .filter_map(|row| Some((round(row)?, row.position)))
        .collect();
    by_round(&rows, time)
        .into_iter()
        .filter_map(|(round, time)| {
            let last = (*last.get(&round)?).max(1);
            Some((f64::from(*places.get(&round)?) / f64::from(last), time.ln()))
        })
        .collect()
}

/// Time per order; where a schedule decides that, the median response time.
pub(super) fn time(row: &Row) -> Option<f64> {
    match row.response {
        Some(_) => RESPONSE_P50.of_row(row),
        None => THROUGHPUT.cost(row),
    }
}
