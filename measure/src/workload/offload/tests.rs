use super::*;
use crate::base::error::Error;
use crate::kit::capability::Capability;
use crate::workload::{Limits, Plan};

fn offload(sets: &[&str]) -> Result<Offload> {
    let mut params = Params {
        name: "offload/test".into(),
        ..Params::default()
    };
    for text in sets {
        params.set(text).unwrap();
    }
    Offload::new(&params, &World::default())
}

fn bound(sets: &[&str], orders: u64, concurrency: usize) -> u64 {
    let limits = Limits {
        concurrency,
        cpus: 2,
        ns_per_iteration: 2.0,
        period_ns: 0.0,
    };
    offload(sets).unwrap().bound_ns(1, orders, &limits)
}

#[test]
fn one_order_in_so_many_makes_a_call() {
    let some = offload(&["every=3", "call_cpu=100"]).unwrap();
    let calls = |index| some.call(Order { seed: 1, index }).is_some();
    let made: Vec<u64> = (0..8).filter(|&index| calls(index)).collect();
    assert_eq!(made, [0, 3, 6]);
    // What a call computes is in its answer, and others answer as if there were none.
    let light = offload(&["every=3", "call_cpu=0"]).unwrap();
    let (some, light) = (some.expected(1, 4), light.expected(1, 4));
    assert_eq!(some[1..3], light[1..3]);
    assert_ne!(some[0], light[0]);
    assert_ne!(some[3], light[3]);
}

#[test]
fn the_bound_is_the_tightest_of_its_parts() {
    let waits = &["wait=10ms", "every=2", "call_wait=5ms"][..];
    assert_eq!(bound(waits, 1, 100), 15_000_000, "one order decides");
    assert_eq!(bound(waits, 100, 10), 125_000_000, "concurrency decides");
    let sums = &["every=2", "call_cpu=1000000"][..];
    assert_eq!(bound(sums, 100, 100), 50_000_000, "CPUs decide");
}

#[test]
fn only_what_is_told_beforehand_asks_for_more() {
    for at in ["pool", "here", "rayon"] {
        let asks = offload(&[&format!("at={at}")]).unwrap().asks();
        assert!(asks.is_empty(), "{at}");
    }
    let asks = offload(&["at=block-in-place"]).unwrap().asks();
    assert_eq!(asks, [Capability::BlockInPlace]);
}

#[test]
fn only_calls_that_are_handed_over_start_threads() {
    assert!(!offload(&["at=here"]).unwrap().starts_threads());
    assert!(offload(&["at=pool"]).unwrap().starts_threads());
}

#[test]
fn bad_parameters_are_refused_with_what_is_allowed() {
    for (bad, allowed) in [
        ("at=thread", "known: pool, here, block-in-place, rayon"),
        ("every=0", "a whole number from 1 to 1000000"),
        ("call_wait=-1", "call_wait"),
        ("call_cpu=-1", "a whole number from 0 to 2000000000"),
        ("calls=1", "'calls'"),
    ] {
        let refused = offload(&[bad]).err().expect(bad);
        assert!(matches!(refused, Error::Usage(_)));
        let line = refused.to_string();
        assert!(
            line.contains(allowed) && line.contains("offload/test"),
            "{line}"
        );
    }
}
