//! What github-action-benchmark reads with `tool: customSmallerIsBetter` or
//! `customBiggerIsBetter`: <https://github.com/benchmark-action/github-action-benchmark>.

use std::io::{self, Write};

use serde::Serialize;

use super::cell::{Cell, Metric};
use crate::base::word::Word;
use crate::stats::ALPHA;

/// Which figures: the tool takes one direction a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// Times, CPU and memory.
    Smaller,
    /// Throughput.
    Bigger,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    extra: String,
}

/// Writes an array with one entry for each figure of `cells` of which that is
/// better.
///
/// # Errors
/// Those of `out`.
pub fn write(cells: &[Cell], better: Better, out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<Entry> = cells
        .iter()
        .flat_map(|cell| figures(cell, better).map(|metric| entry(cell, metric)))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    out.write_all(b"\n")
}

/// The figures of `cell` that a file of this direction holds.
pub fn figures(cell: &Cell, better: Better) -> impl Iterator<Item = &Metric> {
    cell.metrics
        .iter()
        .filter(move |metric| metric.quantity.less == (better == Better::Smaller))
}

fn entry(cell: &Cell, metric: &Metric) -> Entry {
    let summary = &cell.summary;
    let mut extra = vec![format!(
        "{} rounds, {} samples",
        summary.rounds, summary.samples
    )];
    if let Some(interval) = metric.interval {
        let level = 100.0 * (1.0 - ALPHA);
        extra.push(format!(
            "{level} % interval: {} to {}",
            interval.low, interval.high
        ));
    }
    if !summary.flags.is_empty() {
        let flags: Vec<&str> = summary.flags.keys().map(Word::as_str).collect();
        extra.push(format!("flags: {}", flags.join(", ")));
    }
    Entry {
        name: format!("{} {}", cell.name, metric.quantity.short),
        unit: metric.quantity.unit.name(),
        value: metric.value,
        // The tool knows one width for both sides: the greater one.
        range: metric.interval.map(|interval| {
            let half = (interval.high - metric.value).max(metric.value - interval.low);
            format!("± {half}")
        }),
        extra: extra.join("\n"),
    }
}
