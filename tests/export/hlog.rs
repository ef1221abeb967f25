//! HdrHistogram's interval log, read by the crate of that name.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use bakeoff::record::latency;
use bakeoff::record::row::Row;
use bakeoff::report::export::hlog;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::run::{every, run};
use crate::written;

pub(crate) struct Interval {
    tag: String,
    start: Duration,
    length: Duration,
    max: f64,
    histogram: Histogram<u64>,
}

/// When the log says that it began, and all that it holds.
pub(crate) fn intervals(log: &str) -> (Option<Duration>, Vec<Interval>) {
    let (mut began, mut found) = (None, Vec::new());
    for entry in IntervalLogIterator::new(log.as_bytes()) {
        match entry.unwrap() {
            LogEntry::StartTime(at) => began = Some(at),
            LogEntry::BaseTime(_) => panic!("readers differ in what a base time means"),
            LogEntry::Interval(interval) => {
                let bytes = STANDARD.decode(interval.encoded_histogram()).unwrap();
                found.push(Interval {
                    tag: interval.tag().unwrap().as_str().to_owned(),
                    start: interval.start_timestamp(),
                    length: interval.duration(),
                    max: interval.max(),
                    histogram: Deserializer::new()
                        .deserialize(&mut bytes.as_slice())
                        .unwrap(),
                });
            }
        }
    }
    (began, found)
}

#[test]
fn a_log_has_an_interval_for_the_times_of_each_row() {
    for rows in every() {
        let (began, found) = intervals(&written(|out| hlog::write(&rows, None, out)));
        assert_eq!(began, None);
        let mut found = found.into_iter();
        let mut clock = 0;
        for row in &rows {
            let wall = row.wall_ns.unwrap_or(0);
            for (kind, times) in [("service", &row.service), ("response", &row.response)] {
                let Some(times) = times else { continue };
                let interval = found.next().unwrap();
                assert!(interval.tag.starts_with(&row.cell), "{}", interval.tag);
                assert!(
                    interval.tag.ends_with(&format!(":{kind}")),
                    "{}",
                    interval.tag
                );
                assert_eq!(interval.histogram, latency::decode(times).unwrap());
                let off = |at: Duration, ns: u64| at.abs_diff(Duration::from_nanos(ns));
                let half = Duration::from_micros(500);
                assert!(off(interval.start, clock) <= half, "{:?}", interval.start);
                assert!(off(interval.length, wall) <= half, "{:?}", interval.length);
                let max = times.max_ns as f64 / 1e6;
                // A bucket's edge, told in milliseconds with three decimals.
                assert!(
                    (interval.max - max).abs() <= 0.001 * max + 0.0005,
                    "{} is not {max}",
                    interval.max
                );
            }
            clock += wall;
        }
        assert!(found.next().is_none());
        assert_eq!(hlog::intervals(&rows), intervals_in(&rows));
    }
}

fn intervals_in(rows: &[Row]) -> usize {
    let times =
        |row: &Row| usize::from(row.service.is_some()) + usize::from(row.response.is_some());
    rows.iter().map(times).sum()
}

#[test]
fn a_log_begins_with_its_format_its_start_and_a_legend() {
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_793_000_000);
    let log = written(|out| hlog::write(&run()[..1], Some(began), out));
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines[1..4],
        [
            "#[Histogram log format version 1.3]",
            "#[StartTime: 1793000000.000 (seconds since epoch)]",
            "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"",
        ]
    );
    let intervals: Vec<&&str> = lines
        .iter()
        .filter(|line| line.starts_with("Tag="))
        .collect();
    // The cookie of V2, compressed.
    let [line] = intervals[..] else {
        panic!("{log}")
    };
    assert!(
        line.starts_with("Tag=bakery/rush/smol:service,0.000,"),
        "{line}"
    );
    assert!(line.contains(",HISTFAAA"), "{line}");
}

#[test]
fn tags_hold_nothing_that_ends_them() {
    let (_, found) = intervals(&written(|out| hlog::write(&run(), None, out)));
    let tags: BTreeSet<&str> = found.iter().map(|interval| interval.tag.as_str()).collect();
    assert_eq!(
        tags,
        BTreeSet::from([
            "bakery/arrivals/tokio-mt:response",
            "bakery/arrivals/tokio-mt:service",
            "bakery/rush/smol:service",
            "bakery/rush/tokio-mt[bake=uniform:1ms%2C%202ms;orders=100;shipped;v2]:service",
        ])
    );
}
