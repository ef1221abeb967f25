//! A process that is stopped, and neither works nor dies: the run ends about at its
//! budget, says what it waited for, and leaves nobody behind.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use bakeoff::lab::GRACE;

use super::{BINARY, HANG, Ran, descendants, finish, no_runner_is_left, rows, signal, start};

/// Two seconds from the start of the run.
const BUDGET: Duration = Duration::from_secs(2);
/// What a busy machine may take for all that is not waiting. It is below what the
/// harness would wait without a budget, which is ten seconds at least.
const SLACK: Duration = Duration::from_secs(8);

/// Stops the first process of the run whose command line has this verb, once it had
/// time to begin.
fn stop_the_first(verb: &str, child: &Child) -> u32 {
    let begun = Instant::now();
    let is = |id: &u32| {
        let line = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        line.split('\0').nth(1) == Some(verb)
    };
    loop {
        let family = descendants(child.id());
        if let Some(id) = family.iter().map(|(id, _)| *id).find(is) {
            thread::sleep(Duration::from_millis(100));
            signal("STOP", id);
            return id;
        }
        assert!(begun.elapsed() < HANG, "no {verb} was started");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Runs these arguments within [`BUDGET`] with the first process of this verb stopped.
fn stopped(args: &[&str], verb: &str, dir: &Path) -> Ran {
    let mut command = Command::new(BINARY);
    command.args(args).args(["--budget", "2s", "--out", "mine"]);
    let begun = Instant::now();
    let child = start(command, dir);
    let id = child.id();
    let victim = stop_the_first(verb, &child);
    let ran = finish(child);
    let took = begun.elapsed();
    assert!(took < BUDGET + GRACE + SLACK, "{took:?}: {}", ran.err);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    no_runner_is_left(id);
    while Path::new(&format!("/proc/{victim}")).exists() {
        assert!(begun.elapsed() < HANG, "the {verb} is still there");
        thread::sleep(Duration::from_millis(5));
    }
    ran
}

/// A visit of about a second, which the budget has time for, and whose watchdog would
/// wait half a minute.
const SLOW: [&str; 6] = [
    "--set",
    "orders=8",
    "--set",
    "concurrency=4",
    "--set",
    "bake_wait=300ms",
];

/// The one row, and standard error, say that the budget ended this wait.
fn budget_is_told(ran: &Ran, dir: &Path, words: &[&str]) {
    let rows = rows(&dir.join("mine"));
    let errors: Vec<&String> = rows.iter().filter_map(|row| row.error.as_ref()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}: {}", ran.err);
    let known = ["was silent for", "because the budget is spent", "--budget"];
    for word in known.iter().chain(words) {
        assert!(errors[0].contains(word), "no {word} in {}", errors[0]);
    }
    assert!(ran.err.contains("the budget of 2s is spent"), "{}", ran.err);
}

fn a_stopped_runner_ends_with_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let args = [&["run", "bakery/cpu-bound/os-threads"][..], &SLOW].concat();
    let ran = stopped(&args, "runner", dir.path());
    // Which of its words had not come depends on when it was stopped.
    budget_is_told(&ran, dir.path(), &["the runner", "had not come"]);
}

/// The runner works, and waits for a worker that does not.
fn a_stopped_worker_ends_with_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let args = [&["run", "bakery/cpu-bound/processes"][..], &SLOW].concat();
    let ran = stopped(&args, "--bakeoff-worker", dir.path());
    budget_is_told(&ran, dir.path(), &["the runner"]);
}

#[cfg(feature = "server")]
fn a_stopped_server_ends_with_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let sets = ["--set", "orders=8", "--set", "delay=800ms"];
    let args = [&["run", "fetch/wait-10ms/os-threads"][..], &sets].concat();
    let ran = stopped(&args, "serve", dir.path());
    budget_is_told(&ran, dir.path(), &["server"]);
}

/// Both builds are the same, and either may be the first.
fn a_stopped_build_ends_with_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let builds = ["ab", "--base", BINARY, "--head", BINARY];
    let args = [&builds[..], &["bakery/cpu-bound/os-threads"], &SLOW].concat();
    let mut command = Command::new(BINARY);
    command
        .args(&args)
        .args(["--budget", "2s", "--out", "mine"]);
    let begun = Instant::now();
    let child = start(command, dir.path());
    let id = child.id();
    // Greetings come first, from runners of their own.
    while !dir.path().join("mine/rows.jsonl").exists() {
        assert!(begun.elapsed() < HANG, "no rows were begun");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(Duration::from_millis(200));
    stop_the_first("runner", &child);
    let ran = finish(child);
    let took = begun.elapsed();
    assert!(took < BUDGET + GRACE + SLACK, "{took:?}: {}", ran.err);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    budget_is_told(&ran, dir.path(), &["the runner"]);
    no_runner_is_left(id);
}

/// A build that never answers is not waited for longer than a run of it.
fn a_build_that_says_nothing_ends_with_the_budget() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    fs::write(dir.path().join("mute"), "exec sleep 600\n").unwrap();
    command.args(["ab", "--base", BINARY, "--head", "sh mute"]);
    command.args(["nothing/orders/sequential", "--budget", "1s"]);
    let begun = Instant::now();
    let ran = finish(start(command, dir.path()));
    let took = begun.elapsed();
    assert!(took < BUDGET + GRACE + SLACK, "{took:?}: {}", ran.err);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    for words in ["--head 'sh mute'", "that the cell is prepared had not come"] {
        assert!(ran.err.contains(words), "no {words} in {}", ran.err);
    }
}

/// They wait beside each other: each takes as long as its budget.
#[test]
fn what_is_stopped_ends_with_the_budget() {
    thread::scope(|scope| {
        scope.spawn(a_stopped_runner_ends_with_the_budget);
        scope.spawn(a_stopped_worker_ends_with_the_budget);
        #[cfg(feature = "server")]
        scope.spawn(a_stopped_server_ends_with_the_budget);
        scope.spawn(a_stopped_build_ends_with_the_budget);
        scope.spawn(a_build_that_says_nothing_ends_with_the_budget);
    });
}
