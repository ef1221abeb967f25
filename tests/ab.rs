//! `bakeoff ab` from outside: two builds, of which the head is honest, slow, wrong,
//! or not there at all.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use bakeoff::base::seed::SEED;
use bakeoff::lab::Lab;
use bakeoff::lab::selftest::cell;
use bakeoff::record::row::Row;
use serde_json::Value;
use tempfile::{TempDir, TempPath};

const BINARY: &str = env!("CARGO_BIN_EXE_bakeoff");
const CELL: &str = "nothing/orders/sequential";
const ORDERS: &str = "orders=20";

/// A build that is not what it should be: a script before, behind and around the
/// real one, which `RUNNER` stands for.
struct Build {
    path: TempPath,
    _dir: TempDir,
}

impl Build {
    fn of(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut file = tempfile::NamedTempFile::new_in(dir.path()).unwrap();
        // A runner looks whether its parent is the one that it was told.
        let runner = format!("'{BINARY}' runner --parent $$");
        let script = script.replace("RUNNER", &runner);
        write!(file, "#!/bin/sh\n{script}\n").unwrap();
        let path = file.into_temp_path();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Build { path, _dir: dir }
    }

    fn command(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

fn ab(base: &str, head: &str, args: &[&str], dir: &Path) -> Output {
    Command::new(BINARY)
        .args(["ab", "--base", base, "--head", head])
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// As [`ab`] with one cell of known arithmetic, rows in `mine`.
fn priced(base: &str, head: &str, args: &[&str], dir: &Path) -> Output {
    let sets = ["--set", ORDERS, "--set", "iterations=20000"];
    let own = [CELL, "--out", "mine", "--format", "json"];
    let args = [&own[..], &sets, args].concat();
    ab(base, head, &args, dir)
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What it said on standard output, with this exit status.
fn document(output: &Output, status: i32) -> Value {
    assert_eq!(output.status.code(), Some(status), "{}", told(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rows(dir: &Path) -> Vec<Row> {
    let text = fs::read_to_string(dir.join("mine/rows.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Refused with exit status 2 and one line, which holds all of `words`, and nothing
/// left behind.
fn refused(base: &str, head: &str, args: &[&str], words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let output = ab(base, head, args, dir.path());
    let line = told(&output);
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(output.stdout.is_empty());
    assert_eq!(line.lines().count(), 1, "{line}");
    for word in words {
        assert!(line.contains(word), "no {word:?} in {line}");
    }
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
}

#[test]
fn a_build_against_itself_is_no_regression() {
    let dir = tempfile::tempdir().unwrap();
    let output = priced(
        BINARY,
        BINARY,
        &["--rounds", "2", "--pairs", "3"],
        dir.path(),
    );
    // Two rounds decide nothing, and a gate that decides nothing does not pass.
    let document = document(&output, 1);
    assert_eq!(document["regressions"], 0);
    let cell = &document["cells"][0];
    assert_eq!(cell["cell"], CELL);
    assert_eq!((&cell["rounds"], &cell["pairs"]), (&2.into(), &6.into()));
    assert_eq!(cell["standing"], "undecided");
    for side in ["base", "head"] {
        assert_eq!(document[side]["command"], BINARY);
        assert_eq!(
            document[side]["versions"]["bakeoff"],
            env!("CARGO_PKG_VERSION")
        );
    }
    let rows = rows(dir.path());
    assert_eq!(rows.len(), 12);
    for pair in rows.chunks(2) {
        // Neighbours in time, one of either side.
        assert_ne!(pair[0].run, pair[1].run);
        assert_eq!(pair[0].round, pair[1].round);
        assert_eq!(pair[0].answer, pair[1].answer);
    }
    assert!(rows.iter().all(|row| row.error.is_none()));
    assert!(dir.path().join("mine/host.json").exists());
    let plan = fs::read_to_string(dir.path().join("mine/plan.json")).unwrap();
    assert!(plan.contains("\"pairs\": 3"), "{plan}");
    let err = told(&output);
    assert!(err.contains("2 rounds, as asked"), "{err}");
    assert!(err.contains("rows of both sides: mine"), "{err}");
    for words in [
        &format!("bakeoff: nothing is decided of {CELL} ("),
        ": a verdict needs 8 rounds",
        "give --rounds 8",
    ] {
        assert!(err.contains(words), "no {words:?} in {err}");
    }
    assert!(!err.contains('\x1b'));
}

/// The answer of the cell at so many iterations.
fn answer(iterations: u32) -> String {
    let sets = [ORDERS.to_owned(), format!("iterations={iterations}")];
    let mut lab = Lab::new(BINARY);
    let mut open = lab.open(&cell(CELL, &sets).unwrap()).unwrap();
    let row = open.sample(&mut lab, SEED, 0, 0);
    open.close().unwrap();
    row.answer.unwrap()
}

/// Asks the real one for 40,000 iterations where 20,000 are due, and lies about the
/// answer.
fn twice_as_slow() -> Build {
    let (slow, right) = (answer(40_000), answer(20_000));
    Build::of(&format!(
        "sed -u 's/\"iterations\":20000/\"iterations\":40000/' | RUNNER | \
         sed -u 's/{slow}/{right}/'"
    ))
}

#[test]
fn a_head_that_is_twice_as_slow_is_a_regression() {
    let dir = tempfile::tempdir().unwrap();
    let slow = twice_as_slow();
    let args = ["--rounds", "8", "--pairs", "3"];
    let output = priced(BINARY, slow.command(), &args, dir.path());
    let document = document(&output, 1);
    assert_eq!(document["regressions"], 1, "{document}");
    let cell = &document["cells"][0];
    assert_eq!(cell["standing"], "regression", "{cell}");
    // Whatever else this machine does, CPU time tells.
    assert_eq!(cell["cpu"]["regression"], true, "{cell}");
    let ratio = cell["cpu"]["ratio"].as_f64().unwrap();
    assert!((1.5..2.5).contains(&ratio), "{cell}");
    let err = told(&output);
    assert!(
        err.contains(&format!("slower by more than 5 %: {CELL}")),
        "{err}"
    );
    // The other way round it is a gain, and a threshold may be generous.
    let dir = tempfile::tempdir().unwrap();
    let output = priced(slow.command(), BINARY, &args, dir.path());
    assert_eq!(
        self::document(&output, 0)["cells"][0]["cpu"]["verdict"],
        "faster"
    );
    let dir = tempfile::tempdir().unwrap();
    let args = [&args[..], &["--threshold", "400"]].concat();
    let output = priced(BINARY, slow.command(), &args, dir.path());
    let cell = &self::document(&output, 0)["cells"][0];
    assert_eq!(cell["cpu"]["verdict"], "slower", "{cell}");
}

#[test]
fn a_head_that_answers_wrongly_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let liar = Build::of("RUNNER | sed -u 's/\"answer\":\"./\"answer\":\"x/'");
    let output = priced(BINARY, liar.command(), &["--rounds", "5"], dir.path());
    let document = document(&output, 1);
    let cell = &document["cells"][0];
    assert_eq!(cell["standing"], "failed");
    let error = cell["errors"]["head"].as_object().unwrap();
    assert!(error.keys().all(|why| why.contains("wrong answer: x")));
    let err = told(&output);
    assert!(
        err.contains(&format!("head: {CELL}: wrong answer")),
        "{err}"
    );
    assert!(err.contains(&format!("the head failed in {CELL}")), "{err}");
    // The base holds by itself, once a round; after three it is given up.
    let rows = rows(dir.path());
    let good = |row: &&Row| row.run == "base" && row.error.is_none();
    assert_eq!(rows.iter().filter(good).count(), 3);
    assert_eq!(rows.len(), 6);
}

#[test]
fn a_head_that_dies_is_told() {
    let dir = tempfile::tempdir().unwrap();
    // It ends with the first sample that it is asked for.
    let mortal = Build::of("sed -u '/\"sample\"/{s/.*//;q}' | RUNNER");
    let output = priced(BINARY, mortal.command(), &["--rounds", "1"], dir.path());
    assert_eq!(document(&output, 1)["cells"][0]["standing"], "failed");
    let err = told(&output);
    assert!(err.contains(&format!("head: {CELL}: the runner")), "{err}");
    assert!(err.contains("died"), "{err}");
}

#[test]
fn what_only_the_head_knows_is_new() {
    let dir = tempfile::tempdir().unwrap();
    let old = Build::of("sed -u 's/\"os-threads\"/\"os-treads\"/' | RUNNER");
    let cells = ["nothing/orders/{sequential,os-threads}", "--set", ORDERS];
    let args = ["--rounds", "1", "--pairs", "2", "--format", "json"];
    let args = [&cells[..], &args].concat();
    let output = ab(old.command(), BINARY, &args, dir.path());
    // The other cell has too few rounds.
    let document = document(&output, 1);
    let cells = document["cells"].as_array().unwrap();
    let standing = |id: &str| {
        let of = cells.iter().find(|cell| cell["cell"] == id).unwrap();
        of["standing"].as_str().unwrap()
    };
    assert_eq!(standing("nothing/orders/os-threads"), "new");
    assert_eq!(standing("nothing/orders/sequential"), "undecided");
    // Of it alone there is nothing to compare.
    let args = ["nothing/orders/os-threads", "--set", ORDERS];
    refused(
        old.command(),
        BINARY,
        &args,
        &["--base", "unknown model 'os-treads'"],
    );
}

#[test]
fn what_is_no_build_is_told_before_the_start() {
    let missing = "nowhere/bakeoff";
    let mend = "name a bakeoff binary";
    refused(
        missing,
        BINARY,
        &[CELL],
        &["--base 'nowhere/bakeoff'", "could not start", mend],
    );
    refused(BINARY, "false", &[CELL], &["--head 'false'", "died", mend]);
    refused(
        BINARY,
        "echo hello",
        &[CELL],
        &["--head 'echo hello'", mend],
    );
    refused(BINARY, " ", &[CELL], &["--head is empty", mend]);
}

#[test]
fn bad_usage_is_told_before_the_start() {
    let refuses = |args: &[&str], words: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let output = ab(BINARY, BINARY, args, dir.path());
        let err = told(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {err}");
        for word in words {
            assert!(err.contains(word), "{args:?}: no {word:?} in {err}");
        }
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
    };
    for threshold in ["-1", "nan", "inf", "five"] {
        let given = format!("--threshold={threshold}");
        refuses(&[CELL, &given], &["--threshold", "from 0 to 1000"]);
    }
    refuses(&[CELL, "--pairs", "0"], &["--pairs"]);
    refuses(&[CELL, "--rounds", "0"], &["--rounds"]);
    refuses(&[CELL, "--budget", "10"], &["--budget"]);
    refuses(
        &[CELL, "--quick"],
        &["no cell is left of the quick set", CELL],
    );
    refuses(&["nothing/order/*"], &["did you mean 'orders'"]);
    refuses(&[CELL, "--set", "load=0.5"], &["load = 0.5", "give a rate"]);
}

#[test]
fn a_comment_for_a_pull_request_is_markdown() {
    let dir = tempfile::tempdir().unwrap();
    let args = [CELL, "--set", ORDERS, "--rounds", "1", "--pairs", "1"];
    let markdown = [&args[..], &["--format", "markdown", "--out", "mine"]].concat();
    let output = ab(BINARY, BINARY, &markdown, dir.path());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("### bakeoff ab: 1 cell: 1 undecided\n"),
        "{text}"
    );
    assert!(text.contains("| cell "), "{text}");
    let again = ab(BINARY, BINARY, &markdown, dir.path());
    assert_eq!(again.status.code(), Some(2));
    assert!(told(&again).contains("rows of another run"));
}

#[cfg(feature = "server")]
#[test]
fn one_server_serves_both_sides() {
    let dir = tempfile::tempdir().unwrap();
    let cell = ["fetch/no-delay/os-threads", "--out", "mine"];
    let sets = ["--set", "orders=40", "--set", "concurrency=4"];
    let args = [&cell[..], &sets, &["--rounds", "2", "--pairs", "2"]].concat();
    // Neither side may start one.
    let serverless = Build::of("[ \"$1\" = runner ] && RUNNER");
    let output = ab(
        serverless.command(),
        serverless.command(),
        &args,
        dir.path(),
    );
    // It decides nothing in so few rounds.
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    for row in rows(dir.path()) {
        assert_eq!(row.error, None);
        assert_eq!(row.ledger.unwrap().requests, 40);
    }
}

/// Ctrl-C keeps what was measured.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_comparison_keeps_its_rows() {
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().unwrap();
    let child = Command::new(BINARY)
        .args(["ab", "--base", BINARY, "--head", BINARY, CELL])
        .args(["--set", ORDERS, "--rounds", "10000", "--out", "mine"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let kept = dir.path().join("mine/rows.jsonl");
    let begun = Instant::now();
    while !fs::read_to_string(&kept).is_ok_and(|rows| rows.lines().count() >= 3) {
        assert!(begun.elapsed() < Duration::from_secs(120), "no rows");
        std::thread::sleep(Duration::from_millis(2));
    }
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = told(&output);
    assert_eq!(output.status.code(), Some(130), "{err}");
    let rows = rows(dir.path());
    assert!(rows.len() >= 3 && rows.iter().all(|row| row.error.is_none()));
    assert!(
        err.contains(&format!("{} rows are kept", rows.len())),
        "{err}"
    );
    // What there is, is compared.
    assert!(String::from_utf8(output.stdout).unwrap().contains(CELL));
}
