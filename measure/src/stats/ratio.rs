//! Ratios of two models, paired by round.
//!
//! A round visits all models within one pass, so both values of a pair saw about
//! the same machine: heat and neighbours divide out. On the log scale a ratio and
//! its inverse are equally far from 1, and what is slower one way is faster by
//! the same the other.

use std::collections::BTreeMap;

use super::interval::Interval;

/// How many times one model's value is the other's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The best single guess: of pairs the middle of the interval on the log scale, which
    /// is the geometric mean where the t test decides; of two runs the ratio of their
    /// medians.
    pub middle: f64,
    /// What it may be, at the level asked for.
    pub interval: Interval,
    /// Rounds behind it.
    pub rounds: usize,
}

impl Ratio {
    /// Of an interval on the log scale, with its middle.
    pub(super) fn within(logs: Interval, rounds: usize) -> Self {
        Ratio {
            middle: logs.low.midpoint(logs.high).exp(),
            interval: logs.map(f64::exp),
            rounds,
        }
    }

    /// The other model's over this one's.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Ratio {
            middle: self.middle.recip(),
            interval: self.interval.map(f64::recip),
            rounds: self.rounds,
        }
    }
}

/// `ln(a / b)` in each round in which both have a value, in the order of rounds.
/// Values that have no logarithm count as missing.
#[must_use]
pub fn log_ratios<K: Ord>(a: &BTreeMap<K, f64>, b: &BTreeMap<K, f64>) -> Vec<f64> {
    // Both are sorted: looking each round up takes as long as all else together.
    let mut rest = b.iter().peekable();
    a.iter()
        .filter_map(|(round, a)| {
            while rest.next_if(|(other, _)| *other < round).is_some() {}
            let (_, b) = rest.next_if(|(other, _)| *other == round)?;
            Some((a / b).ln())
        })
        .filter(|log| log.is_finite())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounds(values: &[f64]) -> BTreeMap<usize, f64> {
        values.iter().copied().enumerate().collect()
    }

    #[test]
    fn pairs_are_of_one_round() {
        let a = BTreeMap::from([(1, 2.0), (2, 8.0), (4, 1.0), (5, 0.0)]);
        let b = BTreeMap::from([(1, 1.0), (2, 2.0), (3, 9.0), (5, 1.0)]);
        assert_eq!(log_ratios(&a, &b), [2f64.ln(), 4f64.ln()]);
    }

    #[test]
    fn a_ratio_turned_round_is_the_other_models() {
        let (low, high) = (2f64.ln(), 8f64.ln());
        let ratio = Ratio::within(Interval { low, high }, 9);
        let inverse = ratio.inverse();
        assert!((ratio.middle - 4.0).abs() < 1e-12 && (inverse.middle - 0.25).abs() < 1e-12);
        assert!((inverse.interval.low - 0.125).abs() < 1e-12 && inverse.rounds == 9);
    }

    proptest! {
        #[test]
        fn drift_and_scale_divide_out_and_swapping_inverts(
            pairs in prop::collection::vec((0.1..10.0f64, 0.1..10.0f64, 0.1..10.0f64), 1..30),
            scale in 0.01..100.0f64,
        ) {
            let of = |value: fn(&(f64, f64, f64)) -> f64, scale: f64| {
                rounds(&pairs.iter().map(|pair| scale * value(pair)).collect::<Vec<_>>())
            };
            let (a, b) = (of(|p| p.0, 1.0), of(|p| p.1, 1.0));
            let plain = log_ratios(&a, &b);
            let (a, b) = (of(|p| p.0 * p.2, scale), of(|p| p.1 * p.2, scale));
            let (drifted, swapped) = (log_ratios(&a, &b), log_ratios(&b, &a));
            for ((plain, drifted), swapped) in plain.iter().zip(drifted).zip(swapped) {
                prop_assert!((plain - drifted).abs() < 1e-9 && (drifted + swapped).abs() < 1e-9);
            }
        }
    }
}
