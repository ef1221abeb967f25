//! A run that was cut short goes on where it stopped, as it would have gone.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff::record::row::Row;
use tempfile::TempDir;

use super::extent::begun;
use super::{BINARY, HANG, Ran, bakeoff, done, finish, rows, signal, start};

/// Two cells, five rounds, two samples each.
const RUN: [&str; 14] = [
    "run",
    "bakery/cpu-bound",
    "--models",
    "os-threads,sequential",
    "--rounds",
    "5",
    "--samples",
    "2",
    "--seed",
    "7",
    "--set",
    "orders=32",
    "--out",
    "mine",
];

/// What a row is of, and of which work.
fn work(row: &Row) -> (u32, u32, String, u64, u64, String) {
    (
        row.round,
        row.position,
        row.cell.clone(),
        row.seed,
        row.orders,
        row.answer.clone().unwrap(),
    )
}

/// What the run comes to where nobody interrupts it.
fn undisturbed() -> Vec<(u32, u32, String, u64, u64, String)> {
    let dir = tempfile::tempdir().unwrap();
    done(&RUN, dir.path());
    rows(&dir.path().join("mine")).iter().map(work).collect()
}

/// Begins the run and ends it by a signal once it has some rows.
fn cut_short(by: &str) -> (TempDir, Ran) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.args(RUN);
    let child = start(command, dir.path());
    let kept = dir.path().join("mine/rows.jsonl");
    let begun = Instant::now();
    let few = |text: String| text.lines().count() < 5;
    while fs::read_to_string(&kept).map_or(true, few) {
        assert!(begun.elapsed() < HANG, "no rows");
        thread::sleep(Duration::from_millis(1));
    }
    let id = child.id();
    signal(by, id);
    let ran = finish(child);
    // It has nobody who could still write, however it ended.
    #[cfg(target_os = "linux")]
    super::no_runner_is_left(id);
    (dir, ran)
}

fn goes_on(dir: &Path) -> Ran {
    done(&["run", "--resume", "mine"], dir)
}

fn is_as_undisturbed(dir: &Path) {
    let rows = rows(&dir.join("mine"));
    assert!(rows.iter().all(|row| row.error.is_none()));
    assert_eq!(rows.iter().map(work).collect::<Vec<_>>(), undisturbed());
}

#[test]
fn after_an_interruption_only_what_is_missing_is_measured() {
    let (dir, ran) = cut_short("INT");
    assert_eq!(ran.status, Some(130), "{}", ran.err);
    assert!(ran.err.contains("--resume mine` goes on"), "{}", ran.err);
    let before = fs::read(dir.path().join("mine/rows.jsonl")).unwrap();
    let ran = goes_on(dir.path());
    assert!(ran.err.contains("\n5 rounds, as asked\n"), "{}", ran.err);
    let after = fs::read(dir.path().join("mine/rows.jsonl")).unwrap();
    assert!(after.starts_with(&before) && after.len() > before.len());
    is_as_undisturbed(dir.path());
    let again = goes_on(dir.path());
    let line = "nothing is left of mine: 5 rounds, as asked\n";
    assert_eq!((again.out.as_str(), again.err.as_str()), ("", line));
    assert_eq!(fs::read(dir.path().join("mine/rows.jsonl")).unwrap(), after);
    // Unless more is asked.
    let more = ["run", "--resume", "mine", "--rounds", "6", "--json"];
    let told = done(&more, dir.path()).out;
    assert_eq!(told.lines().count(), 4);
    assert_eq!(rows(&dir.path().join("mine")).len(), 24);
}

#[test]
fn after_a_killed_harness_the_torn_line_is_cut_off() {
    let (dir, ran) = cut_short("KILL");
    assert_eq!(ran.status, None);
    let path = dir.path().join("mine/rows.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"{\"schema\":1,\"cel").unwrap();
    let ran = goes_on(dir.path());
    let line = "rows.jsonl: cut off a torn last line of 16 bytes\n";
    assert!(ran.err.contains(line), "{}", ran.err);
    is_as_undisturbed(dir.path());
}

#[test]
fn a_run_that_is_under_way_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.args(["run", "bakery/hundred-bakers/sequential", "--out", "mine"]);
    let mut child = start(command, dir.path());
    let begun = Instant::now();
    while !dir.path().join("mine/plan.json").exists() {
        assert!(begun.elapsed() < HANG, "no plan");
        thread::sleep(Duration::from_millis(1));
    }
    let Ran { status, err, .. } = bakeoff(&["run", "--resume", "mine"], dir.path());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(status, Some(2), "{err}");
    assert!(err.contains("mine: another bakeoff is still"), "{err}");
}

/// Replaces text in a file of the run.
fn edit(dir: &Path, name: &str, from: &str, to: &str) {
    let path = dir.join("mine").join(name);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "no {from} in {text}");
    fs::write(&path, text.replace(from, to)).unwrap();
}

/// Refuses to go on in one line, and leaves the rows as they were.
fn is_refused(dir: &Path, words: &[&str]) {
    let before = fs::read(dir.join("mine/rows.jsonl")).ok();
    let more = ["run", "--resume", "mine", "--rounds", "1"];
    let Ran { status, err, .. } = bakeoff(&more, dir);
    assert_eq!(status, Some(2), "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    for word in words {
        assert!(err.contains(word), "no {word} in {err}");
    }
    assert_eq!(fs::read(dir.join("mine/rows.jsonl")).ok(), before);
}

#[test]
fn what_would_not_be_the_same_run_is_refused() {
    let args = ["run", "bakery/cpu-bound/os-threads"];
    let own = format!("\"bakeoff\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let hostname = format!("\"hostname\": \"{}\"", bakeoff::host::facts().hostname);
    for (name, from, to, words) in [
        (
            "plan.json",
            own.as_str(),
            "\"bakeoff\": \"0.0.9\"",
            ["0.0.9", "plan.json"],
        ),
        (
            "plan.json",
            "\"versions\"",
            "\"version\"",
            ["not a plan", "versions"],
        ),
        (
            "plan.json",
            "\"mix_cpu\": 20000",
            "\"mix_cpu\": 1",
            ["mix_cpu", "from 1 to 20000"],
        ),
        (
            "host.json",
            &hostname,
            "\"hostname\": \"oven\"",
            ["'oven'", "resume there"],
        ),
    ] {
        let dir = tempfile::tempdir().unwrap();
        begun(&args, dir.path());
        edit(dir.path(), name, from, to);
        is_refused(dir.path(), &words);
    }
    let dir = tempfile::tempdir().unwrap();
    begun(&args, dir.path());
    fs::remove_file(dir.path().join("mine/plan.json")).unwrap();
    is_refused(dir.path(), &["mine/plan.json", "no such file"]);
    is_refused(tempfile::tempdir().unwrap().path(), &["no such file"]);
}

#[cfg(feature = "smol")]
#[test]
fn another_version_of_a_models_crate_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    begun(&["run", "bakery/cpu-bound/smol"], dir.path());
    edit(dir.path(), "plan.json", "\"smol\": \"", "\"smol\": \"9");
    is_refused(dir.path(), &["begun with smol 9", "new run"]);
}

#[test]
fn a_scenario_file_that_changed_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bakery.toml");
    let text = "[mine]\nabout = \"mine\"\nversion = 1\n[mine.params]\norders = 8\n";
    fs::write(&file, text).unwrap();
    let args = [
        "run",
        "bakery/mine/sequential",
        "--scenarios",
        "bakery.toml",
    ];
    begun(&args, dir.path());
    fs::write(&file, text.replace("version = 1", "version = 2")).unwrap();
    is_refused(dir.path(), &["bakery/mine", "from version 1 to 2"]);
    fs::write(&file, text).unwrap();
    // The file is found from wherever it is gone on.
    let place = dir.path().join("mine");
    let elsewhere = tempfile::tempdir().unwrap();
    let more = ["run", "--resume", place.to_str().unwrap(), "--rounds", "1"];
    done(&more, elsewhere.path());
    assert_eq!(rows(&place).len(), 1);
}
