//! What a claim may be decided by: figures of one sample, by the names that
//! `claims.toml` uses.

use crate::base::error::Result;
use crate::base::nearest::unknown;
use crate::base::si;
use crate::record::row::Row;

/// A figure of one sample.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// As `claims.toml` names it.
    pub name: &'static str,
    /// As people read it.
    pub label: &'static str,
    /// Of one sample; `None` where it was not or could not be measured.
    pub of_row: fn(&Row) -> Option<f64>,
    /// With its unit.
    pub told: fn(f64) -> String,
    /// Whether a server at its limit caps it.
    pub capped: bool,
}

const ALL: [Figure; 7] = [
    Figure {
        name: "throughput",
        label: "throughput",
        of_row: |row| row.orders_per_s,
        told: si::rate,
        capped: true,
    },
    Figure {
        name: "cpu",
        label: "CPU time per order",
        of_row: |row| Some(row.cpu_ns? as f64 / row.orders as f64),
        told: si::time,
        capped: false,
    },
    Figure {
        name: "memory",
        label: "memory in all",
        of_row: |row| row.memory_bytes.map(|bytes| bytes as f64),
        told: si::bytes,
        capped: false,
    },
    Figure {
        name: "unit-memory",
        label: "memory per unit, with kernel stacks",
        of_row: |row| {
            let stacks = row.kernel_stack_bytes? as f64 / row.concurrency as f64;
            Some(row.unit_memory_bytes? + stacks)
        },
        told: si::bytes,
        capped: false,
    },
    Figure {
        name: "startup",
        label: "time to start",
        of_row: |row| row.startup_ns.map(|ns| ns as f64),
        told: si::time,
        capped: false,
    },
    Figure {
        name: "connections",
        label: "connections per order",
        of_row: |row| Some(row.ledger.as_ref()?.connections? as f64 / row.orders as f64),
        told: si::short,
        capped: false,
    },
    Figure {
        name: "peak-in-flight",
        label: "most requests in flight, as the server counted them",
        of_row: |row| row.ledger.as_ref()?.peak_in_flight.map(|peak| peak as f64),
        told: si::tidy,
        capped: false,
    },
];

impl PartialEq for Figure {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The figure of that name.
///
/// # Errors
/// A name that is not known, with the nearest.
pub(super) fn figure(name: &str) -> Result<Figure> {
    let known = ALL.iter().find(|figure| figure.name == name).copied();
    known.ok_or_else(|| unknown("figure", name, ALL.iter().map(|figure| figure.name)))
}
