//! A panel with the rows behind it: what each figure may be, and which of its
//! models tie or are undecided.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::in_flight::Fullest;
use super::panel;
use super::panel::Index;
use super::panel::Panel;
use super::standing::{self, Said};
use super::summary::Summary;
use super::sweeps;
use super::sweeps::Shown;
use super::ties;
use crate::base::at_once::at_once;
use crate::record::quantity::Quantity;
use crate::record::rounds::{Round, by_round, round};
use crate::record::row::Row;
use crate::stats::interval::median_interval;
use crate::stats::quantile::quantile;
use crate::stats::verdict::middle;
use crate::stats::{ALPHA, ROUNDS};

/// By a quantity's name.
type ByName<T> = BTreeMap<&'static str, T>;

/// A panel with the rows behind it.
pub struct Study<'p, 'a> {
    /// The panel.
    pub panel: &'p Panel<'a>,
    /// What its rows say of ranks.
    pub(crate) said: Said,
    /// The samples of each cell that did not fail.
    rows: Vec<Vec<&'a Row>>,
    /// Whether any cell has the rounds that an interval takes.
    enough: bool,
    /// Whether its cells were measured on several hosts: what differs between those is
    /// shown and not tested.
    pub(crate) apart: bool,
    /// What was asked for by quantity, which tables and each size of a chart ask again.
    betweens: Mutex<ByName<Vec<Option<Between>>>>,
    verdicts: Mutex<ByName<Option<String>>>,
}

/// A study of each panel that is shown by itself, in their order.
#[must_use]
pub(crate) fn studies<'p, 'a>(panels: &'p [Panel<'a>], rows: &Index<'a>) -> Vec<Study<'p, 'a>> {
    let alone: Vec<&'p Panel<'a>> = sweeps::found(panels)
        .into_iter()
        .filter_map(|shown| match shown {
            Shown::Alone(panel) => Some(panel),
            Shown::Sweep(_) => None,
        })
        .collect();
    at_once(&alone, |panel| Study::new(panel, rows))
}

/// What is known so far; an answer is put in whole, so a panic elsewhere spoils none.
fn held<T>(known: &Mutex<T>) -> MutexGuard<'_, T> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a figure may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Between {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl<'p, 'a> Study<'p, 'a> {
    /// The panel with those of `rows`, given by [`index`](super::panel::index), that are its own.
    #[must_use]
    pub fn new(panel: &'p Panel<'a>, rows: &Index<'a>) -> Self {
        let of = |cell: &&Summary| -> Vec<&'a Row> {
            let own = rows.get(cell.cell.as_str()).into_iter().flatten();
            let mut own: Vec<&Row> = own
                .filter(|row| row.error.is_none() && cell.holds(row))
                .copied()
                .collect();
            // As a run's rows come; then all that goes by round is quick.
            own.sort_by_key(|row| round(row));
            own
        };
        let rows: Vec<Vec<&Row>> = panel.cells.iter().map(of).collect();
        let rounds = |rows: &Vec<&'a Row>| {
            let mut rounds: Vec<Round<'_>> = rows.iter().filter_map(|row| round(row)).collect();
            rounds.dedup();
            rounds.len()
        };
        let apart = !panel::hosts(panel.cells.iter().copied()).is_empty();
        Study {
            said: if apart {
                Said::default()
            } else {
                standing::of(panel, &rows)
            },
            apart,
            enough: rows.iter().any(|rows| rounds(rows) >= ROUNDS),
            rows,
            panel,
            betweens: Mutex::default(),
            verdicts: Mutex::default(),
        }
    }

    fn place(&self, cell: &Summary) -> Option<usize> {
        let mut cells = self.panel.cells.iter();
        cells.position(|own| std::ptr::eq(*own, cell))
    }

    /// The interval of the median over rounds where any cell of the panel has rounds
    /// enough, and then `None` of those that have not; else the middle half of the
    /// samples, and `None` of fewer than two.
    pub(crate) fn between(&self, cell: &Summary, quantity: &Quantity) -> Option<Between> {
        let at = self.place(cell)?;
        let mut known = held(&self.betweens);
        let all = known.entry(quantity.name).or_insert_with(|| {
            let of = |rows: &Vec<&'a Row>| self.find_between(rows, quantity);
            self.rows.iter().map(of).collect()
        });
        all[at]
    }

    fn find_between(&self, rows: &[&'a Row], quantity: &Quantity) -> Option<Between> {
        if self.enough {
            let rounds: Vec<f64> = by_round(rows, |row| quantity.of_row(row))
                .into_values()
                .collect();
            if rounds.len() < ROUNDS {
                return None;
            }
            let interval = median_interval(&rounds, ALPHA)?;
            return Some(Between {
                low: interval.low,
                high: interval.high,
            });
        }
        let samples = rows.iter().filter_map(|row| quantity.of_row(row));
        let samples: Vec<f64> = samples.filter(|value| value.is_finite()).collect();
        if samples.len() < 2 {
            return None;
        }
        Some(Between {
            low: quantile(&samples, 0.25)?,
            high: quantile(&samples, 0.75)?,
        })
    }

    /// The figure as [`Study::verdict`] compares it: the median over rounds, and `None`
    /// of a ranked cell with too few where any has enough. Of rows that know no rounds, as
    /// tables show it.
    pub(crate) fn compared(&self, cell: &Summary, quantity: &Quantity) -> Option<f64> {
        let rows = &self.rows[self.place(cell)?];
        if rows.iter().all(|row| round(row).is_none()) {
            return cell.of(quantity);
        }
        let rounds = by_round(rows, |row| quantity.of_row(row));
        let least = if self.enough && cell.ranked() {
            ROUNDS
        } else {
            1
        };
        (rounds.len() >= least).then(|| middle(&rounds))
    }

    /// What [`Study::between`] is, in words.
    pub(crate) fn whiskers(&self) -> &'static str {
        if self.enough {
            "the median over rounds at 99.5 % (of 8 rounds, which cannot reach it, at 99.2 %; none of fewer)"
        } else {
            "the middle half of the samples (first to third quartile)"
        }
    }

    /// The figure with its unit and confidence interval, for readers who ask.
    pub(crate) fn told(&self, cell: &Summary, quantity: &Quantity) -> String {
        let Some(value) = cell.of(quantity) else {
            return format!("{}: {} not measured", cell.label(), quantity.title);
        };
        let between = self.between(cell, quantity).map_or(String::new(), |of| {
            format!(" [{}, {}]", quantity.told(of.low), quantity.told(of.high))
        });
        format!(
            "{}: {} {}{between}; {}",
            cell.label(),
            quantity.title,
            quantity.told(value),
            super::summary::sampling(&[cell])
        )
    }

    /// What ties with the best by `quantity`, what is undecided against it and what was
    /// not compared; why nothing is said, where rounds do not suffice. `None` where
    /// there is nothing to compare.
    pub(crate) fn verdict(&self, quantity: &Quantity) -> Option<String> {
        if self.apart {
            return None;
        }
        let mut known = held(&self.verdicts);
        let verdict = known.entry(quantity.name);
        verdict
            .or_insert_with(|| self.find_verdict(quantity))
            .clone()
    }

    fn find_verdict(&self, quantity: &Quantity) -> Option<String> {
        let ranked = self.panel.cells.iter().zip(&self.rows);
        let ranked = ranked.filter(|(cell, _)| cell.ranked());
        let shown = ranked.filter(|(cell, rows)| {
            let timed = rows.iter().any(|row| round(row).is_some());
            timed && (quantity.percentile().is_some() || cell.of(quantity).is_some())
        });
        let fullest = Fullest::of(self.panel);
        let (mut costs, mut apart) = (Vec::new(), Vec::new());
        for (cell, rows) in shown {
            let mut rounds = by_round(rows, |row| quantity.of_row(row));
            // Of what states no figure, that is the reason to name.
            if !rounds.is_empty() && !fullest.compares_by(quantity, cell) {
                apart.push(fullest.left_out(cell));
                continue;
            }
            let values = rounds.values_mut();
            values.for_each(|value| *value = quantity.costs(*value));
            costs.push((cell.label(), rounds));
        }
        ties::told(quantity, costs, &apart)
    }
}
