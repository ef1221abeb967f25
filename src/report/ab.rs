//! Two builds of the suite against each other: a pure function of the rows that
//! `bakeoff ab` keeps, whose run is named after the side that they are of.
//!
//! The n-th sample of the head in a visit is paired with the n-th of the base: the
//! two came one after the other. A round counts once, by the median of its pairs'
//! log ratios; its runners are fresh, so what luck a process has (layout, seeds of
//! its hashing) is within what rounds differ by.

mod json;
mod text;

use std::collections::BTreeMap;

use super::analysis::open_loop;
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::identity::Identity;
use crate::record::quantity::CPU;
use crate::record::row::Row;
use crate::stats::enough::width;
use crate::stats::quantile::median;
use crate::stats::verdict::{Comparison, Verdict, family};
use crate::stats::{ALPHA, MARGIN};

pub use json::json;
pub use text::{markdown, text};

/// One of the two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What is known.
    Base,
    /// What is judged against it.
    Head,
}

impl Side {
    /// Both, the base first.
    pub const BOTH: [Side; 2] = [Side::Base, Side::Head];

    /// The name that its rows carry as their run.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Side::Base => "base",
            Side::Head => "head",
        }
    }
}

/// What is compared of a cell, per order, so that less is better: time, which is the
/// inverse of throughput or, where orders come from outside the model, response time;
/// and CPU time. Both gate.
pub const COMPARED: [&str; 2] = ["time per order", CPU.short];

/// Where a threshold is smaller, no run goes on for its sake: so narrow hardly any
/// interval becomes.
const LEAST_MARGIN: f64 = 1.01;

/// The rows of one cell by round: the base's and the head's, in their order.
type Rounds<'a> = BTreeMap<u32, [Vec<&'a Row>; 2]>;

/// The rows by cell.
fn by_cell(rows: &[Row]) -> BTreeMap<Identity<'_>, Rounds<'_>> {
    let mut cells: BTreeMap<Identity<'_>, Rounds<'_>> = BTreeMap::new();
    for row in rows {
        let Some(side) = Side::BOTH.into_iter().find(|side| side.name() == row.run) else {
            continue;
        };
        let rounds = cells.entry(Identity::of(row).unplaced()).or_default();
        rounds.entry(row.round).or_default()[side as usize].push(row);
    }
    cells
}

/// The pairs of a round whose samples both held.
fn pairs<'a>([base, head]: &[Vec<&'a Row>; 2]) -> Vec<(&'a Row, &'a Row)> {
    let held = |(base, head): &(&Row, &Row)| base.error.is_none() && head.error.is_none();
    let both = base.iter().copied().zip(head.iter().copied());
    both.filter(held).collect()
}

/// By [`COMPARED`], for each round that has a pair the median of its pairs'
/// `ln(head / base)`.
fn logs(rounds: &Rounds<'_>) -> [Vec<f64>; 2] {
    let all = rounds.values().flatten().flatten().copied();
    let time = open_loop::time(all.filter(|row| row.error.is_none()));
    [time, CPU].map(|quantity| {
        let log =
            |(base, head): (&Row, &Row)| Some((quantity.cost(head)? / quantity.cost(base)?).ln());
        let of_round = |sides| {
            let logs = pairs(sides).into_iter().filter_map(log);
            median(&logs.filter(|log| log.is_finite()).collect::<Vec<_>>())
        };
        rounds.values().filter_map(of_round).collect()
    })
}

/// One figure of one cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Head over base: the middle of the interval, or of too few rounds for one the median over
    /// them; `None` without a pair.
    pub ratio: Option<f64>,
    /// What is shown, once there are rounds enough.
    pub shown: Comparison,
    /// Whether it is a regression: shown slower, and by more than the threshold.
    pub regression: bool,
}

/// What is gravest of a cell, from bad to good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Samples of the head failed.
    Failed,
    /// Shown slower in time or CPU, and by more than the threshold.
    Regression,
    /// Shown slower in time or CPU, but not by more than that.
    Slower,
    /// More rounds may tell.
    Undecided,
    /// Only the head can be measured.
    New,
    /// Shown faster in time or CPU, and slower in neither.
    Faster,
    /// Neither, in both.
    Tie,
}

impl Standing {
    /// All, from bad to good.
    pub const ALL: [Standing; 7] = [
        Standing::Failed,
        Standing::Regression,
        Standing::Slower,
        Standing::Undecided,
        Standing::New,
        Standing::Faster,
        Standing::Tie,
    ];

    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Standing::Failed => "failed",
            Standing::Regression => "regression",
            Standing::Slower => "slower",
            Standing::Undecided => "undecided",
            Standing::New => "new",
            Standing::Faster => "faster",
            Standing::Tie => "tie",
        }
    }
}

/// One cell by both builds.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// All that was asked of it.
    pub identity: Identity<'static>,
    /// Rounds that have a pair.
    pub rounds: usize,
    /// Pairs in all rounds.
    pub pairs: usize,
    /// By [`COMPARED`].
    pub differences: [Difference; 2],
    /// Why samples failed and how many did, by side.
    pub errors: [BTreeMap<String, usize>; 2],
    /// Flags that most of its rows carry.
    pub flags: Vec<Word<Flag>>,
}

impl Cell {
    /// The id, with what was changed behind it.
    #[must_use]
    pub fn title(&self) -> String {
        self.identity.name()
    }

    fn regressed(&self) -> bool {
        self.differences.iter().any(|of| of.regression)
    }

    fn failed(&self) -> bool {
        !self.errors[Side::Head as usize].is_empty()
    }

    /// Whether there is nothing to compare with: the base failed from the start.
    fn is_new(&self) -> bool {
        self.pairs == 0 && !self.failed() && !self.errors[Side::Base as usize].is_empty()
    }

    /// What is gravest of it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let has = |verdict| {
            let mut shown = self.differences.iter().map(|of| of.shown.verdict);
            shown.any(|found| found == verdict)
        };
        match self {
            _ if self.failed() => Standing::Failed,
            _ if self.regressed() => Standing::Regression,
            _ if self.is_new() => Standing::New,
            _ if has(Verdict::Slower) => Standing::Slower,
            _ if has(Verdict::Undecided) => Standing::Undecided,
            _ if has(Verdict::Faster) => Standing::Faster,
            _ => Standing::Tie,
        }
    }

    /// The greater of its ratios.
    fn worst(&self) -> f64 {
        let ratios = self.differences.iter().filter_map(|of| of.ratio);
        ratios.fold(0.0, f64::max)
    }
}

/// What was compared, for the head of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// How runners of base and head were started.
    pub commands: [String; 2],
    /// How many rounds there are, and why no more.
    pub ended: String,
}

/// What the rows of two builds say.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The worst first.
    pub cells: Vec<Cell>,
    /// A cell that is slower by more than this part of the base is a regression.
    pub threshold: f64,
    /// Comparisons in the family that [Holm's correction](crate::stats::holm) is of.
    pub comparisons: usize,
    /// Versions by side and name, over all rows.
    pub versions: [BTreeMap<String, String>; 2],
}

impl Found {
    /// How many cells stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        let cells = self.cells.iter();
        cells.filter(|cell| cell.standing() == standing).count()
    }

    /// Cells that have a pair.
    #[must_use]
    pub fn compared(&self) -> usize {
        self.cells.iter().filter(|cell| cell.pairs > 0).count()
    }

    /// Cells of both builds of which a figure has too few rounds for any verdict.
    pub fn unjudged(&self) -> impl Iterator<Item = &Cell> {
        let cells = self.cells.iter();
        cells
            .filter(|cell| !matches!(cell.standing(), Standing::Failed | Standing::New))
            .filter(|cell| cell.differences.iter().any(|of| of.shown.ratio.is_none()))
    }
}

/// Compares the two builds, cell by cell: time and CPU per order of all cells are
/// one family, so that the whole gate fails where nothing differs with a probability
/// of at most [`ALPHA`]. `threshold` is a part of the base, 0.05 for 5 %.
#[must_use]
pub fn compare(rows: &[Row], threshold: f64) -> Found {
    let cells = by_cell(rows);
    let all: Vec<Vec<f64>> = cells.values().flat_map(logs).collect();
    let shown = family(&all, MARGIN);
    let mut found: Vec<Cell> = cells
        .iter()
        .zip(all.chunks(2).zip(shown.chunks(2)))
        .map(|((key, rounds), (logs, shown))| {
            let differences = [0, 1].map(|at| difference(&logs[at], shown[at], threshold));
            cell(key, rounds, differences)
        })
        .collect();
    found.sort_by(|a, b| {
        let worst = b.worst().total_cmp(&a.worst());
        a.standing().cmp(&b.standing()).then(worst)
    });
    Found {
        cells: found,
        threshold,
        comparisons: shown.iter().filter(|one| one.ratio.is_some()).count(),
        versions: Side::BOTH.map(|side| versions(rows, side)),
    }
}

fn difference(logs: &[f64], shown: Comparison, threshold: f64) -> Difference {
    // The one that its interval is about; of too few rounds there is none.
    let shown_ratio = shown.ratio.map(|ratio| ratio.middle);
    let ratio = shown_ratio.or_else(|| median(logs).map(f64::exp));
    let slower = shown.verdict == Verdict::Slower;
    Difference {
        ratio,
        shown,
        regression: slower && ratio.is_some_and(|ratio| ratio > 1.0 + threshold),
    }
}

fn cell(identity: &Identity<'_>, rounds: &Rounds<'_>, differences: [Difference; 2]) -> Cell {
    let paired: Vec<usize> = rounds.values().map(|sides| pairs(sides).len()).collect();
    let errors = Side::BOTH.map(|side| {
        let mut errors = BTreeMap::new();
        for row in rounds.values().flat_map(|sides| &sides[side as usize]) {
            if let Some(error) = &row.error {
                *errors.entry(error.clone()).or_insert(0) += 1;
            }
        }
        errors
    });
    let all: Vec<&Row> = rounds.values().flatten().flatten().copied().collect();
    let mut flags: BTreeMap<&Word<Flag>, usize> = BTreeMap::new();
    for flag in all.iter().flat_map(|row| &row.flags) {
        *flags.entry(flag).or_insert(0) += 1;
    }
    flags.retain(|_, count| 2 * *count > all.len());
    Cell {
        identity: identity.clone().into_owned(),
        rounds: paired.iter().filter(|&&pairs| pairs > 0).count(),
        pairs: paired.iter().sum(),
        differences,
        errors,
        flags: flags.into_keys().cloned().collect(),
    }
}

/// Versions that a side's rows name.
fn versions(rows: &[Row], side: Side) -> BTreeMap<String, String> {
    let own = rows.iter().filter(|row| row.run == side.name());
    own.flat_map(|row| row.versions.clone()).collect()
}

/// Cells that are known well enough for a gate at this
/// `threshold` in a run of so many `cells`: the intervals of both ratios are no wider
/// than the one in which a tie could be said, or than the one from 1 / (1 + threshold)
/// to 1 + threshold where that is narrower, down to 1 %.
///
/// It looks at how wide they are, never at where they lie; see
/// [`enough`](crate::stats::enough).
#[must_use]
pub fn known(rows: &[Row], cells: usize, threshold: f64) -> Vec<Identity<'_>> {
    let margin = (1.0 + threshold).clamp(LEAST_MARGIN, MARGIN);
    let alpha = ALPHA / (COMPARED.len() * cells.max(1)) as f64;
    let narrow = |rounds: &Rounds<'_>| {
        let narrow = |logs: &Vec<f64>| width(logs, alpha) <= margin * margin;
        logs(rounds).iter().all(narrow)
    };
    by_cell(rows)
        .into_iter()
        .filter(|(_, rounds)| narrow(rounds))
        .map(|(identity, _)| identity)
        .collect()
}

#[cfg(test)]
mod tests;
