//! Files of orders: where they lie, what is refused or said of that place, and that nothing
//! of them stays.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{BINARY, HANG, Ran, empty, finish, refused_line, rows, signal, start};

/// A run of one cell, whose files lie in the second directory.
struct Run {
    home: TempDir,
    files: TempDir,
}

impl Run {
    fn new() -> Self {
        let [home, files] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        Run { home, files }
    }

    /// Starts it, of a model, with this set, after what the shell is told first.
    fn start(&self, first: &str, files: &Path, model: &str, sets: &[&str]) -> Child {
        let mut command = Command::new("bash");
        let script = format!("{first} exec \"$0\" \"$@\"");
        command.args([
            "-c",
            &script,
            BINARY,
            "run",
            "files/write",
            "--models",
            model,
        ]);
        command.args(["--rounds", "1", "--out", "mine", "--set", "concurrency=2"]);
        for set in sets {
            command.args(["--set", set]);
        }
        command.env("TMPDIR", files);
        start(command, self.home.path())
    }

    fn ended(&self, first: &str, sets: &[&str]) -> Ran {
        let models = if cfg!(feature = "tokio") {
            "os-threads,processes,tokio-ct"
        } else {
            "os-threads,processes"
        };
        finish(self.start(first, self.files.path(), models, sets))
    }

    /// Starts one that lasts, and waits until its files are there.
    fn lasting(&self) -> Child {
        // Each order comes half a second after the one before.
        let sets = ["orders=200", "files=4", "arrivals=constant", "rate=2"];
        let child = self.start("", self.files.path(), "os-threads", &sets);
        let begun = Instant::now();
        while empty(self.files.path()) || empty(&self.made()) {
            assert!(begun.elapsed() < HANG, "no files were made");
            thread::sleep(Duration::from_millis(5));
        }
        child
    }

    fn made(&self) -> std::path::PathBuf {
        let entry = fs::read_dir(self.files.path()).unwrap().next();
        entry.map_or_else(|| self.files.path().into(), |entry| entry.unwrap().path())
    }
}

#[test]
fn files_lie_where_tmpdir_says_and_are_removed() {
    let run = Run::new();
    let ran = run.ended("", &["orders=8", "files=8"]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(empty(run.files.path()));
    for row in rows(&run.home.path().join("mine")) {
        let place = row.file_system.expect("Linux says where files lie");
        assert!(place.contains(" at /"), "{place}");
    }
}

#[test]
fn an_interrupted_run_removes_its_files() {
    let run = Run::new();
    let child = run.lasting();
    signal("INT", child.id());
    assert_eq!(finish(child).status, Some(130));
    assert!(empty(run.files.path()), "{:?}", run.made());
}

#[test]
fn what_a_killed_run_left_the_next_one_removes() {
    let run = Run::new();
    let child = run.lasting();
    let left = run.made();
    signal("KILL", child.id());
    finish(child);
    assert!(left.join("0").exists(), "nobody could have removed it");
    let (next, sets) = (Run::new(), ["orders=4", "files=4"]);
    let ran = finish(next.start("", run.files.path(), "os-threads", &sets));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(empty(run.files.path()), "{:?}", run.made());
}

/// It is told where files are made; what orders are told of it is a law of every model.
#[test]
fn a_limit_on_the_size_of_files_is_told_and_ends_no_process() {
    let run = Run::new();
    let ran = run.ended("ulimit -f 4000;", &["orders=8", "files=2", "size=5MB"]);
    assert_ne!(ran.status, Some(0));
    assert!(ran.err.contains("File too large"), "{}", ran.err);
    assert!(ran.err.contains("`ulimit -f`"), "{}", ran.err);
    assert!(empty(run.files.path()));
}

#[test]
fn files_that_fit_nowhere_are_refused() {
    let run = Run::new();
    let ran = run.ended("", &["size=100MB", "files=100000"]);
    let words = ["10000000 MB for its files", "TMPDIR", "files/write/"];
    refused_line("files", &ran, &run.home, &words);
}

#[test]
fn a_place_that_is_none_is_an_error_with_the_mend() {
    let run = Run::new();
    let nowhere = run.files.path().join("nowhere");
    let ran = finish(run.start("", &nowhere, "os-threads", &["orders=4", "files=4"]));
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let line = "cannot make a directory in";
    assert!(
        ran.err.contains(line) && ran.err.contains("TMPDIR"),
        "{}",
        ran.err
    );
}

#[test]
fn syncing_to_memory_is_flagged() {
    let memory = Path::new("/dev/shm");
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    if !mounts.contains(" /dev/shm ") || !mounts.contains(" - tmpfs ") {
        return;
    }
    let run = Run::new();
    let files = tempfile::tempdir_in(memory).unwrap();
    let sets = ["orders=8", "files=8"];
    let ran = finish(run.start("", files.path(), "os-threads", &sets));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let row = rows(&run.home.path().join("mine")).remove(0);
    let flags = format!("{:?}", row.flags);
    assert!(
        flags.contains("sync-in-memory") || flags.contains("SyncInMemory"),
        "{flags}"
    );
    assert_eq!(row.file_system.as_deref(), Some("tmpfs at /dev/shm"));
    // Whoever only reads waits for no disk.
    let mut command = Command::new(BINARY);
    command.args([
        "run",
        "files/read/os-threads",
        "--rounds",
        "1",
        "--out",
        "reads",
    ]);
    command
        .args(["--set", "orders=8", "--set", "files=8"])
        .env("TMPDIR", files.path());
    let ran = finish(start(command, run.home.path()));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let row = rows(&run.home.path().join("reads")).remove(0);
    let flags = format!("{:?}", row.flags);
    assert!(
        !flags.contains("sync-in-memory") && !flags.contains("SyncInMemory"),
        "{flags}"
    );
}
