//! Throughput of one scenario's models.

use super::super::analysis::metric::THROUGHPUT;
use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::super::text::column::by_throughput;
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame};

/// Bars of median throughput, highest first. A failed cell has a row and its error
/// instead of a bar.
#[must_use]
pub fn throughput(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = by_throughput(study.panel);
    let mut notes = vec![format!(
        "Whiskers: {}. The order of bars is no rank.",
        study.whiskers()
    )];
    notes.extend(study.said.lines.iter().map(|of| of.sentence() + "."));
    let words = Words {
        subtitle: format!(
            "Throughput in orders per second, more is better: median of {}",
            sampling(&cells)
        ),
        notes,
    };
    bars(study, &cells, &THROUGHPUT, &words, frame)
}
