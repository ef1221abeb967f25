use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::*;
use crate::kit::capability::Capability;
use crate::workload::bakery::knead;
use crate::workload::{Limits, Plan};

fn subprocess(sets: &[&str]) -> Result<Subprocess> {
    let mut params = Params {
        name: "subprocess/test".into(),
        ..Params::default()
    };
    for text in sets {
        params.set(text).unwrap();
    }
    Subprocess::new(&params, &World::default())
}

const ORDER: Order = Order { seed: 1, index: 5 };

fn said(status: i32, text: &str) -> io::Result<u64> {
    let output = Output {
        status: ExitStatus::from_raw(status),
        stdout: text.into(),
        stderr: Vec::new(),
    };
    Subprocess::heard(ORDER, Ok(output))
}

#[test]
fn an_answer_is_what_the_program_computed() {
    let computed = knead(Subprocess::asked(ORDER), 300);
    let due = subprocess(&["cpu=300"]).unwrap().expected(1, 6)[5];
    assert_eq!(said(0, &format!("{computed}\n")).unwrap(), due);
    let other = subprocess(&["cpu=301"]).unwrap().expected(1, 6)[5];
    assert_ne!(other, due);
}

#[test]
fn a_program_that_fails_is_told_by_how() {
    let why = |status, text| said(status, text).unwrap_err().to_string();
    assert_eq!(why(3 << 8, "1\n"), "its program ended with exit status: 3");
    assert!(why(9, "").contains("signal: 9"));
    assert!(why(0, "\u{1b}[31mx\n").contains("said '\\u{1b}[31mx"));
    assert!(why(0, "12").contains("which is no answer"));
    assert!(why(0, &"x".repeat(1000)).len() < 100);
    let none = io::Error::from(io::ErrorKind::NotFound);
    let error = Subprocess::heard(ORDER, Err(none)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("could not be asked"), "{error}");
}

#[test]
fn the_bound_is_the_childrens_arithmetic() {
    let bound = |sets: &[&str], concurrency| {
        let limits = Limits {
            concurrency,
            cpus: 2,
            ns_per_iteration: 2.0,
            period_ns: 0.0,
        };
        subprocess(sets).unwrap().bound_ns(1, 10, &limits)
    };
    assert_eq!(bound(&[], 8), 0);
    assert_eq!(bound(&["cpu=1000"], 8), 10_000, "two CPUs share it");
    assert_eq!(bound(&["cpu=1000"], 1), 20_000, "one at a time");
}

#[test]
fn only_the_pool_asks_for_one() {
    assert!(subprocess(&["by=own"]).unwrap().asks().is_empty());
    let asks = subprocess(&["by=pool"]).unwrap().asks();
    assert_eq!(asks, [Capability::Offload]);
}

#[test]
fn bad_parameters_are_refused_with_what_is_allowed() {
    for (bad, allowed) in [
        ("by=shell", "known: own, pool"),
        ("cpu=-1", "a whole number from 0 to 10000000"),
        ("fault=sleeps", "known: none, dies, nonsense"),
        ("program=ls", "unknown key"),
    ] {
        let refused = subprocess(&[bad]).err().expect(bad);
        assert!(matches!(refused, Error::Usage(_)));
        let line = refused.to_string();
        assert!(
            line.contains(allowed) && line.contains("subprocess/test"),
            "{line}"
        );
    }
}
