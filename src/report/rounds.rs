//! One value a round: samples of one round share a process and a moment.

use std::collections::BTreeMap;

use super::row::Row;
use crate::stats::quantile::median;

/// A round of a run.
pub(super) type Round<'a> = (&'a str, u32);

/// The round that `row` is of; `None` for rows of criterion, which knows none.
pub(super) fn round(row: &Row) -> Option<Round<'_>> {
    (row.round > 0).then_some((row.run.as_str(), row.round))
}

/// By round the median of what its samples took; those that failed, or have no
/// positive finite value, count for nothing.
pub(super) fn by_round<'a>(
    rows: &[&'a Row],
    of: impl Fn(&Row) -> Option<f64>,
) -> BTreeMap<Round<'a>, f64> {
    let mut samples: BTreeMap<Round<'a>, Vec<f64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.error.is_none()) {
        let value = of(row).filter(|value| value.is_finite() && *value > 0.0);
        if let Some((round, value)) = round(row).zip(value) {
            samples.entry(round).or_default().push(value);
        }
    }
    samples
        .into_iter()
        .filter_map(|(round, samples)| Some((round, median(&samples)?)))
        .collect()
}
