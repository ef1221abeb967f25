//! Endings: nothing is left of a model after stop, nor after a violent death.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use bakeoff::base::seed::SEED;
use bakeoff::model::processes::worker::ARGUMENT;

use crate::conformance::bench::{lab, open};

pub(crate) fn kill(id: u32) {
    let killed = Command::new("kill").args(["-9", &id.to_string()]).status();
    assert!(
        killed.is_ok_and(|status| status.success()),
        "no process {id} to kill"
    );
}

pub(crate) fn alive(id: u32) -> bool {
    // A zombie has ended; whoever adopted it has not looked yet.
    fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim().starts_with('Z'))
    })
}

/// Worker processes that this runner started.
fn workers(runner: u32) -> Vec<u32> {
    let tag = format!("{ARGUMENT}\0{runner}\0");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains(&tag))
    })
    .filter(|id| alive(*id))
    .collect()
}

pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn leaves_nothing_behind_after_stop(model: &str) {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "bakery",
        model,
        &["orders=40", "concurrency=4", "bake_wait=1ms"],
    );
    assert_eq!(cell.sample(&mut lab, SEED, 0, 0).error, None, "{model}");
    let runner = cell.runner().unwrap().id();
    assert!(alive(runner));
    if ["processes", "prefork"].contains(&model) {
        assert_eq!(workers(runner).len(), 4, "the pool is warm");
    }
    cell.close().unwrap();
    assert!(!alive(runner), "{model}: the runner is still there");
    assert_eq!(
        workers(runner),
        Vec::<u32>::new(),
        "{model}: workers are still there"
    );
}

/// A long sleep in the oven; then the runner's parent is gone, or itself.
pub(crate) fn dies_with_its_harness(model: &str) {
    let prepare = serde_json::json!({"prepare": {
        "protocol": 2, "workload": "bakery", "scenario": "test", "model": model, "client": "none",
        "params": {"orders": 40, "concurrency": 4, "bake_wait": "30s"}, "workers": 2,
    }});
    let sample = r#"{"sample":{"sample":1,"orders":40,"seed":"1"}}"#;
    // A shell stands for the harness: it is killed with SIGKILL while its
    // runner bakes, so that nobody can say stop. The runner's input stays
    // open, held by the sleep, so its end is no help either.
    let program = env!("CARGO_BIN_EXE_bakeoff");
    // What a harness tells libraries that hear of their workers in no other way.
    let told = bakeoff::registry::threads_variable(model);
    let told = told.map_or_else(String::new, |variable| format!("{variable}=2"));
    let script = format!(
        "mkfifo in; sleep 60 >in & echo sleep $!; {told} '{program}' runner --parent $$ <in >out & echo runner $!; \
         echo '{prepare}' >in; echo '{sample}' >in; wait"
    );
    let dir = tempfile::tempdir().unwrap();
    let log = fs::File::create(dir.path().join("ids")).unwrap();
    let mut shell = Command::new("sh")
        .args(["-c", &script])
        .current_dir(&dir)
        .stdout(log)
        .spawn()
        .unwrap();
    let id = |name: &str| -> Option<u32> {
        let ids = fs::read_to_string(dir.path().join("ids")).ok()?;
        ids.lines()
            .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    };
    eventually("the runner was never ready", || {
        fs::read_to_string(dir.path().join("out")).is_ok_and(|out| out.contains("ready"))
    });
    let runner = id("runner").unwrap();
    if model.starts_with("processes") || model == "prefork" {
        eventually("no worker was started", || !workers(runner).is_empty());
    }
    shell.kill().unwrap();
    shell.wait().unwrap();
    eventually("the runner outlived its harness", || !alive(runner));
    eventually("a worker outlived its runner", || {
        workers(runner).is_empty()
    });
    kill(id("sleep").unwrap());
}

/// A worker that dies mid-batch ends the cell, whichever way it was started.
fn a_killed_worker_is_a_clear_error(model: &str) {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "bakery",
        model,
        &["orders=4000", "concurrency=4", "bake_wait=20ms"],
    );
    let runner = cell.runner().unwrap().id();
    let (over, ended) = mpsc::channel::<()>();
    let killer = std::thread::spawn(move || {
        // One that has just answered its last order dies unnoticed, and
        // rightly so: go on until one was missed.
        while ended.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
            if let Some(id) = workers(runner).first() {
                let mut kill = Command::new("kill");
                let _ = kill
                    .args(["-9", &id.to_string()])
                    .stderr(Stdio::null())
                    .status();
            }
        }
    });
    let error = cell
        .sample(&mut lab, SEED, 0, 0)
        .error
        .expect("a worker was killed");
    drop(over);
    killer.join().unwrap();
    assert!(
        error.contains("worker process") && error.contains("died"),
        "{model}: {error}"
    );
    assert!(error.contains("signal: 9"), "{model}: {error}");
    cell.close().unwrap();
    assert_eq!(
        workers(runner),
        Vec::<u32>::new(),
        "{model}: workers are still there"
    );
}

#[test]
fn a_killed_pool_worker_is_a_clear_error() {
    a_killed_worker_is_a_clear_error("processes");
}

/// One that dies while it has nothing to do is missed when it is given something.
#[test]
fn a_worker_killed_between_samples_is_a_clear_error() {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "bakery",
        "processes",
        &["orders=40", "concurrency=4"],
    );
    assert_eq!(cell.sample(&mut lab, SEED, 0, 0).error, None);
    let worker = workers(cell.runner().unwrap().id())[0];
    kill(worker);
    eventually("the worker is not gone", || !alive(worker));
    let error = cell.sample(&mut lab, SEED, 0, 0).error.unwrap();
    assert!(
        error.contains(&format!("worker process {worker} died")) && error.contains("signal: 9"),
        "{error}"
    );
}

#[test]
fn a_killed_worker_of_one_order_is_a_clear_error() {
    a_killed_worker_is_a_clear_error("processes-per-order");
}

/// It may have been taking an order, while no other can.
#[cfg(feature = "idioms")]
#[test]
fn a_killed_worker_at_a_shared_queue_is_a_clear_error() {
    a_killed_worker_is_a_clear_error("prefork");
}

#[test]
fn a_killed_runner_is_a_clear_error() {
    let mut lab = lab();
    let mut cell = open(
        &mut lab,
        "bakery",
        "processes",
        &["orders=4000", "concurrency=4", "bake_wait=20ms"],
    );
    let runner = cell.runner().unwrap().id();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        kill(runner);
    });
    let error = cell
        .sample(&mut lab, SEED, 0, 0)
        .error
        .expect("the runner was killed");
    killer.join().unwrap();
    assert!(
        error.contains("runner") && error.contains("signal: 9"),
        "{error}"
    );
    eventually("a worker outlived its runner", || {
        workers(runner).is_empty()
    });
}
