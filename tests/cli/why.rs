//! System calls by kind, as a tracer counts them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff::host::tracer::Tracer;

use super::{BINARY, HANG, Ran, descendants, done, finish, refused, rows, signal, start, stat};

/// Whether a tracer counts here; where none is installed, the reason is printed.
fn is_traceable() -> bool {
    match Tracer::find(None) {
        Ok(_) => true,
        Err(error) if error.to_string().contains("not installed") => {
            bakeoff::note!("skipped: {error}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn rows_tell_the_causes_and_nothing_that_reading_them_costs() {
    let dir = tempfile::tempdir().unwrap();
    let asked = "run bakery/hundred-bakers --models sequential,processes,os-threads-per-order \
                 --set concurrency=4 --set orders=64 --rounds 1 --out mine";
    let args: Vec<&str> = asked.split_whitespace().collect();
    done(&args, dir.path());
    let all = rows(&dir.path().join("mine"));
    let of = |model: &str| all.iter().find(|row| row.model == model).unwrap();
    assert!(all.iter().all(|row| row.voluntary_switches.is_some()));
    // Threads that come and go take what they had with them.
    assert!(of("sequential").run_delay_ns.is_some());
    assert_eq!(of("os-threads-per-order").run_delay_ns, None);
    let calls = |model: &str| {
        (
            of(model).read_calls.unwrap(),
            of(model).write_calls.unwrap(),
        )
    };
    // A cook who waits reads and writes nothing.
    assert_eq!(calls("sequential"), (0, 0));
    assert_eq!(calls("os-threads-per-order"), (0, 0));
    // Every order goes through a pipe and every answer back, on both ends; several
    // stand in a frame.
    let (reads, writes) = calls("processes");
    assert!(reads >= 16 && writes >= 16, "{reads} {writes}");
}

#[cfg(feature = "server")]
#[test]
fn calls_per_order_are_counted_by_kind() {
    if !is_traceable() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let asked = "why fetch/no-delay/os-threads --set concurrency=4 --set orders=2000 \
                 --rounds 2 --json";
    let args: Vec<&str> = asked.split_whitespace().collect();
    let told: serde_json::Value = serde_json::from_str(&done(&args, dir.path()).out).unwrap();
    assert_eq!(told["cell"], "fetch/no-delay/os-threads");
    assert_eq!(told["orders"]["more"], 2000);
    assert_eq!(told["orders"]["fewer"], 500);
    let of = |kind: &str, what: &str| told["calls_per_order"][kind][what].as_f64().unwrap();
    // A request leaves in one write, and an answer of this size comes in one read.
    assert!((0.99..=1.01).contains(&of("sendto", "median")), "{told}");
    assert!((0.99..=1.2).contains(&of("recvfrom", "median")), "{told}");
    assert!(of("recvfrom", "failed") < 0.01, "{told}");
    // What starts a program is none of an order's.
    let started = told["calls_per_order"]["execve"]["median"].as_f64();
    assert_eq!(started, Some(0.0), "{told}");
    let all = told["all_calls_per_order"]["median"].as_f64().unwrap();
    // Medians over rounds, each of its own: calls by which threads wait for each other at the
    // gate are some tens more in one sample or the other, which is little in 1,500 orders.
    let both = of("sendto", "median") + of("recvfrom", "median");
    assert!(all > both - 0.05, "{told}");
    for side in ["traced", "untraced"] {
        assert!(told[side]["orders_per_s"].as_f64().unwrap() > 0.0, "{told}");
    }
}

#[test]
fn a_table_tells_what_the_tracer_changed() {
    if !is_traceable() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let asked =
        "why bakery/hundred-bakers/os-threads --set concurrency=2 --set orders=8 --rounds 1";
    let args: Vec<&str> = asked.split_whitespace().collect();
    let told = done(&args, dir.path()).out;
    for words in [
        "bakery/hundred-bakers/os-threads: system calls per order",
        "clock_nanosleep",
        "untraced",
        "throughput",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn one_cell_is_to_be_named() {
    refused(&["why"], &["name one cell"]);
    refused(
        &["why", "fetch/no-delay"],
        &["one cell at a time", "bakeoff why fetch/no-delay/"],
    );
}

/// What `why` says where the programs in `path` are all that there are.
fn with_path(path: &Path) -> Ran {
    let mut command = Command::new(BINARY);
    command
        .args(["why", "nothing/orders/os-threads"])
        .env("PATH", path);
    finish(start(command, path))
}

#[test]
fn where_there_is_no_tracer_it_is_said_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let ran = with_path(dir.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.err.contains("apt install strace"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
fn a_tracer_that_may_not_trace_is_named_with_the_mend() {
    let dir = tempfile::tempdir().unwrap();
    let strace = dir.path().join("strace");
    let script = "#!/bin/sh\necho 'ptrace(PTRACE_TRACEME): Operation not permitted' >&2\nexit 1\n";
    fs::write(&strace, script).unwrap();
    fs::set_permissions(&strace, fs::Permissions::from_mode(0o755)).unwrap();
    let ran = with_path(dir.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    for words in [
        "strace may not trace here",
        "Operation not permitted",
        "SYS_PTRACE",
    ] {
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn an_interrupted_count_leaves_nobody_behind() {
    if !is_traceable() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    // Thirty seconds of waiting.
    command.args(
        "why bakery/hundred-bakers/os-threads --set concurrency=1 --set orders=300".split(' '),
    );
    let child = start(command, dir.path());
    let id = child.id();
    let begun = Instant::now();
    let is_runner = |of: u32| {
        let line = fs::read_to_string(format!("/proc/{of}/cmdline"));
        line.is_ok_and(|line| line.contains("\0runner\0"))
    };
    let family = loop {
        let family = descendants(id);
        if family.iter().any(|(of, _)| is_runner(*of)) {
            break family;
        }
        assert!(begun.elapsed() < HANG, "no runner was started");
        thread::sleep(Duration::from_millis(10));
    };
    signal("INT", id);
    let ran = finish(child);
    assert_eq!(ran.status, Some(130), "{}", ran.err);
    assert_eq!(ran.out, "");
    for (of, started) in family {
        while stat(of).is_some_and(|(_, now)| now == started) {
            assert!(begun.elapsed() < HANG, "process {of} is still there");
            thread::sleep(Duration::from_millis(10));
        }
    }
}
