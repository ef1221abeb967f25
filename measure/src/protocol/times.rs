//! Distributions of times as programs tell them: as a histogram in HdrHistogram's own
//! form, or as values with their counts, for those that have no library for it.

use serde::{Deserialize, Deserializer, de};

use crate::record::latency;
use crate::record::row::Latency;

/// Most values with a count: three significant digits of every time up to an hour are
/// about 10,000.
const MOST: usize = 20_000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    mean_ns: f64,
    p50_ns: Option<u64>,
    p90_ns: Option<u64>,
    p99_ns: Option<u64>,
    p999_ns: Option<u64>,
    max_ns: u64,
    hdr: Option<String>,
    counts: Option<Vec<(u64, u64)>>,
}

impl Told {
    fn read(self) -> Result<Latency, String> {
        let Some(counts) = self.counts else {
            return Ok(Latency {
                mean_ns: self.mean_ns,
                p50_ns: self.p50_ns,
                p90_ns: self.p90_ns,
                p99_ns: self.p99_ns,
                p999_ns: self.p999_ns,
                max_ns: self.max_ns,
                hdr: self.hdr.unwrap_or_default(),
            });
        };
        if counts.len() > MOST {
            return Err(format!("more than {MOST} pairs in 'counts'"));
        }
        let exact = (self.mean_ns, self.max_ns);
        latency::from_counts(&counts, exact).ok_or_else(|| {
            "'counts' must be of at least one value, ascending, none above 'max_ns'".to_owned()
        })
    }
}

pub(super) fn always<'de, D: Deserializer<'de>>(from: D) -> Result<Latency, D::Error> {
    Told::deserialize(from)?.read().map_err(de::Error::custom)
}

pub(super) fn perhaps<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Latency>, D::Error> {
    let told = Option::<Told>::deserialize(from)?;
    told.map(Told::read).transpose().map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use crate::protocol::Measured;
    use crate::record::latency;

    fn measured(times: &str) -> Result<Measured, String> {
        serde_json::from_str(times).map_err(|error| error.to_string())
    }

    #[test]
    fn counts_are_as_good_as_a_histogram() {
        let values = (1..=2000u64).map(|n| n * 1000);
        let own = latency::from_values(values.clone()).unwrap();
        let counts: Vec<[u64; 2]> = values.map(|value| [value, 1]).collect();
        let text = serde_json::json!({
            "service": {"mean_ns": own.mean_ns, "max_ns": own.max_ns, "counts": counts},
            "response": {"mean_ns": 5.0, "p50_ns": 5, "max_ns": 5, "hdr": "kept"},
        });
        let read = measured(&text.to_string()).unwrap();
        assert_eq!(read.service, own);
        assert_eq!(read.response.unwrap().hdr, "kept");
        assert_eq!(read.pacer_lateness, None);
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        for counts in ["[]", "[[5,0]]", "[[7,1],[5,1]]", "[[11,1]]"] {
            let text = format!(r#"{{"service":{{"mean_ns":5.0,"max_ns":10,"counts":{counts}}}}}"#);
            assert!(measured(&text).is_err(), "{counts}");
        }
    }
}
