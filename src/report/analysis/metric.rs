//! What can be asked of every cell, and how its answer is written.

use super::summary::Summary;
use crate::base::si;
use crate::record::row::{Latency, Row};

/// One measure of a cell.
pub(crate) struct Metric {
    /// As in "CPU time per order".
    pub(crate) name: &'static str,
    /// Whether less of it is better.
    pub(crate) less: bool,
    /// Of one sample.
    pub(crate) of_row: fn(&Row) -> Option<f64>,
    /// Of all samples of a cell, as tables show it.
    pub(crate) of_cell: fn(&Summary) -> Option<f64>,
    /// With its unit.
    pub(crate) told: fn(f64) -> String,
    /// As the number of an axis.
    pub(crate) tick: fn(f64) -> String,
    /// Which quantile it is, if it is one: a sample of few orders states none.
    pub(crate) quantile: Option<&'static str>,
}

pub(crate) const THROUGHPUT: Metric = Metric {
    name: "throughput",
    less: false,
    of_row: |row| row.orders_per_s,
    of_cell: |cell| cell.orders_per_s,
    told: |rate| si::short(rate) + " orders/s",
    tick: si::tidy,
    quantile: None,
};

pub(crate) const CPU: Metric = Metric {
    name: "CPU time per order",
    less: true,
    of_row: |row| Some(row.cpu_ns? as f64 / row.orders as f64),
    of_cell: |cell| cell.cpu_ns_per_order,
    told: si::time,
    tick: tidy_time,
    quantile: None,
};

pub(crate) const UNIT_MEMORY: Metric = Metric {
    name: "memory per unit",
    less: true,
    of_row: |row| row.unit_memory_bytes,
    of_cell: |cell| cell.unit_memory_bytes,
    told: si::bytes,
    tick: |bytes| trimmed(&si::bytes(bytes)),
    quantile: None,
};

pub(crate) const EFFICIENCY: Metric = Metric {
    name: "efficiency",
    less: false,
    of_row: |row| row.efficiency,
    of_cell: |cell| cell.efficiency,
    told: si::percent,
    tick: |ratio| si::tidy(ratio * 100.0) + " %",
    quantile: None,
};

pub(crate) const SERVICE_P50: Metric = Metric {
    name: "service time p50",
    less: true,
    of_row: |row| ns(row.service.as_ref(), |service| service.p50_ns),
    of_cell: |cell| cell.service_p50_ns,
    told: si::time,
    tick: tidy_time,
    quantile: Some("p50"),
};

pub(crate) const SERVICE_P99: Metric = Metric {
    name: "service time p99",
    less: true,
    of_row: |row| ns(row.service.as_ref(), |service| service.p99_ns),
    of_cell: |cell| ns(cell.service.as_ref(), |service| service.p99_ns),
    told: si::time,
    tick: tidy_time,
    quantile: Some("p99"),
};

pub(crate) const RESPONSE_P50: Metric = Metric {
    name: "response time p50",
    less: true,
    of_row: |row| ns(row.response.as_ref(), |response| response.p50_ns),
    of_cell: |cell| cell.response_p50_ns,
    told: si::time,
    tick: tidy_time,
    quantile: Some("p50"),
};

pub(crate) const RESPONSE_P99: Metric = Metric {
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
pub(crate) fn tidy_time(ns: f64) -> String {
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
