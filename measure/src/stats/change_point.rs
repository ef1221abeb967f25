//! Where a history changed: steps between levels, and slow drifts.
//!
//! A history is one figure over many runs, a value a run, as logarithms. Where nothing
//! changed, any order of its runs was as likely, and they scatter about one level.
//!
//! * **Steps** are found by binary segmentation (Scott and Knott 1974; Vostrikova
//!   1981): the history is cut where the difference of means is greatest against the
//!   spread on both sides (pooled Student's t), and then each part in turn. p counts
//!   every cut that could have been made (Bonferroni; Worsley 1979 shows how little
//!   that loses). One cut alone is blind to what came and went again, for both of its
//!   sides hold some of it; so a stretch against all before and after it is tried
//!   too (circular segmentation, Olshen et al. 2004). p is twice the smaller.
//!   Runs that are now and then disturbed, or have two speeds, have no such
//!   distribution. So t is taken of tamed values; and where sides overlap, p is at
//!   least the part of permutations that are cut as well (Fisher 1935), as far as
//!   10,000 of them tell. Where no run of one side lies among those of the
//!   other, few runs have no more permutations to show, and t alone decides.
//! * A **drift** is a rank correlation with time (Spearman 1904, by permutations: see
//!   [`order_effect`](super::order_effect)), its slope the median of the slopes
//!   between all pairs of runs (Theil 1950; Sen 1968, and his interval).
//! * A drift makes steps and a step makes a correlation. Whichever describes the same
//!   runs better is told: the lower Bayesian information criterion (Schwarz 1978;
//!   Yao 1988 for numbers of change points), with absolute residuals, so that a
//!   disturbed run weighs no more than it is off (Laplace's errors).
//!
//! Both tests of each history, of all that are given together, are one family:
//! [Holm's correction](super::holm) at [`ALPHA`]. Within a history that changed,
//! further cuts are held to the rate that its first was.
//!
//! Each side of a cut has [`SIDE`] runs: of the last three, all are disturbed more
//! often than this level allows (`tests.rs` counts it).

mod cut;

use std::ops::Range;

use self::cut::{Sums, Way, best, centred, cut, tamed};
use super::holm::holm;
use super::interval::Interval;
use super::order_effect::correlated;
use super::paired::student_tails;
use super::quantile::median;
use super::ratio::Ratio;
use super::unpaired::{Unpaired, normal_quantile};
use super::{ALPHA, MARGIN};

/// Runs on each side of a step at least.
pub const SIDE: usize = 4;

/// Runs that a history takes before anything is said of it: of fewer that have two
/// speeds, too many sort themselves by chance.
pub const RUNS: usize = 10;

/// What a history shows.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// What describes it, from its first run to its last.
    pub pieces: Vec<Piece>,
    /// Where its level changed.
    pub steps: Vec<Step>,
}

/// Runs that one line describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Which runs, by their places in the history.
    pub runs: Range<usize>,
    /// The line at its first run and at its last: logarithms. The same for a level.
    pub ends: (f64, f64),
    /// How many times its first run's value the last one's is, where it drifts.
    pub drift: Option<Ratio>,
}

/// A change of level between two runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Place of the first run after it.
    pub at: usize,
    /// How many times the value before the one after is.
    pub ratio: Ratio,
}

/// What each of `histories` shows, with probability 1 − [`ALPHA`] calling none of them
/// changed that is not; `None` of fewer than [`RUNS`] runs.
#[must_use]
pub fn histories(histories: &[Vec<f64>]) -> Vec<Option<History>> {
    let enough = |values: &&Vec<f64>| values.len() >= RUNS;
    let known: Vec<&Vec<f64>> = histories.iter().filter(enough).collect();
    let finest = ALPHA / known.len().max(1) as f64;
    let over_time: Vec<_> = known.iter().map(|values| by_place(values)).collect();
    let p: Vec<f64> = known
        .iter()
        .zip(correlated(&over_time, finest))
        .map(|(values, drift)| (2.0 * cut(values).p.min(drift)).min(1.0))
        .collect();
    let mut steps = holm(&p, ALPHA).into_iter();
    histories
        .iter()
        .map(|values| {
            let step = enough(&values).then(|| steps.next()).flatten()?;
            let whole = 0..values.len();
            if !step.rejected {
                return Some(History {
                    pieces: vec![level(values, whole)],
                    steps: vec![],
                });
            }
            // Half of it: two tests were made.
            let alpha = step.alpha / 2.0;
            let found = explained(values, whole, alpha).pieces;
            let tame = tamed(values);
            let pieces = settled(&tame, found, alpha);
            Some(History {
                steps: steps_between(&tame, &pieces, alpha),
                pieces,
            })
        })
        .collect()
}

/// A description of some runs.
struct Fit {
    pieces: Vec<Piece>,
    /// Absolute residuals, summed.
    off: f64,
    /// What was fitted: a level one, a line two, a cut one.
    parameters: f64,
}

impl Fit {
    fn of(values: &[f64], piece: Piece) -> Self {
        let off = piece.residuals(values).map(f64::abs).sum();
        let parameters = if piece.drift.is_some() { 2.0 } else { 1.0 };
        Fit {
            pieces: vec![piece],
            off,
            parameters,
        }
    }

    fn join(mut self, other: Fit) -> Self {
        self.pieces.extend(other.pieces);
        self.off += other.off;
        self.parameters += other.parameters + 1.0;
        self
    }

    /// Schwarz's criterion for Laplace's errors.
    fn criterion(&self, runs: usize) -> f64 {
        let runs = runs as f64;
        2.0 * runs * (self.off / runs).max(1e-9).ln() + self.parameters * runs.ln()
    }
}

/// The best description of these runs whose every part is shown at `alpha`.
fn explained(values: &[f64], runs: Range<usize>, alpha: f64) -> Fit {
    let own = &values[runs.clone()];
    let plain = Fit::of(values, level(values, runs.clone()));
    if own.len() < 2 * SIDE {
        return plain;
    }
    let cut = cut(own);
    let steps = (cut.p <= alpha).then(|| {
        let mut from = runs.start;
        let ends = cut.at.iter().map(|at| runs.start + at).chain([runs.end]);
        let parts = ends.map(|to| explained(values, std::mem::replace(&mut from, to)..to, alpha));
        parts.reduce(Fit::join)
    });
    let drifts = correlated(&[by_place(own)], alpha)[0] <= alpha;
    let line = drifts.then(|| line(values, runs.clone(), alpha)).flatten();
    let line = line.map(|piece| Fit::of(values, piece));
    let shown = steps.flatten().into_iter().chain(line);
    shown
        .min_by(|a, b| {
            let of = |fit: &Fit| fit.criterion(own.len());
            of(a).total_cmp(&of(b))
        })
        .unwrap_or(plain)
}

/// The pieces with each cut where it parts its two neighbours best, and without cuts
/// that, once all are known, do not hold: the weakest first.
fn settled(values: &[f64], mut pieces: Vec<Piece>, alpha: f64) -> Vec<Piece> {
    loop {
        for at in 1..pieces.len() {
            let [left, right] = [&pieces[at - 1], &pieces[at]];
            if left.drift.is_some() || right.drift.is_some() {
                continue;
            }
            let both = left.runs.start..right.runs.end;
            if let Some(best) = best(Way::Cut, &Sums::of(&centred(&values[both.clone()]))) {
                let cut = both.start + best.from;
                pieces[at - 1] = level(values, both.start..cut);
                pieces[at] = level(values, cut..both.end);
            }
        }
        let weak = (1..pieces.len())
            .filter(|&at| pieces[at - 1].drift.is_none() && pieces[at].drift.is_none())
            .map(|at| (at, difference(values, &pieces[at - 1], &pieces[at], alpha)))
            .filter(|(_, found)| !found.holds)
            .max_by(|(_, a), (_, b)| a.p.total_cmp(&b.p));
        let Some((at, _)) = weak else {
            return pieces;
        };
        let end = pieces.remove(at).runs.end;
        pieces[at - 1] = level(values, pieces[at - 1].runs.start..end);
    }
}

fn steps_between(values: &[f64], pieces: &[Piece], alpha: f64) -> Vec<Step> {
    let pairs = pieces.windows(2).filter_map(|pair| {
        let found = difference(values, &pair[0], &pair[1], alpha);
        found.holds.then_some(Step {
            at: pair[1].runs.start,
            ratio: found.ratio,
        })
    });
    pairs.collect()
}

/// How two neighbouring pieces differ where they meet.
struct Difference {
    p: f64,
    ratio: Ratio,
    holds: bool,
}

fn difference(values: &[f64], left: &Piece, right: &Piece, alpha: f64) -> Difference {
    // What their lines make of each run at the place where they meet.
    let meet = |piece: &Piece, end: f64| piece.residuals(values).map(|off| end + off).collect();
    let both = Unpaired {
        base: meet(left, left.ends.1),
        head: meet(right, right.ends.0),
        noise: 0.0,
    };
    let joined = [both.base.as_slice(), &both.head].concat();
    let t = Sums::of(&centred(&joined)).t(both.base.len()..joined.len());
    let p = student_tails(t, joined.len() - 2);
    let ratio = both.ratio(alpha).unwrap_or(NOTHING);
    Difference {
        p,
        ratio,
        holds: p <= alpha && counts(&ratio),
    }
}

/// Stands where there is nothing to compare.
const NOTHING: Ratio = Ratio {
    middle: 1.0,
    interval: Interval {
        low: 1.0,
        high: 1.0,
    },
    rounds: 0,
};

/// Whether it is shown to differ from 1, and by more than is of no weight.
fn counts(ratio: &Ratio) -> bool {
    let beyond = !(MARGIN.recip()..=MARGIN).contains(&ratio.middle);
    beyond && !ratio.interval.contains(1.0)
}

fn level(values: &[f64], runs: Range<usize>) -> Piece {
    let middle = median(&values[runs.clone()]).unwrap_or(0.0);
    Piece {
        runs,
        ends: (middle, middle),
        drift: None,
    }
}

/// The line through these runs; `None` where it comes to nothing that counts.
fn line(values: &[f64], runs: Range<usize>, alpha: f64) -> Option<Piece> {
    let own = &values[runs.clone()];
    let mut slopes: Vec<f64> = (0..own.len())
        .flat_map(|to| (0..to).map(move |from| (own[to] - own[from]) / (to - from) as f64))
        .collect();
    slopes.sort_by(f64::total_cmp);
    let slope = median(&slopes)?;
    let (n, last) = (own.len() as f64, (own.len() - 1) as f64);
    let offsets: Vec<f64> = own
        .iter()
        .zip(0..)
        .map(|(v, at)| v - slope * f64::from(at))
        .collect();
    let start = median(&offsets)?;
    // Sen's interval: Kendall's score has this deviation.
    let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let beside = (normal_quantile(alpha / 2.0) * deviation).ceil() as usize;
    let low = slopes.len().saturating_sub(beside) / 2;
    let ratio = Ratio {
        middle: (slope * last).exp(),
        interval: Interval {
            low: (slopes[low] * last).exp(),
            high: (slopes[slopes.len() - 1 - low] * last).exp(),
        },
        rounds: own.len(),
    };
    counts(&ratio).then_some(Piece {
        runs,
        ends: (start, start + slope * last),
        drift: Some(ratio),
    })
}

impl Piece {
    /// The line at a run, by its place in the history.
    #[must_use]
    pub fn at(&self, run: usize) -> f64 {
        let steps = (self.runs.len().max(2) - 1) as f64;
        let part = (run - self.runs.start) as f64 / steps;
        self.ends.0 + (self.ends.1 - self.ends.0) * part
    }

    /// What each of its runs is off the line.
    fn residuals<'a>(&'a self, values: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.runs.clone().map(|run| values[run] - self.at(run))
    }
}

fn by_place(values: &[f64]) -> Vec<(f64, f64)> {
    let places = (0..values.len()).map(|place| place as f64);
    places.zip(values.iter().copied()).collect()
}

#[cfg(test)]
mod tests;
