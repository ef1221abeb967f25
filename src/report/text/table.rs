//! Tables: all scenarios at a glance, and each scenario in full.
//!
//! Ranks and verdicts stand in and under each scenario's own table, where rounds
//! suffice for them; none goes over several scenarios, because none would be true.

use std::collections::{BTreeMap, BTreeSet};

use super::below::{Below, errors, title};
use super::column::{nothing, throughput};
use super::grid::Style;
use super::grid::{Cell, Column, Emphasis, Grid};
use super::once::Once;
use super::scenario;
use crate::base::si::{self, ABSENT};
use crate::record::row::Row;
use crate::report::analysis::decided::Decided;
use crate::report::analysis::open_loop::{by_response, is_open, overloaded, tail};
use crate::report::analysis::panel::{Index, index};
use crate::report::analysis::panel::{Panel, panels};
use crate::report::analysis::study::{Study, studies};
use crate::report::analysis::summary::{Summary, summarise};
use crate::report::analysis::sweeps;
use crate::report::analysis::sweeps::Shown;

/// All that rows say: one compact table over scenarios where there are several, one per
/// scenario, and what is said once below all of them. `notes` says for a model where it
/// is a misuse. Empty where there is nothing to show.
#[must_use]
pub fn whole(rows: &[Row], notes: &BTreeMap<String, String>, style: &Style) -> String {
    let summaries = summarise(rows);
    let (panels, index) = (panels(&summaries), index(rows));
    whole_of(&panels, &studies(&panels, &index), &index, notes, style)
}

/// The same of panels with their studies, whose rows are in `rows`.
pub(crate) fn whole_of<'p, 'a>(
    panels: &'p [Panel<'a>],
    studies: &[Study<'p, 'a>],
    rows: &Index<'a>,
    notes: &BTreeMap<String, String>,
    style: &Style,
) -> String {
    let mut once = Once::default();
    let mut tables = Vec::new();
    // Of one scenario, its own table says all.
    if studies.len() > 1 {
        tables.push(glance(panels, style, false, &mut once));
    }
    tables.extend(each(panels, studies, rows, style, &mut once));
    tables.push(decided(studies, style));
    tables.push(once.told(notes, style));
    tables.retain(|table| !table.is_empty());
    tables.join("\n")
}

/// How many pairs of all tables are decided; empty where none was compared.
pub(crate) fn decided(studies: &[Study<'_, '_>], style: &Style) -> String {
    let mut all = Decided::default();
    studies.iter().for_each(|study| all += study.said.decided);
    let mut below = Below::new(style);
    if let Some(told) = all.told() {
        below.line(&told);
    }
    below.told()
}

/// One compact table: a row a model, a column a scenario, in each cell the
/// median throughput in orders per second; where orders come from outside, the
/// response time. Swept scenarios have tables of their own.
///
/// `notes` says for a model where it is a misuse; those notes and all errors
/// stand below. Empty where there is nothing to show.
#[must_use]
pub fn overview(rows: &[Row], notes: &BTreeMap<String, String>, style: &Style) -> String {
    let summaries = summarise(rows);
    overview_of(&panels(&summaries), notes, style)
}

/// The same of panels.
pub(crate) fn overview_of(
    panels: &[Panel<'_>],
    notes: &BTreeMap<String, String>,
    style: &Style,
) -> String {
    let mut once = Once::default();
    let table = glance(panels, style, true, &mut once);
    followed(table, &once.told(notes, style))
}

/// A text, and another one apart from it.
fn followed(text: String, rest: &str) -> String {
    if rest.is_empty() {
        text
    } else {
        format!("{text}\n{rest}")
    }
}

/// The table over all scenarios; `alone`: errors stand in no other table.
fn glance(panels: &[Panel<'_>], style: &Style, alone: bool, once: &mut Once) -> String {
    let panels: Vec<&Panel<'_>> = sweeps::found(panels)
        .into_iter()
        .filter_map(|shown| match shown {
            Shown::Alone(panel) => Some(panel),
            Shown::Sweep(_) => None,
        })
        .collect();
    let cells = || panels.iter().flat_map(|panel| panel.cells.iter().copied());
    // In the order of all tables, those of other clients below.
    let mut models: BTreeSet<(bool, usize, String)> = BTreeSet::new();
    for summary in cells() {
        models.insert((!summary.ranked(), summary.place(), summary.label()));
    }
    if models.is_empty() {
        return String::new();
    }
    let mut grid = Grid {
        columns: vec![Column::new(&["model"], true)],
        apart: models.iter().filter(|(other, _, _)| !other).count(),
        label: "all scenarios".into(),
        ..Grid::default()
    };
    grid.columns.extend(panels.iter().map(|panel| {
        let title = panel.title.split_inclusive(['/', ' ']);
        let mut head: Vec<String> = title.map(|line| line.trim_end().to_owned()).collect();
        if is_open(panel) {
            head.extend(tail(panel).short.split(' ').map(str::to_owned));
        }
        let head: Vec<&str> = head.iter().map(String::as_str).collect();
        Column::new(&head, false)
    }));
    for (_, _, label) in &models {
        let mut cells = vec![Cell::from(label.clone())];
        cells.extend(panels.iter().map(|panel| {
            let summary = panel.cells.iter().find(|cell| cell.label() == *label);
            summary.map_or(ABSENT.to_owned().into(), |summary| {
                if is_open(panel) {
                    response(summary, panel)
                } else {
                    throughput(summary, panel, true)
                }
            })
        }));
        grid.rows.push(cells);
    }
    let mut out = title("orders/s of all scenarios", "median over samples", style);
    out += &grid.render(style);
    if alone {
        let mut below = Below::new(style);
        errors(cells(), |summary| summary.cell.clone(), &mut below);
        out += &below.told();
    }
    once.grid(&grid, style);
    // What else it shows, its title says.
    if panels.iter().any(|panel| is_open(panel)) {
        once.word("response");
    }
    for cell in cells() {
        once.met(cell);
    }
    out
}

/// One full table a scenario, with ranks, verdicts in words, and what flags mean,
/// where rounds suffice; where a run has too few, a line says so. Models are
/// sorted by median throughput, or by response time where orders come from
/// outside; `@reqwest` below. A swept scenario has one table over all values
/// instead.
///
/// `notes` says for a model where it is a misuse; those notes, and what words and flags
/// mean, stand once below all tables, errors below each. Empty where there are no rows.
#[must_use]
pub fn scenarios(rows: &[Row], notes: &BTreeMap<String, String>, style: &Style) -> String {
    let summaries = summarise(rows);
    let (panels, index) = (panels(&summaries), index(rows));
    scenarios_of(&panels, &studies(&panels, &index), &index, notes, style)
}

/// The same of panels with their studies, whose rows are in `rows`.
pub(crate) fn scenarios_of<'p, 'a>(
    panels: &'p [Panel<'a>],
    studies: &[Study<'p, 'a>],
    rows: &Index<'a>,
    notes: &BTreeMap<String, String>,
    style: &Style,
) -> String {
    let mut once = Once::default();
    let tables = each(panels, studies, rows, style, &mut once);
    followed(tables.join("\n"), &once.told(notes, style))
}

/// A table for each scenario, or for each sweep.
fn each<'p, 'a>(
    panels: &'p [Panel<'a>],
    studies: &[Study<'p, 'a>],
    rows: &Index<'a>,
    style: &Style,
    once: &mut Once,
) -> Vec<String> {
    let mut studies = studies.iter();
    sweeps::found(panels)
        .iter()
        .filter_map(|shown| match shown {
            Shown::Alone(_) => Some(scenario::table(studies.next()?, style, once)),
            Shown::Sweep(sweep) => Some(sweep.table(rows, style, once)),
        })
        .collect()
}

/// Response time with its unit; of what is overloaded a time would only tell how
/// long a sample was.
fn response(summary: &Summary, panel: &Panel<'_>) -> Cell {
    if summary.samples > 0 && overloaded(summary) {
        return "overloaded".to_owned().into();
    }
    let Some(value) = summary.of(&tail(panel)) else {
        return nothing(summary);
    };
    let mark = if summary.errors.is_empty() { "" } else { "!" };
    let best = by_response(panel).first().copied() == Some(summary);
    Cell {
        text: si::time(value) + mark,
        emphasis: if best { Emphasis::Best } else { Emphasis::None },
    }
}
