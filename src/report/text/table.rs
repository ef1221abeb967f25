//! Tables: all scenarios at a glance, and each scenario in full.
//!
//! Ranks and verdicts stand in and under each scenario's own table, where rounds
//! suffice for them; none goes over several scenarios, because none would be true.

use std::collections::BTreeMap;

use super::below::{Below, Footnotes, errors, title};
use super::column::{nothing, throughput};
use super::grid::Style;
use super::grid::{Cell, Column, Emphasis, Grid};
use super::scenario;
use crate::base::si::{self, ABSENT};
use crate::record::row::Row;
use crate::report::analysis::open_loop::{Tail, by_response, is_open, overloaded};
use crate::report::analysis::panel::{Index, index};
use crate::report::analysis::panel::{Panel, panels};
use crate::report::analysis::study::{Study, studies};
use crate::report::analysis::summary::{Summary, summarise};
use crate::report::analysis::sweeps;
use crate::report::analysis::sweeps::Shown;

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
    let panels: Vec<&Panel<'_>> = sweeps::found(panels)
        .into_iter()
        .filter_map(|shown| match shown {
            Shown::Alone(panel) => Some(panel),
            Shown::Sweep(_) => None,
        })
        .collect();
    let cells = || panels.iter().flat_map(|panel| panel.cells.iter().copied());
    // In the order of all tables, those of other clients below.
    let mut models: BTreeMap<(bool, usize, String), &str> = BTreeMap::new();
    for summary in cells() {
        let key = (
            !summary.ranked(),
            crate::record::palette::place(&summary.model),
            summary.label(),
        );
        models.insert(key, &summary.model);
    }
    if models.is_empty() {
        return String::new();
    }
    let mut foot = Footnotes::new(notes);
    let mut grid = Grid {
        columns: vec![Column {
            head: vec!["model".into()],
            left: true,
        }],
        apart: models.keys().filter(|(other, _, _)| !other).count(),
        ..Grid::default()
    };
    grid.columns.extend(panels.iter().map(|panel| {
        let title = panel.title.split_inclusive(['/', ' ']);
        let mut head: Vec<String> = title.map(|line| line.trim_end().to_owned()).collect();
        if is_open(panel) {
            head.extend(["response".into(), Tail::of_panel(panel).name().into()]);
        }
        Column { head, left: false }
    }));
    for ((_, _, label), model) in &models {
        let mut cells = vec![Cell::from(foot.behind(label, model))];
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
    let mut below = Below::new(style);
    let open = panels.iter().any(|panel| is_open(panel));
    let partly = cells().any(|s| s.orders_per_s.is_some() && !s.errors.is_empty());
    let best = match (style.markdown || style.color, open) {
        (true, true) => "bold: best of its column (no rank); ",
        (true, false) => "bold: highest of its column (no rank); ",
        (false, _) => "",
    };
    let some = if partly {
        "; !: some samples failed"
    } else {
        ""
    };
    below.line(&format!("{best}{ABSENT}: not run{some}"));
    if open {
        below.line("response: open loop, from when an order was planned to its end");
    }
    foot.write(&mut below);
    errors(cells(), |summary| summary.cell.clone(), &mut below);
    out + &below.text
}

/// One full table a scenario, with ranks, verdicts in words, and what flags mean,
/// where rounds suffice; where a run has too few, a line says so. Models are
/// sorted by median throughput, or by response time where orders come from
/// outside; `@reqwest` below. A swept scenario has one table over all values
/// instead.
///
/// `notes` says for a model where it is a misuse; those notes and all errors
/// stand below each table. Empty where there are no rows.
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
    let mut studies = studies.iter();
    let tables: Vec<String> = sweeps::found(panels)
        .iter()
        .filter_map(|shown| match shown {
            Shown::Alone(_) => Some(scenario::table(studies.next()?, notes, style)),
            Shown::Sweep(sweep) => Some(sweep.table(rows, style)),
        })
        .collect();
    tables.join("\n")
}

/// What the absence of a number means, and what the words of the headings do;
/// for once above or below all tables.
#[must_use]
pub fn legend() -> &'static str {
    "orders/s: median over samples. service: from an order's actual start to its end; \
     response (open loop): from its planned start \
     (p50: median over samples; others: all samples merged, stated where at least ten orders \
     lie beyond it). CPU: user and system time of all the model's processes. \
     efficiency: the least possible time over the time taken. memory: proportional share (PSS) \
     of all processes; per unit: what it grew by for each order in flight. \
     Tables are sorted by throughput, in open loop by response time, which is no rank: that is, \
     where rounds suffice, 1 + the number of models shown faster (level 99.5 %). In brackets: \
     what the ratio may be at that level; undecided: more rounds may tell, also where all \
     of the interval lies on one side of 1 but the rounds are too few to be sure. \
     knee: the load past which the time leaves its plateau for good (1.5 times its least)."
}

/// Response time with its unit; of what is overloaded a time would only tell how
/// long a sample was.
fn response(summary: &Summary, panel: &Panel<'_>) -> Cell {
    let tail = Tail::of_panel(panel);
    if summary.samples > 0 && overloaded(summary) {
        return "overloaded".to_owned().into();
    }
    let Some(value) = tail.of_cell(summary) else {
        return nothing(summary);
    };
    let mark = if summary.errors.is_empty() { "" } else { "!" };
    let best = by_response(panel).first().copied() == Some(summary);
    Cell {
        text: si::time(value) + mark,
        emphasis: if best { Emphasis::Best } else { Emphasis::None },
    }
}
