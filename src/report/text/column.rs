//! Cells of tables: what stands in a column, and in place of a number that is not there.

use super::grid::{Cell, Emphasis};
use crate::base::si::{self, ABSENT};
use crate::record::quantity::{Quantity, THROUGHPUT};
use crate::report::analysis::in_flight::Fullest;
use crate::report::analysis::panel::Panel;
use crate::report::analysis::summary::Summary;

/// Highest throughput first; failed cells and other clients last.
pub(crate) fn by_throughput<'a>(panel: &Panel<'a>) -> Vec<&'a Summary> {
    let mut cells = panel.cells.clone();
    // Stable: equal ones keep the order of all tables.
    cells.sort_by(|a, b| {
        let value = |s: &Summary| s.of(&THROUGHPUT).unwrap_or(f64::NEG_INFINITY);
        b.ranked()
            .cmp(&a.ranked())
            .then(value(b).total_cmp(&value(a)))
    });
    cells
}

pub(crate) fn throughput(summary: &Summary, panel: &Panel<'_>, mark_partial: bool) -> Cell {
    let Some(value) = summary.of(&THROUGHPUT) else {
        return nothing(summary);
    };
    let mut text = si::short(value);
    if mark_partial && !summary.errors.is_empty() {
        text.push('!');
    }
    let best = summary.ranked() && panel.best() == Some(value);
    Cell {
        text,
        emphasis: if best { Emphasis::Best } else { Emphasis::None },
    }
}

/// In place of a number that is not there.
pub(crate) fn nothing(summary: &Summary) -> Cell {
    if summary.is_not_offered() {
        "not offered".to_owned().into()
    } else if summary.samples == 0 && !summary.errors.is_empty() {
        Cell {
            text: "error".into(),
            emphasis: Emphasis::Fault,
        }
    } else {
        ABSENT.to_owned().into()
    }
}

pub(crate) fn number(value: Option<f64>, unit: f64) -> Cell {
    value
        .map_or(ABSENT.to_owned(), |value| si::plain(value / unit))
        .into()
}

/// A service time, in parentheses where it does not compare with that of the fullest.
pub(crate) fn service(summary: &Summary, of: &Quantity, unit: f64, fullest: &Fullest) -> Cell {
    let mut cell = number(summary.of(of), unit);
    if cell.text != ABSENT && !fullest.compares(summary) {
        cell.text = format!("({})", cell.text);
    }
    cell
}

pub(crate) fn count(value: Option<u64>) -> Cell {
    value
        .map_or(ABSENT.to_owned(), |value| value.to_string())
        .into()
}

/// One unit for all `times`, ns, so that a glance over them compares them; with
/// its length in ns.
pub(crate) fn time_unit(times: impl Iterator<Item = f64>) -> (&'static str, f64) {
    let times: Vec<f64> = times.collect();
    let middle = crate::stats::quantile::median(&times).unwrap_or(1e6);
    let longest = times.iter().copied().fold(0.0, f64::max);
    [("ns", 1.0), ("µs", 1e3), ("ms", 1e6)]
        .into_iter()
        // Five digits are as many as a column should hold.
        .find(|(_, ns)| middle < ns * 1e3 && longest < ns * 1e5)
        .unwrap_or(("s", 1e9))
}
