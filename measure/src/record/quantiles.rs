//! A distribution that is asked for many quantiles, as a curve is. The library goes over
//! all counts that there could be for each, some ten thousand; here those that there are
//! are added up once.

use super::latency;
use super::row::Latency;
use super::sparse::{Counts, greatest, value};

/// Where the values of a distribution lie, ns.
#[derive(Debug)]
pub struct Quantiles {
    /// For each bucket that counted any, by ascending value: how many values lie in it or
    /// below, and the greatest value that it counts.
    upto: Vec<(u64, u64)>,
    /// The least value of the first bucket.
    min: u64,
}

impl Quantiles {
    /// Those of one distribution.
    ///
    /// # Errors
    /// A line on what is wrong with its text.
    pub fn of(times: &Latency) -> Result<Self, String> {
        match Counts::of(times) {
            Some(counts) => Ok(Self::added(&counts)),
            // What only the library reads.
            None => {
                let all = latency::decode(times)?;
                let recorded = all.iter_recorded();
                let mut sum = 0u64;
                let upto = recorded.map(|of| {
                    sum = sum.saturating_add(of.count_at_value());
                    (sum, of.value_iterated_to())
                });
                Ok(Quantiles {
                    upto: upto.collect(),
                    min: all.min(),
                })
            }
        }
    }

    fn added(counts: &Counts) -> Self {
        let mut sum = 0u64;
        let upto = counts.all().map(|(place, count)| {
            sum = sum.saturating_add(count);
            (sum, greatest(place))
        });
        Quantiles {
            upto: upto.collect(),
            min: counts.all().next().map_or(0, |(place, _)| value(place)),
        }
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.upto.last().map_or(0, |(count, _)| *count)
    }

    /// The least value, ns, to the precision of a bucket; 0 of none.
    #[must_use]
    pub fn min(&self) -> u64 {
        self.min
    }

    /// The least value, ns, to the precision of a bucket, that this part of all, from 0
    /// to 1, is not above: of none of them the least of all. 0 where there is none.
    #[must_use]
    pub fn at(&self, quantile: f64) -> u64 {
        if quantile <= 0.0 {
            return self.min;
        }
        // As the library rounds.
        let due = (quantile.min(1.0) * self.count() as f64).ceil() as u64;
        let first = self.upto.partition_point(|(count, _)| *count < due.max(1));
        self.upto.get(first).map_or(0, |(_, value)| *value)
    }

    /// Quantile `permille`, ns, where at least ten values lie beyond it.
    #[must_use]
    pub fn stated(&self, permille: u64) -> Option<u64> {
        latency::is_stated(self.count(), permille).then(|| self.at(permille as f64 / 1000.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 1000 and 2000, twice each, in V2 that is not deflated and of two digits more than
    /// rows have.
    fn of_the_library_alone() -> Latency {
        use base64::Engine as _;
        use hdrhistogram::serialization::{Serializer as _, V2Serializer};
        let mut all = hdrhistogram::Histogram::<u64>::new(5).unwrap();
        for value in [1000, 1000, 2000, 2000] {
            all.record(value).unwrap();
        }
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&all, &mut bytes).unwrap();
        Latency {
            hdr: base64::engine::general_purpose::STANDARD.encode(bytes),
            ..Latency::default()
        }
    }

    #[test]
    fn what_the_library_alone_reads_has_quantiles_too() {
        let times = of_the_library_alone();
        assert!(Counts::of(&times).is_none());
        let all = Quantiles::of(&times).unwrap();
        assert_eq!((all.count(), all.min()), (4, 1000));
        assert_eq!(
            [0.1, 0.5, 0.51, 1.0].map(|q| all.at(q)),
            [1000, 1000, 2000, 2000]
        );
        let broken = Latency::default();
        assert!(
            Quantiles::of(&broken)
                .unwrap_err()
                .starts_with("histogram is not")
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn quantiles_are_the_librarys(
            values in prop::collection::vec(prop_oneof![0u64..5000, 0u64..1 << 50], 1..200),
            asked in prop::collection::vec(1e-6f64..=1.0, 1..20),
        ) {
            let times = latency::from_values(values).unwrap();
            let (own, library) = (Quantiles::of(&times).unwrap(), latency::decode(&times).unwrap());
            prop_assert_eq!((own.count(), own.min()), (library.len(), library.min()));
            for q in asked.into_iter().chain([0.0, 1.0]) {
                prop_assert_eq!(own.at(q), library.value_at_quantile(q).min(library.max()));
            }
            for permille in [500, 900, 990, 999] {
                prop_assert_eq!(own.stated(permille), latency::stated(&library, permille));
            }
        }
    }
}
