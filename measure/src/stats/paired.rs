//! Tests of paired differences: could log ratios like these come from two models
//! that do not differ, and how far apart may the two be?
//!
//! Two tests, each strong where the other is weak:
//!
//! * The **moderated t** (Smyth 2004) of the log ratios: Student's t (1908) with a
//!   [variance that leans](super::moderation) on those of the scenario's other pairs,
//!   and the degrees of freedom that come of it. It is sharp from few rounds on. It takes
//!   log ratios to be about normal; outliers make it see less, not more (Benjamini 1983).
//!   A family that shares no cells, or one pair, has Student's own.
//! * The exact **sign test** (Arbuthnott 1710; Dixon and Mood 1946): where models do
//!   not differ, each round's log ratio is as likely with the other sign, and the
//!   number of positive ones is binomial. It needs nothing else, and a disturbed round
//!   weighs no more than any other. But it is never below 2^(1 − n), so that it speaks
//!   where rounds are many.
//!
//! The error rate is divided between them ([`SIGNS`]), so that the choice costs its
//! price: p is the smaller of p of t / 0.9 and p of signs / 0.1. The interval is the same
//! two tests turned round, the t interval and the [order statistics](super::interval)
//! each at its part of the rate: what lies in both.
//!
//! Pairs of m models share their cells, so that m·(m − 1)/2 variances hold no more than
//! m − 1 cells do. The prior is worth at most half the degrees of freedom of the m − 2 other
//! cells: with more, three or four models that waver alike by chance are called different too
//! often (`simulation.rs` counts it).

use std::collections::BTreeMap;

use super::binomial::Binomial;
use super::interval::{Interval, coverage, median_interval};
use super::moderation::Prior;
use super::{MOST_ROUNDS, ROUNDS};

/// The part of the error rate that the sign test has.
const SIGNS: f64 = 0.1;

/// The 95 % quantile of the normal distribution.
const NORMAL_95: f64 = 1.645;

/// The rounds of one comparison, ready to be tested.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Paired<'a> {
    logs: &'a [f64],
    mean: f64,
    /// Standard deviation of one round, moderated.
    deviation: f64,
    freedom: usize,
}

/// The comparisons of `family` that have [`ROUNDS`] log ratios, in their order. They are
/// all pairs of `cells` cells, whose variances are moderated; of comparisons that share no
/// cells, `cells` is 0.
pub(super) fn paired(family: &[Vec<f64>], cells: usize) -> Vec<Paired<'_>> {
    let logs: Vec<&Vec<f64>> = family.iter().filter(|logs| logs.len() >= ROUNDS).collect();
    let moments: Vec<(f64, f64)> = logs.iter().map(|logs| mean_and_variance(logs)).collect();
    let freedom = |logs: &[f64]| logs.len() as f64 - 1.0;
    let variances: Vec<(f64, f64)> = logs
        .iter()
        .zip(&moments)
        .map(|(logs, (_, variance))| (*variance, freedom(logs)))
        .collect();
    let least = variances
        .iter()
        .map(|of| of.1)
        .fold(f64::INFINITY, f64::min);
    let most = cells.saturating_sub(2) as f64 * least / 2.0;
    let prior = Prior::of(&variances, most);
    logs.into_iter()
        .zip(moments)
        .map(|(logs, (mean, variance))| {
            let (variance, freedom) = prior.moderate(variance, freedom(logs));
            Paired {
                logs,
                mean,
                deviation: variance.sqrt(),
                freedom: freedom as usize,
            }
        })
        .collect()
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (n - 1.0))
}

impl Paired<'_> {
    /// How many rounds it is of.
    pub(super) fn rounds(&self) -> usize {
        self.logs.len()
    }

    fn error(&self) -> f64 {
        self.deviation / (self.rounds() as f64).sqrt()
    }

    /// The two-sided p-value of the log ratios being about 0.
    pub(super) fn p_value(&self) -> f64 {
        let t = if self.mean == 0.0 {
            1.0
        } else {
            student_tails(self.mean.abs() / self.error(), self.freedom)
        };
        (t / (1.0 - SIGNS)).min(sign(self.logs) / SIGNS).min(1.0)
    }

    /// The values at which a difference would not be rejected at the error rate `alpha`.
    /// Where the two tests leave none, what lies between theirs.
    pub(super) fn interval(&self, alpha: f64, quantiles: &mut Quantiles) -> Interval {
        let half = quantiles.student(self.freedom, (1.0 - SIGNS) * alpha) * self.error();
        let t = Interval {
            low: self.mean - half,
            high: self.mean + half,
        };
        let signs = SIGNS * alpha;
        if coverage(self.rounds(), signs) < 1.0 - signs {
            return t;
        }
        median_interval(self.logs, signs).map_or(t, |of| t.both(&of))
    }

    /// The least true difference that the t test would reject "no difference" for at the error
    /// rate `alpha`, with a probability of 95 %. In standard errors it is the δ at which
    /// noncentral t exceeds the test's t so often: t·(1 − 1/(4ν)) + 1.645·√(1 + t²/(2ν)), by
    /// Abramowitz and Stegun (1964) 26.7.10.
    pub(super) fn least_shown(&self, alpha: f64, quantiles: &mut Quantiles) -> f64 {
        let freedom = self.freedom as f64;
        let t = quantiles.student(self.freedom, (1.0 - SIGNS) * alpha);
        let wavers = (1.0 + t * t / (2.0 * freedom)).sqrt();
        (t * (1.0 - 0.25 / freedom) + NORMAL_95 * wavers) * self.error()
    }

    /// How many rounds it would take, with the spread that these have, until the t interval
    /// at `differs` held no 0, or the one at `ties` lay within ± `margin`: at least one
    /// more than there are. `None` where [`MOST_ROUNDS`] would not do. The ratio is taken half
    /// a standard error nearer to either than it seems, so that chance gives up little.
    pub(super) fn needs(
        &self,
        [differs, ties]: [f64; 2],
        margin: f64,
        quantiles: &mut Quantiles,
    ) -> Option<usize> {
        let luck = 0.5 * self.error();
        let (far, near) = (self.mean.abs() + luck, (self.mean.abs() - luck).max(0.0));
        let mut tells = |rounds: usize| {
            let freedom = self.freedom + rounds - self.rounds();
            let mut half = |alpha: f64| {
                let quantile = quantiles.student(freedom, (1.0 - SIGNS) * alpha);
                quantile * self.deviation / (rounds as f64).sqrt()
            };
            far > half(differs) || near + half(ties) <= margin
        };
        if self.rounds() >= MOST_ROUNDS || !tells(MOST_ROUNDS) {
            return None;
        }
        // The more rounds, the narrower both.
        let (mut few, mut enough) = (self.rounds(), MOST_ROUNDS);
        while enough - few > 1 {
            let middle = few.midpoint(enough);
            if tells(middle) {
                enough = middle;
            } else {
                few = middle;
            }
        }
        Some(enough)
    }
}

/// Quantiles of Student's distribution, each found once.
#[derive(Debug, Default)]
pub(super) struct Quantiles(BTreeMap<(usize, u64), f64>);

impl Quantiles {
    /// t with P(|T| ≥ t) = `alpha`.
    fn student(&mut self, freedom: usize, alpha: f64) -> f64 {
        let found = self.0.entry((freedom, alpha.to_bits()));
        *found.or_insert_with(|| student_quantile(freedom, alpha))
    }
}

/// t with P(|T| ≥ t) = `alpha`, by false position on the logarithm of the tail, which is
/// nearly straight (the Illinois method: Dowell and Jarratt 1971).
fn student_quantile(freedom: usize, alpha: f64) -> f64 {
    let above = |t: f64| (student_tails(t, freedom).max(f64::MIN_POSITIVE) / alpha).ln();
    let (mut low, mut high) = (0.0, 2.0);
    let (mut at_low, mut at_high) = (-alpha.ln(), above(high));
    while at_high > 0.0 && high < 1e6 {
        (low, at_low) = (high, at_high);
        high *= 1.5;
        at_high = above(high);
    }
    for _ in 0..100 {
        if high - low <= 1e-9 * high {
            break;
        }
        let middle = low + (high - low) * at_low / (at_low - at_high);
        let at = above(middle);
        if at.abs() <= 1e-10 {
            return middle;
        }
        // The end that stays counts half, so that it does not stay for ever.
        if at > 0.0 {
            (low, at_low, at_high) = (middle, at, 0.5 * at_high);
        } else {
            (high, at_high, at_low) = (middle, at, 0.5 * at_low);
        }
    }
    high
}

/// The two-sided p-value of the exact sign test: 2·P(B ≥ the greater of the
/// numbers of positive and negative values), B binomial with probability ½.
/// Zeros are left out.
fn sign(values: &[f64]) -> f64 {
    let above = values.iter().filter(|&&value| value > 0.0).count();
    let below = values.iter().filter(|&&value| value < 0.0).count();
    let tail = Binomial::new(above + below).at_least(above.max(below), 0.5);
    (2.0 * tail).min(1.0)
}

/// P(|t| ≥ `t`) of Student's distribution with `freedom` ≥ 1 degrees: the finite
/// sums of Abramowitz and Stegun (1964) 26.7.3 and 26.7.4, with θ = atan(t / √ν).
pub(super) fn student_tails(t: f64, freedom: usize) -> f64 {
    let theta = (t / (freedom as f64).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    let odd = freedom % 2 == 1;
    let mut term = if odd { cos } else { 1.0 };
    let mut sum = 0.0;
    let mut k = if odd { 3 } else { 2 };
    while k <= freedom {
        sum += term;
        term *= cos * cos * (k - 1) as f64 / k as f64;
        k += 2;
    }
    let within = if odd {
        (theta + sin * sum) * std::f64::consts::FRAC_2_PI
    } else {
        sin * sum
    };
    (1.0 - within).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(found: f64, expected: f64, relative: f64) -> bool {
        (found - expected).abs() <= relative * expected.abs() + 1e-15
    }

    #[test]
    fn known_sign_tails() {
        // All of five on one side: 2 of 32 ways; one of ten on the other: 22 of 1024.
        assert!(near(sign(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0, 1e-9));
        let mut ten = [0.3; 10];
        ten[7] = -9.0;
        assert!(near(sign(&ten), 22.0 / 1024.0, 1e-9));
        assert_eq!(sign(&[]), 1.0);
        assert_eq!(sign(&[0.0, 0.0]), 1.0);
        assert_eq!(sign(&[1.0, -1.0]), 1.0);
    }

    #[test]
    fn known_student_tails() {
        for (t, freedom, p) in [
            (12.706_205, 1, 0.05),
            (4.302_653, 2, 0.05),
            (2.262_157, 9, 0.05),
            (4.780_913, 9, 0.001),
            (3.499_483, 7, 0.01),
            (2.086, 20, 0.049_996),
        ] {
            assert!(near(student_tails(t, freedom), p, 1e-4), "{t} {freedom}");
            assert!(near(student_quantile(freedom, p), t, 1e-4), "{t} {freedom}");
        }
    }

    /// Alone, without cells to lean on.
    fn alone(logs: &[f64]) -> f64 {
        paired(&[logs.to_vec()], 0)[0].p_value()
    }

    #[test]
    fn a_quantile_is_what_the_tail_says() {
        for freedom in [1, 2, 7, 8, 30, 101, 500] {
            for alpha in [0.5, 0.05, 0.005, 1e-4, 1e-6] {
                let tail = student_tails(student_quantile(freedom, alpha), freedom);
                assert!(near(tail, alpha, 1e-5), "{freedom} {alpha}: {tail}");
            }
        }
    }

    #[test]
    fn few_rounds_speak_through_t_and_disturbed_ones_through_signs() {
        let few: Vec<f64> = (1..=10).map(|i| 0.1 + 0.001 * f64::from(i)).collect();
        let (mean, variance) = mean_and_variance(&few);
        let t = student_tails(mean / (variance / 10.0).sqrt(), 9);
        assert!(near(alone(&few), t / 0.9, 1e-9));
        let mut disturbed: Vec<f64> = (1..=20).map(|i| 0.1 + 0.001 * f64::from(i)).collect();
        disturbed[7] = -3.0;
        assert!(near(alone(&disturbed), 10.0 * sign(&disturbed), 1e-9));
        assert_eq!(alone(&[0.0; 8]), 1.0);
        assert_eq!(alone(&[0.1; 8]), 0.0);
        assert!(paired(&[vec![0.1; 7]], 0).is_empty());
    }

    /// Log ratios of all pairs of `cells` that waver by chance, and of the first two that do
    /// so by `times` as much.
    fn pairs(cells: u64, rounds: u64, times: f64) -> Vec<Vec<f64>> {
        let value = |cell: u64, round| {
            let own = super::super::simulation::normal(7, round, 10 * cell);
            if cell < 2 {
                times * 0.02 * own
            } else {
                0.02 * own
            }
        };
        (0..cells)
            .flat_map(|b| (0..b).map(move |a| (a, b)))
            .map(|(a, b)| (0..rounds).map(|r| value(a, r) - value(b, r)).collect())
            .collect()
    }

    #[test]
    fn pairs_lean_on_each_other_as_far_as_their_cells_go() {
        let alike = pairs(6, 9, 1.0);
        // Four other cells are worth at most 4·8/2 degrees more than a pair's own 8.
        let moderated = paired(&alike, 6);
        assert!(moderated.iter().all(|of| of.freedom == 24), "{moderated:?}");
        // What wavers unlike the others lends and borrows little.
        let apart = pairs(6, 9, 30.0);
        assert!(
            paired(&apart, 6)[0].freedom < 16,
            "{:?}",
            paired(&apart, 6)[0]
        );
        // One pair has nothing to lean on, nor has a family that shares no cells.
        assert_eq!(paired(&alike, 0), paired(&alike, 2));
        assert_eq!(paired(&alike, 0)[3].freedom, 8);
    }

    #[test]
    fn what_it_takes_is_told_from_the_spread() {
        let quantiles = &mut Quantiles::default();
        let logs = |middle: f64, spread: f64| -> Vec<f64> {
            (0..10)
                .map(|at| middle + if at % 2 == 0 { spread } else { -spread })
                .collect()
        };
        let mut needs = |middle, spread| {
            paired(&[logs(middle, spread)], 0)[0].needs([0.001, 0.01], 0.03, quantiles)
        };
        // Next to decided, many rounds off, and out of reach.
        let (soon, late) = (needs(0.05, 0.05).unwrap(), needs(0.0, 0.07).unwrap());
        assert!(soon <= 16 && (30..100).contains(&late), "{soon} {late}");
        assert_eq!(needs(0.0, 0.5), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_sign_tail_is_all_flips_counted(
            values in prop::collection::vec((-3i8..=3).prop_map(f64::from), 1..11),
        ) {
            let sum: f64 = values.iter().filter(|v| **v != 0.0).map(|v| v.signum()).sum();
            let ways = 1u32 << values.len();
            let extreme = (0..ways).filter(|flips| {
                let flipped: f64 = values.iter().enumerate().filter(|(_, v)| **v != 0.0)
                    .map(|(at, _)| if flips >> at & 1 == 1 { -1.0 } else { 1.0 }).sum();
                flipped.abs() >= sum.abs()
            }).count();
            prop_assert!(near(sign(&values), f64::from(extreme as u32) / f64::from(ways), 1e-9));
        }

        #[test]
        fn signs_and_units_do_not_matter(
            values in prop::collection::vec(-1.0..1.0f64, 8..40), scale in 0.01..100.0f64,
        ) {
            let turned: Vec<f64> = values.iter().map(|v| -v * scale).collect();
            prop_assert!(near(alone(&values), alone(&turned), 1e-6));
            prop_assert!((0.0..=1.0).contains(&alone(&values)));
        }

        #[test]
        fn the_interval_holds_what_the_tests_do_not_reject(
            values in prop::collection::vec(-1.0..1.0f64, 8..30), alpha in 1e-4..0.1f64,
        ) {
            let interval = paired(std::slice::from_ref(&values), 0)[0]
                .interval(alpha, &mut Quantiles::default());
            let kept = |at: f64| {
                let moved: Vec<f64> = values.iter().map(|value| value - at).collect();
                alone(&moved) > alpha
            };
            // Where the two tests share no value, there is none to keep.
            let shared = kept(interval.low.midpoint(interval.high));
            for at in [interval.low, interval.high, 0.0] {
                for at in [at - 1e-6, at + 1e-6] {
                    prop_assert_eq!(kept(at), shared && interval.contains(at), "{}", at);
                }
            }
        }
    }
}
