//! What a gate could decide, and why it could not decide the rest.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::cells::Matched;
use super::figure::cost;
use super::{Cell, Comparison, Finding};
use crate::record::quantity::Quantity;
use crate::record::rounds::by_round;
use crate::record::row::Row;
use crate::report::analysis::in_flight;
use crate::stats::ROUNDS;

/// Why nothing can be said of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// The cell has fewer than [`ROUNDS`] on a side.
    Rounds,
    /// In fewer than [`ROUNDS`] the samples have orders enough to state it.
    Orders,
    /// In fewer than [`ROUNDS`] it was measured, and not 0.
    Figure,
    /// It is a service time, and both sides had another number of orders in flight.
    InFlight,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lack::Rounds => write!(f, "fewer than {ROUNDS} rounds"),
            Lack::Orders => f.write_str("samples have too few orders to state it"),
            Lack::Figure => write!(f, "measured in fewer than {ROUNDS} rounds"),
            Lack::InFlight => f.write_str(
                "service times do not compare, because the sides had different numbers of orders in flight",
            ),
        }
    }
}

/// What a figure lacks to be compared; `None` of one that has it.
pub(super) fn lack(figure: Quantity, of: &Matched<'_>) -> Option<Lack> {
    let enough = |value: &dyn Fn(&Row) -> Option<f64>| {
        [&of.base, &of.head]
            .into_iter()
            .all(|rows| by_round(rows, value).len() >= ROUNDS)
    };
    let times = |row: &Row| Some(row.response.as_ref().or(row.service.as_ref())?.mean_ns);
    if enough(&|row| cost(figure, row)) {
        let [base, head] = [&of.base, &of.head].map(|rows| in_flight::of_rows(rows));
        let apart = figure.of_service(false) && !in_flight::alike(base, head);
        apart.then_some(Lack::InFlight)
    } else if !enough(&|_| Some(1.0)) {
        Some(Lack::Rounds)
    } else if figure.percentile().is_some() && enough(&times) {
        Some(Lack::Orders)
    } else {
        Some(Lack::Figure)
    }
}

impl Cell {
    /// What could not be said of each of `gate`; all of them where the cell itself
    /// could not be compared.
    fn gaps<'a>(&'a self, gate: &'a [Quantity]) -> impl Iterator<Item = (Quantity, Lack)> + 'a {
        gate.iter()
            .filter_map(|figure| Some((*figure, self.gap(*figure)?)))
    }

    /// What a figure lacks to be compared; `None` of one that has it.
    fn gap(&self, figure: Quantity) -> Option<Lack> {
        match self.figures.get(&figure) {
            Some(compared) => compared.lack,
            None => Some(Lack::Figure),
        }
    }
}

/// The first few of `titles`, and how many more there are.
fn some(titles: &[String]) -> String {
    const MOST: usize = 5;
    let first = titles[..titles.len().min(MOST)].join(", ");
    match titles.len().saturating_sub(MOST) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

impl Comparison {
    /// Cells of which a figure that gates was compared.
    #[must_use]
    pub fn decided(&self) -> usize {
        let both = self.cells.iter().filter(|cell| cell.finding.is_none());
        both.filter(|cell| cell.gaps(&self.gate).count() < self.gate.len())
            .count()
    }

    /// What stands in the way of a decision, a clause each with what it takes; none
    /// where the gate decided. A cell with too few rounds, or a figure that could be
    /// compared in no cell at all, has not passed.
    #[must_use]
    pub fn undecided(&self) -> Vec<String> {
        if self.advisory {
            return vec![format!(
                "{}: compare runs that share these, or give --force to decide all the same",
                self.differences.join("; ")
            )];
        }
        let both = || self.cells.iter().filter(|cell| cell.finding.is_none());
        // What failed in the base, too, is nothing new.
        let few = |cell: &&Cell| {
            let mut gaps = cell.gaps(&self.gate);
            cell.failed[0] == 0 && gaps.any(|(_, lack)| lack == Lack::Rounds)
        };
        let mut clauses = Vec::new();
        let short: Vec<String> = both().filter(few).map(Cell::title).collect();
        if !short.is_empty() {
            clauses.push(format!(
                "{} {} fewer than {ROUNDS} rounds: measure {ROUNDS} on both sides",
                some(&short),
                if short.len() == 1 { "has" } else { "have" }
            ));
        }
        for figure in &self.gate {
            let mut lacks = both().map(|cell| cell.gap(*figure));
            if short.is_empty() && lacks.all(|lack| lack.is_some()) {
                clauses.push(self.nowhere(*figure));
            }
        }
        clauses
    }

    /// Why a figure was compared in no cell, and what it takes.
    fn nowhere(&self, figure: Quantity) -> String {
        let both = self.cells.iter().filter(|cell| cell.finding.is_none());
        let lacks: Vec<Lack> = both.filter_map(|cell| cell.gap(figure)).collect();
        let name = figure.name;
        match lacks.first() {
            None => {
                let mut gaps = self.gaps();
                if gaps.is_empty() {
                    gaps.push("no cell is in both runs".into());
                }
                format!("{name}: {}: measure these cells again", gaps.join("; "))
            }
            Some(Lack::InFlight) => {
                format!("{name}: {}: compare throughput", Lack::InFlight)
            }
            Some(_) if lacks.contains(&Lack::Orders) => {
                format!("{name}: {}: give --set orders more", Lack::Orders)
            }
            Some(lack) => format!("{name}: {lack}: leave it out of --gate, or measure it"),
        }
    }

    /// What the gate could not decide of cells in both runs, and why, a clause each.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps: BTreeMap<Vec<(Quantity, Lack)>, usize> = BTreeMap::new();
        for cell in self.cells.iter().filter(|cell| cell.finding.is_none()) {
            *gaps.entry(cell.gaps(&self.gate).collect()).or_default() += 1;
        }
        let failed = self
            .cells
            .iter()
            .filter(|cell| cell.finding == Some(Finding::Invalid) && !cell.broken);
        let failed = failed.count();
        let mut clauses: Vec<String> = gaps
            .into_iter()
            .filter(|(gaps, _)| !gaps.is_empty())
            .map(|(gaps, count)| self.clause(&gaps, count))
            .collect();
        if failed > 0 {
            clauses.push(format!("{failed} failed in BASE"));
        }
        clauses
    }

    fn clause(&self, gaps: &[(Quantity, Lack)], count: usize) -> String {
        let whys = reasons(gaps.iter().copied());
        // Of what is not said which, it is all figures.
        let which = if gaps.len() < self.gate.len() {
            let names: Vec<&str> = gaps.iter().map(|(figure, _)| figure.name).collect();
            format!("{} of ", names.join(", "))
        } else {
            String::new()
        };
        let why = match whys.keys().collect::<Vec<_>>().as_slice() {
            [why] => why.to_string(),
            _ => told(&whys),
        };
        format!("{which}{count} could not be compared: {why}")
    }
}

/// Figures by what they lack.
pub(super) fn reasons(
    gaps: impl Iterator<Item = (Quantity, Lack)>,
) -> BTreeMap<Lack, Vec<&'static str>> {
    let mut whys: BTreeMap<Lack, Vec<&'static str>> = BTreeMap::new();
    for (figure, lack) in gaps {
        let names = whys.entry(lack).or_default();
        if !names.contains(&figure.name) {
            names.push(figure.name);
        }
    }
    whys
}

/// `throughput, cpu (fewer than 8 rounds)`, and so on.
pub(super) fn told(whys: &BTreeMap<Lack, Vec<&'static str>>) -> String {
    let parts = whys
        .iter()
        .map(|(lack, names)| format!("{} ({lack})", names.join(", ")));
    parts.collect::<Vec<_>>().join(", ")
}
