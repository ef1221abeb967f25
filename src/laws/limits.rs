//! No more at once than may be, as many as may be, and a word on what goes wrong.

use std::collections::BTreeMap;

use super::bench::require;
use super::{Breach, Held, Subject};
use crate::workload::Hold;
use crate::workload::bakery::NAMES;

/// How many orders may be in flight where that is asked about.
const CONCURRENCY: u64 = 6;

pub(super) fn cakes(subject: &Subject) -> Held {
    // So long that a unit for each order can be made meanwhile, a process even.
    let cakes = ["orders=60", "concurrency=6", "bake_wait=30ms"];
    let served = subject.serves("bakery", &cakes)?;
    let (due, peak) = (
        served.in_flight.min(CONCURRENCY),
        served.measured.peak_in_service,
    );
    require(peak == due, || {
        format!("{peak} were in the making at once, where {due} may be")
    })
}

pub(super) fn requests(subject: &Subject) -> Held {
    let mut lab = subject.lab();
    let concurrency = format!("concurrency={CONCURRENCY}");
    let open = subject.open(&mut lab, "fetch", &[&concurrency, "orders=60"])?;
    let limit = open.runner().map_or(1, |runner| runner.ready().in_flight);
    let limit = limit.min(CONCURRENCY);
    open.close()?;
    // The server answers nobody until `limit` requests are in: a model that reaches
    // fewer falls silent, and is ended.
    let hold = format!("hold={limit}");
    let orders = format!("orders={}", 60 * limit);
    let row = subject
        .serves("fetch", &[&concurrency, &orders, &hold])?
        .row;
    let peak = row.ledger.and_then(|ledger| ledger.peak_in_flight);
    require(peak == Some(limit), || {
        format!(
            "the server had {} requests at once, where {limit} may be",
            peak.unwrap_or(0)
        )
    })
}

/// Most stays at once, by station.
#[must_use]
pub fn peaks(holds: &[Hold]) -> BTreeMap<usize, i64> {
    let mut events: Vec<(usize, u64, i64)> = Vec::new();
    for hold in holds {
        events.push((hold.station, hold.from, 1));
        events.push((hold.station, hold.to, -1));
    }
    // At equal times the leaving comes first.
    events.sort_unstable();
    let mut peaks = BTreeMap::new();
    let (mut station, mut now) = (usize::MAX, 0);
    for (at, _, change) in events {
        if at != station {
            (station, now) = (at, 0);
        }
        now += change;
        let peak = peaks.entry(at).or_insert(0);
        *peak = now.max(*peak);
    }
    peaks
}

pub(super) fn stations(subject: &Subject) -> Held {
    let jumping = [
        "orders=120",
        "concurrency=12",
        "style=jump",
        "bakers=5",
        "mixers=2",
        "ovens=3",
        "tables=2",
        "mix_wait=200us",
        "bake_wait=600us",
        "frosting_wait=100us",
        "frost_wait=200us",
    ];
    let mut standing = jumping.to_vec();
    standing.retain(|text| !text.starts_with("style") && !text.starts_with("bakers"));
    // Whoever does not jump may stand by.
    let served = match subject.serves("bakery", &jumping) {
        Err(Breach::NotOffered(_)) => subject.serves("bakery", &standing)?,
        served => served?,
    };
    let (holds, orders) = (&served.measured.holds, served.row.orders);
    let count = |station| holds.iter().filter(|hold| hold.station == station).count() as u64;
    // Every cake was mixed and baked once; frosting and the cake were frosted at a table
    // each: nothing went untraced.
    let (found, due) = ([count(1), count(2), count(3)], [orders, orders, 2 * orders]);
    require(found == due, || {
        format!("stays at mixers, ovens and tables: {found:?} where {due:?} are due")
    })?;
    require(holds.iter().all(|hold| hold.from <= hold.to), || {
        "a stay ends before it begins".into()
    })?;
    for (station, peak) in peaks(holds) {
        let Some(places) = [5, 2, 3, 2].get(station) else {
            return require(false, || format!("a station {station}, which there is not"));
        };
        require(peak <= *places, || {
            format!("{peak} at {places} {}", NAMES[station])
        })?;
    }
    // And lines did form, or the law was not put to the test.
    let full = peaks(holds).get(&1) == Some(&2);
    require(orders < 120 || served.in_flight < 12 || full, || {
        "the mixers were never full".into()
    })
}

pub(super) fn hosts_cap(subject: &Subject) -> Held {
    let params = [
        "orders=48",
        "concurrency=12",
        "hosts=1",
        "cap_per_host=3",
        "connection=per-order",
        "delay=1ms",
    ];
    let row = subject.serves("fetch", &params)?.row;
    let orders = row.orders;
    let ledger = row.ledger.unwrap_or_default();
    let peak = ledger.peak_in_flight.unwrap_or(u64::MAX);
    require(peak <= 3, || {
        format!("{peak} requests at once, where 3 may be")
    })?;
    let connections = ledger.connections.unwrap_or(0);
    require(connections == orders, || {
        format!("{connections} connections for {orders} orders, each of which has its own")
    })
}

pub(super) fn status(subject: &Subject) -> Held {
    failing(subject, "fault=status500:20")
}

pub(super) fn reset(subject: &Subject) -> Held {
    failing(subject, "fault=reset:20")
}

pub(super) fn truncated(subject: &Subject) -> Held {
    failing(subject, "fault=truncate:20")
}

fn failing(subject: &Subject, fault: &str) -> Held {
    subject.fails(
        "fetch",
        &["orders=400", "concurrency=4", "size=20000", fault],
    )
}

pub(super) fn timeout(subject: &Subject) -> Held {
    subject.serves("fetch", &["orders=40", "concurrency=4", "fault=drip:20"])?;
    let params = [
        "orders=400",
        "concurrency=4",
        "fault=silence:20",
        "timeout=200ms",
    ];
    subject.fails("fetch", &params)
}
