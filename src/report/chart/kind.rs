//! The charts by name.

use super::super::analysis::study::Study;
use super::{Chart, Frame, cdf, cpu, efficiency, latency, memory, throughput, tradeoff};
use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;

/// A chart of one scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Orders per second.
    Throughput,
    /// Times by percentile.
    Latency,
    /// The distribution of times.
    Cdf,
    /// CPU time per order.
    Cpu,
    /// Memory per unit.
    Memory,
    /// The bound over the time taken.
    Efficiency,
    /// CPU time per order against the tail.
    Tradeoff,
}

impl Kind {
    /// All of them, in the order of a page.
    pub const ALL: [Kind; 7] = [
        Kind::Throughput,
        Kind::Latency,
        Kind::Cdf,
        Kind::Cpu,
        Kind::Memory,
        Kind::Efficiency,
        Kind::Tradeoff,
    ];

    /// Its name on the command line and in names of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Throughput => "throughput",
            Kind::Latency => "latency",
            Kind::Cdf => "cdf",
            Kind::Cpu => "cpu",
            Kind::Memory => "memory",
            Kind::Efficiency => "efficiency",
            Kind::Tradeoff => "tradeoff",
        }
    }

    /// As a heading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Kind::Throughput => "Throughput",
            Kind::Latency => "Times by percentile",
            Kind::Cdf => "Distribution of times",
            Kind::Cpu => "CPU time per order",
            Kind::Memory => "Memory per unit",
            Kind::Efficiency => "Efficiency against the bound",
            Kind::Tradeoff => "Cost against the tail",
        }
    }

    /// The chart of that name.
    ///
    /// # Errors
    /// None of that name, with the nearest.
    pub fn named(name: &str) -> Result<Self, Error> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| {
            let all = Kind::ALL.iter().map(|kind| kind.name());
            unknown("chart", name, all.chain(["overview", "heatmap", "load"]))
        })
    }

    /// Whether the panel's rows have what it takes.
    #[must_use]
    pub fn has(self, study: &Study<'_, '_>) -> bool {
        let cells = &study.panel.cells;
        match self {
            // In an open loop throughput is the schedule's.
            Kind::Throughput => !super::super::analysis::open_loop::is_open(study.panel),
            Kind::Latency | Kind::Cdf => !latency::times(study.panel).is_empty(),
            Kind::Cpu => cells.iter().any(|cell| cell.cpu_ns_per_order.is_some()),
            Kind::Memory => cells.iter().any(|cell| cell.unit_memory_bytes.is_some()),
            Kind::Efficiency => cells.iter().any(|cell| cell.efficiency.is_some()),
            Kind::Tradeoff => {
                let open = super::super::analysis::open_loop::is_open(study.panel);
                let known = |cell: &&&super::super::analysis::summary::Summary| {
                    cell.cpu_ns_per_order.is_some() && latency::p99(cell, open).is_some()
                };
                cells.iter().filter(known).count() > 1
            }
        }
    }

    /// Draws it.
    #[must_use]
    pub fn draw(self, study: &Study<'_, '_>, frame: &Frame) -> Chart {
        match self {
            Kind::Throughput => throughput(study, frame),
            Kind::Latency => latency::latency(study, frame),
            Kind::Cdf => cdf(study, frame),
            Kind::Cpu => cpu(study, frame),
            Kind::Memory => memory(study, frame),
            Kind::Efficiency => efficiency(study, frame),
            Kind::Tradeoff => tradeoff(study, frame),
        }
    }
}
