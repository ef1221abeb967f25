//! Panels whose orders came from outside: throughput is the schedule's there, and
//! models differ in response time.

use super::panel::Panel;
use super::summary::Summary;
use crate::base::word::Named as _;
use crate::record::flag::Flag;
use crate::record::quantity::{PACER_CPU, Quantity, RESPONSE_P50, RESPONSE_P99, THROUGHPUT};
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

/// The response time that a table of the panel goes by: the percentile that all cells
/// which are not overloaded state, p99, or else p50.
pub(crate) fn tail(panel: &Panel<'_>) -> Quantity {
    let settled = panel.cells.iter().filter(|cell| !overloaded(cell));
    stated(settled.map(|cell| cell.response.as_ref()))
}

/// The response time that each of `rows` states itself: p99, or else p50.
pub(crate) fn tail_of_rows<'a>(rows: impl Iterator<Item = &'a Row>) -> Quantity {
    stated(rows.map(|row| row.response.as_ref()))
}

/// What tells how long the orders of a cell took, by its `rows`: throughput, or response
/// time where orders came from outside.
pub(crate) fn time<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Quantity {
    if rows.clone().any(|row| row.response.is_some()) {
        tail_of_rows(rows)
    } else {
        THROUGHPUT
    }
}

/// What the pacer took of each order's CPU time, which is in no figure of the panel: once
/// for all of its cells. `None` of a closed loop.
pub(crate) fn pacers_cpu(panel: &Panel<'_>) -> Option<String> {
    let known = panel.cells.iter();
    let known: Vec<(f64, String)> = known
        .filter_map(|cell| Some((cell.of(&PACER_CPU)?, cell.label())))
        .collect();
    let by_cpu = |a: &&(f64, String), b: &&(f64, String)| a.0.total_cmp(&b.0);
    let (low, least) = known.iter().min_by(by_cpu)?;
    let (high, most) = known.iter().max_by(by_cpu)?;
    let told = if low == high {
        PACER_CPU.told(*low)
    } else {
        let (low, high) = (PACER_CPU.told(*low), PACER_CPU.told(*high));
        format!("{low} ({least}) to {high} ({most})")
    };
    Some(format!(
        "CPU is without the pacer's, who hands orders over: {told} per order"
    ))
}

fn stated<'a>(mut responses: impl Iterator<Item = Option<&'a Latency>>) -> Quantity {
    let all = responses.all(|response| response.is_none_or(|of| of.p99_ns.is_some()));
    if all { RESPONSE_P99 } else { RESPONSE_P50 }
}

/// Shortest response first; what is overloaded, what failed and other clients last.
pub(crate) fn by_response<'a>(panel: &Panel<'a>) -> Vec<&'a Summary> {
    let tail = tail(panel);
    let mut cells = panel.cells.clone();
    // Stable: equal ones keep the order of all tables.
    cells.sort_by(|a, b| {
        let value = |cell: &Summary| cell.of(&tail).unwrap_or(f64::INFINITY);
        b.ranked()
            .cmp(&a.ranked())
            .then(overloaded(a).cmp(&overloaded(b)))
            .then(value(a).total_cmp(&value(b)))
    });
    cells
}
