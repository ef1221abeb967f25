//! Whether service times compare. An order takes longer the more others are in flight
//! beside it, so they do only where as many are. That is a condition of a closed loop
//! alone: where a rate sets how many orders come, how many are in flight follows from
//! how long they take.

use super::panel::Panel;
use super::summary::Summary;
use crate::base::si;
use crate::record::quantity::{IN_FLIGHT, Quantity};
use crate::record::row::Row;
use crate::stats::quantile::median;

/// From this ratio on, two numbers of orders in flight are not the same.
const APART: f64 = 1.1;

/// Orders in flight of some rows, the median over those that did not fail; `None` where
/// a rate sets it, or rows do not say.
pub(crate) fn of_rows(rows: &[&Row]) -> Option<f64> {
    let rated = |row: &&Row| {
        row.offered_per_s.is_some() || row.response.is_some() || row.allowed_per_s.is_some()
    };
    if rows.iter().any(rated) {
        return None;
    }
    let good = rows.iter().filter(|row| row.error.is_none());
    let known: Vec<f64> = good.filter_map(|row| IN_FLIGHT.of_row(row)).collect();
    median(&known).filter(|mean| *mean > 0.0)
}

/// Whether as many orders are in flight on both sides, as far as is known.
pub(crate) fn alike(one: Option<f64>, other: Option<f64>) -> bool {
    let both = one.zip(other);
    both.is_none_or(|(one, other)| one.max(other) <= APART * one.min(other))
}

/// How many orders the fullest cell of a panel has in flight: beside its service times
/// those of others are held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fullest(Option<f64>);

impl Fullest {
    /// Of the panel's ranked cells, or of all where none is; of nothing where a rate
    /// sets how many orders are in flight.
    pub(crate) fn of(panel: &Panel<'_>) -> Self {
        let rated = |cell: &&Summary| {
            cell.offered_per_s.is_some() || cell.response.is_some() || cell.allowed_per_s.is_some()
        };
        if panel.cells.iter().any(rated) {
            return Fullest(None);
        }
        let most = |ranked: bool| {
            let cells = panel.cells.iter().filter(|cell| cell.ranked() || !ranked);
            cells
                .filter_map(|cell| cell.of(&IN_FLIGHT))
                .max_by(f64::total_cmp)
        };
        Fullest(most(true).or_else(|| most(false)))
    }

    /// Whether the cell's service times may be held beside those of the fullest.
    pub(crate) fn compares(&self, cell: &Summary) -> bool {
        alike(self.0, cell.of(&IN_FLIGHT))
    }

    /// Whether the cell's figure may be held beside that of the fullest.
    pub(crate) fn compares_by(&self, quantity: &Quantity, cell: &Summary) -> bool {
        !quantity.of_service(cell.response.is_some()) || self.compares(cell)
    }

    /// How many the cell has in flight, where its service times do not compare:
    /// ` (2.2 in flight)`.
    pub(crate) fn behind(&self, cell: &Summary) -> String {
        match cell.of(&IN_FLIGHT).filter(|_| !self.compares(cell)) {
            Some(mean) => format!(" ({} in flight)", si::short(mean)),
            None => String::new(),
        }
    }

    /// Why some of `cells` do not compare; `None` where all do.
    pub(crate) fn why<'a>(&self, mut cells: impl Iterator<Item = &'a Summary>) -> Option<String> {
        let most = self.0.filter(|_| cells.any(|cell| !self.compares(cell)))?;
        Some(format!(
            "Service times compare only where as many orders are in flight: {} is the most here, and \
             a name with fewer says how many.",
            si::short(most)
        ))
    }

    /// The same of one figure, for a list of what was not compared.
    pub(crate) fn left_out(&self, cell: &Summary) -> String {
        let most = self
            .0
            .map_or(String::new(), |most| format!(", not {}", si::short(most)));
        let own = cell.of(&IN_FLIGHT).map_or(String::new(), si::short);
        format!("{} ({own} in flight{most})", cell.label())
    }
}
