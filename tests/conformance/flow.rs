//! Orders come and go as they should: each once, each with the right answer.

use bakeoff::workload::bakery::Bakery;
use bakeoff::workload::{Plan, Workload, World};

use crate::conformance::bench::{holds, holds_with, lab, open};
use crate::conformance::cell::cell;
use crate::conformance::exceptions::asked;

const CAKES: [&str; 9] = [
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

pub(crate) fn bakes_every_cake_once_and_right(model: &str) {
    holds("bakery", model, &CAKES);
    holds(
        "bakery",
        model,
        &[
            "orders=20",
            "concurrency=4",
            "style=stand-by",
            "ovens=2",
            "bake_wait=500us",
        ],
    );
}

pub(crate) fn fetches_every_page_once_and_right(model: &str) {
    let pages = [
        "orders=64",
        "concurrency=8",
        "delay=log-normal:500us,1,5ms",
        "size=uniform:0,40kB",
    ];
    let row = holds("fetch", model, &pages);
    let ledger = row.ledger.unwrap();
    assert_eq!((ledger.requests, ledger.distinct), (row.orders, row.orders));
    if cfg!(feature = "client-reqwest") && asked(model, "reqwest") {
        holds_with("fetch", model, "reqwest", &pages);
    }
}

pub(crate) fn every_method_is_answered_right(model: &str) {
    for method in ["HEAD", "PUT", "DELETE", "POST"] {
        let method = format!("method={method}");
        holds("fetch", model, &["orders=10", "concurrency=4", &method]);
        if cfg!(feature = "client-reqwest") && asked(model, "reqwest") {
            holds_with(
                "fetch",
                model,
                "reqwest",
                &["orders=10", "concurrency=4", &method],
            );
        }
    }
}

pub(crate) fn hands_on_in_order_and_at_a_shared_rate(model: &str) {
    let delay = "delay=log-normal:500us,1,5ms";
    holds(
        "fetch",
        model,
        &["orders=40", "concurrency=8", delay, "delivery=in-order"],
    );
    let row = holds(
        "fetch",
        model,
        &["orders=40", "concurrency=8", "arrivals=shared", "rate=2000"],
    );
    // The last order may not start before its time: a least, not a most.
    let last_start = (row.orders - 1) * 500_000;
    assert!(row.wall_ns.unwrap() >= last_start, "{model} was impolite");
}

pub(crate) fn carries_a_payload_to_every_order(model: &str) {
    // Without iterations the answer is the index, which any model has at hand.
    for iterations in ["iterations=0", "iterations=100"] {
        holds(
            "nothing",
            model,
            &["orders=40", "concurrency=4", "payload=100000", iterations],
        );
    }
}

/// The check of answers can fail: a wrong one does not pass for right.
#[test]
fn a_wrong_answer_would_be_seen() {
    let spec = cell("bakery", "sequential", "none", &CAKES);
    let bakery = Bakery::new(&spec.scenario.params, &World::default()).unwrap();
    let other = cell(
        "bakery",
        "sequential",
        "none",
        &["orders=40", "mix_cpu=501"],
    );
    let other = Bakery::new(&other.scenario.params, &World::default()).unwrap();
    assert_ne!(bakery.expected(1, 40), other.expected(1, 40));
    assert_ne!(bakery.expected(1, 40), bakery.expected(2, 40));
}

/// A share of the orders is checked as what it is.
#[test]
fn a_model_that_runs_a_share_says_so() {
    let mut lab = lab();
    let mut sequential = open(&mut lab, "bakery", "sequential", &CAKES);
    let row = sequential.sample(&mut lab, 1, 0, 0);
    assert_eq!((row.error, row.orders, row.concurrency), (None, 5, 8));
}

pub(crate) fn computes_orders_of_all_sizes(model: &str) {
    let row = holds(
        "compute",
        model,
        &["orders=60", "concurrency=4", "cpu=pareto:100,1.0,50000"],
    );
    assert!(row.bound_ns.is_some_and(|bound| bound > 0), "{model}");
}
