//! Bencher Metric Format, which Bencher's `json` adapter reads:
//! <https://bencher.dev/docs/reference/bencher-metric-format>.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::cell::Cell;
use crate::record::quantity::{Percentile, Quantity, THROUGHPUT};

#[derive(Serialize)]
struct Metric {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// What Bencher calls the quantity. It has throughput and latency of its own, in
/// operations per second and nanoseconds; others are made when they first come,
/// without a unit, and so bear it in their name.
#[must_use]
pub fn slug(quantity: Quantity) -> String {
    match quantity.percentile() {
        _ if quantity == THROUGHPUT => "throughput".into(),
        Some(Percentile::P50) => "latency".into(),
        _ => quantity.field.replace('_', "-"),
    }
}

/// Writes an object with one member for each of `cells` that has figures.
///
/// # Errors
/// Those of `out`.
pub fn write(cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
    let benchmarks: BTreeMap<&str, BTreeMap<String, Metric>> = cells
        .iter()
        .filter(|cell| !cell.metrics.is_empty())
        .map(|cell| {
            let metrics = cell.metrics.iter().map(|metric| {
                let told = Metric {
                    value: metric.value,
                    lower_value: metric.interval.map(|interval| interval.low),
                    upper_value: metric.interval.map(|interval| interval.high),
                };
                (slug(metric.quantity), told)
            });
            (cell.name.as_str(), metrics.collect())
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &benchmarks)?;
    out.write_all(b"\n")
}
