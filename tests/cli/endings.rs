//! What ends before its time: the run goes on, or says what happened; rows stay
//! whole, and no process stays.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::{BINARY, HANG, Ran, descendants, finish, no_runner_is_left, rows, signal, start};

/// Starts a run whose one visit to each cell lasts for a while.
fn slow(pattern: &str, wait: &str, dir: &Path) -> Child {
    let mut command = Command::new(BINARY);
    command.args(["run", pattern, "--models", "os-threads,sequential"]);
    command.args(["--rounds", "1", "--set", "orders=8"]);
    command.args(["--set", "concurrency=4", "--set", wait, "--out", "mine"]);
    start(command, dir)
}

/// The first process of the run whose command line has this verb, ended once it
/// had time to begin.
fn kill_the_first(verb: &str, child: &Child) {
    let begun = Instant::now();
    let is = |id: &u32| {
        let line = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.split('\0').nth(1) == Some(verb)
    };
    loop {
        let family = descendants(child.id());
        if let Some(id) = family.iter().map(|(id, _)| *id).find(is) {
            thread::sleep(Duration::from_millis(100));
            signal("KILL", id);
            return;
        }
        assert!(begun.elapsed() < HANG, "no {verb} was started");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Of two cells one failed, as `words` say, and the other did not.
fn one_failed(ran: &Ran, dir: &Path, words: &[&str]) {
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let rows = rows(&dir.join("mine"));
    assert_eq!(rows.len(), 2, "{}", ran.err);
    let errors: Vec<&String> = rows.iter().filter_map(|row| row.error.as_ref()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    for word in words {
        assert!(errors[0].contains(word), "no {word} in {}", errors[0]);
        assert!(ran.err.contains(word), "no {word} in {}", ran.err);
    }
    assert!(ran.err.contains("1 samples failed"), "{}", ran.err);
}

#[test]
fn a_runner_that_dies_is_a_row_and_the_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let child = slow("bakery/cpu-bound", "bake_wait=400ms", dir.path());
    kill_the_first("runner", &child);
    one_failed(
        &finish(child),
        dir.path(),
        &["the runner", "died", "signal: 9"],
    );
}

#[cfg(feature = "server")]
#[test]
fn a_server_that_dies_is_a_row_and_the_next_cell_has_another() {
    let dir = tempfile::tempdir().unwrap();
    let child = slow("fetch/wait-10ms", "delay=800ms", dir.path());
    // It is started with the first cell, whose orders take a while.
    kill_the_first("serve", &child);
    one_failed(&finish(child), dir.path(), &["server", "died", "signal: 9"]);
}

/// A file that may not grow ends a run as a full disk does.
#[test]
fn a_full_disk_ends_the_run_and_leaves_whole_rows() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("bash");
    let script = "trap '' XFSZ; ulimit -f 12; exec \"$0\" \"$@\"";
    command.args(["-c", script, BINARY, "run", "bakery/cpu-bound/os-threads"]);
    command.args(["--rounds", "100", "--set", "orders=8", "--out", "mine"]);
    let child = start(command, dir.path());
    let id = child.id();
    let ran = finish(child);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(
        ran.err.contains("cannot write mine/rows.jsonl: "),
        "{}",
        ran.err
    );
    let rows = rows(&dir.path().join("mine"));
    assert!((1..100).contains(&rows.len()));
    let kept = format!("{} rows are kept in mine\n", rows.len());
    assert!(ran.err.contains(&kept), "{}", ran.err);
    no_runner_is_left(id);
}
