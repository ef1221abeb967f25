use std::pin::pin;
use std::task::{Context, Waker};

use super::*;
use crate::base::error::Error;

fn timers(sets: &[&str]) -> Result<Timers> {
    let mut params = Params {
        name: "timers/test".into(),
        ..Params::default()
    };
    for text in sets {
        params.set(text).unwrap();
    }
    Timers::new(&params, &World::default())
}

#[test]
fn what_pends_waits_for_long_and_is_not_asked_how_late_it_was() {
    let timers = timers(&["pending=3", "pending_wait=2s", "wait=1ms"]).unwrap();
    let waits: Vec<u64> = (0..5)
        .map(|index| timers.spec(1, 1, index).wait_ns)
        .collect();
    let (long, short) = (2_000_000_000, 1_000_000);
    assert_eq!(waits, [long, long, long, short, short]);
    let asked: Vec<_> = (0..5).map(|index| timers.least_ns(1, index)).collect();
    assert_eq!(asked, [None, None, None, Some(short), Some(short)]);
}

#[test]
fn only_sleeps_are_bound_by_what_they_wait_for() {
    let limits = Limits {
        concurrency: 10,
        cpus: 2,
        ns_per_iteration: 2.0,
        period_ns: 0.0,
    };
    let bound = |kind| {
        let timers = timers(&[kind, "wait=1ms"]).unwrap();
        timers.bound_ns(1, 100, &limits)
    };
    assert_eq!(bound("kind=sleep"), 10_000_000);
    for kind in ["kind=cancel", "kind=timeout", "kind=no-deadline"] {
        assert_eq!(bound(kind), 0, "{kind}");
    }
}

#[test]
fn a_timer_that_fired_changes_the_answer() {
    let cancel = timers(&["kind=cancel", "timers=7"]).unwrap();
    assert_eq!(
        cancel.expected(1, 1),
        [cancel.answer(draw(1, 0, ANSWER), 7)]
    );
    assert_ne!(
        cancel.expected(1, 1),
        [cancel.answer(draw(1, 0, ANSWER), 6)]
    );
    let sleep = timers(&["kind=sleep"]).unwrap();
    assert_eq!(sleep.expected(1, 1), [draw(1, 0, ANSWER)]);
}

#[test]
fn an_operation_is_done_when_it_is_asked_again() {
    let mut soon = pin!(soon());
    let mut context = Context::from_waker(Waker::noop());
    assert!(soon.as_mut().poll(&mut context).is_pending());
    assert!(soon.as_mut().poll(&mut context).is_ready());
}

#[test]
fn only_timers_that_are_given_up_ask_for_more_than_a_sleep() {
    let asks = |kind| timers(&[kind]).unwrap().asks();
    assert!(asks("kind=sleep").is_empty());
    for kind in ["kind=cancel", "kind=timeout", "kind=no-deadline"] {
        assert_eq!(asks(kind), [Capability::Timers], "{kind}");
    }
}

#[test]
fn bad_parameters_are_refused_with_what_is_allowed() {
    for (bad, allowed) in [
        ("kind=race", "known: sleep, cancel, timeout, no-deadline"),
        ("timers=0", "a whole number from 1 to 100000"),
        ("pending=-1", "a whole number from 0 to 1000000"),
        ("pending_wait=9", "pending_wait"),
        ("wait=1", "write 1ns"),
        ("timer=1", "'timers'"),
    ] {
        let refused = timers(&[bad]).err().expect(bad);
        assert!(matches!(refused, Error::Usage(_)));
        let line = refused.to_string();
        assert!(
            line.contains(allowed) && line.contains("timers/test"),
            "{line}"
        );
    }
}
