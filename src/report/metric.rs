//! What can be asked of every cell, and how its answer is written.

use super::row::{Latency, Row};
use super::si;
use super::summary::Summary;

/// One measure of a cell.
pub(super) struct Metric {
    /// As in "CPU time per order".
    pub(super) name: &'static str,
    /// Whether less of it is better.
    pub(super) less: bool,
    /// Of one sample.
    pub(super) of_row: fn(&Row) -> Option<f64>,
    /// Of all samples of a cell, as tables show it.
    pub(super) of_cell: fn(&Summary) -> Option<f64>,
    /// With its unit.
    pub(super) told: fn(f64) -> String,
    /// As the number of an axis.
    pub(super) tick: fn(f64) -> String,
    /// Which quantile it is, if it is one: a sample of few orders states none.
    pub(super) quantile: Option<&'static str>,
}

pub(super) const THROUGHPUT: Metric = Metric {
    name: "throughput",
    less: false,
    of_row: |row| row.orders_per_s,
    of_cell: |cell| cell.orders_per_s,
    told: |rate| si::short(rate) + " orders/s",
    tick: si::tidy,
    quantile: None,
};

pub(super) const CPU: Metric = Metric {
    name: "CPU time per order",
    less: true,
    of_row: |row| Some(row.cpu_ns? as f64 / row.orders as f64),
    of_cell: |cell| cell.cpu_ns_per_order,
    told: si::time,
    tick: tidy_time,
    quantile: None,
};

pub(super) const UNIT_MEMORY: Metric = Metric {
    name: "memory per unit",
    less: true,
    of_row: |row| row.unit_memory_bytes,
    of_cell: |cell| cell.unit_memory_bytes,
    told: si::bytes,
    tick: |bytes| trimmed(&si::bytes(bytes)),
    quantile: None,
};

pub(super) const EFFICIENCY: Metric = Metric {
    name: "efficiency",
    less: false,
    of_row: |row| row.efficiency,
    of_cell: |cell| cell.efficiency,
    told: si::percent,
    tick: |ratio| si::tidy(ratio * 100.0) + " %",
    quantile: None,
};

pub(super) const SERVICE_P50: Metric = Metric {
    name: "service time p50",
    less: true,
    of_row: |row| ns(row.service.as_ref(), |service| service.p50_ns),
    of_cell: |cell| cell.service_p50_ns,
    told: si::time,
    tick: tidy_time,
    quantile: Some("p50"),
};

pub(super) const SERVICE_P99: Metric = Metric {
    name: "service time p99",
    less: true,
    of_row: |row| ns(row.service.as_ref(), |service| service.p99_ns),
    of_cell: |cell| ns(cell.service.as_ref(), |service| service.p99_ns),
    told: si::time,
    tick: tidy_time,
    quantile: Some("p99"),
};

pub(super) const RESPONSE_P50: Metric = Metric {
    name: "response time p50",
    less: true,
    of_row: |row| ns(row.response.as_ref(), |response| response.p50_ns),
    of_cell: |cell| cell.response_p50_ns,
    told: si::time,
    tick: tidy_time,
    quantile: Some("p50"),
};

pub(super) const RESPONSE_P99: Metric = Metric {
    name: "response time p99",
    less: true,
    of_row: |row| ns(row.response.as_ref(), |response| response.p99_ns),
    of_cell: |cell| ns(cell.response.as_ref(), |response| response.p99_ns),
    told: si::time,
    tick: tidy_time,
    quantile: Some("p99"),
};

fn ns(latency: Option<&Latency>, of: fn(&Latency) -> Option<u64>) -> Option<f64> {
    of(latency?).map(|ns| ns as f64)
}

/// A time without the zeros that three digits bring: `5 µs`.
pub(super) fn tidy_time(ns: f64) -> String {
    trimmed(&si::time(ns))
}

fn trimmed(text: &str) -> String {
    match text.split_once(' ') {
        Some((digits, unit)) if digits.contains('.') => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits} {unit}")
        }
        _ => text.to_owned(),
    }
}
