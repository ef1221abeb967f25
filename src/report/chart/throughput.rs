//! Throughput of one scenario's models.

use super::super::analysis::open_loop::is_open;
use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::super::text::column::by_throughput;
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame, Kind, Of};
use crate::record::quantity::THROUGHPUT;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "throughput",
    of: Of::Scenario {
        // In an open loop throughput is the schedule's.
        applies: |study| !is_open(study.panel),
        draw: throughput,
    },
};

/// Bars of median throughput, highest first. A failed cell has a row and its error
/// instead of a bar.
fn throughput(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = by_throughput(study.panel);
    let mut notes = vec![format!(
        "Whiskers: {}. The order of bars is no rank.",
        study.whiskers()
    )];
    if !frame.beside_verdicts {
        notes.extend(study.said.notes(cells.len()));
    }
    let words = Words {
        title: format!("Throughput of {}", study.panel.title),
        subtitle: format!(
            "In orders per second, more is better: median of {}",
            sampling(&cells)
        ),
        notes,
        log: false,
    };
    bars(study, &cells, &THROUGHPUT, &words, frame)
}
