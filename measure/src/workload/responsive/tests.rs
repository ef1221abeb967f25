use super::*;
use crate::base::error::Error;
use crate::kit::capability::Capability;
use crate::workload::{Limits, Plan};

fn responsive(sets: &[&str]) -> Result<Responsive> {
    let mut params = Params {
        name: "responsive/test".into(),
        ..Params::default()
    };
    for text in sets {
        params.set(text).unwrap();
    }
    Responsive::new(&params, &World::default())
}

#[test]
fn whatever_is_done_about_it_a_hog_does_the_same_work() {
    let of = |remedy: &str, slice: &str| {
        let sets = ["every=3", "cpu=5", "hog_cpu=1000", remedy, slice];
        responsive(&sets).unwrap().expected(1, 6)
    };
    let alone = of("remedy=none", "slice=300");
    assert_eq!(alone, of("remedy=yield", "slice=300"));
    assert_eq!(alone, of("remedy=hand-over", "slice=300"));
    // The last slice is what is left: 1,000 iterations are in the answer, not 1,200.
    let more = responsive(&["every=3", "cpu=5", "hog_cpu=1200", "slice=300"]).unwrap();
    let more = more.expected(1, 6);
    assert_ne!(alone[0], more[0]);
    assert_eq!(alone[1..3], more[1..3], "small orders know nothing of it");
}

#[test]
fn lag_is_of_small_orders() {
    let some = responsive(&["every=3", "wait=2ms", "hog_cpu=9"]).unwrap();
    let least: Vec<Option<u64>> = (0..4).map(|index| some.least_ns(1, index)).collect();
    assert_eq!(least, [None, Some(2_000_000), Some(2_000_000), None]);
}

#[test]
fn the_bound_is_the_tightest_of_its_parts() {
    let bound = |sets: &[&str], orders, concurrency| {
        let limits = Limits {
            concurrency,
            cpus: 2,
            ns_per_iteration: 2.0,
            period_ns: 0.0,
        };
        responsive(sets).unwrap().bound_ns(1, orders, &limits)
    };
    let one = &["wait=1ms", "hog_cpu=1000000"][..];
    assert_eq!(bound(one, 10, 100), 3_000_000, "the hog decides");
    assert_eq!(bound(one, 1000, 10), 100_200_000, "concurrency decides");
    let many = &["every=1", "hog_cpu=1000000"][..];
    assert_eq!(bound(many, 100, 100), 100_000_000, "CPUs decide");
}

#[test]
fn only_one_that_is_handed_over_asks_for_threads() {
    for (remedy, asks) in [
        ("none", &[][..]),
        ("yield", &[][..]),
        ("hand-over", &[Capability::Offload][..]),
    ] {
        let own = responsive(&[&format!("remedy={remedy}")]).unwrap();
        assert_eq!(own.asks(), asks, "{remedy}");
        assert_eq!(own.starts_threads(), !asks.is_empty(), "{remedy}");
    }
}

#[test]
fn bad_parameters_are_refused_with_what_is_allowed() {
    for (bad, allowed) in [
        ("remedy=prayer", "known: none, yield, hand-over"),
        ("every=0", "a whole number from 1 to 1000000"),
        ("slice=0", "a whole number from 1 to 2000000000"),
        ("wait=-1", "wait"),
        ("hogs=1", "'hogs'"),
    ] {
        let refused = responsive(&[bad]).err().expect(bad);
        assert!(matches!(refused, Error::Usage(_)));
        let line = refused.to_string();
        assert!(
            line.contains(allowed) && line.contains("responsive/test"),
            "{line}"
        );
    }
}
