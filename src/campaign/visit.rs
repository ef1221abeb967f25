//! One visit: a cell in a fresh runner, warmed up and measured.

use super::Watch;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::lab::Lab;
use crate::record::row::Row;
use crate::results::notebook::Notebook;
use crate::selection::resolved::ResolvedCell;

/// One cell's place in a round.
pub(super) struct Visit<'a> {
    pub(super) cell: &'a ResolvedCell,
    pub(super) seed: u64,
    pub(super) round: u32,
    pub(super) position: u32,
    /// Samples to take: fewer than asked for where a visit that was cut short
    /// left the others.
    pub(super) samples: u32,
    /// What a sample of an earlier round served.
    pub(super) before: Option<u64>,
}

/// Keeps a row and shows it; whether it tells of a failure.
///
/// # Errors
/// A row that cannot be kept or shown.
pub(super) fn keep(row: &Row, notebook: &mut Notebook, watch: &mut dyn Watch) -> Result<bool> {
    let failed = row.error.is_some();
    if failed && interrupt::requested() {
        // It did not fail: it was not let finish.
        return Ok(true);
    }
    // First to disk: what was said to be kept is.
    notebook.keep(row.clone())?;
    watch.keeps(row)?;
    Ok(failed)
}

impl Visit<'_> {
    /// Measures the cell; how many samples failed. A cell that cannot be had is
    /// a row too, and the run goes on. `keep` takes each row, and says whether it failed.
    ///
    /// # Errors
    /// A row that cannot be kept.
    pub(super) fn make(
        &self,
        lab: &mut Lab,
        keep: &mut dyn FnMut(Row) -> Result<bool>,
    ) -> Result<usize> {
        let Visit {
            cell,
            seed,
            round,
            position,
            before,
            ..
        } = *self;
        let mut open = match lab.open(cell) {
            Ok(open) => open,
            Err(error) => {
                keep(lab.refused(cell, &error, seed, round, position))?;
                // What a program does not offer does not fail.
                return Ok(usize::from(!matches!(error, Error::Unable(_))));
            }
        };
        // The batches that warm a fresh runner up are checked; one is kept only
        // where it fails.
        let warm_up = open.warm_up(lab, seed, round, position, before);
        if warm_up.error.is_some() {
            keep(warm_up)?;
            return Ok(1);
        }
        for taken in 0..self.samples {
            // One sample is what the visit was expected to have time for.
            if interrupt::requested() || (taken > 0 && lab.is_over()) {
                return Ok(0);
            }
            if keep(open.sample(lab, seed, round, position))? {
                return Ok(1);
            }
        }
        if let Err(error) = open.close() {
            keep(lab.refused(cell, &error, seed, round, position))?;
            return Ok(1);
        }
        Ok(0)
    }
}
