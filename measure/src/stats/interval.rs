//! Exact intervals of a median over rounds, from order statistics.
//!
//! Of n independent rounds the number below the true median is binomial with
//! probability ½, however they are distributed. So the interval from the k-th least to
//! the k-th greatest misses the true median with probability 2·P(Bin(n, ½) < k)
//! (Thompson 1936), and k follows from the level. The sign test (`paired.rs`) asks
//! the same the other way round. The percentile bootstrap, whose interval is of order
//! statistics as well, takes ranks too far inside where rounds are few: at 9 rounds
//! its 99.5 % hold 96.1 %.

use super::binomial::Binomial;

/// A range of values, both ends within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies within, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// The interval of `of(x)` for x in this one, where `of` grows or falls
    /// throughout.
    #[must_use]
    pub fn map(&self, of: impl Fn(f64) -> f64) -> Interval {
        let (a, b) = (of(self.low), of(self.high));
        Interval {
            low: a.min(b),
            high: a.max(b),
        }
    }

    /// What lies in both, or between them where nothing does.
    #[must_use]
    pub(super) fn both(&self, other: &Interval) -> Interval {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        Interval {
            low: low.min(high),
            high: low.max(high),
        }
    }
}

/// The interval of the median of `values` (one a round) at error rate `alpha`, so
/// 0.005 for 99.5 %; `None` of nothing.
///
/// Where so few values cannot reach that level, it is their whole range:
/// [`coverage`] tells what level that has.
#[must_use]
pub fn median_interval(values: &[f64], alpha: f64) -> Option<Interval> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let beyond = beyond(sorted.len(), alpha);
    Some(Interval {
        low: sorted[beyond],
        high: sorted[last - beyond],
    })
}

/// The probability with which the [interval](median_interval) of so many rounds holds
/// the true median: at least 1 − `alpha`, or that of their whole range, 1 − 2^(1 −
/// rounds), where they are too few for it.
#[must_use]
pub fn coverage(rounds: usize, alpha: f64) -> f64 {
    let least = rounds - beyond(rounds, alpha);
    (1.0 - 2.0 * Binomial::new(rounds).at_least(least, 0.5)).max(0.0)
}

/// How many values lie beyond each end of the interval.
fn beyond(rounds: usize, alpha: f64) -> usize {
    let binomial = Binomial::new(rounds);
    let middle = rounds.saturating_sub(1) / 2;
    let within = |beyond: &usize| 2.0 * binomial.at_least(rounds - beyond, 0.5) <= alpha;
    (1..=middle).take_while(within).last().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::{draw, unit};
    use crate::stats::ALPHA;

    #[test]
    fn known_intervals() {
        assert_eq!(median_interval(&[], 0.05), None);
        let one = Interval {
            low: 3.0,
            high: 3.0,
        };
        assert_eq!(median_interval(&[3.0], 0.05), Some(one));
        // Of 20 at most 3 are on one side with probability 2·1351 / 2^20, at most 4
        // with 2·6196 / 2^20.
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        let found = median_interval(&twenty, 0.005).unwrap();
        assert_eq!((found.low, found.high), (4.0, 17.0));
        let reached = 1.0 - 2.0 * 1351.0 / 1_048_576.0;
        assert!((coverage(20, 0.005) - reached).abs() < 1e-12);
        // Nine rounds reach 99.5 % by their whole range; eight do not reach it.
        let nine = median_interval(&twenty[..9], ALPHA).unwrap();
        assert_eq!((nine.low, nine.high), (1.0, 9.0));
        assert!((coverage(9, ALPHA) - (1.0 - 2.0 / 512.0)).abs() < 1e-12);
        assert!((coverage(8, ALPHA) - (1.0 - 2.0 / 256.0)).abs() < 1e-12);
        assert_eq!(coverage(1, ALPHA), 0.0);
    }

    #[test]
    fn the_level_that_is_told_is_the_one_that_is_reached() {
        for rounds in [8, 9, 10, 12, 15, 20, 31] {
            for alpha in [0.05, ALPHA] {
                let told = coverage(rounds, alpha);
                // Exponential values: their median is ln 2.
                let tries = 4000;
                let held = (0..tries)
                    .filter(|&seed| {
                        let value = |at| -unit(draw(seed, at, 0)).ln();
                        let values: Vec<f64> = (0..rounds as u64).map(value).collect();
                        median_interval(&values, alpha)
                            .unwrap()
                            .contains(std::f64::consts::LN_2)
                    })
                    .count();
                let held = held as f64 / f64::from(tries as u32);
                let chance = 4.0 * (told * (1.0 - told) / f64::from(tries as u32)).sqrt();
                assert!(
                    (held - told).abs() <= chance,
                    "{rounds} {alpha}: {held} of {told}"
                );
                assert!(
                    told >= 1.0 - alpha || rounds == 8,
                    "{rounds} {alpha}: {told}"
                );
            }
        }
    }

    #[test]
    fn what_two_intervals_share_or_what_lies_between_them() {
        let of = |low, high| Interval { low, high };
        assert_eq!(of(1.0, 4.0).both(&of(2.0, 9.0)), of(2.0, 4.0));
        assert_eq!(of(1.0, 2.0).both(&of(3.0, 9.0)), of(2.0, 3.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_holds_the_median_and_widens_with_the_level(
            values in prop::collection::vec(-1e3..1e3f64, 1..60),
        ) {
            let median = crate::stats::quantile::median(&values).unwrap();
            let mut inner = median_interval(&values, 0.5).unwrap();
            for alpha in [0.1, 0.01, 0.001, 1e-6] {
                let outer = median_interval(&values, alpha).unwrap();
                prop_assert!(outer.contains(median), "{outer:?}");
                prop_assert!(outer.low <= inner.low && inner.high <= outer.high);
                inner = outer;
            }
        }

        #[test]
        fn it_moves_with_the_values(
            values in prop::collection::vec(-1e3..1e3f64, 1..30), shift in -10.0..10.0f64,
        ) {
            let of = |values: &[f64]| median_interval(values, 0.01).unwrap();
            let moved: Vec<f64> = values.iter().map(|v| -(v + shift)).collect();
            prop_assert_eq!(of(&moved), of(&values).map(|v| -(v + shift)));
        }
    }
}
