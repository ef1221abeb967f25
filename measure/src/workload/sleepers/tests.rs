use super::*;
use crate::base::error::Error;

fn sleepers(sets: &[&str]) -> Result<Sleepers> {
    let mut params = Params {
        name: "sleepers/test".into(),
        ..Params::default()
    };
    for text in sets {
        params.set(text).unwrap();
    }
    Sleepers::new(&params, &World::default())
}

fn bound(sets: &[&str], orders: u64, concurrency: usize) -> u64 {
    let limits = Limits {
        concurrency,
        cpus: 2,
        ns_per_iteration: 2.0,
        period_ns: 0.0,
    };
    sleepers(sets).unwrap().bound_ns(1, orders, &limits)
}

#[test]
fn what_is_over_is_counted_from_what_each_order_asks_for() {
    let sleepers = sleepers(&["wait=uniform:1ms,9ms"]).unwrap();
    let asked: Vec<u64> = (0..50)
        .map(|index| sleepers.least_ns(7, index).unwrap())
        .collect();
    assert!(asked.iter().any(|wait| *wait != asked[0]));
    for (index, asked) in (0..).zip(asked) {
        assert!((1_000_000..=9_000_000).contains(&asked));
        assert_eq!(sleepers.spec(7, 1, index).wait_ns, asked);
    }
}

#[test]
fn who_wakes_early_has_failed() {
    let sleep = Sleep {
        wait_ns: 5,
        answer: 9,
    };
    assert_eq!(sleep.woken(clock::now()).unwrap(), 9);
    let line = sleep.woken(u64::MAX).unwrap_err().to_string();
    assert!(line.starts_with("a sleep of 5 ns ended "), "{line}");
}

#[test]
fn the_bound_is_the_longest_sleep_or_what_units_share() {
    assert_eq!(bound(&[], 1000, 1000), A_SECOND);
    assert_eq!(bound(&["wait=2ms"], 1000, 100), 20_000_000);
    assert_eq!(bound(&["wait=0"], 1000, 100), 0);
}

#[test]
fn bad_parameters_are_refused_with_what_is_allowed() {
    for (bad, allowed) in [
        ("wait=5", "write 5ns, 5us, 5ms or 5s"),
        ("wait=2000000s", "absurdly large"),
        ("wait=7200s", "at most 3600000000000"),
        ("sleep=1s", "delivery, wait)"),
    ] {
        let refused = sleepers(&[bad]).err().expect(bad);
        assert!(matches!(refused, Error::Usage(_)));
        let line = refused.to_string();
        assert!(
            line.contains(allowed) && line.contains("sleepers/test"),
            "{line}"
        );
    }
}
