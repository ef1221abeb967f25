//! Panels whose orders came from outside: throughput is the schedule's there, and
//! models differ in response time.

use super::panel::Panel;
use super::summary::Summary;
use crate::base::word::Named as _;
use crate::record::flag::Flag;
use crate::record::row::{Latency, Row};

/// Whether orders came from outside the model.
pub(crate) fn is_open(panel: &Panel<'_>) -> bool {
    let open = |cell: &&Summary| cell.offered_per_s.is_some() || cell.response.is_some();
    panel.cells.iter().any(open)
}

/// Whether the model fell behind the schedule in most of its samples: its response
/// times are those of a queue that grows, and say how long the sample was.
pub(crate) fn overloaded(cell: &Summary) -> bool {
    2 * cell
        .flags
        .get(Flag::Overloaded.name())
        .copied()
        .unwrap_or(0)
        > cell.taken
}

/// The quantile of response time that a table goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    P99,
    P50,
}

impl Tail {
    /// What all cells of a panel that are not overloaded state: p99, or else p50.
    pub(crate) fn of_panel(panel: &Panel<'_>) -> Self {
        let mut of = panel.cells.iter().filter(|cell| !overloaded(cell));
        Self::stated_by(of.all(|cell| {
            let response = cell.response.as_ref();
            response.is_none_or(|response| response.p99_ns.is_some())
        }))
    }

    /// What each of `rows` states itself: p99, or else p50.
    pub(crate) fn of_rows<'a>(mut rows: impl Iterator<Item = &'a Row>) -> Self {
        Self::stated_by(rows.all(|row| {
            let response = row.response.as_ref();
            response.is_none_or(|response| response.p99_ns.is_some())
        }))
    }

    fn stated_by(all: bool) -> Self {
        if all { Tail::P99 } else { Tail::P50 }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Tail::P99 => "p99",
            Tail::P50 => "p50",
        }
    }

    /// Response time of one sample, ns.
    pub(crate) fn of_row(self, row: &Row) -> Option<f64> {
        let response = row.response.as_ref()?;
        match self {
            Tail::P99 => ns(response.p99_ns),
            Tail::P50 => ns(response.p50_ns),
        }
    }

    /// Response time of a cell, ns.
    pub(crate) fn of_cell(self, cell: &Summary) -> Option<f64> {
        match self {
            Tail::P99 => quantile(cell.response.as_ref(), |response| response.p99_ns),
            Tail::P50 => cell.response_p50_ns,
        }
    }
}

/// One quantile of a distribution that may be absent, ns.
pub(crate) fn quantile(
    latency: Option<&Latency>,
    of: impl Fn(&Latency) -> Option<u64>,
) -> Option<f64> {
    ns(of(latency?))
}

fn ns(of: Option<u64>) -> Option<f64> {
    of.map(|ns| ns as f64)
}

/// Shortest response first; what is overloaded, what failed and other clients last.
pub(crate) fn by_response<'a>(panel: &Panel<'a>) -> Vec<&'a Summary> {
    let tail = Tail::of_panel(panel);
    let mut cells = panel.cells.clone();
    // Stable: equal ones keep the order of all tables.
    cells.sort_by(|a, b| {
        let value = |cell: &Summary| tail.of_cell(cell).unwrap_or(f64::INFINITY);
        b.ranked()
            .cmp(&a.ranked())
            .then(overloaded(a).cmp(&overloaded(b)))
            .then(value(a).total_cmp(&value(b)))
    });
    cells
}
