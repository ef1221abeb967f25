//! An HdrHistogram interval log, format 1.3: for HdrHistogram's own tools in any
//! language. Who wants another quantile, or several cells merged, gets it there.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use super::cell::{name, several_runs};
use crate::record::latency;
use crate::record::row::{Latency, Row};

/// The format's version, where readers look for it.
const FORMAT: &str = "[Histogram log format version 1.3]";

const LEGEND: &str =
    "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"";

/// Values are nanoseconds; the greatest of an interval stands before its
/// histogram in milliseconds, as in the logs of other writers.
const MAX_DIVISOR: f64 = 1e6;

/// Writes one interval for each distribution of times of each row that did not
/// fail. Rows keep no time of day: intervals follow one another as rows do, each as
/// long as its sample's clock ran, from `began` on.
///
/// # Errors
/// Those of `out`, and of a histogram that cannot be read, which
/// [`rows::read`](crate::record::rows::read) finds before.
pub fn write(rows: &[Row], began: Option<SystemTime>, mut out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let mut head = IntervalLogWriterBuilder::new();
    head.add_comment("[Logged with bakeoff, times in ns]");
    head.add_comment(FORMAT);
    if let Some(began) = began {
        // Without a base time: the log's times are from its start then, in
        // readers that know none too.
        head.with_start_time(began);
    }
    head.begin_log_with(&mut out, &mut serializer)?;
    writeln!(out, "{LEGEND}")?;
    let mut log = IntervalLogWriterBuilder::new()
        .with_max_value_divisor(MAX_DIVISOR)
        .begin_log_with(&mut out, &mut serializer)?;
    let several = several_runs(rows);
    let mut start = Duration::ZERO;
    for row in rows {
        let length = Duration::from_nanos(row.wall_ns.unwrap_or(0));
        for (kind, times) in distributions(row) {
            let histogram = latency::decode(times).map_err(io::Error::other)?;
            let tag = escaped(&format!("{}:{kind}", name(row, several)));
            log.write_histogram(&histogram, start, length, Tag::new(&tag))
                .map_err(|error| io::Error::other(error.to_string()))?;
        }
        start += length;
    }
    Ok(())
}

/// How many intervals `rows` have.
#[must_use]
pub fn intervals(rows: &[Row]) -> usize {
    rows.iter().map(|row| distributions(row).count()).sum()
}

/// The times of a row that did not fail, each with its name.
fn distributions(row: &Row) -> impl Iterator<Item = (&'static str, &Latency)> {
    [("service", &row.service), ("response", &row.response)]
        .into_iter()
        .filter(|_| row.error.is_none())
        .filter_map(|(kind, times)| Some((kind, times.as_ref()?)))
}

/// A tag ends at a comma or space, and the format has no escape for them: they
/// become what they are in an address (RFC 3986).
fn escaped(tag: &str) -> String {
    tag.replace('%', "%25")
        .replace(',', "%2C")
        .replace(' ', "%20")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
