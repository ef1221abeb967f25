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
    let overshoot = row.overshoot.as_ref().expect("sleeps have a lateness");
    latency::decode(overshoot).unwrap().len()
}

pub(crate) fn wakes_everybody_once_and_not_too_early(model: &str) {
    let row = holds("sleepers", model, &SLEEPS);
    assert_eq!(late(&row), row.orders, "{model}");
    // The lateness is what is over of the service times.
    let (service, overshoot) = (row.service.unwrap(), row.overshoot.unwrap());
    assert!(overshoot.mean_ns < service.mean_ns && overshoot.max_ns < service.max_ns);
    if cfg!(target_os = "linux") {
        assert!(row.page_table_bytes.is_some_and(|bytes| bytes > 0));
    }
}
