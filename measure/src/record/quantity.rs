//! The table of quantities: what can be said of a sample in one number, how that
//! number is read from a row and how it is written. Tables, charts, exports, claims and
//! comparisons name entries of this table, so a new figure is one entry here.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use super::row::{Latency, Row};
use crate::base::error::Result;
use crate::base::nearest::unknown;
use crate::base::si;

/// One quantity.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// On the command line, in scenario and claim files, and in names of files.
    pub name: &'static str,
    /// In exports, as rows name their fields, with the unit.
    pub field: &'static str,
    /// In prose and titles, as in "CPU time per order".
    pub title: &'static str,
    /// Where a heading has little room.
    pub short: &'static str,
    /// What it is counted in, and so how it is written.
    pub unit: Unit,
    /// Whether less of it is better.
    pub less: bool,
    /// How it is read.
    pub source: Source,
}

/// How a quantity is read from a sample, and from all samples of a cell.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A number that the row has. A cell has the median over its samples.
    Number(fn(&Row) -> Option<f64>),
    /// An amount that all orders of the row share. A cell has what its samples took
    /// together over the orders of all of them.
    PerOrder(fn(&Row) -> Option<u64>),
    /// A percentile of times. [`Percentile::merges`] tells how a cell has it of its
    /// samples.
    Times(Times, Percentile),
}

/// Which times of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// From an order's actual start to its end.
    Service,
    /// From an order's planned start to its end; open loop only.
    Response,
    /// Response times in an open loop, else service times.
    Either,
    /// How much longer an order took than its waits alone do; of workloads that have it.
    Lag,
}

/// A percentile that rows state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Percentile {
    /// Median.
    P50,
    /// 90th percentile.
    P90,
    /// 99th percentile.
    P99,
    /// 99.9th percentile.
    P999,
}

/// What a quantity is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Orders per second.
    PerSecond,
    /// Wall time, ns.
    Time,
    /// Time that threads of a model took for an order, on a CPU or waiting for one, ns.
    CpuTime,
    /// Bytes.
    Bytes,
    /// A part of 1.
    Part,
    /// So many for each order.
    PerOrder,
    /// A number of things.
    Count,
}

/// Makes a constant of each entry, and the list of all of them.
macro_rules! table {
    ($($(#[$doc:meta])* $entry:ident { $($fields:tt)* })*) => {
        $($(#[$doc])* pub const $entry: Quantity = Quantity { $($fields)* };)*

        /// All entries, in the order of tables.
        pub const ALL: &[Quantity] = &[$($entry),*];
    };
}

table! {
    /// Orders done per second.
    THROUGHPUT {
        name: "throughput", field: "orders_per_s",
        title: "throughput", short: "throughput",
        unit: Unit::PerSecond, less: false,
        source: Source::Number(|row| row.orders_per_s),
    }
    /// Median response time in an open loop, else median service time.
    P50 {
        name: "p50", field: "p50_ns",
        title: "time p50", short: "p50",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Either, Percentile::P50),
    }
    /// The 99th percentile of the same.
    P99 {
        name: "p99", field: "p99_ns",
        title: "time p99", short: "p99",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Either, Percentile::P99),
    }
    /// Median service time.
    SERVICE_P50 {
        name: "service-p50", field: "service_p50_ns",
        title: "service time p50", short: "service p50",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Service, Percentile::P50),
    }
    /// 90th percentile of service times.
    SERVICE_P90 {
        name: "service-p90", field: "service_p90_ns",
        title: "service time p90", short: "service p90",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Service, Percentile::P90),
    }
    /// 99th percentile of service times.
    SERVICE_P99 {
        name: "service-p99", field: "service_p99_ns",
        title: "service time p99", short: "service p99",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Service, Percentile::P99),
    }
    /// 99.9th percentile of service times.
    SERVICE_P999 {
        name: "service-p999", field: "service_p999_ns",
        title: "service time p99.9", short: "service p99.9",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Service, Percentile::P999),
    }
    /// Median response time.
    RESPONSE_P50 {
        name: "response-p50", field: "response_p50_ns",
        title: "response time p50", short: "response p50",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Response, Percentile::P50),
    }
    /// 90th percentile of response times.
    RESPONSE_P90 {
        name: "response-p90", field: "response_p90_ns",
        title: "response time p90", short: "response p90",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Response, Percentile::P90),
    }
    /// 99th percentile of response times.
    RESPONSE_P99 {
        name: "response-p99", field: "response_p99_ns",
        title: "response time p99", short: "response p99",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Response, Percentile::P99),
    }
    /// 99.9th percentile of response times.
    RESPONSE_P999 {
        name: "response-p999", field: "response_p999_ns",
        title: "response time p99.9", short: "response p99.9",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Response, Percentile::P999),
    }
    /// Median of how much later orders ended than their waits did.
    LAG_P50 {
        name: "lag-p50", field: "lag_p50_ns",
        title: "lag p50", short: "lag p50",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Lag, Percentile::P50),
    }
    /// The 99th percentile of the same.
    LAG_P99 {
        name: "lag-p99", field: "lag_p99_ns",
        title: "lag p99", short: "lag p99",
        unit: Unit::Time, less: true,
        source: Source::Times(Times::Lag, Percentile::P99),
    }
    /// The greatest of a sample.
    LAG_MAX {
        name: "lag-max", field: "lag_max_ns",
        title: "greatest lag", short: "lag at most",
        unit: Unit::Time, less: true,
        source: Source::Number(|row| row.lag.as_ref().map(|lag| lag.max_ns as f64)),
    }
    /// How evenly orders were stretched beyond their waits.
    FAIRNESS {
        name: "fairness", field: "fairness",
        title: "fairness", short: "fairness",
        unit: Unit::Part, less: false,
        source: Source::Number(|row| row.fairness),
    }
    /// User and system time of all the model's processes for an order, without the
    /// pacer's.
    CPU {
        name: "cpu", field: "cpu_ns_per_order",
        title: "CPU time per order", short: "CPU per order",
        unit: Unit::CpuTime, less: true,
        source: Source::PerOrder(Row::model_cpu_ns),
    }
    /// What the pacer took beside that, which hands orders over in an open loop.
    PACER_CPU {
        name: "pacer-cpu", field: "pacer_cpu_ns_per_order",
        title: "CPU time of the pacer per order", short: "pacer's CPU per order",
        unit: Unit::CpuTime, less: true,
        source: Source::PerOrder(|row| row.pacer_cpu_ns),
    }
    /// CPU time over wall time, without the pacer's.
    CPUS {
        name: "cpus", field: "cpus",
        title: "CPUs in use", short: "CPUs in use",
        unit: Unit::Count, less: true,
        source: Source::Number(|row| Some(row.model_cpu_ns()? as f64 / row.wall_ns? as f64)),
    }
    /// Context switches for an order, by waiting and by being interrupted.
    SWITCHES {
        name: "switches", field: "switches_per_order",
        title: "context switches per order", short: "switches per order",
        unit: Unit::PerOrder, less: true,
        source: Source::PerOrder(|row| {
            Some(row.voluntary_switches? + row.involuntary_switches?)
        }),
    }
    /// How long threads that could run waited for a CPU, for an order.
    RUN_DELAY {
        name: "run-delay", field: "run_delay_ns_per_order",
        title: "wait for a CPU per order", short: "wait for a CPU per order",
        unit: Unit::CpuTime, less: true,
        source: Source::PerOrder(|row| row.run_delay_ns),
    }
    /// System calls that read or write through a file descriptor for an order, without
    /// those that are for sockets alone.
    FILE_CALLS {
        name: "file-calls", field: "file_calls_per_order",
        title: "read and write calls per order", short: "read and write calls per order",
        unit: Unit::PerOrder, less: true,
        source: Source::PerOrder(|row| Some(row.read_calls? + row.write_calls?)),
    }
    /// How near it comes to the least time that the orders could take.
    EFFICIENCY {
        name: "efficiency", field: "efficiency",
        title: "efficiency", short: "efficiency",
        unit: Unit::Part, less: false,
        source: Source::Number(|row| row.efficiency),
    }
    /// PSS over the process tree, every unit standing at the gate.
    MEMORY {
        name: "memory", field: "memory_bytes",
        title: "memory in all", short: "memory",
        unit: Unit::Bytes, less: true,
        source: Source::Number(|row| row.memory_bytes.map(|bytes| bytes as f64)),
    }
    /// What one unit takes of that. Kernel stacks are no part of it.
    UNIT_PSS {
        name: "unit-pss", field: "unit_memory_bytes",
        title: "memory per unit", short: "memory per unit",
        unit: Unit::Bytes, less: true,
        source: Source::Number(|row| row.unit_memory_bytes),
    }
    /// What one unit takes with its part of the kernel stacks.
    UNIT_MEMORY {
        name: "unit-memory", field: "unit_memory_and_stack_bytes",
        title: "memory per unit, with kernel stacks", short: "memory and stack per unit",
        unit: Unit::Bytes, less: true,
        source: Source::Number(|row| {
            let stacks = row.kernel_stack_bytes? as f64 / row.concurrency as f64;
            Some(row.unit_memory_bytes? + stacks)
        }),
    }
    /// Page tables over the process tree, every unit standing at the gate.
    PAGE_TABLES {
        name: "page-tables", field: "page_table_bytes",
        title: "page tables", short: "page tables",
        unit: Unit::Bytes, less: true,
        source: Source::Number(|row| row.page_table_bytes.map(|bytes| bytes as f64)),
    }
    /// Most memory in RAM at once of a model that is one process, since its runner began.
    PEAK_MEMORY {
        name: "peak-memory", field: "peak_rss_bytes",
        title: "peak memory", short: "peak memory",
        unit: Unit::Bytes, less: true,
        source: Source::Number(|row| row.peak_rss_bytes.map(|bytes| bytes as f64)),
    }
    /// Building the model and opening its sessions, before the clock.
    STARTUP {
        name: "startup", field: "startup_ns",
        title: "time to start", short: "startup",
        unit: Unit::Time, less: true,
        source: Source::Number(|row| row.startup_ns.map(|ns| ns as f64)),
    }
    /// Dropping all units and sessions, after the clock.
    SHUTDOWN {
        name: "shutdown", field: "shutdown_ns",
        title: "time to stop", short: "shutdown",
        unit: Unit::Time, less: true,
        source: Source::Number(|row| row.shutdown_ns.map(|ns| ns as f64)),
    }
    /// Starting the model, a sample and stopping its units: what a program takes that does
    /// nothing else.
    START_TO_STOP {
        name: "start-to-stop", field: "start_to_stop_ns",
        title: "time from start to stop", short: "start to stop",
        unit: Unit::Time, less: true,
        source: Source::Number(|row| {
            Some((row.startup_ns? + row.wall_ns? + row.shutdown_ns?) as f64)
        }),
    }
    /// Connections that the server saw for an order.
    CONNECTIONS {
        name: "connections", field: "connections_per_order",
        title: "connections per order", short: "connections per order",
        unit: Unit::PerOrder, less: true,
        source: Source::PerOrder(|row| row.ledger.as_ref()?.connections),
    }
    /// Orders in service at once, on average over the sample. By Little's law (1961)
    /// that is how many were served a second times how long one took.
    IN_FLIGHT {
        name: "in-flight", field: "in_flight",
        title: "orders in flight on average", short: "in flight",
        unit: Unit::Count, less: false,
        source: Source::Number(|row| {
            Some(row.orders_per_s? * row.service.as_ref()?.mean_ns / 1e9)
        }),
    }
    /// Most requests in flight at once.
    PEAK_IN_FLIGHT {
        name: "peak-in-flight", field: "peak_in_flight",
        title: "most requests in flight, as the server counted them", short: "peak in flight",
        unit: Unit::Count, less: true,
        source: Source::Number(|row| {
            row.ledger.as_ref()?.peak_in_flight.map(|peak| peak as f64)
        }),
    }
}

impl Quantity {
    /// Of one sample; `None` where it was not or could not be measured.
    #[must_use]
    pub fn of_row(&self, row: &Row) -> Option<f64> {
        match self.source {
            Source::Number(of) => of(row),
            Source::PerOrder(of) => Some(of(row)? as f64 / row.orders as f64),
            Source::Times(times, percentile) => percentile.ns(times.of_row(row)?),
        }
    }

    /// The same so that more is worse.
    #[must_use]
    pub fn cost(&self, row: &Row) -> Option<f64> {
        Some(self.costs(self.of_row(row)?))
    }

    /// A value so that more is worse.
    #[must_use]
    pub fn costs(&self, value: f64) -> f64 {
        if self.less { value } else { value.recip() }
    }

    /// The percentile that it is, if it is one: a sample of few orders states none.
    #[must_use]
    pub fn percentile(&self) -> Option<Percentile> {
        match self.source {
            Source::Times(_, percentile) => Some(percentile),
            Source::Number(_) | Source::PerOrder(_) => None,
        }
    }

    /// Whether it is a service time: of an order's start to its end, which says nothing
    /// of how many orders were kept from starting. `open`: of rows that have response
    /// times.
    #[must_use]
    pub fn of_service(&self, open: bool) -> bool {
        match self.source {
            Source::Times(Times::Service, _) => true,
            Source::Times(Times::Either, _) => !open,
            _ => false,
        }
    }

    /// A value with its unit.
    #[must_use]
    pub fn told(&self, value: f64) -> String {
        match self.unit {
            Unit::PerSecond => si::short(value) + " orders/s",
            _ => self.brief(value),
        }
    }

    /// The same where there is little room.
    #[must_use]
    pub fn brief(&self, value: f64) -> String {
        match self.unit {
            Unit::PerSecond => si::rate(value),
            Unit::Time | Unit::CpuTime => si::time(value),
            Unit::Bytes => si::bytes(value),
            Unit::Part => si::percent(value),
            Unit::PerOrder => si::short(value),
            Unit::Count => si::tidy(value),
        }
    }

    /// A value as the number of an axis.
    #[must_use]
    pub fn tick(&self, value: f64) -> String {
        match self.unit {
            Unit::PerSecond | Unit::PerOrder | Unit::Count => si::tidy(value),
            Unit::Time | Unit::CpuTime => si::tidy_time(value),
            Unit::Bytes => si::tidy_bytes(value),
            Unit::Part => si::tidy(value * 100.0) + " %",
        }
    }

    /// Its place in the table and its name: what it is known by.
    fn key(&self) -> (usize, &'static str) {
        let place = ALL.iter().position(|own| own.name == self.name);
        (place.unwrap_or(ALL.len()), self.name)
    }
}

/// The entry of that name among `known`.
///
/// # Errors
/// A name that is not known, with the nearest.
pub fn named(name: &str, known: &[Quantity]) -> Result<Quantity> {
    let found = known.iter().find(|of| of.name == name).copied();
    found.ok_or_else(|| unknown("figure", name, known.iter().map(|of| of.name)))
}

impl Times {
    /// These of the three that a sample, or a cell, has.
    #[must_use]
    pub fn of<'a>(
        self,
        service: Option<&'a Latency>,
        response: Option<&'a Latency>,
        lag: Option<&'a Latency>,
    ) -> Option<&'a Latency> {
        match self {
            Times::Service => service,
            Times::Response => response,
            Times::Either => response.or(service),
            Times::Lag => lag,
        }
    }

    /// These of one sample.
    #[must_use]
    pub fn of_row(self, row: &Row) -> Option<&Latency> {
        self.of(
            row.service.as_ref(),
            row.response.as_ref(),
            row.lag.as_ref(),
        )
    }
}

impl Percentile {
    /// All of them.
    pub const ALL: [Percentile; 4] = [
        Percentile::P50,
        Percentile::P90,
        Percentile::P99,
        Percentile::P999,
    ];

    /// On the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Percentile::P50 => "p50",
            Percentile::P90 => "p90",
            Percentile::P99 => "p99",
            Percentile::P999 => "p999",
        }
    }

    /// Whether a cell has the percentile of all its samples merged. Of the median it has
    /// the median over its samples, each of which counts once: where no sample states
    /// one, by the rule of [`stated`](super::latency::stated), the cell has none either.
    #[must_use]
    pub fn merges(self) -> bool {
        self != Percentile::P50
    }

    /// The part of orders that lies beyond it.
    #[must_use]
    pub fn beyond(self) -> f64 {
        match self {
            Percentile::P50 => 0.5,
            Percentile::P90 => 0.1,
            Percentile::P99 => 0.01,
            Percentile::P999 => 0.001,
        }
    }

    /// Of a distribution that states it, ns.
    #[must_use]
    pub fn ns(self, times: &Latency) -> Option<f64> {
        let ns = match self {
            Percentile::P50 => times.p50_ns,
            Percentile::P90 => times.p90_ns,
            Percentile::P99 => times.p99_ns,
            Percentile::P999 => times.p999_ns,
        };
        ns.map(|ns| ns as f64)
    }
}

impl Unit {
    /// Its name in exports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::PerSecond => "orders/s",
            Unit::Time => "ns",
            Unit::CpuTime => "ns/order",
            Unit::Bytes => "bytes",
            Unit::Part => "ratio",
            Unit::PerOrder => "per order",
            Unit::Count => "count",
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

#[cfg(test)]
mod tests;
