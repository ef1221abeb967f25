//! What is tracked of a cell over time: its name, and its figures with intervals.

use std::collections::BTreeMap;

use crate::kit::Class;
use crate::record::identity::Identity;
use crate::record::objective;
use crate::record::placement::Placed;
use crate::record::quantity::{
    CPU, FILE_CALLS, MEMORY, Quantity, RESPONSE_P50, RESPONSE_P99, RUN_DELAY, SERVICE_P50,
    SERVICE_P99, SWITCHES, THROUGHPUT,
};
use crate::record::rounds::by_round;
use crate::record::row::Row;
use crate::report::analysis::summary::{Summary, summarise};
use crate::stats::interval::{Interval, median_interval};
use crate::stats::quantile::median;
use crate::stats::{ALPHA, ROUNDS};

/// What is tracked of closed loops.
pub const CLOSED: [Quantity; 5] = [THROUGHPUT, SERVICE_P50, SERVICE_P99, CPU, MEMORY];

/// What is tracked of open loops, whose throughput is the schedule's.
pub const OPEN: [Quantity; 4] = [RESPONSE_P50, RESPONSE_P99, CPU, MEMORY];

/// What explains the figures and is no aim of its own: none of it is tracked.
pub const CAUSES: [Quantity; 3] = [SWITCHES, RUN_DELAY, FILE_CALLS];

/// One measured figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Of what.
    pub quantity: Quantity,
    /// The median over rounds of each round's median sample.
    pub value: f64,
    /// The [interval](median_interval) of that median at level 1 − [`ALPHA`], of [`ROUNDS`]
    /// rounds, which cannot reach it, at 99.2 %; `None` of fewer, which do not support it.
    pub interval: Option<Interval>,
}

/// A cell with all that is tracked of it.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The same in every run in which the cell did the same work, and another
    /// where it did not: its id with what differs from the ordinary in brackets,
    /// as `fetch/rush/smol[rate=1000;v2]`.
    pub name: String,
    /// The run that it was measured in.
    pub run: String,
    /// What its samples say together.
    pub summary: Summary,
    /// Its figures, in the order of [`CLOSED`] or [`OPEN`]; none where every sample failed.
    pub metrics: Vec<Metric>,
    /// What explains them, in the order of [`CAUSES`]; without those that are 0.
    pub causes: Vec<Metric>,
}

/// The cells of each run of `rows` in the order of all tables. Rows of a search for
/// a capacity, whose rates follow from what was found, are no cells to track.
#[must_use]
pub fn cells(rows: &[Row]) -> Vec<Cell> {
    let several = several_runs(rows);
    let mut runs: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    if several || rows.iter().any(objective::searched) {
        for row in rows.iter().filter(|row| !objective::searched(row)) {
            runs.entry(&row.run).or_default().push(row.clone());
        }
        let each = runs
            .iter()
            .flat_map(|(run, rows)| of_run(run, rows, several));
        return each.collect();
    }
    of_run(rows.first().map_or("", |row| &row.run), rows, several)
}

/// Whether `rows` are of several runs, as the two sides of `bakeoff ab` are: names
/// tell them apart then.
#[must_use]
pub fn several_runs(rows: &[Row]) -> bool {
    rows.windows(2).any(|pair| pair[0].run != pair[1].run)
}

fn of_run(run: &str, rows: &[Row], several: bool) -> Vec<Cell> {
    let mut by_id: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_id.entry(&row.cell).or_default().push(row);
    }
    let mut cells: Vec<Cell> = summarise(rows)
        .into_iter()
        .map(|summary| {
            let same = by_id.get(summary.cell.as_str());
            let held: Vec<&Row> = same
                .into_iter()
                .flatten()
                .copied()
                .filter(|row| summary.holds(row))
                .collect();
            Cell {
                name: named(&summary.identity(), several.then_some(run)),
                run: run.to_owned(),
                metrics: metrics(&summary, &held),
                causes: told(&CAUSES, &summary, &held),
                summary,
            }
        })
        .collect();
    tell_apart(&mut cells);
    cells
}

/// The name of the cell that `row` is a sample of; `several` as [`several_runs`] has
/// it of all rows.
#[must_use]
pub fn name(row: &Row, several: bool) -> String {
    named(&Identity::of(row), several.then_some(row.run.as_str()))
}

fn named(of: &Identity<'_>, run: Option<&str>) -> String {
    let mut parts: Vec<String> = run.iter().map(|run| format!("run={run}")).collect();
    parts.extend(of.target.iter().map(|target| format!("target={target}")));
    parts.extend(of.set.iter().map(|(key, value)| format!("{key}={value}")));
    // What nearly every run has goes without saying. It must not depend on what
    // else is in the run, or a series would break when a cell is added.
    if of.class != Class::Equal && !of.class.is_empty() {
        parts.push(of.class.to_string());
    }
    if of.placement == Placed::Shared {
        parts.push(of.placement.to_string());
    }
    if of.version > 1 {
        parts.push(format!("v{}", of.version));
    }
    if parts.is_empty() {
        of.cell.clone().into_owned()
    } else {
        format!("{}[{}]", of.cell, parts.join(";"))
    }
}

/// Cells of several runs in one file may differ in what names do not tell.
fn tell_apart(cells: &mut [Cell]) {
    behind_equal_names(cells, |cell| {
        let (class, placement) = (&cell.class, &cell.placement);
        let concurrency = cell.concurrency;
        format!("[class={class};concurrency={concurrency};placement={placement}]")
    });
    behind_equal_names(cells, |cell| {
        let workers = cell.workers.map(|workers| workers.to_string());
        format!("[workers={}]", workers.as_deref().unwrap_or("default"))
    });
}

fn behind_equal_names(cells: &mut [Cell], told: impl Fn(&Summary) -> String) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for cell in cells.iter() {
        *times.entry(cell.name.clone()).or_default() += 1;
    }
    for cell in cells.iter_mut().filter(|cell| times[&cell.name] > 1) {
        cell.name += &told(&cell.summary);
    }
}

fn metrics(cell: &Summary, rows: &[&Row]) -> Vec<Metric> {
    let open = rows
        .iter()
        .any(|row| row.offered_per_s.is_some() || row.response.is_some());
    told(if open { &OPEN } else { &CLOSED }, cell, rows)
}

fn told(of: &[Quantity], cell: &Summary, rows: &[&Row]) -> Vec<Metric> {
    of.iter()
        .filter_map(|&quantity| metric(quantity, cell, rows))
        .collect()
}

fn metric(quantity: Quantity, cell: &Summary, rows: &[&Row]) -> Option<Metric> {
    let rounds: Vec<f64> = by_round(rows, |row| quantity.of_row(row))
        .into_values()
        .collect();
    let value = median(&rounds)
        .or_else(|| median(&samples(quantity, rows)))
        // What each sample is too small to state, all of them may state together.
        .or_else(|| {
            cell.of(&quantity)
                .filter(|_| quantity.percentile().is_some())
        })?;
    let interval = (rounds.len() >= ROUNDS)
        .then(|| median_interval(&rounds, ALPHA))
        .flatten();
    Some(Metric {
        quantity,
        value,
        interval,
    })
}

/// What samples say that belong to no round: those of criterion.
fn samples(quantity: Quantity, rows: &[&Row]) -> Vec<f64> {
    rows.iter()
        .filter(|row| row.error.is_none())
        .filter_map(|row| quantity.of_row(row))
        .filter(|value| value.is_finite() && *value > 0.0)
        .collect()
}
