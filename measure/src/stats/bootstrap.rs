//! The percentile bootstrap of a median over rounds.
//!
//! Resampling n rounds with replacement and taking the median each time (Efron
//! 1979) gives a distribution that needs no dice: a resample's median is at most
//! the k-th smallest of the n values exactly where at least half of its draws
//! are, and how many are is binomial with n draws at k/n. So the interval that
//! infinitely many resamples would give is computed from that (as Maritz and
//! Jarrett 1978 and Efron 1982 do for the median's variance). That matters here:
//! at the levels that [Holm's correction](super::holm) asks for, 10,000 resamples
//! would leave less than one in each tail.

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
}

/// The percentile-bootstrap interval of the median of `values` (one a round) at
/// error rate `alpha`, so 0.005 for 99.5 %; `None` of nothing.
///
/// Its lower end is the greatest value x₍ₖ₎ with P(median\* < x₍ₖ₎) ≤ alpha / 2, its
/// upper end the mirror image. Of an even number of draws the lower middle one
/// bounds from below and the upper one from above, so that the interval is
/// rather too wide than too narrow. It never leaves the values: for few of them
/// and a small `alpha` it is their whole range, which misses the true median
/// with probability 2^(1 − n), however small `alpha` is.
#[must_use]
pub fn median_interval(values: &[f64], alpha: f64) -> Option<Interval> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let last = count.checked_sub(1)?;
    // The lower middle draw lies below x₍ₖ₎, k counted from 0, where at least
    // half of the draws are among the k smallest. That grows with k.
    let half = count.div_ceil(2);
    let binomial = Binomial::new(count);
    let (mut skipped, mut beyond) = (0, last / 2 + 1);
    while skipped + 1 < beyond {
        let middle = skipped.midpoint(beyond);
        if binomial.at_least(half, middle as f64 / count as f64) <= alpha / 2.0 {
            skipped = middle;
        } else {
            beyond = middle;
        }
    }
    Some(Interval {
        low: sorted[skipped],
        high: sorted[last - skipped],
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::draw;

    /// Resampling with dice: the quantiles of many resamples' lower and upper
    /// middle values.
    fn naive(values: &[f64], alpha: f64, resamples: u64, seed: u64) -> Interval {
        let count = values.len();
        let (mut lows, mut highs) = (Vec::new(), Vec::new());
        for resample in 0..resamples {
            let mut drawn: Vec<f64> = (0..count)
                .map(|lane| values[(draw(seed, resample, lane as u64) % count as u64) as usize])
                .collect();
            drawn.sort_by(f64::total_cmp);
            lows.push(drawn[(count - 1) / 2]);
            highs.push(drawn[count / 2]);
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
    fn known_intervals() {
        assert_eq!(median_interval(&[], 0.05), None);
        let one = Interval {
            low: 3.0,
            high: 3.0,
        };
        assert_eq!(median_interval(&[3.0], 0.05), Some(one));
        // P(median* < x₍₃₎) of 20 is 7.1e-6, of x₍₄₎ 2.5e-4.
        let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        let found = median_interval(&twenty, 0.005 / 36.0).unwrap();
        assert_eq!((found.low, found.high), (3.0, 18.0));
        // Eight rounds say no more than their range at such a level.
        let found = median_interval(&twenty[..8], 0.005 / 36.0).unwrap();
        assert_eq!((found.low, found.high), (1.0, 8.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn it_is_what_resampling_gives(
            values in prop::collection::vec(-1e3..1e3f64, 1..24),
            seed: u64,
        ) {
            // Dice waver about a level; the exact interval lies between what
            // they give a little to either side of it.
            let exact = median_interval(&values, 0.1).unwrap();
            let wide = naive(&values, 0.07, 2000, seed);
            let narrow = naive(&values, 0.14, 2000, seed);
            prop_assert!(wide.low <= exact.low && exact.high <= wide.high, "{exact:?} {wide:?}");
            prop_assert!(exact.low <= narrow.low && narrow.high <= exact.high, "{exact:?} {narrow:?}");
        }

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
