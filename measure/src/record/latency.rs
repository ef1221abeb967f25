//! Distributions of times: built, kept as text, merged.
//!
//! They are kept as HdrHistograms (V2, deflated, base64), which other tools read, with
//! three significant digits: a quantile is within 0.1 % of the true one.

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

use super::hdr;
use super::row::Latency;
use super::sparse::Counts;

/// Longest time that is told apart, ns: 2^60 is 36 years.
const LONGEST: u64 = 1 << 60;

/// An empty histogram of the precision that rows have, growing as needed.
#[must_use]
pub fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three significant digits are within what a histogram allows")
}

/// The distribution of `nanos`; `None` of nothing. Mean and maximum are
/// exact, quantiles are within 0.1 %.
// By its name `benches/instructions` leaves it out of its counts.
#[inline(never)]
#[must_use]
pub fn from_values(nanos: impl IntoIterator<Item = u64>) -> Option<Latency> {
    let mut histogram = histogram();
    let (mut sum, mut max) = (0u128, 0);
    for value in nanos {
        let value = value.min(LONGEST);
        histogram
            .record(value)
            .expect("a growing histogram takes every value up to LONGEST");
        sum += u128::from(value);
        max = max.max(value);
    }
    let count = histogram.len();
    (count > 0).then(|| state(&histogram, sum as f64 / count as f64, max))
}

/// The distribution of values with their counts, ascending, with a mean and a maximum
/// that are `exact`; `None` of none, and of what contradicts itself.
#[must_use]
pub fn from_counts(counts: &[(u64, u64)], exact: (f64, u64)) -> Option<Latency> {
    let (mean, max) = exact;
    let ascending = counts.windows(2).all(|pair| pair[0].0 < pair[1].0);
    let within = counts.last().is_some_and(|(last, _)| *last <= max);
    if !ascending || !within || max > LONGEST || !mean.is_finite() {
        return None;
    }
    let mut histogram = histogram();
    for (value, count) in counts {
        histogram.record_n(*value, *count).ok()?;
    }
    (!histogram.is_empty()).then(|| state(&histogram, mean, max))
}

/// The histogram of one distribution.
///
/// # Errors
/// A line on what is wrong with the text.
pub fn decode(latency: &Latency) -> Result<Histogram<u64>, String> {
    let bytes = hdr::read(&latency.hdr)?;
    Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .map_err(|error| format!("histogram is not HdrHistogram V2: {error}"))
}

/// All `parts` as one distribution, its quantiles stated by what all of them
/// support together; `None` of nothing.
///
/// # Errors
/// A line on what is wrong with the first part that cannot be read.
pub fn merge<'a>(parts: impl IntoIterator<Item = &'a Latency>) -> Result<Option<Latency>, String> {
    let mut all = Merge::default();
    for part in parts {
        all.add(part)?;
    }
    Ok(all.state())
}

/// Distributions added up one by one.
#[derive(Debug, Default)]
pub struct Merge {
    all: Option<Histogram<u64>>,
    sum: f64,
    max: u64,
}

impl Merge {
    /// Adds one more.
    ///
    /// # Errors
    /// A line on what is wrong with it, where it cannot be read.
    pub fn add(&mut self, part: &Latency) -> Result<(), String> {
        self.add_read(part, Counts::of(part).as_ref())
    }

    /// The same of one whose counts were read before.
    pub(crate) fn add_read(
        &mut self,
        part: &Latency,
        counts: Option<&Counts>,
    ) -> Result<(), String> {
        let all = self.all.get_or_insert_with(histogram);
        let count = match counts.filter(|counts| counts.fit(all)) {
            Some(counts) => {
                counts.add_to(all);
                counts.total
            }
            // The library makes room where it takes more, once in many samples.
            None => {
                let histogram = decode(part)?;
                all.add(&histogram)
                    .map_err(|error| format!("histograms do not add up: {error}"))?;
                histogram.len()
            }
        };
        self.sum += part.mean_ns * count as f64;
        self.max = self.max.max(part.max_ns);
        Ok(())
    }

    /// What came together; `None` of nothing.
    #[must_use]
    pub fn state(&self) -> Option<Latency> {
        let all = self.all.as_ref().filter(|all| !all.is_empty())?;
        Some(state(all, self.sum / all.len() as f64, self.max))
    }
}

/// Quantile `permille` of `histogram`, ns, where at least ten orders lie
/// beyond it: fewer say nothing about a tail.
#[must_use]
pub fn stated(histogram: &Histogram<u64>, permille: u64) -> Option<u64> {
    is_stated(histogram.len(), permille).then(|| {
        histogram
            .value_at_quantile(permille as f64 / 1000.0)
            // A bucket's upper edge may lie above the greatest value.
            .min(histogram.max())
    })
}

/// Whether at least ten of `count` orders lie beyond quantile `permille`.
pub(super) fn is_stated(count: u64, permille: u64) -> bool {
    // Whole numbers: 100 · (1 - 0.9) is less than 10 in floating point.
    u128::from(count) * u128::from(1000 - permille.min(1000)) >= 10_000
}

fn state(histogram: &Histogram<u64>, mean_ns: f64, max_ns: u64) -> Latency {
    let quantile = |permille| stated(histogram, permille).map(|value| value.min(max_ns));
    Latency {
        mean_ns,
        p50_ns: quantile(500),
        p90_ns: quantile(900),
        p99_ns: quantile(990),
        p999_ns: quantile(999),
        max_ns,
        hdr: hdr::written(histogram),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_stated_where_ten_orders_lie_beyond() {
        let of = |n: u64| from_values((1..=n).map(|i| i * 1000)).unwrap();
        for (n, expected) in [
            (19, [false, false, false, false]),
            (20, [true, false, false, false]),
            (99, [true, false, false, false]),
            (100, [true, true, false, false]),
            (999, [true, true, false, false]),
            (1000, [true, true, true, false]),
            (9999, [true, true, true, false]),
            (10_000, [true, true, true, true]),
        ] {
            let latency = of(n);
            let stated = [
                latency.p50_ns,
                latency.p90_ns,
                latency.p99_ns,
                latency.p999_ns,
            ]
            .map(|q| q.is_some());
            assert_eq!(stated, expected, "{n} orders");
            assert_eq!(latency.max_ns, n * 1000);
        }
        assert_eq!(from_values([]), None);
    }

    #[test]
    fn too_few_become_enough_when_merged() {
        let parts: Vec<Latency> = (0..10)
            .filter_map(|round| from_values((0..100).map(|i| 1000 + round * 100 + i)))
            .collect();
        assert!(parts.iter().all(|part| part.p99_ns.is_none()));
        let all = merge(&parts).unwrap().unwrap();
        assert_eq!(all, from_values(1000..2000).unwrap());
        assert!(all.p99_ns.is_some());
        assert_eq!(merge([]), Ok(None));
    }

    #[test]
    fn broken_text_is_refused_with_a_line() {
        for hdr in ["", "not base64!", "AAAA", "HISTEwAA"] {
            let latency = Latency {
                hdr: hdr.into(),
                ..Latency::default()
            };
            let error = merge([&latency]).unwrap_err();
            assert!(error.starts_with("histogram is not"), "{error}");
        }
    }

    #[test]
    fn known_quantiles_are_stated_within_the_precision() {
        // As many values as an exponential distribution has between its own
        // quantiles, of a mean of 3 ms.
        let quantile = |q: f64| -(1.0 - q).ln() * 3e6;
        let count = 100_000;
        let values = (0..count).map(|i| quantile((f64::from(i) + 0.5) / f64::from(count)) as u64);
        let stated = from_values(values).unwrap();
        for (q, stated) in [
            (0.5, stated.p50_ns),
            (0.9, stated.p90_ns),
            (0.99, stated.p99_ns),
            (0.999, stated.p999_ns),
        ] {
            let error = stated.unwrap() as f64 / quantile(q) - 1.0;
            // Half a value's distance to the next is what the stream itself lacks.
            let step = quantile(q + 0.5 / f64::from(count)) / quantile(q) - 1.0;
            assert!(error.abs() <= 0.001 + step, "{q}: off by {error}");
        }
    }

    #[test]
    fn rows_of_before_are_read_and_merged() {
        // 1000 and 2000, twice each, in V2 that is not deflated.
        let old = Latency {
            hdr: "HISTEwAAAAYAAAAAAAAAAwAAAAAAAAABAAAAAAAAB/8/8AAAAAAAAM8PBM0PBA==".into(),
            mean_ns: 1500.0,
            max_ns: 2000,
            ..Latency::default()
        };
        let new = from_values([1000, 1000, 2000, 2000]).unwrap();
        assert_eq!(decode(&old).unwrap(), decode(&new).unwrap());
        let both = merge([&old, &new]).unwrap().unwrap();
        let together = from_values([1000, 2000].repeat(4)).unwrap();
        assert_eq!(decode(&both), decode(&together));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_a_thousandth(
            mut values in prop::collection::vec(prop_oneof![0u64..5000, 0u64..u64::MAX >> 4], 20..400),
        ) {
            let latency = from_values(values.iter().copied()).unwrap();
            values.sort_unstable();
            prop_assert_eq!(latency.max_ns, *values.last().unwrap());
            let truth = values[values.len().div_ceil(2) - 1] as f64;
            let got = latency.p50_ns.unwrap() as f64;
            prop_assert!((got - truth).abs() <= truth * 0.001 + 0.5, "{got} is not {truth}");
        }

        #[test]
        fn merging_is_recording_together(
            a in prop::collection::vec(0u64..10_000_000_000, 1..200),
            b in prop::collection::vec(0u64..10_000_000_000, 1..200),
        ) {
            let parts = [from_values(a.iter().copied()).unwrap(), from_values(b.iter().copied()).unwrap()];
            let merged = merge(&parts).unwrap().unwrap();
            let together = from_values(a.into_iter().chain(b)).unwrap();
            prop_assert!((merged.mean_ns / together.mean_ns - 1.0).abs() < 1e-9);
            prop_assert_eq!(decode(&merged).unwrap(), decode(&together).unwrap());
            // The text states a capacity, which depends on the way here.
            let numbers = |latency| Latency { mean_ns: 0.0, hdr: String::new(), ..latency };
            prop_assert_eq!(numbers(merged), numbers(together));
        }
    }

    proptest! {
        // Each adds histograms up in full.
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn merging_is_what_the_library_adds_up(
            parts in prop::collection::vec(
                prop::collection::vec(prop_oneof![0u64..5000, 0u64..1 << 40], 1..40), 1..12),
        ) {
            let parts: Vec<Latency> = parts.into_iter().filter_map(from_values).collect();
            let mut added = histogram();
            for part in &parts {
                added.add(decode(part).unwrap()).unwrap();
            }
            prop_assert_eq!(merge(&parts).unwrap().unwrap().hdr, hdr::written(&added));
        }
    }
}
