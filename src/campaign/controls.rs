//! Which cell a run measures against itself, and where these visits stand in a round.

use super::panels::Panel;
use crate::base::error::Result;
use crate::base::interrupt;
use crate::base::seed::draw;
use crate::record::control::{Kind, Reading};
use crate::record::row::Row;
use crate::results::notebook::Notebook;
use crate::selection::resolved::ResolvedCell;
use crate::stats::ROUNDS;

/// The lane of the draw that chooses the cell.
const LANE: u64 = 77;

/// The place of the cell that serves as its own control: drawn by the run's seed from those
/// whose scenario compares two or more, in a closed loop. `None` where there is none, or where
/// the rounds asked for are too few for any verdict.
pub(super) fn chosen(
    cells: &[ResolvedCell],
    panels: &[Panel],
    rounds: Option<u32>,
    seed: u64,
) -> Option<usize> {
    let decides = rounds.is_none_or(|rounds| rounds as usize >= ROUNDS);
    let compared = panels.iter().filter(|panel| panel.cells.len() > 1);
    let fit: Vec<usize> = compared
        .flat_map(|panel| panel.cells.iter().copied())
        .filter(|&at| decides && ranked_in_a_closed_loop(&cells[at]))
        .collect();
    let place = draw(seed, 0, LANE).checked_rem(fit.len() as u64)?;
    fit.get(usize::try_from(place).ok()?).copied()
}

fn ranked_in_a_closed_loop(cell: &ResolvedCell) -> bool {
    cell.peer.is_none() && cell.client.ranked() && !cell.shared().arrivals.open()
}

/// Keeps a row as a control; whether it tells of a failure.
///
/// # Errors
/// A reading that cannot be kept.
pub(super) fn keep(kind: Kind, row: &Row, notebook: &mut Notebook) -> Result<bool> {
    let failed = row.error.is_some();
    if !(failed && interrupt::requested()) {
        notebook.control(Reading::of(kind, row))?;
    }
    Ok(failed)
}

/// How many samples of this kind a round has.
pub(super) fn taken(notebook: &Notebook, round: u32, kind: Kind) -> (u32, bool) {
    let readings = notebook.controls().iter();
    let own = readings.filter(|reading| reading.round == round && reading.kind == kind);
    own.fold((0, false), |(samples, failed), reading| {
        (samples + 1, failed || reading.error.is_some())
    })
}
