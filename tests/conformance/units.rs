//! Units: as many in flight as were asked for, on the threads declared.

use bakeoff::base::seed::SEED;
use bakeoff::model::Shape;
use bakeoff::record::flag::Flag;

use crate::conformance::bench::{lab, open};

const CONCURRENCY: u64 = 6;

pub(crate) fn reaches_its_concurrency_and_never_exceeds_it(model: &str) {
    let mut lab = lab();
    let meta = bakeoff::registry::model(model).unwrap();
    // What the shape allows of it, told by the runner.
    let concurrency = format!("concurrency={CONCURRENCY}");
    let limit = {
        let cell = open(&mut lab, "fetch", model, &[&concurrency, "orders=60"]);
        let limit = cell.runner().unwrap().ready().in_flight.min(CONCURRENCY);
        cell.close().unwrap();
        limit
    };
    if meta.shape != Shape::Bounded && model != "sequential" {
        assert_eq!(
            limit, CONCURRENCY,
            "{model} declares less than it was asked for"
        );
    }
    // The server answers nobody until `limit` requests are in: a model that
    // reaches fewer falls silent, and the watchdog ends it.
    let hold = format!("hold={limit}");
    let orders = format!("orders={}", 60 * limit);
    let mut cell = open(&mut lab, "fetch", model, &[&concurrency, &orders, &hold]);
    let (row, measured) = cell.measure(&mut lab, SEED, 0, 0);
    assert_eq!(row.error, None, "{model}");
    assert_eq!(row.ledger.unwrap().peak_in_flight, Some(limit), "{model}");
    assert!(measured.unwrap().peak_in_service <= CONCURRENCY, "{model}");
}

pub(crate) fn owns_the_declared_threads_and_no_others(model: &str) {
    let mut lab = lab();
    for workload in ["bakery", "fetch"] {
        let mut cell = open(&mut lab, workload, model, &["orders=60", "concurrency=6"]);
        let row = cell.sample(&mut lab, SEED, 0, 0);
        assert_eq!(row.error, None, "{model}");
        let ready = cell.runner().unwrap().ready().clone();
        // A unit per order comes and goes with it: at the gate there is none.
        let declared = ready.threads.or(Some(1));
        assert_eq!(row.threads, declared, "{model} on {workload}");
        assert_eq!(
            row.processes,
            ready.processes.or(Some(1)),
            "{model} on {workload}"
        );
        assert!(!row.flagged(Flag::HiddenThread));
    }
}

/// reqwest brings threads along; they are counted, and said.
#[cfg(all(feature = "client-reqwest", feature = "smol"))]
#[test]
fn the_hidden_runtime_of_reqwest_is_seen() {
    let mut lab = lab();
    let seen = |lab: &mut bakeoff::lab::Lab, client| {
        let mut cell = lab
            .open(&crate::conformance::cell::cell(
                "fetch",
                "smol",
                client,
                &["orders=60", "concurrency=6"],
            ))
            .unwrap();
        // The first sample starts the client; the second stands at the gate with it.
        let first = cell.sample(lab, SEED, 0, 0);
        assert_eq!(first.error, None);
        cell.sample(lab, SEED, 0, 0).threads.unwrap()
    };
    assert!(seen(&mut lab, "reqwest") > seen(&mut lab, "wire"));
}
