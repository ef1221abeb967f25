//! One value a round: samples of one round share a process and a moment.

use std::collections::BTreeMap;

use super::row::Row;
use crate::stats::quantile::median;

/// A round of a run.
pub type Round<'a> = (&'a str, u32);

/// The round that `row` is of; `None` for rows of criterion, which knows none.
pub fn round(row: &Row) -> Option<Round<'_>> {
    (row.round > 0).then_some((row.run.as_str(), row.round))
}

/// By round the median of what its samples took; those that failed, or have no
/// positive finite value, count for nothing.
pub fn by_round<'a>(
    rows: &[&'a Row],
    of: impl Fn(&Row) -> Option<f64>,
) -> BTreeMap<Round<'a>, f64> {
    let mut samples: Vec<(Round<'a>, f64)> = rows
        .iter()
        .filter(|row| row.error.is_none())
        .filter_map(|row| round(row).zip(of(row)))
        .filter(|(_, value)| value.is_finite() && *value > 0.0)
        .collect();
    // Stable, and next to nothing where they come by round, as they do from a run.
    samples.sort_by_key(|(round, _)| *round);
    samples
        .chunk_by(|(one, _), (other, _)| one == other)
        .filter_map(|of_round| {
            let values: Vec<f64> = of_round.iter().map(|(_, value)| *value).collect();
            Some((of_round[0].0, median(&values)?))
        })
        .collect()
}
