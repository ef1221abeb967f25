//! One run condensed: what a history keeps of it, so that its rows can go.

use std::collections::BTreeMap;

use super::super::analysis::open_loop::overloaded;
use super::super::analysis::summary::{Summary, summarise_folded};
use super::key::Key;
use crate::base::word::Word;
use crate::host::HostFacts;
use crate::record::flag::Flag;
use crate::record::fold::Digest;
use crate::record::machine::{Reading, Slice};
use crate::record::quantity::{
    CPU, Quantity, RESPONSE_P50, RESPONSE_P99, SERVICE_P99, Source, THROUGHPUT, Unit,
};
use crate::record::rounds::by_round;
use crate::record::row::Row;
use crate::stats::interval::median_interval;
use crate::stats::quantile::median;
use crate::stats::{ALPHA, ROUNDS};

/// A run of a history.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its directory's own name.
    pub name: String,
    /// Its rows' own name for it.
    run: String,
    /// The machine; `None` where that is not known.
    pub host: Option<HostFacts>,
    /// What the machine took for fixed work, ns: the loop of arithmetic, the exchange
    /// over loopback.
    pub(super) machine: BTreeMap<Quantity, Value>,
    /// Its cells.
    pub(super) cells: Vec<Cell>,
}

/// The figures of cells that are followed, in the order of a page.
pub(in super::super) const OF_CELLS: [Quantity; 5] =
    [THROUGHPUT, RESPONSE_P99, RESPONSE_P50, CPU, SERVICE_P99];

/// Those of no row: what the machine itself took for fixed work.
pub(super) const OF_MACHINE: [Quantity; 2] = [ARITHMETIC, LOOPBACK];

pub(super) const ARITHMETIC: Quantity = Quantity {
    name: "arithmetic",
    field: "arithmetic_ns",
    title: "time of fixed arithmetic",
    short: "arithmetic",
    unit: Unit::Time,
    less: true,
    source: Source::Number(|_| None),
};

pub(super) const LOOPBACK: Quantity = Quantity {
    name: "loopback",
    field: "loopback_ns",
    title: "time of fixed exchanges over loopback",
    short: "loopback",
    ..ARITHMETIC
};

pub(super) fn on_machine(figure: Quantity) -> bool {
    OF_MACHINE.contains(&figure)
}

/// What a chart of it shows: that of the machine shows both.
pub(super) fn charted(figure: Quantity) -> &'static str {
    if on_machine(figure) {
        "time of fixed work"
    } else {
        figure.title
    }
}

/// A cell's figure in one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Value {
    /// Median over rounds.
    pub(in super::super) middle: f64,
    /// What that may be, at 99.5 % (of 8 rounds, which cannot reach it, at 99.2 %); none of
    /// fewer than 8 rounds.
    pub(in super::super) between: Option<(f64, f64)>,
    pub(in super::super) rounds: usize,
}

/// A cell in one run.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) key: Key,
    pub(super) workers: Option<u64>,
    pub(super) version: u32,
    pub(super) versions: BTreeMap<String, String>,
    pub(super) flags: Vec<Word<Flag>>,
    pub(super) values: BTreeMap<Quantity, Value>,
    /// Why it was not measured.
    pub(super) missing: Option<String>,
}

impl Run {
    /// Condenses what a results directory of this name holds.
    #[must_use]
    pub fn of(name: &str, digest: &Digest, readings: &[Reading], host: Option<HostFacts>) -> Self {
        Run {
            name: name.to_owned(),
            run: digest
                .rows
                .first()
                .map_or_else(String::new, |row| row.run.clone()),
            machine: machine(readings),
            cells: cells(digest),
            host,
        }
    }

    /// Whether both are one run, wherever they lie.
    #[must_use]
    pub fn is(&self, other: &Run) -> bool {
        self.run == other.run && self.at() == other.at()
    }

    /// The source tree's revision.
    pub(in super::super) fn revision(&self) -> Option<&str> {
        self.host.as_ref()?.revision.as_deref()
    }

    /// When it began, RFC 3339; empty where that is not known.
    #[must_use]
    pub fn at(&self) -> &str {
        self.host.as_ref().map_or("", |host| host.at.as_str())
    }

    /// The first ten letters of that: `2026-11-20`.
    pub(in super::super) fn date(&self) -> &str {
        self.at().split('T').next().unwrap_or("")
    }

    /// Hours and minutes: `08:15`.
    pub(in super::super) fn hour(&self) -> &str {
        self.at()
            .split_once('T')
            .and_then(|(_, time)| time.get(..5))
            .unwrap_or("")
    }
}

fn machine(readings: &[Reading]) -> BTreeMap<Quantity, Value> {
    let of = |slice: fn(&Reading) -> Option<Slice>| {
        let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for reading in readings {
            if let Some(slice) = slice(reading) {
                rounds.entry(reading.round).or_default().push(slice.wall_ns);
            }
        }
        let rounds: Vec<f64> = rounds.values().filter_map(|round| median(round)).collect();
        Value::of(&rounds)
    };
    let arithmetic = of(|reading| Some(reading.arithmetic));
    let loopback = of(|reading| reading.loopback);
    let both = [(ARITHMETIC, arithmetic), (LOOPBACK, loopback)];
    both.into_iter()
        .filter_map(|(figure, value)| Some((figure, value?)))
        .collect()
}

fn cells(digest: &Digest) -> Vec<Cell> {
    let mut by_cell: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &digest.rows {
        by_cell.entry(&row.cell).or_default().push(row);
    }
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    summaries
        .iter()
        .map(|summary| {
            let rows = by_cell.get(summary.cell.as_str()).into_iter().flatten();
            let rows: Vec<&Row> = rows.copied().filter(|row| summary.holds(row)).collect();
            cell(summary, &rows)
        })
        .collect()
}

fn cell(summary: &Summary, rows: &[&Row]) -> Cell {
    let open = summary.offered_per_s.is_some() || summary.response.is_some();
    let behind = overloaded(summary);
    let mut values = BTreeMap::new();
    for figure in OF_CELLS {
        let (of_schedule, of_response) = (
            figure == THROUGHPUT,
            [RESPONSE_P99, RESPONSE_P50].contains(&figure),
        );
        // In an open loop throughput is the schedule's; response times of what falls
        // behind it say how long the sample was.
        if of_schedule && open || of_response && behind {
            continue;
        }
        let rounds = by_round(rows, |row| figure.of_row(row));
        let rounds: Vec<f64> = rounds.into_values().collect();
        // A percentile that no round states, of all rounds together.
        let merged = || {
            let middle = summary.of(&figure).filter(|value| *value > 0.0)?;
            Some(Value {
                middle,
                between: None,
                rounds: summary.rounds,
            })
        };
        if let Some(value) = Value::of(&rounds).or_else(merged) {
            values.insert(figure, value);
        }
    }
    let failed = (summary.samples == 0).then(|| summary.errors.keys().next().cloned());
    Cell {
        key: Key::of(summary),
        workers: summary.workers,
        version: summary.scenario_version,
        versions: summary.versions.clone(),
        values,
        flags: summary.flags.keys().cloned().collect(),
        missing: match failed {
            Some(error) => Some(format!("failed: {}", error.unwrap_or_default())),
            None if behind => Some("overloaded".into()),
            None => None,
        },
    }
}

impl Value {
    fn of(rounds: &[f64]) -> Option<Self> {
        let between = median_interval(rounds, ALPHA).filter(|_| rounds.len() >= ROUNDS);
        Some(Value {
            middle: median(rounds)?,
            between: between.map(|of| (of.low, of.high)),
            rounds: rounds.len(),
        })
    }
}
