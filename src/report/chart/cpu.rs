//! What an order costs in CPU time.

use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::super::analysis::summary::sampling;
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame, Kind, Of};
use crate::record::quantity::{CPU, EFFICIENCY, Quantity};

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "cpu",
    of: Of::Scenario {
        applies: |study| known(study, &CPU),
        draw: cpu,
    },
};

/// Bars of CPU time per order, least first.
fn cpu(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = best_first(study, &CPU);
    let words = Words {
        title: format!("CPU time per order of {}", study.panel.title),
        subtitle: format!(
            "User and system time of all the model's processes, less is better: median of {}",
            sampling(&cells)
        ),
        notes: notes(study, &CPU, frame),
        log: false,
    };
    bars(study, &cells, &CPU, &words, frame)
}

/// Whether any cell has the figure.
pub(super) fn known(study: &Study<'_, '_>, quantity: &Quantity) -> bool {
    let mut cells = study.panel.cells.iter();
    cells.any(|cell| cell.of(quantity).is_some())
}

/// Ranked cells before others, and among them the best by `quantity` first.
pub(crate) fn best_first<'a>(study: &Study<'_, 'a>, quantity: &Quantity) -> Vec<&'a Summary> {
    let mut cells = study.panel.cells.clone();
    let cost = |cell: &Summary| match cell.of(quantity) {
        Some(value) if quantity.less => value,
        Some(value) => -value,
        None => f64::INFINITY,
    };
    // Stable: equal ones keep the order of all tables.
    cells.sort_by(|a, b| {
        let by_cost = cost(a).total_cmp(&cost(b));
        b.ranked().cmp(&a.ranked()).then(by_cost)
    });
    cells
}

/// What whiskers are, and what ties or is undecided.
pub(crate) fn notes(study: &Study<'_, '_>, quantity: &Quantity, frame: &Frame) -> Vec<String> {
    let whiskers = format!("Whiskers: {}.", study.whiskers());
    // Efficiency ranks as throughput does, which the page tells above its charts.
    let told = frame.beside_verdicts && *quantity == EFFICIENCY;
    let verdict = (!told).then(|| study.verdict(quantity)).flatten();
    std::iter::once(whiskers).chain(verdict).collect()
}
