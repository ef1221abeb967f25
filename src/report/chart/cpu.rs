//! What an order costs in CPU time.

use super::super::analysis::metric::{CPU, Metric};
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::super::analysis::summary::sampling;
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame};

/// Bars of CPU time per order, least first.
#[must_use]
pub fn cpu(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = best_first(study, &CPU);
    let words = Words {
        subtitle: format!(
            "CPU time per order, user and system of all the model's processes, \
             less is better: {}",
            sampling(&cells)
        ),
        notes: notes(study, &CPU),
    };
    bars(study, &cells, &CPU, &words, frame)
}

/// Ranked cells before others, and among them the best by `metric` first.
pub(crate) fn best_first<'a>(study: &Study<'_, 'a>, metric: &Metric) -> Vec<&'a Summary> {
    let mut cells = study.panel.cells.clone();
    let cost = |cell: &Summary| match (metric.of_cell)(cell) {
        Some(value) if metric.less => value,
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
pub(crate) fn notes(study: &Study<'_, '_>, metric: &Metric) -> Vec<String> {
    let whiskers = format!("Whiskers: {}.", study.whiskers());
    std::iter::once(whiskers)
        .chain(study.verdict(metric))
        .collect()
}
