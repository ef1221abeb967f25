//! One test a flag.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use bakeoff::lab::{Lab, Target};
use bakeoff::record::placement::Placed;
use bakeoff::selection::resolved::ResolvedCell;

use crate::honesty::bench::{HONEST, Liar, cell, flagged, held, only_the_liar, row, spared};

/// Four threads that wait.
fn waiting() -> ResolvedCell {
    let params = ["orders=40", "concurrency=4", "bake_wait=10ms"];
    cell("bakery", "os-threads", &params)
}

/// Four requests that wait at the server.
fn fetching(more: &[&str]) -> ResolvedCell {
    let params = [&["orders=40", "concurrency=4", "delay=20ms"], more].concat();
    cell("fetch", "os-threads", &params)
}

#[test]
fn a_server_near_its_limit() {
    only_the_liar(
        "server-bound",
        &fetching(&[]),
        r#"/^{"ledger":/s/"sample_cpu_ns":[0-9][0-9]*/"sample_cpu_ns":9000000000/"#,
    );
}

#[test]
fn more_threads_than_declared() {
    only_the_liar(
        "hidden-thread",
        &waiting(),
        r#"/^{"sample":/s/"threads":5/"threads":99/"#,
    );
}

#[test]
fn fewer_threads_than_declared() {
    only_the_liar(
        "missing-thread",
        &waiting(),
        r#"/^{"sample":/s/"threads":5/"threads":4/"#,
    );
}

#[test]
fn faster_than_is_possible() {
    only_the_liar(
        "beyond-bound",
        &waiting(),
        r#"/^{"sample":/s/"wall_ns":[0-9]*/"wall_ns":50000000/"#,
    );
}

#[test]
fn more_cpu_time_than_its_cpus_have() {
    only_the_liar(
        "beyond-cpus",
        &waiting(),
        r#"/^{"sample":/s/"cpu_user_ns":[0-9]*/"cpu_user_ns":900000000000/"#,
    );
}

#[test]
fn a_model_that_is_not_fed_fast_enough() {
    let fed = |workload, model, more: &[&str]| {
        let params = [&["orders=40", "concurrency=4"], more].concat();
        cell(workload, model, &params)
    };
    let slow = &["bake_wait=10ms"];
    let lie =
        r#"/^{"sample":/s/"in_flight_until_last_start":[0-9.]*/"in_flight_until_last_start":1.9/"#;
    only_the_liar(
        "under-filled",
        &fed("bakery", "os-threads-per-order", slow),
        lie,
    );
    // Starting a thread takes longer than an order that does nothing.
    let fast = held(
        &mut Lab::new(HONEST),
        &fed("nothing", "os-threads-per-order", &[]),
    );
    assert!(flagged(&fast, "under-filled"), "{fast:?}");
    // Units that claim for themselves are not fed; results in order hold units back.
    for (model, more) in [
        ("os-threads", slow),
        ("os-threads-per-order", &["delivery=in-order"]),
    ] {
        let liar = Liar::saying(lie);
        let row = held(&mut liar.lab(), &fed("bakery", model, more));
        assert!(!flagged(&row, "under-filled"), "{row:?}");
    }
}

#[test]
fn a_server_that_is_not_ours() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for conn in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut lines = BufReader::new(conn.try_clone().unwrap()).lines();
                while let Some(Ok(line)) = lines.next() {
                    if line.is_empty() {
                        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
                        (&conn).write_all(answer).unwrap();
                    }
                }
            });
        }
    });
    spared("no-ledger", &fetching(&[]));
    let mut lab = Lab::new(HONEST);
    let url = format!("http://{address}/");
    lab.aim(Target::parse(&url).unwrap());
    let foreign = held(&mut lab, &fetching(&[]));
    assert!(flagged(&foreign, "no-ledger"), "{foreign:?}");
    assert_eq!(foreign.placement, Placed::Alone);
    // Such a row is never taken for one of the mock server.
    assert_eq!(foreign.target, Some(url));
}

#[test]
fn a_ledger_that_differs_is_an_error() {
    for (field, script) in [
        ("requests", r#"s/"requests":[0-9]*/"requests":39/"#),
        ("distinct items", r#"s/"distinct":[0-9]*/"distinct":39/"#),
        ("body bytes", r#"s/"body_bytes":[0-9]*/"body_bytes":1/"#),
        ("connections", r#"s/"connections":[0-9]*/"connections":5/"#),
        (
            "requests in flight",
            r#"s/"peak_in_flight":[0-9]*/"peak_in_flight":5/"#,
        ),
    ] {
        let liar = Liar::saying(&format!(r#"/^{{"ledger":/{script}"#));
        let error = row(&mut liar.lab(), &fetching(&[])).error.unwrap();
        assert!(
            error.contains("ledger differs") && error.contains(field),
            "{error}"
        );
    }
}

#[test]
fn orders_that_do_nothing_are_the_harness_and_too_short_for_the_clock() {
    let nothing = cell("nothing", "sequential", &["orders=20000"]);
    let row = held(&mut Lab::new(HONEST), &nothing);
    assert!(flagged(&row, "harness-bound"), "{row:?}");
    assert!(flagged(&row, "clock-coarse"), "{row:?}");
    // What does something is neither.
    let cakes = cell("bakery", "sequential", &["orders=40", "mix_cpu=100000"]);
    spared("harness-bound", &cakes);
    spared("clock-coarse", &cakes);
}

/// Whoever waits at the server waits as long for the client: twice and half the
/// time are both noticed.
#[test]
fn client_and_server_that_disagree() {
    for integral in [1_600_000_000_u64, 400_000_000] {
        only_the_liar(
            "littles-law",
            &fetching(&[]),
            &format!(r#"/^{{"ledger":/s/"in_flight_ns":[0-9]*/"in_flight_ns":{integral}/"#),
        );
    }
}

/// What an order does and waits for out of the server's sight is either work,
/// which is allowed for, or exempt.
#[test]
fn littles_law_holds_where_orders_connect_and_wait_for_a_cap() {
    for more in [
        &["connection=per-order"][..],
        &["connection=per-order", "cap_per_host=1"],
    ] {
        spared("littles-law", &fetching(more));
    }
}

#[test]
fn a_pacer_that_is_late() {
    only_the_liar(
        "pacer-late",
        &fetching(&["arrivals=constant", "rate=100"]),
        r#"s/"pacer_lateness":{"mean_ns":[0-9.]*,"p50_ns":[0-9]*/"pacer_lateness":{"mean_ns":1.0,"p50_ns":900000000/"#,
    );
}

#[test]
fn a_model_that_falls_behind() {
    // One order at a time, 20 ms each: 50 a second at most.
    let params = ["orders=30", "delay=20ms", "arrivals=constant"];
    let offered = |rate| cell("fetch", "sequential", &[&params[..], &[rate]].concat());
    let behind = held(&mut Lab::new(HONEST), &offered("rate=500"));
    assert!(flagged(&behind, "overloaded"), "{behind:?}");
    spared("overloaded", &offered("rate=25"));
}

#[cfg(target_os = "linux")]
#[test]
fn cpus_that_were_not_obtained() {
    only_the_liar(
        "affinity-refused",
        &waiting(),
        r#"/^{"ready":/s/"cpus":\[[^]]*\]/"cpus":[77]/"#,
    );
    // The runner begins where it is to be, and goes to the server's CPU; the kernel does
    // refuse the server a CPU that is none. Who had but one CPU keeps what was to be had.
    let mask = bakeoff::host::affinity();
    let refused = |liar: &Liar| {
        let row = held(&mut liar.lab(), &fetching(&[]));
        assert_eq!(flagged(&row, "affinity-refused"), mask.len() > 1, "{row:?}");
        assert_eq!(row.placement, Placed::Shared);
        row
    };
    let last = mask[mask.len() - 1];
    let moved = format!(r#"s/"cpus":\[[^]]*\]/"cpus":[{last}]/"#);
    let runner = Liar::asking(&moved);
    assert_eq!(refused(&runner).cpus, [last], "what it took");
    let server = Liar::starting("s/--cpu [0-9]*/--cpu 900/");
    assert_eq!(refused(&server).server_cpu, None);
}

#[test]
fn descriptors_that_were_not_obtained() {
    only_the_liar(
        "limits-refused",
        &waiting(),
        r#"/^{"ready":/s/"descriptors":[0-9]*/"descriptors":64/"#,
    );
}
