//! Two builds of the suite side by side: rounds over all cells, in each of which a
//! cell has a fresh runner of either build, both alive at once, and short samples
//! alternate between them, until the intervals that decide are narrow, or the time
//! is up.
//!
//! What a shared machine does to one sample it does to its neighbour too, so each
//! pair of samples divides it out. What fresh runners do not share (where memory
//! lies, seeds of hashing) is what rounds differ by.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::build::Build;
use super::paired::PairedVisit;
use super::panels::Index;
use super::time::{Budget, Pace, Stopwatch};
use super::{At, Ended, MOST_ROUNDS, Outcome, Watch, counted, shuffled};
use crate::base::error::Result;
use crate::base::interrupt;
use crate::lab::Lab;
use crate::record::row::Row;
use crate::report::ab::known;
use crate::results::notebook::Notebook;
use crate::selection::resolved::ResolvedCell;
use crate::stats::ROUNDS;

/// Pairs of samples that a pair of fresh runners gives, where nothing else is asked
/// for: starting them costs about as much as five.
pub const PAIRS: u32 = 10;
/// Rounds with a failure after which a cell is left out: another does not mend what
/// is wrong.
const MOST_FAILED: usize = 3;

/// Two builds, and how to measure them.
#[derive(Clone, Debug)]
pub struct Ab {
    /// Base and head.
    pub builds: [Build; 2],
    /// The cells.
    pub cells: Vec<ResolvedCell>,
    /// Seed of the orders' draws, of the rounds' shuffling, and of who goes first.
    pub seed: u64,
    /// Pairs of samples in each round.
    pub pairs: u32,
    /// How many rounds; where this is not given, [`ROUNDS`] and then as many as it
    /// takes, up to [`MOST_ROUNDS`].
    pub rounds: Option<u32>,
    /// The part of the base from which on a cell that is slower is a regression.
    pub threshold: f64,
}

/// What was asked for, as `plan.json` keeps it.
#[derive(Clone, Debug, Serialize)]
pub struct AbPlan {
    /// How runners of the base are started.
    pub base: String,
    /// How runners of the head are started.
    pub head: String,
    /// Versions that base and head named first, by name.
    pub versions: [BTreeMap<String, String>; 2],
    /// Ids of the cells.
    pub cells: Vec<String>,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Pairs of samples in each round.
    pub pairs: u32,
    /// Rounds, where their number was asked for.
    pub rounds: Option<u32>,
    /// Time for the whole.
    pub budget: Option<Budget>,
    /// The threshold, percent.
    pub threshold_percent: f64,
}

impl Ab {
    /// What is kept beside the rows, with the versions that base and head named.
    #[must_use]
    pub fn plan(&self, versions: [BTreeMap<String, String>; 2], budget: Option<Budget>) -> AbPlan {
        let [base, head] = self.builds.each_ref().map(|build| build.text.clone());
        AbPlan {
            base,
            head,
            versions,
            cells: self.cells.iter().map(|cell| cell.id()).collect(),
            seed: self.seed,
            pairs: self.pairs,
            rounds: self.rounds,
            budget,
            threshold_percent: self.threshold * 100.0,
        }
    }

    /// Measures until every cell is known or left out, or rounds or time are up.
    ///
    /// # Errors
    /// A row that cannot be kept or passed on.
    pub fn run(
        &self,
        lab: &mut Lab,
        notebook: &mut Notebook,
        stopwatch: &Stopwatch,
        watch: &mut dyn Watch,
    ) -> Result<Outcome> {
        let index = Index::new(lab, &self.cells);
        lab.end_by(stopwatch.end());
        let (mut pace, mut visits, mut failed) = (Pace::default(), 0, 0);
        let mut failures = vec![0; self.cells.len()];
        let fits = |pace: &Pace, cells: &[usize]| {
            let left = stopwatch.left();
            let enough = |left: Duration| pace.visits(cells.iter().copied()) <= left;
            left.is_none_or(|left| !left.is_zero() && enough(left))
        };
        let mut round = 1;
        let ended = 'rounds: loop {
            if round > self.last() {
                let asked = self.rounds.is_some();
                break if asked { Ended::Asked } else { Ended::Most };
            }
            let part = self.part(round, notebook.rows(), &index, &failures);
            if part.is_empty() {
                break Ended::Known;
            }
            if !fits(&pace, &part) {
                break Ended::Spent;
            }
            for (position, &at) in (0..).zip(&part) {
                if interrupt::requested() {
                    break 'rounds Ended::Interrupted;
                }
                if !fits(&pace, &[at]) {
                    break 'rounds Ended::Spent;
                }
                let cell = &self.cells[at];
                watch.begins(&At {
                    round,
                    done: position as usize,
                    cells: part.len(),
                    left: self.left(round, &part[position as usize..], &part, &pace, stopwatch),
                    cell: cell.id(),
                });
                let visit = PairedVisit {
                    cell,
                    builds: &self.builds,
                    seed: self.seed.wrapping_add(u64::from(round)),
                    round,
                    position,
                    pairs: self.pairs,
                };
                let begun = Instant::now();
                let failed_now = visit.make(lab, notebook, watch)?;
                if interrupt::requested() {
                    break 'rounds Ended::Interrupted;
                }
                failed += failed_now;
                failures[at] += usize::from(failed_now > 0);
                pace.took(at, begun.elapsed());
                visits += 1;
            }
            if round == 1
                && let Some(line) = self.forecast(&pace, stopwatch)
            {
                watch.says(&line);
            }
            round += 1;
        };
        Ok(Outcome {
            ended,
            rounds: round - 1,
            visits,
            failed,
            line: self.line(ended, round - 1, notebook.rows(), stopwatch),
        })
    }

    /// The last round that there can be.
    fn last(&self) -> u32 {
        self.rounds.unwrap_or(MOST_ROUNDS)
    }

    /// Cells of a round in its order: all, and after [`ROUNDS`] of a run that stops by
    /// itself those that are not known well enough. Those that failed too often are
    /// left out.
    fn part(&self, round: u32, rows: &[Row], index: &Index, failures: &[usize]) -> Vec<usize> {
        let mut part = shuffled(self.cells.len(), self.seed, round);
        part.retain(|&at| failures[at] < MOST_FAILED);
        if self.rounds.is_none() && round > ROUNDS as u32 {
            let known = known(rows, self.cells.len(), self.threshold);
            let known: Vec<Option<usize>> = known.iter().map(|key| index.at(key)).collect();
            part.retain(|&at| !known.contains(&Some(at)));
        }
        part
    }

    /// Time left, where these cells of a round are to come.
    fn left(
        &self,
        round: u32,
        to_come: &[usize],
        part: &[usize],
        pace: &Pace,
        stopwatch: &Stopwatch,
    ) -> Option<Duration> {
        let by_rounds = (!pace.is_unknown()).then(|| {
            let later = pace.visits(part.iter().copied()) * (self.last() - round);
            pace.visits(to_come.iter().copied()) + later
        });
        [by_rounds, stopwatch.left()].into_iter().flatten().min()
    }

    /// Warns once the first round has shown that the budget is too small for
    /// verdicts.
    fn forecast(&self, pace: &Pace, stopwatch: &Stopwatch) -> Option<String> {
        let left = stopwatch.left()?;
        let later = pace.visits(0..self.cells.len()) * (ROUNDS as u32 - 1);
        (self.rounds.is_none() && later > left).then(|| {
            let enough = Budget::of(stopwatch.spent() + later);
            format!("verdicts need {ROUNDS} rounds, which take about {enough}: give --budget so much, choose fewer cells, or --pairs fewer")
        })
    }

    /// How many rounds, and why no more.
    fn line(&self, ended: Ended, rounds: u32, rows: &[Row], stopwatch: &Stopwatch) -> String {
        let done = counted(rounds as usize, "round");
        let (known, cells) = (
            known(rows, self.cells.len(), self.threshold).len(),
            self.cells.len(),
        );
        let failures = known < cells;
        let known = format!("{known} of {cells} cells are known well enough");
        match ended {
            Ended::Asked => format!("{done}, as asked"),
            Ended::Known if failures => format!("{done}: {known}; the others failed"),
            Ended::Known => format!("{done}: {known}"),
            Ended::Spent => {
                let budget = stopwatch.budget().map(|budget| format!(" of {budget}"));
                let budget = budget.unwrap_or_default();
                format!("{done}: the budget{budget} is spent; {known}")
            }
            Ended::Most => format!("{done}, the most there are; {known}"),
            Ended::Interrupted => format!("{done}: interrupted; {known}"),
        }
    }
}
