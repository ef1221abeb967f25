//! The figures that two runs are compared by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::base::si;
use crate::record::row::{Latency, Row};

/// What is compared of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Orders per second; in an open loop, of those that were offered.
    Throughput,
    /// Median service time, ns; in an open loop, response time.
    P50,
    /// The 99th percentile of the same, ns.
    P99,
    /// CPU time per order, ns.
    Cpu,
    /// Memory at the gate, bytes.
    Memory,
}

impl Figure {
    /// All of them, in the order of tables.
    pub const ALL: [Figure; 5] = [
        Figure::Throughput,
        Figure::P50,
        Figure::P99,
        Figure::Cpu,
        Figure::Memory,
    ];

    /// Its name on the command line and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Figure::Throughput => "throughput",
            Figure::P50 => "p50",
            Figure::P99 => "p99",
            Figure::Cpu => "cpu",
            Figure::Memory => "memory",
        }
    }

    /// What a sample shows, in its own unit.
    pub(super) fn value(self, row: &Row) -> Option<f64> {
        let time = |of: fn(&Latency) -> Option<u64>| {
            let latency = row.response.as_ref().or(row.service.as_ref())?;
            of(latency).map(|ns| ns as f64)
        };
        match self {
            Figure::Throughput => row.orders_per_s,
            Figure::P50 => time(|latency| latency.p50_ns),
            Figure::P99 => time(|latency| latency.p99_ns),
            Figure::Cpu => Some(row.cpu_ns? as f64 / row.orders as f64),
            Figure::Memory => row.memory_bytes.map(|bytes| bytes as f64),
        }
    }

    /// What a sample costs: more is worse. A schedule's throughput is its own, so
    /// what counts there is the part of it that was kept up with.
    pub(super) fn cost(self, row: &Row) -> Option<f64> {
        let value = self.value(row)?;
        Some(match self {
            Figure::Throughput => row.offered_per_s.unwrap_or(1.0) / value,
            _ => value,
        })
    }

    /// A value with its unit, for people.
    pub(super) fn told(self, value: f64) -> String {
        match self {
            Figure::Throughput => si::rate(value),
            Figure::P50 | Figure::P99 | Figure::Cpu => si::time(value),
            Figure::Memory => si::bytes(value),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Figure {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Figure::ALL.into_iter().find(|figure| figure.name() == text);
        found.ok_or_else(|| unknown("figure", text, Figure::ALL.map(Figure::name).into_iter()))
    }
}
