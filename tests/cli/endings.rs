//! What ends before its time: the run goes on, or says what happened; rows stay
//! whole, and no process stays.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use super::{
    BINARY, HANG, Ran, bakeoff, descendants, done, empty, finish, no_runner_is_left, rows, signal,
    start,
};

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
    assert!(ran.err.contains("1 sample failed"), "{}", ran.err);
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
    // Whether that was before or after they asked is a matter of luck, and of words.
    one_failed(&finish(child), dir.path(), &["server"]);
}

/// `bakeoff` with these arguments where no file may grow beyond so many kilobytes.
fn without_room(kilobytes: u32, args: &[&str], dir: &Path) -> Ran {
    let mut command = Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, BINARY]).args(args);
    finish(start(command, dir))
}

/// A disk that is full at the start leaves nothing that stands in the way later.
#[test]
fn a_disk_that_is_full_at_the_start_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let run = ["run", "nothing/orders/sequential", "--rounds", "1"];
    let args = [&run[..], &["--set", "orders=8", "--out", "mine"]].concat();
    let ran = without_room(0, &args, dir.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.err.contains("cannot write mine/"), "{}", ran.err);
    assert!(empty(dir.path()));
    done(&args, dir.path());
    // As one that was killed before its plan was kept leaves it.
    let half = dir.path().join("half");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("rows.jsonl"), "").unwrap();
    let args = [&run[..], &["--set", "orders=8", "--out", "half"]].concat();
    done(&args, dir.path());
}

/// A run that has a plan and no row yet is kept where it cannot go on.
#[test]
fn a_full_disk_takes_no_run_that_can_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("mine");
    let args = ["bakery/cpu-bound/sequential", "--set", "orders=8"];
    super::extent::begun(&[&["run"], &args[..]].concat(), dir.path());
    let plan = fs::read_to_string(home.join("plan.json")).unwrap();
    let more = ["run", "--resume", "mine", "--rounds", "1"];
    let ran = without_room(0, &more, dir.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(
        ran.err.contains("cannot write mine/plan.json"),
        "{}",
        ran.err
    );
    assert_eq!(fs::read_to_string(home.join("plan.json")).unwrap(), plan);
    done(&more, dir.path());
    assert_eq!(rows(&home).len(), 1);
}

/// Nobody goes on with a comparison of two builds: without a row, nothing is left of it.
#[test]
fn a_full_disk_leaves_no_comparison_without_rows() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["ab", "--base", BINARY, "--head", BINARY, "--rounds", "1"];
    let rest = ["nothing/orders/sequential", "--out", "mine"];
    let ran = without_room(1, &[&args[..], &rest].concat(), dir.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let line = "cannot write mine/rows.jsonl: ";
    assert!(ran.err.contains(line), "{}", ran.err);
    assert!(empty(dir.path()));
}

/// What was measured is shown and kept where there is no room for the page.
#[test]
fn a_full_disk_after_the_last_row_costs_no_row() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "nothing/orders/sequential", "--rounds", "1"];
    let rest = ["--set", "orders=8", "--out", "mine"];
    let ran = without_room(8, &[&args[..], &rest].concat(), dir.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(ran.out.contains("sequential"), "{}", ran.out);
    assert!(ran.err.contains("cannot write mine/"), "{}", ran.err);
    let told = "1 row is kept in mine: `bakeoff report mine` renders them";
    assert!(ran.err.contains(told), "{}", ran.err);
    done(&["report", "mine"], dir.path());
}

/// What is rendered or exported is whole, or what it was before.
#[test]
fn a_full_disk_cuts_no_report_and_no_export() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "nothing/orders/sequential", "--rounds", "2"];
    let rest = ["--set", "orders=8", "--out", "mine"];
    done(&[&args[..], &rest].concat(), dir.path());
    let page = dir.path().join("mine/report.html");
    let before = fs::read_to_string(&page).unwrap();
    fs::write(dir.path().join("old.json"), "old").unwrap();
    let page_of = ["report", "mine"];
    let ran = without_room(2, &page_of, dir.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(ran.err.contains("cannot write mine/"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&page).unwrap(), before);
    for (out, content) in [("new.json", None), ("old.json", Some("old"))] {
        let args = ["export", "mine", "--format", "json", "--out", out];
        let ran = without_room(1, &args, dir.path());
        assert_eq!(ran.status, Some(1), "{}", ran.err);
        let line = format!("bakeoff: cannot write {out}: ");
        assert!(ran.err.contains(&line), "{}", ran.err);
        let left = fs::read_to_string(dir.path().join(out)).ok();
        assert_eq!(left.as_deref(), content);
    }
    let chart = ["report", "mine", "--chart", "overview", "--out", "new.svg"];
    let ran = without_room(1, &chart, dir.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(!dir.path().join("new.svg").exists());
    for place in [dir.path().to_owned(), dir.path().join("mine")] {
        let names = fs::read_dir(place).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        let cut = names
            .iter()
            .any(|name| name.to_string_lossy().contains(".new"));
        assert!(!cut, "{names:?}");
    }
}

/// What is a pipe and no file would be waited for without end.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_is_no_run_to_go_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "nothing/orders/sequential", "--rounds", "1"];
    let rest = ["--set", "orders=8", "--out", "mine"];
    done(&[&args[..], &rest].concat(), dir.path());
    fs::write(dir.path().join("mine/controls.jsonl"), "").unwrap();
    for name in [
        "rows.jsonl",
        "host.json",
        "plan.json",
        "state.json",
        "machine.jsonl",
        "controls.jsonl",
    ] {
        let (path, kept) = (dir.path().join("mine").join(name), dir.path().join("kept"));
        fs::rename(&path, &kept).unwrap();
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let ran = bakeoff(&["run", "--resume", "mine", "--rounds", "2"], dir.path());
        assert_eq!(ran.status, Some(2), "{name}: {}", ran.err);
        let words = format!("mine/{name}: no regular file");
        assert!(ran.err.contains(&words), "{}", ran.err);
        fs::rename(&kept, &path).unwrap();
    }
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
