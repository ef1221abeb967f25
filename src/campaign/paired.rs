//! One visit by two builds: a cell in a fresh runner of each, both alive side by
//! side, measured in pairs.

use super::Watch;
use super::build::Build;
use super::visit::keep;
use crate::base::error::Result;
use crate::base::interrupt;
use crate::base::seed::draw;
use crate::lab::{Lab, OpenCell};
use crate::results::notebook::Notebook;
use crate::selection::resolved::ResolvedCell;

/// One cell's place in a round of two builds.
pub(super) struct PairedVisit<'a> {
    pub(super) cell: &'a ResolvedCell,
    /// By side.
    pub(super) builds: &'a [Build; 2],
    /// Seed of the orders' draws, and of which build goes first.
    pub(super) seed: u64,
    pub(super) round: u32,
    pub(super) position: u32,
    /// Pairs of samples to take.
    pub(super) pairs: u32,
}

impl PairedVisit<'_> {
    /// Measures the cell; how many samples failed. Where one build fails, the other
    /// gives one sample more, which shows whether it holds by itself, if there is time.
    ///
    /// # Errors
    /// A row that cannot be kept or shown.
    pub(super) fn make(
        &self,
        lab: &mut Lab,
        notebook: &mut Notebook,
        watch: &mut dyn Watch,
    ) -> Result<usize> {
        let PairedVisit {
            cell,
            builds,
            seed,
            round,
            position,
            pairs,
        } = *self;
        let mut failed = 0;
        let mut open: [Option<OpenCell>; 2] = [None, None];
        for at in self.order(0) {
            lab.run = builds[at].side.name().into();
            match lab.open_with(builds[at].command(), cell) {
                Ok(opened) => open[at] = Some(opened),
                Err(error) => {
                    let row = lab.refused(cell, &error, seed, round, position);
                    failed += usize::from(keep(&row, notebook, watch)?);
                    if lab.is_over() {
                        return Ok(failed);
                    }
                }
            }
        }
        // The first batch warms up; it is checked, and kept only where it fails.
        for pair in 0..=pairs {
            for at in self.order(pair) {
                if interrupt::requested() {
                    return Ok(failed);
                }
                let Some(opened) = &mut open[at] else {
                    continue;
                };
                lab.run = builds[at].side.name().into();
                let row = match pair {
                    0 => opened.warm_up(lab, seed, round, position, None),
                    _ => opened.sample(lab, seed, round, position),
                };
                let ended = row.error.is_some();
                if pair > 0 || ended {
                    failed += usize::from(keep(&row, notebook, watch)?);
                }
                if ended {
                    open[at] = None;
                    if lab.is_over() {
                        return Ok(failed);
                    }
                }
            }
            // One pair is what the visit was expected to have time for.
            if pair > 0 && (lab.is_over() || open.iter().any(Option::is_none)) {
                break;
            }
        }
        for (build, opened) in builds.iter().zip(open) {
            if let Some(Err(error)) = opened.map(OpenCell::close) {
                lab.run = build.side.name().into();
                let row = lab.refused(cell, &error, seed, round, position);
                failed += usize::from(keep(&row, notebook, watch)?);
            }
        }
        Ok(failed)
    }

    /// Which build goes first in this pair, and which second.
    fn order(&self, pair: u32) -> [usize; 2] {
        let index = (u64::from(self.round) << 32) | u64::from(pair);
        let first = (draw(self.seed, index, u64::from(self.position)) & 1) as usize;
        [first, 1 - first]
    }
}
