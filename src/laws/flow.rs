//! Orders come and go as they should: each once, each with the right answer.

use super::bench::require;
use super::{Held, Subject};
use crate::record::latency;

pub(super) fn stand_by(subject: &Subject) -> Held {
    let cakes = [
        "orders=40",
        "concurrency=8",
        "mix_cpu=500",
        "bake_wait=1ms",
        "frost_cpu=50",
    ];
    subject.serves("bakery", &cakes).map(drop)
}

pub(super) fn jump(subject: &Subject) -> Held {
    let cakes = [
        "orders=40",
        "concurrency=8",
        "style=jump",
        "bakers=4",
        "mixers=2",
        "mix_cpu=500",
        "mix_wait=200us",
        "bake_wait=1ms",
        "frosting_cpu=500",
    ];
    subject.serves("bakery", &cakes).map(drop)
}

pub(super) fn pages(subject: &Subject) -> Held {
    let pages = [
        "orders=64",
        "concurrency=8",
        "delay=log-normal:500us,1,5ms",
        "size=uniform:0,40kB",
    ];
    let served = subject.serves("fetch", &pages)?;
    // The ledger was held against what is due; that there is one is what is left.
    require(served.row.ledger.is_some(), || {
        "the server counted nothing".into()
    })
}

pub(super) fn payload(subject: &Subject) -> Held {
    // Without iterations the answer is the index, which any model has at hand.
    for iterations in ["iterations=0", "iterations=100"] {
        let orders = ["orders=40", "concurrency=4", "payload=100000", iterations];
        subject.serves("nothing", &orders)?;
    }
    Ok(())
}

pub(super) fn cakes_in_order(subject: &Subject) -> Held {
    let cakes = [
        "orders=40",
        "concurrency=8",
        "bake_wait=uniform:100us,2ms",
        "delivery=in-order",
    ];
    subject.serves("bakery", &cakes).map(drop)
}

pub(super) fn pages_in_order(subject: &Subject) -> Held {
    let delay = "delay=log-normal:500us,1,5ms";
    let pages = ["orders=40", "concurrency=8", delay, "delivery=in-order"];
    subject.serves("fetch", &pages).map(drop)
}

pub(super) fn shared_rate(subject: &Subject) -> Held {
    let pages = ["orders=40", "concurrency=8", "arrivals=shared", "rate=2000"];
    let row = subject.serves("fetch", &pages)?.row;
    // The last order may not start before its time: a least, not a most.
    let last_start = (row.orders - 1) * 500_000;
    let wall = row.wall_ns.unwrap_or(0);
    require(wall >= last_start, || {
        format!("it was done after {wall} ns, and the last order was due at {last_start} ns")
    })
}

pub(super) fn open_loop(subject: &Subject) -> Held {
    for schedule in [
        &["arrivals=constant", "rate=2000"][..],
        &["arrivals=poisson", "rate=2000"],
        &["arrivals=burst", "burst=20", "rate=2000"],
    ] {
        let params = [&["orders=60", "concurrency=8", "delay=500us"], schedule].concat();
        let served = subject.serves("fetch", &params)?;
        let row = served.row;
        let planned = served.measured.planned_ns.unwrap_or(0);
        let wall = row.wall_ns.unwrap_or(0);
        require(planned > 0 && wall >= planned, || {
            format!(
                "{schedule:?}: it was done after {wall} ns, and the last order came at {planned} ns"
            )
        })?;
        let (Some(response), Some(lateness)) = (&row.response, &row.pacer_lateness) else {
            return require(false, || format!("{schedule:?}: no response times"));
        };
        let service = row.service.as_ref().map_or(0.0, |service| service.mean_ns);
        // Each started after it was handed over, and that after it was planned.
        let waited = response.mean_ns - service;
        require(waited + 1.0 >= lateness.mean_ns, || {
            format!(
                "{schedule:?}: orders waited {waited} ns, and the pacer was {} ns late",
                lateness.mean_ns
            )
        })?;
        let held = latency::decode(lateness).map_or(0, |all| all.len());
        require(held == row.orders, || {
            format!("{schedule:?}: lateness of {held} of {} orders", row.orders)
        })?;
    }
    Ok(())
}
