//! A server that does wrong ends the cell with a clear error, never a hang.

use std::time::Duration;

use bakeoff::base::seed::SEED;
use bakeoff::workload::Backend;

use crate::conformance::bench::{holds, lab, open};

/// The error of a cell whose server does wrong with every 20th item.
fn error(model: &str, params: &[&str]) -> String {
    let mut lab = lab();
    lab.patience = Duration::from_millis(1500);
    let mut cell = open(
        &mut lab,
        "fetch",
        model,
        &[&["orders=400", "concurrency=4"], params].concat(),
    );
    let row = cell.sample(&mut lab, SEED, 0, 0);
    assert_eq!(
        row.wall_ns, None,
        "{model}: a failed sample has no measurement"
    );
    let error = row
        .error
        .unwrap_or_else(|| panic!("{model} served {params:?} without an error"));
    assert_eq!(error.lines().count(), 1, "{model}: {error}");
    // A cell that failed stays failed, and says so.
    let again = cell.sample(&mut lab, SEED, 0, 0).error.unwrap();
    assert!(again.contains("earlier sample"), "{model}: {again}");
    error
}

fn names(error: &str, words: &[&str]) {
    assert!(
        words.iter().any(|word| error.contains(word)),
        "{error:?} names none of {words:?}"
    );
}

pub(crate) fn a_truncated_response_is_a_clear_error(model: &str) {
    let error = error(model, &["fault=truncate:20", "size=20000"]);
    // It names an item that is broken: every 20th.
    let item = error
        .split("item ")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    let item: u64 = item
        .and_then(|id| id.parse().ok())
        .expect("an item is named");
    assert_eq!(item % 20, 19, "{model}: {error}");
    names(&error, &["closed", "truncated", "end"]);
}

pub(crate) fn a_reset_connection_is_a_clear_error(model: &str) {
    names(&error(model, &["fault=reset:20"]), &["reset", "Reset"]);
}

pub(crate) fn a_500_is_a_clear_error(model: &str) {
    names(
        &error(model, &["fault=status500:20"]),
        &["status 500 where 200 was due"],
    );
}

pub(crate) fn a_silent_server_is_a_clear_error(model: &str) {
    let error = error(model, &["orders=40", "concurrency=4", "fault=silence:2"]);
    names(&error, &["silent"]);
    names(&error, &["unanswered"]);
}

pub(crate) fn a_slow_drip_is_no_error_but_a_timeout_is(model: &str) {
    holds(
        "fetch",
        model,
        &["orders=40", "concurrency=4", "fault=drip:20"],
    );
    names(
        &error(model, &["fault=silence:20", "timeout=200ms"]),
        &["no whole response within 200ms"],
    );
}

pub(crate) fn a_killed_server_is_a_clear_error(model: &str) {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "fetch",
        model,
        &["orders=20000", "concurrency=4", "delay=5ms"],
    );
    let server = lab.server_id(Backend::Native).unwrap();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        crate::conformance::endings::kill(server);
    });
    let error = cell
        .sample(&mut lab, SEED, 0, 0)
        .error
        .expect("its server is dead");
    killer.join().unwrap();
    assert_eq!(error.lines().count(), 1, "{model}: {error}");
    // What the order met, and why: the server's own end.
    names(&error, &["order ", "could not open its session"]);
    assert!(
        error.contains("the mock server") && error.contains("signal: 9"),
        "{model}: {error}"
    );
}
