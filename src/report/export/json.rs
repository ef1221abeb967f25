//! One JSON document: the host, every cell with its figures, every row.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::cell::{Cell, Metric, cells};
use crate::base::word::Word;
use crate::host::HostFacts;
use crate::kit::Class;
use crate::record::flag::Flag;
use crate::record::placement::Placed;
use crate::record::quantity::IN_FLIGHT;
use crate::record::row::{Peer, Row};
use crate::stats::ALPHA;
use crate::workload::client::Client;

/// Version of the document's own fields; rows carry theirs.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    export: u32,
    level: f64,
    host: Option<&'a HostFacts>,
    cells: Vec<Told<'a>>,
    rows: &'a [Row],
}

#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    run: &'a str,
    cell: &'a str,
    workload: &'a str,
    scenario: &'a str,
    scenario_version: u32,
    model: &'a str,
    peer: Option<&'a Peer>,
    client: &'a Word<Client>,
    class: &'a Word<Class>,
    target: Option<&'a str>,
    concurrency: u64,
    placement: &'a Word<Placed>,
    set: &'a BTreeMap<String, String>,
    offered_per_s: Option<f64>,
    in_flight: Option<f64>,
    rounds: usize,
    samples: usize,
    failed: usize,
    metrics: BTreeMap<&'static str, Figure>,
    flags: &'a BTreeMap<Word<Flag>, usize>,
    errors: &'a BTreeMap<String, usize>,
    versions: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Figure {
    value: f64,
    lower: Option<f64>,
    upper: Option<f64>,
    unit: &'static str,
    bigger_is_better: bool,
}

impl From<&Metric> for Figure {
    fn from(metric: &Metric) -> Self {
        Figure {
            value: metric.value,
            lower: metric.interval.map(|interval| interval.low),
            upper: metric.interval.map(|interval| interval.high),
            unit: metric.quantity.unit.name(),
            bigger_is_better: !metric.quantity.less,
        }
    }
}

fn told(cell: &Cell) -> Told<'_> {
    let summary = &cell.summary;
    Told {
        name: &cell.name,
        run: &cell.run,
        cell: &summary.cell,
        workload: &summary.workload,
        scenario: &summary.scenario,
        scenario_version: summary.scenario_version,
        model: &summary.model,
        peer: summary.peer.as_ref(),
        client: &summary.client,
        class: &summary.class,
        target: summary.target.as_deref(),
        concurrency: summary.concurrency,
        placement: &summary.placement,
        set: &summary.set,
        offered_per_s: summary.offered_per_s,
        in_flight: summary.of(&IN_FLIGHT),
        rounds: summary.rounds,
        samples: summary.samples,
        failed: summary.taken - summary.samples,
        metrics: cell
            .metrics
            .iter()
            .chain(&cell.causes)
            .map(|metric| (metric.quantity.field, Figure::from(metric)))
            .collect(),
        flags: &summary.flags,
        errors: &summary.errors,
        versions: &summary.versions,
    }
}

/// Writes the document on one line.
///
/// # Errors
/// Those of `out`.
pub fn write(rows: &[Row], host: Option<&HostFacts>, out: &mut dyn Write) -> io::Result<()> {
    let cells = cells(rows);
    let document = Document {
        export: VERSION,
        level: 1.0 - ALPHA,
        host,
        cells: cells.iter().map(told).collect(),
        rows,
    };
    serde_json::to_writer(&mut *out, &document)?;
    out.write_all(b"\n")
}
