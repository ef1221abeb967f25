//! The best way to part a history in two, and whether chance would part it as well.

use std::ops::Range;

use super::super::ALPHA;
use super::super::paired::student_tails;
use super::super::quantile::median;
use super::SIDE;
use crate::base::seed::shuffle;

/// Permutations of a history at most.
const PERMUTATIONS: u64 = 10_000;

/// Permutations as strong as what was seen, after which no more are drawn (Besag and
/// Clifford 1991).
const STRONGER: u64 = 20;

/// Of the permutations: the same runs give the same p-value.
const SEED: u64 = 0x0063_6861_6e67;

/// The best way to cut a history, and what it is worth.
pub(super) struct Cut {
    /// First places of the parts behind it: one, or the two ends of a stretch.
    pub(super) at: Vec<usize>,
    /// Of no change, after all ways that were tried.
    pub(super) p: f64,
}

/// How a history is parted in two.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Everything from a run on against everything before it.
    Cut,
    /// A stretch against all before and after it.
    Stretch,
}

pub(super) fn cut(values: &[f64]) -> Cut {
    let values = centred(values);
    let sums = Sums::of(&tamed(&values));
    let found = [Way::Cut, Way::Stretch].into_iter().filter_map(|way| {
        let best = best(way, &sums)?;
        let p = student_tails(best.t, sums.count() - 2) * best.tried as f64;
        Some((way, best, p))
    });
    let found: Vec<_> = found.collect();
    let kinds = found.len() as f64;
    let Some((way, best, p)) = found.into_iter().min_by(|(.., a), (.., b)| a.total_cmp(b)) else {
        return Cut { at: vec![], p: 1.0 };
    };
    let mut p = (kinds * p).min(1.0);
    if p <= ALPHA && !apart(&values, best.from..best.to) {
        p = p.max((kinds * as_strong(&values, way, best.t)).min(1.0));
    }
    let ends = [best.from, best.to];
    let at = ends.into_iter().filter(|&at| at < values.len()).collect();
    Cut { at, p }
}

pub(super) fn centred(values: &[f64]) -> Vec<f64> {
    let middle = median(values).unwrap_or(0.0);
    values.iter().map(|value| value - middle).collect()
}

/// Runs of a neighbourhood.
const WIDE: usize = 7;

/// How many deviations a run may be off its neighbours.
const FAR: f64 = 3.0;

/// Values with what is far from the median of their neighbourhood (Tukey's running
/// median, 1977) moved towards it: a step has neighbours, a disturbed run has none. The
/// deviation is that of differences between neighbours (von Neumann 1941), by their
/// median, which steps and drifts hardly change.
pub(super) fn tamed(values: &[f64]) -> Vec<f64> {
    let apart: Vec<f64> = values
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .collect();
    // 1.4826 medians of a normal's absolute deviations are one of its own.
    let deviation = 1.4826 * median(&apart).unwrap_or(0.0) / std::f64::consts::SQRT_2;
    let Some(last) = values.len().checked_sub(WIDE).filter(|_| deviation > 0.0) else {
        return values.to_vec();
    };
    let room = FAR * deviation;
    let tame = |(at, value): (usize, &f64)| {
        let from = at.saturating_sub(WIDE / 2).min(last);
        let near = middle(&values[from..from + WIDE]);
        near + (value - near).clamp(-room, room)
    };
    values.iter().enumerate().map(tame).collect()
}

/// The median of a neighbourhood: for every run of every permutation, so by insertion.
fn middle(near: &[f64]) -> f64 {
    let mut sorted = [0.0; WIDE];
    for (count, &value) in near.iter().enumerate() {
        let mut at = count;
        while at > 0 && sorted[at - 1] > value {
            sorted[at] = sorted[at - 1];
            at -= 1;
        }
        sorted[at] = value;
    }
    sorted[WIDE / 2]
}

/// The runs that part most from all others.
pub(super) struct Best {
    t: f64,
    pub(super) from: usize,
    to: usize,
    tried: u32,
}

pub(super) fn best(way: Way, sums: &Sums) -> Option<Best> {
    let count = sums.count();
    let last = count.saturating_sub(SIDE);
    let mut best: Option<Best> = None;
    let mut tried = 0;
    for from in SIDE..=last {
        let ends = match way {
            Way::Cut => count..=count,
            Way::Stretch => from + SIDE..=last,
        };
        for to in ends {
            tried += 1;
            let t = sums.t(from..to);
            if best.as_ref().is_none_or(|best| t > best.t) {
                best = Some(Best { t, from, to, tried });
            }
        }
    }
    best.map(|best| Best { tried, ..best })
}

/// Whether none of the runs inside lies among the others.
fn apart(values: &[f64], inside: Range<usize>) -> bool {
    let (mut own, mut others) = (NOWHERE, NOWHERE);
    for (run, value) in values.iter().enumerate() {
        let ends = if inside.contains(&run) {
            &mut own
        } else {
            &mut others
        };
        *ends = (ends.0.min(*value), ends.1.max(*value));
    }
    own.1 < others.0 || others.1 < own.0
}

/// The least and the greatest of nothing.
const NOWHERE: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// The part of permutations in which the best way parts the runs as strongly as `t`: 0
/// where none does of [`PERMUTATIONS`]. Drawing stops once [`STRONGER`] did.
fn as_strong(values: &[f64], way: Way, t: f64) -> f64 {
    let mut values = values.to_vec();
    let mut stronger = 0;
    for permutation in 1..=PERMUTATIONS {
        shuffle(&mut values, SEED, permutation);
        // What rounding makes of the same runs in another order is as strong.
        let found =
            best(way, &Sums::of(&tamed(&values))).is_some_and(|best| best.t >= t * (1.0 - 1e-9));
        stronger += u64::from(found);
        if stronger == STRONGER {
            return stronger as f64 / permutation as f64;
        }
    }
    stronger as f64 / PERMUTATIONS as f64
}

/// Sums up to each place, of values and of their squares.
pub(super) struct Sums(Vec<(f64, f64)>);

impl Sums {
    pub(super) fn of(values: &[f64]) -> Self {
        let (mut sum, mut square) = (0.0, 0.0);
        let mut sums = vec![(sum, square)];
        for value in values {
            sum += value;
            square += value * value;
            sums.push((sum, square));
        }
        Sums(sums)
    }

    fn count(&self) -> usize {
        self.0.len() - 1
    }

    /// Student's t, absolute, of the runs inside against all others. Values must lie
    /// about 0, or rounding eats what they differ by.
    pub(super) fn t(&self, inside: Range<usize>) -> f64 {
        let all = self.0[self.count()];
        let sum = self.0[inside.end].0 - self.0[inside.start].0;
        let (n, m) = (inside.len() as f64, (self.count() - inside.len()) as f64);
        let difference = sum / n - (all.0 - sum) / m;
        // What rounding leaves of equal values is no difference.
        if difference.abs() < 1e-12 {
            return 0.0;
        }
        let between = sum * sum / n + (all.0 - sum).powi(2) / m;
        let within = (all.1 - between).max(0.0) / (n + m - 2.0);
        difference.abs() / (within * (1.0 / n + 1.0 / m)).sqrt()
    }
}
