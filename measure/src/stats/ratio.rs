//! Ratios of two models, paired by round.
//!
//! A round visits all models within one pass, so both values of a pair saw about
//! the same machine: heat and neighbours divide out. On the log scale a ratio and
//! its inverse are equally far from 1, and what is slower one way is faster by
//! the same the other.

use std::collections::BTreeMap;

use super::bootstrap::{Interval, median_interval};
use super::quantile::median;

/// How many times one model's value is the other's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The median over rounds.
    pub median: f64,
    /// What it may be, at the level asked for.
    pub interval: Interval,
    /// Rounds behind it.
    pub rounds: usize,
}

impl Ratio {
    /// The median of `exp(logs)` with its [interval](median_interval) at error
    /// rate `alpha`, both taken on the log scale; `None` of nothing.
    #[must_use]
    pub fn of(logs: &[f64], alpha: f64) -> Option<Self> {
        Some(Ratio {
            median: median(logs)?.exp(),
            interval: median_interval(logs, alpha)?.map(f64::exp),
            rounds: logs.len(),
        })
    }

    /// The other model's over this one's.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Ratio {
            median: self.median.recip(),
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
        let ratio = Ratio::of(&log_ratios(&a, &b), 0.005).unwrap();
        assert!((ratio.median - 8f64.sqrt()).abs() < 1e-12);
        assert_eq!(ratio.rounds, 2);
        assert_eq!(Ratio::of(&[], 0.005), None);
    }

    fn close(a: &Ratio, b: &Ratio) -> bool {
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        near(a.median, b.median)
            && near(a.interval.low, b.interval.low)
            && near(a.interval.high, b.interval.high)
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
            let plain = Ratio::of(&log_ratios(&a, &b), 0.005).unwrap();
            let (a, b) = (of(|p| p.0 * p.2, scale), of(|p| p.1 * p.2, scale));
            let drifted = Ratio::of(&log_ratios(&a, &b), 0.005).unwrap();
            prop_assert!(close(&plain, &drifted));
            let swapped = Ratio::of(&log_ratios(&b, &a), 0.005).unwrap();
            prop_assert!(close(&swapped, &drifted.inverse()));
        }
    }
}
