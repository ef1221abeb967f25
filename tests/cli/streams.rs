//! What becomes of a command whose streams or words are not as usual: standard error
//! that cannot be written, a reader who has seen enough, words that are no UTF-8.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{BINARY, finish, rows, start};

/// Few orders, so that no sample lasts as long as one to compare by.
const RUN: [&str; 6] = [
    "run",
    "nothing/orders/sequential",
    "--rounds",
    "1",
    "--set",
    "orders=8",
];

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// Runs `script`, in which `$BAKEOFF` is the binary, and returns its exit status.
fn shell(script: &str, dir: &Path) -> Option<i32> {
    let mut command = Command::new("bash");
    command.args(["-c", script]).env("BAKEOFF", BINARY);
    finish(start(command, dir)).status
}

#[test]
fn a_run_whose_standard_error_is_gone_goes_on_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let run = |out: &str, stderr: Stdio| {
        let mut command = Command::new(BINARY);
        command.args(RUN).args(["--out", out]);
        let status = command
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .status();
        assert_eq!(status.unwrap().code(), Some(0), "{out}");
        assert_eq!(rows(&dir.path().join(out)).len(), 1);
        assert!(dir.path().join(out).join("report.html").exists());
    };
    run("full", full().into());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run("gone", writer.into());
    let script = "\"$BAKEOFF\" run nothing/orders/sequential --rounds 1 --out closed 2>&-";
    assert_eq!(shell(script, dir.path()), Some(0));
    assert_eq!(rows(&dir.path().join("closed")).len(), 1);
}

#[test]
fn results_go_to_standard_output_and_with_json_rows_alone() {
    let dir = tempfile::tempdir().unwrap();
    let run = |out: &str, more: &[&str]| {
        let mut command = Command::new(BINARY);
        command.args(RUN).args(["--out", out]).args(more);
        let ran = finish(start(command, dir.path()));
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        ran
    };
    let ran = run("text", &[]);
    assert!(ran.out.starts_with("nothing/orders ("), "{}", ran.out);
    assert!(ran.err.contains("report.html: text"), "{}", ran.err);
    for words in ["How to read this", "orders/s"] {
        assert!(
            ran.out.contains(words) && !ran.err.contains(words),
            "{words}"
        );
    }
    let ran = run("json", &["--json"]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    for line in ran.out.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert!(ran.err.contains("How to read this"), "{}", ran.err);
}

#[test]
fn tables_are_as_wide_as_columns_says_and_a_pipe_has_a_width_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let ran = |args: &[&str], columns: Option<&str>| {
        let mut command = Command::new(BINARY);
        command.args(args).env_remove("COLUMNS");
        command.envs(columns.map(|columns| ("COLUMNS", columns)));
        let ran = finish(start(command, dir.path()));
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        ran.out
    };
    let own = ran(&[&RUN[..], &["--out", "mine"]].concat(), None);
    // The same rows again: nothing is left to be measured.
    let again = ["run", "--resume", "mine", "--rounds", "1"];
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max();
    assert_eq!(ran(&again, None), own);
    assert!((61..=100).contains(&widest(&own).unwrap()), "{own}");
    assert!(widest(&ran(&again, Some("60"))) <= Some(60));
    assert_eq!(ran(&again, Some("nonsense")), own);
    // Too narrow for any table.
    assert_eq!(ran(&again, Some("5")), ran(&again, Some("40")));
}

#[test]
fn tables_that_cannot_be_written_lose_no_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.args(RUN).args(["--out", "mine"]).stdout(full());
    let status = command
        .current_dir(dir.path())
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
    let mine = dir.path().join("mine");
    assert_eq!(rows(&mine).len(), 1);
    assert!(mine.join("report.html").exists() && mine.join("tables.md").exists());
}

#[test]
fn bad_usage_is_bad_usage_also_where_nobody_can_be_told() {
    for args in [&["run", "no/such"][..], &["report", "none"], &["nothing"]] {
        let mut command = Command::new(BINARY);
        let status = command.args(args).stderr(full()).status();
        assert_eq!(status.unwrap().code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure_and_a_full_disk_is_one() {
    let home = tempfile::tempdir().unwrap();
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    for format in [
        "csv",
        "json",
        "bencher",
        "github-smaller",
        "github-bigger",
        "hlog",
    ] {
        let script = format!(
            "set -o pipefail; \"$BAKEOFF\" export {} --format {format} | head -c 1",
            reference.display()
        );
        assert_eq!(shell(&script, home.path()), Some(0), "{format}");
    }
    let mut command = Command::new(BINARY);
    command.args(["export", "--format", "csv"]).arg(reference);
    let status = command.stdout(full()).stderr(Stdio::null()).status();
    assert_eq!(status.unwrap().code(), Some(1));
    for args in [&["list"][..], &["list", "--json"], &["list", "--cost"]] {
        let mut command = Command::new(BINARY);
        command.args(args).stdout(full()).stderr(Stdio::null());
        assert_eq!(command.status().unwrap().code(), Some(1), "{args:?}");
    }
}

#[test]
fn a_directory_may_have_any_name_and_a_wrong_word_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let odd = OsStr::from_bytes(b"r\xff\x1b[31m");
    let mut command = Command::new(BINARY);
    command.args(RUN).arg("--out").arg(odd);
    let ran = finish(start(command, home.path()));
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert_eq!(rows(&home.path().join(odd)).len(), 1);
    assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    for verb in [
        &["report"][..],
        &["export", "--format", "json"],
        &["report", "--trend"],
    ] {
        let mut command = Command::new(BINARY);
        command.args(verb).arg(odd);
        let ran = finish(start(command, home.path()));
        assert_eq!(ran.status, Some(0), "{verb:?}: {}", ran.err);
        assert!(!ran.err.contains('\u{1b}'), "{}", ran.err);
    }
    let page = fs::read_to_string(home.path().join(odd).join("report.html")).unwrap();
    assert!(!page.contains('\u{1b}'));
    for args in [&["run"][..], &["run", "--models"], &["run", "--set"], &[]] {
        let mut command = Command::new(BINARY);
        command.args(args).arg(OsStr::from_bytes(b"\xff\xfe"));
        let ran = finish(start(command, home.path()));
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
    }
}
