//! Orders that sleep: each wakes once, never before its time, and how late is known of
//! every one of them.

use bakeoff::record::latency;
use bakeoff::record::row::Row;

use crate::conformance::bench::holds;

const SLEEPS: [&str; 3] = [
    "orders=concurrency",
    "concurrency=24",
    "wait=uniform:100us,3ms",
];

fn late(row: &Row) -> u64 {
    let lag = row.lag.as_ref().expect("sleeps have a lag");
    latency::decode(lag).unwrap().len()
}

pub(crate) fn wakes_everybody_once_and_not_too_early(model: &str) {
    let row = holds("sleepers", model, &SLEEPS);
    assert_eq!(late(&row), row.orders, "{model}");
    // It is what is over of the service times.
    let (service, lag) = (row.service.unwrap(), row.lag.unwrap());
    assert!(lag.mean_ns < service.mean_ns && lag.max_ns < service.max_ns);
    if cfg!(target_os = "linux") {
        assert!(row.page_table_bytes.is_some_and(|bytes| bytes > 0));
    }
}
