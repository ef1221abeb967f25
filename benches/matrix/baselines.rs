//! Figures of earlier runs, which criterion compares with the new ones without a look at
//! what they were measured of. Times of batches compare only where these are as long.

use std::path::{Path, PathBuf};

use bakeoff::base::error::{Error, Result};

/// One benchmark, as criterion knows it.
pub(crate) struct Benchmark {
    /// Its group.
    pub(crate) group: String,
    /// Its name there.
    pub(crate) function: String,
    /// Orders of an iteration; `None` where its value is not that of a batch.
    pub(crate) orders: Option<u64>,
}

impl Benchmark {
    /// Its whole name, which filters are held against.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.group, self.function)
    }

    /// Where criterion keeps its baseline of that name, in its own directory.
    fn kept(&self, home: &Path, baseline: &str) -> PathBuf {
        let safe = |name: &str| name.replace('/', "_");
        home.join(safe(&self.group))
            .join(safe(&self.function))
            .join(baseline)
    }

    /// Whether there is such a baseline of another number of orders; `None` where there
    /// is none, or where it does not tell.
    fn differs(&self, home: &Path, baseline: &str) -> Option<bool> {
        let text = std::fs::read(self.kept(home, baseline).join("benchmark.json")).ok()?;
        let kept: serde_json::Value = serde_json::from_slice(&text).ok()?;
        Some(
            kept.get("throughput")?
                .get("Elements")
                .and_then(serde_json::Value::as_u64)
                != self.orders,
        )
    }
}

/// That the baseline of that name is of as many orders, for each of these benchmarks.
///
/// # Errors
/// The first of which it is not.
pub(crate) fn require<'a>(
    benchmarks: impl Iterator<Item = &'a Benchmark>,
    home: &Path,
    baseline: &str,
) -> Result<()> {
    for benchmark in benchmarks {
        if benchmark.differs(home, baseline) == Some(true) {
            return Err(Error::Usage(format!(
                "--baseline {baseline}: that of {} is of another number of orders than now, so times do not compare; `cargo bench -- --save-baseline {baseline}` makes it anew",
                benchmark.name()
            )));
        }
    }
    Ok(())
}

/// Drops what criterion is about to write anew, and would first compare with, where it
/// is of another number of orders.
///
/// # Errors
/// What cannot be removed.
pub(crate) fn forget(benchmark: &Benchmark, home: &Path, baseline: &str) -> Result<()> {
    if benchmark.differs(home, baseline) == Some(true) {
        std::fs::remove_dir_all(benchmark.kept(home, baseline))?;
    }
    Ok(())
}
