//! Which cells compare with each other, and whether they have been measured
//! often enough.

use std::collections::{BTreeMap, HashMap};

use crate::lab::Lab;
use crate::record::identity::Identity;
use crate::record::row::Row;
use crate::report::analysis::open_loop::overloaded;
use crate::report::analysis::standing::contender;
use crate::report::analysis::summary::summarise;
use crate::selection::resolved::ResolvedCell;
use crate::stats::enough::{Outlook, outlook};

/// Cells of one scenario with the same parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Panel {
    /// The scenario's id, with what was changed of it behind it.
    pub(super) title: String,
    /// Their places in the run's list of cells.
    pub(super) cells: Vec<usize>,
}

/// Cells gathered into panels, in the order in which each first appears.
pub(super) fn panels(cells: &[ResolvedCell]) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for (at, cell) in cells.iter().enumerate() {
        let place = *known
            // Models of other programs compare among each other.
            .entry((cell.scenario.id(), &cell.set, cell.peer.is_some()))
            .or_insert_with(|| {
                panels.push(Panel {
                    title: title(cell),
                    cells: Vec::new(),
                });
                panels.len() - 1
            });
        panels[place].cells.push(at);
    }
    panels
}

fn title(cell: &ResolvedCell) -> String {
    let set: Vec<String> = cell
        .set
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let peers = cell.peer.map(|_| "other languages".to_owned());
    let set: Vec<String> = peers.into_iter().chain(set).collect();
    if set.is_empty() {
        cell.scenario.id()
    } else {
        format!("{} ({})", cell.scenario.id(), set.join(", "))
    }
}

/// Finds a row's cell in a run's list.
pub(super) struct Index(HashMap<Identity<'static>, usize>);

impl Index {
    /// The cells that `lab` measures: rows of another target or class are of none.
    pub(super) fn new(lab: &Lab, cells: &[ResolvedCell]) -> Self {
        let key = |cell: &ResolvedCell| {
            let asked = lab.asked(cell);
            Identity::of(&asked).unplaced().into_owned()
        };
        Index(cells.iter().map(key).zip(0..).collect())
    }

    pub(super) fn of(&self, row: &Row) -> Option<usize> {
        self.at(&Identity::of(row).unplaced())
    }

    /// The cell of this identity, wherever it was placed.
    pub(super) fn at(&self, key: &Identity<'_>) -> Option<usize> {
        self.0.get(key).copied()
    }
}

impl Panel {
    /// What more rounds of the panel's cells may bring, by those of `rows` that are of rounds
    /// before `round`. Cells that could never be measured are left out: they never will be.
    pub(super) fn outlook(&self, rows: &[Row], index: &Index, round: u32) -> Outlook {
        let own: Vec<Row> = rows
            .iter()
            .filter(|row| row.round < round)
            .filter(|row| index.of(row).is_some_and(|at| self.cells.contains(&at)))
            .map(without_service)
            .collect();
        let models: Vec<_> = summarise(&own)
            .iter()
            // Those that fall behind have no rank to decide.
            .filter(|cell| cell.ranked() && !overloaded(cell))
            .map(|cell| contender(cell, &own))
            .filter(|model| !model.time.is_empty())
            .collect();
        outlook(&models)
    }
}

/// The row without distributions that no rank looks at: merging them takes long.
fn without_service(row: &Row) -> Row {
    let mut row = row.clone();
    row.service = None;
    row.pacer_lateness = None;
    row.overshoot = None;
    row
}
