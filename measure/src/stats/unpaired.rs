//! Ratios of two runs that share no rounds: one figure, measured at two times.
//!
//! Rounds of one run are exchangeable, rounds of two are no pairs. So each run's
//! rounds are resampled by themselves, and what all rounds of one run share and
//! those of the other do not (the **noise between runs**) is no part of what they
//! show: it is given, as a standard deviation on the log scale, and widens what
//! they say.
//!
//! Two tests, as for pairs (`paired.rs`), each strong where the other is weak:
//!
//! * **Welch's t** (1947), unequal variances, with the noise's variance added to
//!   that of the difference: sharp from few rounds on.
//! * The exact **rank-sum test** (Wilcoxon 1945; Mann and Whitney 1947): needs
//!   nothing but that rounds could be exchanged, and a disturbed round weighs no
//!   more than any other.
//!
//! The p-value is twice the smaller one (Bonferroni).

use super::binomial::Binomial;
use super::holm::holm;
use super::interval::Interval;
use super::paired::student_tails;
use super::quantile::median;
use super::ratio::Ratio;
use super::verdict::{Comparison, Verdict};
use super::{ALPHA, MARGIN, ROUNDS};

/// One figure in two runs, a value a round, as logarithms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unpaired {
    /// Of the run that is compared with.
    pub base: Vec<f64>,
    /// Of the run that is compared.
    pub head: Vec<f64>,
    /// Standard deviation between two runs of the same, on the log scale.
    pub noise: f64,
}

/// Compares each of `family`, with probability 1 − [`ALPHA`] calling none different
/// that is not: Holm's correction over all that have [`ROUNDS`] on both sides. A
/// ratio is the head's over the base's, so what costs more is slower.
#[must_use]
pub fn compare(family: &[Unpaired]) -> Vec<Comparison> {
    let enough = |of: &Unpaired| of.base.len().min(of.head.len()) >= ROUNDS;
    let p: Vec<f64> = family
        .iter()
        .filter(|of| enough(of))
        .map(Unpaired::p_value)
        .collect();
    let mut steps = holm(&p, ALPHA).into_iter();
    family
        .iter()
        .map(|of| {
            let step = enough(of).then(|| steps.next()).flatten();
            let compared = step.and_then(|step| {
                let ratio = of.ratio(step.alpha)?;
                Some(Comparison {
                    verdict: judge(step.rejected, &ratio),
                    ratio: Some(ratio),
                    needs: None,
                })
            });
            compared.unwrap_or(Comparison::NONE)
        })
        .collect()
}

/// A difference takes both: the tests, of which one leans on normality, and the interval,
/// which does not.
fn judge(rejected: bool, ratio: &Ratio) -> Verdict {
    let interval = ratio.interval;
    if rejected && interval.low > 1.0 {
        Verdict::Slower
    } else if rejected && interval.high < 1.0 {
        Verdict::Faster
    } else if interval.low >= MARGIN.recip() && interval.high <= MARGIN {
        Verdict::Tie
    } else {
        Verdict::Undecided
    }
}

impl Unpaired {
    /// The head's median less the base's; `None` where one has no rounds.
    #[must_use]
    pub fn difference(&self) -> Option<f64> {
        Some(median(&self.head)? - median(&self.base)?)
    }

    /// The two-sided p-value of both runs showing the same, at most 1.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        (2.0 * self.rank_sum().min(self.welch())).min(1.0)
    }

    /// The ratio of the medians with its interval at error rate `alpha`; `None`
    /// where one has no rounds.
    ///
    /// The interval is the percentile bootstrap's (Efron 1979) over rounds of
    /// each run, without dice: what a resample's median may be is known (Maritz and
    /// Jarrett 1978). Its margins and the
    /// noise's, z·σ, add in quadrature: low = d − √((d − l)² + (z·σ)²), and high
    /// likewise (Zou and Donner 2008, "MOVER").
    #[must_use]
    pub fn ratio(&self, alpha: f64) -> Option<Ratio> {
        let d = self.difference()?;
        let margin = normal_quantile(alpha / 2.0) * self.noise;
        let low = lower_end(&self.head, &self.base, alpha / 2.0)?;
        let high = -lower_end(&self.base, &self.head, alpha / 2.0)?;
        let interval = Interval {
            low: d - (d - low).hypot(margin),
            high: d + (high - d).hypot(margin),
        };
        Some(Ratio {
            middle: d.exp(),
            interval: interval.map(f64::exp),
            rounds: self.base.len().min(self.head.len()),
        })
    }

    /// Welch's test, degrees of freedom by Satterthwaite (1946), rounded down;
    /// those of the given noise are taken for infinite.
    fn welch(&self) -> f64 {
        let (Some((base, of_base)), Some((head, of_head))) = (mean(&self.base), mean(&self.head))
        else {
            return 1.0;
        };
        if base == head {
            return 1.0;
        }
        let squared = of_base + of_head + self.noise.powi(2);
        if squared == 0.0 {
            return 0.0;
        }
        let part = |square: f64, count: usize| square.powi(2) / (count - 1) as f64;
        let parts = part(of_base, self.base.len()) + part(of_head, self.head.len());
        let freedom = (squared.powi(2) / parts).clamp(1.0, 10_000.0) as usize;
        student_tails((head - base).abs() / squared.sqrt(), freedom)
    }

    /// The rank-sum test. With noise σ it is the least α at which the head, moved
    /// towards the base by z(α / 4)·σ, still differs at α / 2: the noise goes
    /// beyond that with probability α / 2.
    fn rank_sum(&self) -> f64 {
        if self.base.is_empty() || self.head.is_empty() {
            return 1.0;
        }
        let ranks = RankSum::new(self.base.len(), self.head.len());
        let p = |by: f64| ranks.both_tails(self.crossings(by));
        if self.noise <= 0.0 {
            return p(0.0);
        }
        let differs = |alpha: f64| p(normal_quantile(alpha / 4.0) * self.noise) <= alpha / 2.0;
        if !differs(1.0) {
            return 1.0;
        }
        let (mut kept, mut differing) = (LEAST_P.ln(), 0.0);
        while differing - kept > 0.01 {
            let middle: f64 = 0.5 * (kept + differing);
            if differs(middle.exp()) {
                differing = middle;
            } else {
                kept = middle;
            }
        }
        differing.exp()
    }

    /// Pairs of rounds that speak against the head lying above the base by more
    /// than `by`, or below, whichever is fewer; equal ones do.
    fn crossings(&self, by: f64) -> usize {
        let pairs = || {
            let base = self.base.iter();
            base.flat_map(|b| self.head.iter().map(move |h| h - b))
        };
        let above = pairs().filter(|d| *d <= by).count();
        let below = pairs().filter(|d| *d >= -by).count();
        above.min(below)
    }
}

/// Least p-value that is told apart from none.
const LEAST_P: f64 = 1e-15;

/// How far two runs of the same lie apart beyond what their own rounds explain:
/// √max(0, D² − v), with D the difference of the medians of `base` and `head`
/// (logarithms, a value a round) and v the variance that D has from the rounds.
///
/// That is the moment estimate of the variance between groups (DerSimonian and
/// Laird 1986), for two groups, times two, because a difference of two runs has
/// the deviation of both. The variance of a median is (π / 2)·s² / n, with s =
/// 1.4826 times the median absolute deviation (Hampel 1974), both as of normal
/// values.
#[must_use]
pub fn noise_between(base: &[f64], head: &[f64]) -> f64 {
    let (Some(from), Some(to)) = (median(base), median(head)) else {
        return 0.0;
    };
    let variance = |values: &[f64], middle: f64| {
        let apart: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let s = 1.4826 * median(&apart).unwrap_or(0.0);
        std::f64::consts::FRAC_PI_2 * s * s / values.len() as f64
    };
    let explained = variance(base, from) + variance(head, to);
    ((to - from).powi(2) - explained).max(0.0).sqrt()
}

/// The greatest difference d of a value of `a` and one of `b` with P(median(a\*) −
/// median(b\*) < d) ≤ `tail` over resamples. Of an even number of draws it is
/// the lower middle one of `a` and the upper one of `b`.
fn lower_end(a: &[f64], b: &[f64], tail: f64) -> Option<f64> {
    let lower = lower_middles(a.to_vec());
    let mirrored: Vec<f64> = b.iter().map(|value| -value).collect();
    let upper = lower_middles(mirrored);
    let mut differences: Vec<(f64, f64)> = lower
        .iter()
        .flat_map(|(a, p)| upper.iter().map(move |(b, q)| (a + b, p * q)))
        .collect();
    differences.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut below = 0.0;
    let mut end = differences.first()?.0;
    for (difference, weight) in differences {
        if below > tail {
            break;
        }
        end = difference;
        below += weight;
    }
    Some(end)
}

/// Each value with the probability that it is the lower middle one of a resample.
fn lower_middles(mut values: Vec<f64>) -> Vec<(f64, f64)> {
    values.sort_by(f64::total_cmp);
    let count = values.len();
    let binomial = Binomial::new(count);
    let mut before = 0.0;
    (1..)
        .zip(values)
        .map(|(k, value)| {
            let until = binomial.at_least(count.div_ceil(2), k as f64 / count as f64);
            let weight = until - before;
            before = until;
            (value, weight)
        })
        .collect()
}

/// The mean and its squared standard error; `None` of fewer than two.
fn mean(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len() as f64;
    if n < 2.0 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, squares / (n - 1.0) / n))
}

/// z with P(Z > z) = `tail` of a standard normal Z, `tail` in (0, ½], within 4.5e-4:
/// Abramowitz and Stegun (1964) 26.2.23.
pub(super) fn normal_quantile(tail: f64) -> f64 {
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - above / below).max(0.0)
}

/// How many pairs of n and m exchangeable values cross: Mann and Whitney's U.
struct RankSum {
    /// P(U ≤ u) for u up to the middle.
    below: Vec<f64>,
}

impl RankSum {
    /// The numbers of arrangements with u crossings are the coefficients of
    /// ∏ (1 − q^(m + i)) / (1 − q^i), i from 1 to n (Mann and Whitney's
    /// recursion, solved). Low ones never take from high ones, so they are exact
    /// for as long as they are small.
    fn new(n: usize, m: usize) -> Self {
        let middle = n * m / 2;
        let mut ways = vec![0.0; middle + 1];
        ways[0] = 1.0;
        for i in 1..=n {
            for u in (m + i..=middle).rev() {
                ways[u] -= ways[u - m - i];
            }
            for u in i..=middle {
                ways[u] += ways[u - i];
            }
        }
        let all: f64 = (1..=n).map(|i| (m + i) as f64 / i as f64).product();
        let mut sum = 0.0;
        let below = ways
            .into_iter()
            .map(|ways| {
                sum += ways / all;
                sum
            })
            .collect();
        RankSum { below }
    }

    /// P(U ≤ u or U ≥ n·m − u), at most 1.
    fn both_tails(&self, u: usize) -> f64 {
        let below = self.below.get(u).copied().unwrap_or(1.0);
        (2.0 * below).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::simulation::normal;
    use super::*;
    use crate::base::seed::draw;
    use crate::stats::verdict::Verdict;

    fn of(base: &[f64], head: &[f64], noise: f64) -> Unpaired {
        Unpaired {
            base: base.to_vec(),
            head: head.to_vec(),
            noise,
        }
    }

    fn near(a: f64, b: f64, within: f64) -> bool {
        (a - b).abs() <= within
    }

    /// Resampling with dice.
    fn naive(base: &[f64], head: &[f64], alpha: f64, resamples: u64, seed: u64) -> Interval {
        let resampled = |values: &[f64], resample, lane: u64| {
            let count = values.len() as u64;
            let pick = |at| values[(draw(seed, resample, lane + at) % count) as usize];
            let mut drawn: Vec<f64> = (0..count).map(pick).collect();
            drawn.sort_by(f64::total_cmp);
            (drawn[(values.len() - 1) / 2], drawn[values.len() / 2])
        };
        let (mut lows, mut highs) = (Vec::new(), Vec::new());
        for resample in 0..resamples {
            let (head, base) = (
                resampled(head, resample, 0),
                resampled(base, resample, 1000),
            );
            lows.push(head.0 - base.1);
            highs.push(head.1 - base.0);
        }
        lows.sort_by(f64::total_cmp);
        highs.sort_by(f64::total_cmp);
        let cut = (alpha / 2.0 * resamples as f64) as usize;
        Interval {
            low: lows[cut],
            high: highs[resamples as usize - 1 - cut],
        }
    }

    #[test]
    fn known_normal_quantiles() {
        for (tail, z) in [
            (0.5, 0.0),
            (0.025, 1.959_964),
            (0.0025, 2.807_034),
            (1e-4, 3.719_016),
            (1e-6, 4.753_424),
        ] {
            assert!(near(normal_quantile(tail), z, 4.5e-4), "{tail}");
        }
    }

    #[test]
    fn known_rank_sums() {
        // All of three below all of four: one of 35 arrangements on either side.
        let apart = of(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0, 7.0], 0.0);
        assert!(near(apart.rank_sum(), 2.0 / 35.0, 1e-12));
        // Eight of eight: 2 of 12,870.
        let (low, high): (Vec<f64>, Vec<f64>) =
            (0..8).map(|i| (f64::from(i), f64::from(i + 8))).unzip();
        assert!(near(of(&low, &high, 0.0).rank_sum(), 2.0 / 12_870.0, 1e-15));
        assert_eq!(of(&low, &low, 0.0).rank_sum(), 1.0);
        assert_eq!(of(&[], &low, 0.0).p_value(), 1.0);
        // A hundred of a hundred do not overflow, and the middle is the middle.
        let many = RankSum::new(100, 100);
        assert!(near(many.below[5000], 0.5, 1e-3), "{}", many.below[5000]);
    }

    #[test]
    fn known_welch() {
        // Means 2 and 5, both with variance 1 of three: t = 3 / √(2/3), ν = 4.
        let found = of(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0.0).welch();
        assert!(near(
            found,
            student_tails(3.0 / (2.0f64 / 3.0).sqrt(), 4),
            1e-12
        ));
        assert_eq!(of(&[1.0], &[2.0, 3.0], 0.0).welch(), 1.0);
        assert_eq!(of(&[1.0, 1.0], &[1.0, 1.0], 0.0).welch(), 1.0);
        assert_eq!(of(&[1.0, 1.0], &[2.0, 2.0], 0.0).welch(), 0.0);
    }

    #[test]
    fn noise_is_what_rounds_do_not_explain() {
        let steady = [0.0, 0.001, -0.001, 0.0005, -0.0005];
        let moved: Vec<f64> = steady.iter().map(|value| value + 0.05).collect();
        assert!(near(noise_between(&steady, &moved), 0.05, 1e-3));
        let wild = [0.0, 0.3, -0.3, 0.2, -0.2];
        assert_eq!(noise_between(&wild, &moved), 0.0);
        assert_eq!(noise_between(&[], &moved), 0.0);
    }

    #[test]
    fn too_few_rounds_say_nothing_and_are_no_part_of_the_family() {
        let long: Vec<f64> = (0..12).map(|i| 0.001 * f64::from(i)).collect();
        let high: Vec<f64> = long.iter().map(|value| value + 0.2).collect();
        let found = compare(&[of(&long[..7], &high, 0.0), of(&long, &high, 0.0)]);
        assert_eq!(found[0], Comparison::NONE);
        assert_eq!(found[1].verdict, Verdict::Slower);
        assert_eq!(found[1], compare(&[of(&long, &high, 0.0)])[0]);
        // Where the machine may have moved by as much, nothing is shown.
        let found = compare(&[of(&long, &high, 0.1)]);
        assert_eq!(found[0].verdict, Verdict::Undecided);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_interval_is_what_resampling_gives(
            base in prop::collection::vec(-1.0..1.0f64, 1..16),
            head in prop::collection::vec(-1.0..1.0f64, 1..16),
            seed: u64,
        ) {
            let exact = of(&base, &head, 0.0).ratio(0.1).unwrap().interval.map(f64::ln);
            let wide = naive(&base, &head, 0.07, 2000, seed);
            let narrow = naive(&base, &head, 0.14, 2000, seed);
            let slack = 1e-9;
            prop_assert!(wide.low <= exact.low + slack && exact.high <= wide.high + slack, "{exact:?} {wide:?}");
            prop_assert!(exact.low <= narrow.low + slack && narrow.high <= exact.high + slack, "{exact:?} {narrow:?}");
        }

        #[test]
        fn the_rank_sum_is_all_arrangements_counted(
            base in prop::collection::vec(-1.0..1.0f64, 1..6),
            head in prop::collection::vec(-1.0..1.0f64, 1..6),
        ) {
            let all: Vec<f64> = base.iter().chain(&head).copied().collect();
            let crossings = |in_base: &dyn Fn(usize) -> bool| {
                let (mut low, mut high) = (0, 0);
                for i in 0..all.len() {
                    for j in 0..all.len() {
                        if in_base(i) && !in_base(j) {
                            low += usize::from(all[j] <= all[i]);
                            high += usize::from(all[j] >= all[i]);
                        }
                    }
                }
                low.min(high)
            };
            let seen = crossings(&|at| at < base.len());
            let (mut extreme, mut total) = (0, 0);
            for chosen in 0u32..1 << all.len() {
                if chosen.count_ones() as usize == base.len() {
                    total += 1;
                    extreme += u32::from(crossings(&|at| chosen >> at & 1 == 1) <= seen);
                }
            }
            let exact = f64::from(extreme) / f64::from(total);
            prop_assert!(near(of(&base, &head, 0.0).rank_sum(), exact, 1e-9));
        }

        #[test]
        fn swapping_inverts_and_noise_widens(
            base in prop::collection::vec(-0.1..0.1f64, 8..20),
            head in prop::collection::vec(-0.1..0.2f64, 8..20),
        ) {
            let (one, other) = (of(&base, &head, 0.0), of(&head, &base, 0.0));
            prop_assert!(near(one.p_value(), other.p_value(), 1e-9));
            let (ratio, swapped) = (one.ratio(0.01).unwrap(), other.ratio(0.01).unwrap());
            prop_assert!(near(ratio.middle * swapped.middle, 1.0, 1e-9));
            prop_assert!(near(ratio.interval.low * swapped.interval.high, 1.0, 1e-9));
            prop_assert!(ratio.interval.contains(ratio.middle));
            let noisy = of(&base, &head, 0.03);
            let wider = noisy.ratio(0.01).unwrap().interval;
            prop_assert!(wider.low < ratio.interval.low && ratio.interval.high < wider.high);
            prop_assert!(noisy.rank_sum() >= one.rank_sum() - 1e-12);
        }
    }

    /// How rounds of one run vary, on the log scale.
    fn rounds(count: u64, disturbed: bool, shift: f64, seed: u64) -> Vec<f64> {
        (0..count)
            .map(|round| {
                let neighbour = disturbed && draw(seed, round, 7).is_multiple_of(12);
                shift + 0.02 * normal(seed, round, 0) + if neighbour { 0.3 } else { 0.0 }
            })
            .collect()
    }

    /// A family of eight cells by two figures.
    fn family(count: u64, disturbed: bool, noise: f64, slower: f64, seed: u64) -> Vec<Unpaired> {
        (0..16)
            .map(|cell| {
                let seed = seed * 100 + 2 * cell;
                let between = noise * normal(seed, 999, 3);
                let more = if cell == 0 { slower.ln() } else { 0.0 };
                Unpaired {
                    base: rounds(count, disturbed, 0.0, seed),
                    head: rounds(count + 3, disturbed, between + more, seed + 1),
                    noise,
                }
            })
            .collect()
    }

    #[test]
    fn two_runs_of_the_same_are_not_called_different() {
        for (count, disturbed, noise) in [
            (8, false, 0.0),
            (8, true, 0.0),
            (12, false, 0.02),
            (12, true, 0.02),
        ] {
            let wrong = (0..300)
                .filter(|&seed| {
                    let found = compare(&family(count, disturbed, noise, 1.0, seed));
                    let differs =
                        |c: &Comparison| matches!(c.verdict, Verdict::Faster | Verdict::Slower);
                    found.iter().any(differs)
                })
                .count();
            println!(
                "two runs, {count} rounds, disturbed {disturbed}, noise {noise}: {wrong} of 300"
            );
            // 1.5 are what 0.5 % of pairs would be.
            assert!(wrong <= 5, "{count} {disturbed} {noise}: {wrong} of 300");
        }
    }

    #[test]
    fn ten_per_cent_are_seen() {
        for (count, disturbed, noise) in [(10, false, 0.0), (30, true, 0.0), (12, false, 0.01)] {
            let seen = (0..100)
                .filter(|&seed| {
                    let found = compare(&family(count, disturbed, noise, 1.1, seed));
                    found[0].verdict == Verdict::Slower
                })
                .count();
            println!(
                "10 % slower, {count} rounds, disturbed {disturbed}, noise {noise}: {seen} of 100"
            );
            assert!(seen >= 94, "{count} {disturbed} {noise}: {seen} of 100");
        }
    }
}
