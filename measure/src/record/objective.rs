//! What a service promises of its response times, as in `p99=20ms`.

use std::fmt;
use std::str::FromStr;

use super::quantity::Percentile;
use super::row::Row;
use crate::workload::spread::quantity;

/// An objective for response times, as in `p99=20ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Which response time.
    pub percentile: Percentile,
    /// What it may be at most, ns.
    pub limit_ns: u64,
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage = |why: &str| format!("{why}, as in p99=20ms");
        let (name, limit) = text
            .split_once('=')
            .ok_or_else(|| usage("a quantile and a limit are needed"))?;
        let mut known = Percentile::ALL.into_iter();
        let percentile = known.find(|known| known.name() == name.trim());
        let percentile =
            percentile.ok_or_else(|| usage("the quantile is p50, p90, p99 or p999"))?;
        let limit_ns = quantity(limit).map_err(|why| usage(&why))?;
        if limit_ns < 1000 {
            return Err(usage("the limit is a time of at least 1us"));
        }
        Ok(Objective {
            percentile,
            limit_ns,
        })
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = match self.limit_ns {
            ns if ns % 1_000_000_000 == 0 => format!("{}s", ns / 1_000_000_000),
            ns if ns % 1_000_000 == 0 => format!("{}ms", ns / 1_000_000),
            ns if ns % 1000 == 0 => format!("{}us", ns / 1000),
            ns => format!("{ns}ns"),
        };
        write!(f, "{}={limit}", self.name())
    }
}

impl Objective {
    /// The quantile's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.percentile.name()
    }

    /// Orders that a sample needs for the quantile to be stated: ten beyond it,
    /// and a tenth more, because a slow one may be a bad moment's.
    #[must_use]
    pub fn orders(&self) -> u64 {
        (11.0 / self.percentile.beyond()).ceil() as u64
    }
}

/// The parameter in a row's `set` that names its objective.
pub const OBJECTIVE: &str = "slo";

/// Whether the row is an answer in a search for a capacity; such rows compare
/// in tables of capacities alone.
#[must_use]
pub fn searched(row: &Row) -> bool {
    row.set.contains_key(OBJECTIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_read_or_refused() {
        let read: Objective = " p99 = 20ms".parse().unwrap();
        assert_eq!((read.name(), read.limit_ns), ("p99", 20_000_000));
        assert_eq!(read.orders(), 1100);
        for text in ["p50=2s", "p999=1500us", "p90=1234567ns"] {
            let objective: Objective = text.parse().unwrap();
            assert_eq!(
                objective.to_string().parse::<Objective>().unwrap(),
                objective
            );
        }
        for bad in [
            "", "p99", "p98=1ms", "p99=", "p99=fast", "p99=-1ms", "p99=1ns", "99=1ms",
        ] {
            let why = bad.parse::<Objective>().unwrap_err();
            assert!(why.contains("p99=20ms"), "{bad}: {why}");
        }
    }
}
