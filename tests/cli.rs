//! The command line from outside: the real binary in an empty directory. Bad
//! input is refused in one line, before anything is written; what was asked
//! for goes to standard output, and everything else to standard error.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
#[cfg(target_os = "linux")]
use std::time::Instant;

use bakeoff::record::row::Row;
use bakeoff::registry;
use bakeoff::scenarios;
use bakeoff::selection;
use bakeoff::workload::scenario::Scenario;
use serde_json::Value;
use tempfile::TempDir;

#[path = "cli/capacity.rs"]
mod capacity;
#[path = "cli/compare.rs"]
mod compare;
#[path = "cli/controls.rs"]
mod controls;
#[path = "cli/cost.rs"]
mod cost;
#[cfg(target_os = "linux")]
#[path = "cli/endings.rs"]
mod endings;
#[path = "cli/extent.rs"]
mod extent;
#[cfg(target_os = "linux")]
#[path = "cli/files.rs"]
mod files;
#[path = "cli/foreign_text.rs"]
mod foreign_text;
#[path = "cli/report.rs"]
mod report;
#[path = "cli/resume.rs"]
mod resume;
#[path = "cli/sizes.rs"]
mod sizes;
#[cfg(target_os = "linux")]
#[path = "cli/stopped.rs"]
mod stopped;
#[cfg(target_os = "linux")]
#[path = "cli/streams.rs"]
mod streams;
#[path = "cli/trend.rs"]
mod trend;
#[cfg(target_os = "linux")]
#[path = "cli/why.rs"]
mod why;

const BINARY: &str = env!("CARGO_BIN_EXE_bakeoff");

/// Long enough for any machine; only a hang meets it.
const HANG: Duration = Duration::from_secs(120);

// --- how it is run -----------------------------------------------------------

/// What a finished command left.
struct Ran {
    status: Option<i32>,
    out: String,
    err: String,
}

fn start(mut command: Command, dir: &Path) -> Child {
    command
        .current_dir(dir)
        // A terminal that could do colours, which a pipe must not be given.
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(mut child: Child) -> Ran {
    let id = child.id();
    let mut pipes: (Box<dyn Read + Send>, Box<dyn Read + Send>) = (
        Box::new(child.stdout.take().unwrap()),
        Box::new(child.stderr.take().unwrap()),
    );
    let (over, ended) = mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if ended.recv_timeout(HANG) == Err(mpsc::RecvTimeoutError::Timeout) {
            signal("KILL", id);
        }
    });
    let out = thread::spawn(move || text(&mut pipes.0));
    let err = text(&mut pipes.1);
    let ran = Ran {
        status: child.wait().unwrap().code(),
        out: out.join().unwrap(),
        err,
    };
    drop(over);
    watchdog.join().unwrap();
    ran
}

fn text(pipe: &mut impl Read) -> String {
    let mut text = String::new();
    pipe.read_to_string(&mut text).unwrap();
    text
}

fn signal(name: &str, id: u32) {
    let status = Command::new("kill")
        .args([format!("-{name}"), id.to_string()])
        .status();
    assert!(status.unwrap().success(), "kill -{name} {id}");
}

fn bakeoff(args: &[&str], dir: &Path) -> Ran {
    let mut command = Command::new(BINARY);
    command.args(args);
    finish(start(command, dir))
}

/// As [`bakeoff`], where it must succeed.
fn done(args: &[&str], dir: &Path) -> Ran {
    let ran = bakeoff(args, dir);
    assert_eq!(ran.status, Some(0), "{args:?}: {}", ran.err);
    ran
}

fn empty(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().next().is_none()
}

/// Refuses with exit status 2 and one line, which holds all of `words`.
fn refused_line(what: &str, ran: &Ran, dir: &TempDir, words: &[&str]) {
    let Ran { status, out, err } = ran;
    assert_eq!(*status, Some(2), "{what}: {err}");
    assert_eq!(out, "", "{what}");
    assert_eq!(err.lines().count(), 1, "{what}: {err}");
    assert!(err.ends_with('\n'), "{what}: {err}");
    for word in words {
        assert!(err.contains(word), "{what}: no {word:?} in {err}");
    }
    assert!(empty(dir.path()), "{what}: it wrote something");
}

fn refused(args: &[&str], words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let ran = bakeoff(args, dir.path());
    refused_line(&args.join(" "), &ran, &dir, words);
}

// --- bad input -----------------------------------------------------------------

#[test]
fn an_unknown_name_is_told_with_the_nearest() {
    refused(
        &["run", "bakery/crowded/os-treads"],
        &["model", "'os-treads'", "did you mean 'os-threads'"],
    );
    refused(
        &["run", "--models", "sequential,os-treads"],
        &["model", "'os-treads'", "did you mean 'os-threads'"],
    );
    refused(
        &["verify", "bakry/crowded"],
        &["workload", "'bakry'", "did you mean 'bakery'"],
    );
    refused(
        &["verify", "bakery/crowdet"],
        &["scenario", "'crowdet'", "did you mean 'crowded'"],
    );
    refused(
        &["run", "bakery/crowded", "--set", "concurency=3"],
        &["key", "'concurency'", "did you mean 'concurrency'"],
    );
    refused(
        &["run", "bakery/crowded", "--set", "style=jumping"],
        &["style", "'jumping'", "did you mean 'jump'"],
    );
}

#[test]
fn a_name_is_looked_for_where_it_stands() {
    // Each of these exists elsewhere, which is no help here.
    refused(
        &["run", "bakery/no-delay"],
        &["scenario of bakery", "'no-delay'", "crowded"],
    );
    refused(
        &["run", "bakery/crowded/os-threads@reqwest"],
        &["model of bakery/crowded", "did you mean 'os-threads'"],
    );
}

#[test]
fn a_pattern_that_means_nothing_is_told() {
    for pattern in ["bakery", "bakery/*/x*", "*/y9*/*"] {
        refused(
            &["run", pattern],
            &[&format!("'{pattern}'"), "matches no cell", "bakeoff list"],
        );
    }
    refused(&["run", "bakery/[z"], &["'bakery/[z'", "character class"]);
    refused(&["run", "bakery/{a"], &["'bakery/{a'", "alternat"]);
    refused(
        &["run", "bakery/*/sequential", "--models", "os-threads"],
        &["bakery/*/sequential", "--models os-threads"],
    );
    // One of two would be left out without a word.
    let two = [
        "run",
        "bakery/crowded",
        "--models",
        "sequential,os-threads@reqwest",
    ];
    refused(&two, &["bakery/crowded", "--models os-threads@reqwest"]);
}

#[test]
fn names_are_listed_once_and_the_quick_set_can_be_narrowed() {
    let mut names: Vec<&str> = registry::workloads()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    names.dedup();
    let known = format!("(known: {})", names.join(", "));
    refused(&["run", "x/y"], &[&known]);
    let narrowed = ["run", "nothing/orders", "--quick"];
    refused(
        &narrowed,
        &["no cell is left of the quick set", "nothing/orders"],
    );
}

#[cfg(feature = "server")]
#[test]
fn serve_refuses_what_it_would_not_serve() {
    for (args, words) in [
        (["--size", "2MB"], ["--size", "at most 1 MiB"]),
        (["--size", "5ms"], ["--size", "no size"]),
        (["--delay", "5"], ["--delay", "no unit"]),
        (["--delay", "11000s"], ["--delay", "ten minutes"]),
        (["--addr", "localhost"], ["--addr", "localhost:8080"]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let ran = bakeoff(&[&["serve"], &args[..]].concat(), dir.path());
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        for word in words {
            assert!(ran.err.contains(word), "{args:?}: {}", ran.err);
        }
    }
}

#[cfg(feature = "server")]
#[test]
fn serve_listens_at_a_name() {
    use std::io::{BufRead, BufReader};
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.args(["serve", "--addr", "localhost:0"]);
    let mut server = start(command, dir.path());
    let mut url = String::new();
    let stdout = server.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut url).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(url.starts_with("http://"), "{url}");
}

#[test]
fn a_value_out_of_range_is_told_with_the_range() {
    for (set, words) in [
        ("orders=0", ["orders = 0", "from 1 to"]),
        ("concurrency=0", ["concurrency = 0", "from 1 to"]),
        ("concurrency=-8", ["concurrency = -8", "from 1 to"]),
        (
            "concurrency=1000000000",
            ["concurrency = 1000000000", "to 1000000"],
        ),
        ("concurrency=9e99", ["concurrency", "from 1 to"]),
        (
            "orders=99999999999999999999",
            ["orders", "from 1 to 100000000"],
        ),
        ("concurrency=many", ["many", "a whole number"]),
        ("rate=nan", ["rate = nan", "a number from 0"]),
        ("rate=-1", ["rate = -1", "a number from 0"]),
        ("bake_wait=10parsecs", ["'parsecs'", "ns, us, ms"]),
        ("bake_wait=gauss:1ms", ["'gauss:1ms'", "log-normal"]),
        ("bake_wait=400days", ["bake_wait", "'days'"]),
        (
            "bake_wait=100000s",
            ["bake_wait = \"100000s\"", "is not at most"],
        ),
        ("bake_wait=5", ["bake_wait: '5' has no unit", "5ms or 5s"]),
        ("bake_wait=5kB", ["bake_wait", "'5kB' is no time"]),
        ("bakers=3", ["3 bakers", "style=jump"]),
        ("orders", ["'orders'", "has no '='"]),
        ("=3", ["key", "''"]),
    ] {
        refused(&["run", "bakery/hundred-bakers", "--set", set], &words);
    }
    for (set, words) in [
        ("delay=5", ["delay: '5' has no unit", "5ms or 5s"]),
        (
            "delay=uniform:1,5ms",
            ["delay: '1' has no unit", "1ms or 1s"],
        ),
        ("timeout=30", ["timeout: '30' has no unit", "30ms or 30s"]),
        ("size=5ms", ["size: '5ms' is no size", "kB or MB"]),
        ("size=2MB", ["size = \"2MB\"", "at most 1048576"]),
    ] {
        refused(&["run", "fetch/no-delay", "--set", set], &words);
    }
    let posted = ["fetch/post-json", "--set", "size=1kB"];
    refused(
        &[&["run"], &posted[..]].concat(),
        &["size changes nothing here", "a receipt"],
    );
    let dir = tempfile::tempdir().unwrap();
    let ran = bakeoff(
        &["verify", "bakery/crowded", "--set", "orders=0"],
        dir.path(),
    );
    refused_line("verify", &ran, &dir, &["orders = 0", "from 1 to"]);
}

#[test]
fn a_sweep_is_checked_before_it_starts() {
    for (sweep, words) in [
        ("concurrency", ["'concurrency'", "no '='"]),
        ("=1,2", ["'=1,2'", "name a parameter"]),
        ("concurrency=", ["'concurrency='", "value is missing"]),
        (
            "concurrency=1,,2",
            ["'concurrency=1,,2'", "value is missing"],
        ),
        ("concurrency=1,2,1", ["1 is the value 1 again", "once"]),
        ("concurrency=10,1e1", ["1e1 is the value 10 again", "once"]),
        ("concurrency=1,0", ["concurrency = 0", "from 1 to"]),
        (
            "concurency=1,2",
            ["'concurency'", "did you mean 'concurrency'"],
        ),
        ("style=jump,jumping", ["'jumping'", "did you mean 'jump'"]),
    ] {
        refused(&["run", "bakery/crowded", "--sweep", sweep], &words);
    }
    for again in ["--set", "--sweep"] {
        refused(
            &[
                "run",
                "bakery/crowded",
                again,
                "orders=8",
                "--sweep",
                "orders=1,2",
            ],
            &["--sweep orders", "(8)", "one --sweep"],
        );
    }
}

#[test]
fn what_the_parser_refuses_starts_nothing() {
    for args in [
        &["bake"][..],
        &[],
        &["run", "--rouns", "3"],
        &["run", "--rounds", "0"],
        &["run", "--rounds", "-1"],
        &["run", "--rounds", "x"],
        &["run", "--budget", "10"],
        &["run", "--budget", "0s"],
        &["run", "--slo", "p98=20ms"],
        &["run", "--slo", "p99"],
        &["run", "--slo", "p99=soon"],
        &["run", "--slo", "p99=20ms", "--rounds", "9"],
        &["run", "--resume", "results/x", "--quick"],
        &["run", "--resume", "results/x", "--seed", "3"],
        &["run", "--resume", "results/x", "bakery/crowded"],
        &["run", "--resume", "results/x", "--out", "y"],
        &["run", "--out"],
        &["list", "bakery"],
        &["doctor", "bakery"],
        &["doctor", "--rounds", "3"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        let ran = bakeoff(args, dir.path());
        assert_eq!(ran.status, Some(2), "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
        assert!(!ran.err.is_empty() && !ran.err.contains('\x1b'), "{args:?}");
        assert!(empty(dir.path()), "{args:?} wrote something");
    }
}

#[test]
fn a_target_that_is_no_http_server_is_told() {
    for (url, why) in [
        ("https://127.0.0.1/", "plain http"),
        ("127.0.0.1:80", "plain http"),
        ("ftp://127.0.0.1/", "plain http"),
        ("http://127.0.0.1:99999/", "127.0.0.1:99999"),
        ("http://", "http://127.0.0.1:8080/"),
    ] {
        refused(
            &["run", "fetch/no-delay", "--target", url],
            &[&format!("--target '{url}'"), why],
        );
    }
}

/// A scenario file of this name and text, elsewhere; and its path.
fn file(name: &str, text: &str) -> (TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(name);
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (home, path)
}

const ENTRY: &str = "[mine]\nabout = \"mine\"\nversion = 1\n";

#[test]
fn a_broken_scenario_file_is_told_with_its_line() {
    for (rest, line) in [("bake_wait = 10ms\n", 4), ("[mine.params]\norders ==\n", 5)] {
        let (_home, path) = file("bakery.toml", &format!("{ENTRY}{rest}"));
        refused(
            &["run", "bakery/mine", "--scenarios", &path],
            &[&format!("{path}:{line}: ")],
        );
    }
}

#[test]
fn a_wrong_scenario_file_is_told_by_name() {
    for (name, text, words) in [
        (
            "bakery.toml",
            format!("{ENTRY}[mine.params]\nbaker = 3\n"),
            ["bakery/mine", "did you mean 'bakers'"],
        ),
        (
            "bakery.toml",
            format!("{ENTRY}ovens = 3\n[mine.params]\n"),
            ["'mine'", "ovens"],
        ),
        ("bakery.toml", ENTRY.into(), ["'mine'", "params"]),
        (
            "bakery.toml",
            format!("{ENTRY}[mine.params]\nconcurrency = 0\n"),
            ["bakery/mine: concurrency = 0", "from 1 to"],
        ),
        (
            "fetch.toml",
            format!("{ENTRY}[mine.params]\ndelay = \"10 parsecs\"\n"),
            ["fetch/mine", "'parsecs'"],
        ),
        (
            "bakery.toml",
            format!("{ENTRY}default = [\"os-treads\"]\n[mine.params]\n"),
            [
                "unknown model in the lists of bakery/mine 'os-treads'",
                "did you mean 'os-threads'",
            ],
        ),
        (
            "bakery.toml",
            format!("{ENTRY}quick = [\"os-threads@reqwest\"]\n[mine.params]\n"),
            [
                "in the lists of bakery/mine 'os-threads@reqwest'",
                "'os-threads'",
            ],
        ),
        (
            "pizza.toml",
            format!("{ENTRY}[mine.params]\n"),
            ["named after its workload", "bakery.toml"],
        ),
    ] {
        let (_home, path) = file(name, &text);
        refused(
            &["run", "bakery/crowded", "--scenarios", &path],
            &[&[path.as_str()], &words[..]].concat(),
        );
    }
    refused(
        &["run", "--scenarios", "nowhere/bakery.toml"],
        &["nowhere/bakery.toml", "No such file"],
    );
}

const SMALL: [&str; 8] = [
    "run",
    "bakery/cpu-bound/sequential",
    "--rounds",
    "1",
    "--samples",
    "1",
    "--set",
    "orders=8",
];

#[test]
fn a_place_that_cannot_be_written_is_told() {
    // Under a regular file nobody can write, not even root.
    let (_home, path) = file("file", "");
    for out in [path.clone(), format!("{path}/results")] {
        refused(&[&SMALL[..], &["--out", &out]].concat(), &[&path, "--out"]);
    }
}

#[test]
fn the_rows_of_another_run_are_left_alone() {
    let (home, path) = file("rows.jsonl", "{}\n");
    let out = home.path().to_str().unwrap();
    refused(
        &[&SMALL[..], &["--out", out]].concat(),
        &[out, "another run", "--out"],
    );
    assert_eq!(fs::read_to_string(path).unwrap(), "{}\n");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[cfg(feature = "server")]
#[test]
fn a_port_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    for backend in ["native", "wiremock"] {
        refused(
            &["serve", "--addr", &addr, "--backend", backend],
            &[&addr, "in use"],
        );
    }
}

/// A thread takes four mappings, and one too many aborts the process that asks.
#[cfg(target_os = "linux")]
#[test]
fn too_many_threads_are_told_before_the_start() {
    let mut models = vec!["os-threads", "os-threads-per-order"];
    models.extend(cfg!(feature = "crossbeam").then_some("crossbeam"));
    models.extend(cfg!(feature = "rayon").then_some("rayon"));
    for model in models {
        let dir = tempfile::tempdir().unwrap();
        let cell = format!("nothing/orders/{model}");
        let sets = ["--set", "concurrency=1000000"];
        let ran = bakeoff(&[&["run", &cell], &sets[..]].concat(), dir.path());
        let words = [&cell, "1000001 threads", "leaves", "lower the concurrency"];
        refused_line(model, &ran, &dir, &words);
    }
    // Of a sweep it is a row with an error, and the other values are measured.
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "nothing/orders/os-threads", "--sweep"];
    let rest = ["concurrency=2,1000000", "--rounds", "1", "--out", "mine"];
    let ran = bakeoff(&[&args[..], &rest].concat(), dir.path());
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let rows = rows(&dir.path().join("mine"));
    let errors: Vec<_> = rows.iter().filter_map(|row| row.error.as_deref()).collect();
    assert_eq!((rows.len(), errors.len()), (2, 1), "{errors:?}");
    assert!(errors[0].contains("1000001 threads"), "{errors:?}");
}

#[cfg(feature = "server")]
#[test]
fn too_few_descriptors_are_told_before_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -n 64; exec \"$0\" \"$@\"", BINARY])
        .args(["run", "fetch/one-second", "--models", "os-threads"]);
    let ran = finish(start(command, dir.path()));
    let words = ["fetch/one-second/os-threads", "64 are allowed", "ulimit -n"];
    refused_line("ulimit -n 64", &ran, &dir, &words);
}

#[cfg(not(feature = "server"))]
#[test]
fn a_build_without_a_server_says_so() {
    refused(&["run", "fetch/no-delay"], &["'server'", "--target"]);
}

// --- what is known ---------------------------------------------------------------

fn scenarios() -> Vec<Scenario> {
    scenarios::embedded().unwrap()
}

#[test]
fn list_shows_every_model_and_scenario_with_its_note() {
    let dir = tempfile::tempdir().unwrap();
    let ran = done(&["list"], dir.path());
    assert_eq!(ran.err, "");
    assert!(!ran.out.contains('\x1b'));
    for meta in registry::models() {
        let line = format!("  {:21} {}", meta.name, meta.about);
        assert!(ran.out.contains(&line), "{line}");
        assert!(ran.out.contains(meta.note), "{}", meta.note);
    }
    for scenario in scenarios() {
        let line = format!("{:21} {}", scenario.id(), scenario.about);
        assert!(ran.out.contains(&line), "{line}");
    }
    assert!(empty(dir.path()));
}

#[test]
fn list_as_json_names_every_cell_and_its_sets() {
    let dir = tempfile::tempdir().unwrap();
    let list: Value = serde_json::from_str(&done(&["list", "--json"], dir.path()).out).unwrap();
    let cells = list["cells"].as_array().unwrap();
    let known = selection::all(&scenarios());
    assert_eq!(cells.len(), known.len());
    for (cell, known) in cells.iter().zip(&known) {
        assert_eq!(cell["id"], known.id());
        assert_eq!(cell["default"], known.is_default());
        assert_eq!(cell["quick"], known.is_quick());
    }
    assert_eq!(
        list["models"].as_array().unwrap().len(),
        registry::models().len()
    );
    assert_eq!(
        list["scenarios"].as_array().unwrap().len(),
        scenarios().len()
    );
}

/// Every model is built, so the sets mean what their lists say.
#[cfg(all(
    feature = "rayon",
    feature = "crossbeam",
    feature = "tokio",
    feature = "smol",
    feature = "async-std",
    feature = "server",
    feature = "client-reqwest"
))]
#[test]
fn the_sets_are_of_cells_that_exist_and_not_too_many() {
    let cells = selection::all(&scenarios());
    for scenario in scenarios() {
        for name in scenario.default.iter().chain(&scenario.quick) {
            let id = format!("{}/{name}", scenario.id());
            assert!(cells.iter().any(|cell| cell.id() == id), "no cell {id}");
        }
        for names in [&scenario.default, &scenario.quick] {
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), names.len(), "{} twice", scenario.id());
        }
    }
    let count =
        |chosen: fn(&selection::CellSpec) -> bool| cells.iter().filter(|cell| chosen(cell)).count();
    let default = count(selection::CellSpec::is_default);
    // With the mean service time, a cell is two benchmarks of `cargo bench`.
    let twice = count(|cell| cell.is_default() && cell.scenario.service_time);
    assert!(
        (60..=120).contains(&(default + twice)),
        "{default} + {twice}"
    );
    let quick = count(selection::CellSpec::is_quick);
    assert!((30..=40).contains(&quick), "{quick} quick cells");
    assert_eq!(count(|cell| cell.is_quick() && !cell.is_default()), 0);
    // A first look meets every kind of model.
    for name in [
        "sequential",
        "processes",
        "os-threads",
        "rayon",
        "crossbeam",
        "tokio-mt",
        "tokio-ct",
        "smol",
        "async-std",
    ] {
        assert!(
            cells
                .iter()
                .any(|cell| cell.is_quick() && cell.function() == name),
            "{name}"
        );
    }
}

/// Rows compare by scenario and version, so parameters never change alone.
#[test]
fn parameters_change_only_with_their_version() {
    let lines = scenarios().into_iter().map(|scenario| {
        let params: BTreeMap<_, _> = scenario.params.table.iter().collect();
        let params = serde_json::to_vec(&params).unwrap();
        format!(
            "{} v{} {:08x}\n",
            scenario.id(),
            scenario.version,
            crc32fast::hash(&params)
        )
    });
    insta::with_settings!({
        description => "A line that changes has a new version, or rows of different work compare.",
        omit_expression => true,
    }, {
        insta::assert_snapshot!("scenario_versions", lines.collect::<String>());
    });
}

#[test]
fn every_verbs_help_has_examples() {
    let dir = tempfile::tempdir().unwrap();
    let help = done(&["--help"], dir.path()).out;
    assert!(help.contains("Examples") && help.contains("Exit status"));
    let verbs: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    for due in ["list", "verify", "run", "doctor", "runner"] {
        assert!(verbs.contains(&due), "{verbs:?}");
    }
    for verb in verbs {
        let ran = done(&[verb, "--help"], dir.path());
        assert!(ran.out.contains("Examples"), "{verb}: {}", ran.out);
        assert!(ran.out.contains(&format!("bakeoff {verb}")), "{verb}");
        assert_eq!(ran.err, "", "{verb}");
    }
    assert!(empty(dir.path()));
}

// --- what is done ------------------------------------------------------------------

fn jsons(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

fn rows(dir: &Path) -> Vec<Row> {
    let text = fs::read_to_string(dir.join("rows.jsonl")).unwrap();
    assert!(text.ends_with('\n'), "the last row is torn");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

#[test]
fn verify_says_a_line_a_cell() {
    let dir = tempfile::tempdir().unwrap();
    let ran = done(&["verify", "bakery/crowded/*", "--json"], dir.path());
    let lines = jsons(&ran.out);
    let cells: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["cell"].as_str())
        .collect();
    let due: Vec<String> = registry::models()
        .iter()
        .map(|meta| format!("bakery/crowded/{}", meta.name))
        .collect();
    assert_eq!(cells, due);
    assert!(lines.iter().all(|line| line["ok"] == true), "{}", ran.out);
    assert!(
        ran.err
            .contains(&format!("{0} of {0} cells hold", due.len())),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains('\x1b'), "{}", ran.err);
    assert!(empty(dir.path()));
}

#[test]
fn run_keeps_rows_and_renders_them() {
    let dir = tempfile::tempdir().unwrap();
    let ran = done(
        &[
            "run",
            "bakery/cpu-bound",
            "--rounds",
            "1",
            "--samples",
            "1",
            "--set",
            "orders=20",
            "--out",
            "mine",
        ],
        dir.path(),
    );
    // Results go to standard output, all else to standard error.
    assert!(ran.out.starts_with("bakery/cpu-bound ("), "{}", ran.out);
    assert!(!ran.out.contains("report.html: "), "{}", ran.out);
    assert!(!ran.err.contains("orders/s"), "{}", ran.err);
    let (out, err) = (&ran.out, &ran.err);
    assert!(!out.contains('\x1b') && !err.contains('\x1b'), "{err}");
    let mine = dir.path().join("mine");
    let rows = rows(&mine);
    let mut cells: Vec<String> = rows.iter().map(|row| row.cell.clone()).collect();
    let mut due: Vec<String> = registry::models()
        .iter()
        .map(|meta| format!("bakery/cpu-bound/{}", meta.name))
        .collect();
    cells.sort();
    due.sort();
    assert_eq!(cells, due);
    for row in &rows {
        assert_eq!(row.error, None, "{}", row.cell);
        assert_eq!((row.run.as_str(), row.round), ("mine", 1));
        assert!(row.wall_ns.is_some_and(|wall| wall > 0), "{}", row.cell);
        assert!(out.contains(&row.model), "{} is in no table", row.model);
    }
    for name in ["host.json", "tables.md", "charts/overview.svg"] {
        let text = fs::read_to_string(mine.join(name)).unwrap();
        assert!(!text.is_empty() && !text.contains('\x1b'), "{name}");
    }
    // Nothing lies beside what was asked for.
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_sweep_runs_every_combination_and_has_one_table() {
    let dir = tempfile::tempdir().unwrap();
    let sweeps = ["--sweep", "orders=20,40,80", "--sweep", "concurrency=1,2"];
    let mut args = vec!["run", "nothing/orders/sequential", "--json"];
    args.extend(["--rounds", "1", "--samples", "1"]);
    args.extend(sweeps);
    let ran = done(&args, dir.path());
    let mut seen: Vec<(u64, u64)> = jsons(&ran.out)
        .iter()
        .map(|row| {
            let number = |key: &str| row["set"][key].as_str().unwrap().parse().unwrap();
            (number("concurrency"), number("orders"))
        })
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [(1, 20), (1, 40), (1, 80), (2, 20), (2, 40), (2, 80)]);
    for concurrency in [1, 2] {
        let title = format!("nothing/orders (concurrency = {concurrency}) over orders");
        assert_eq!(ran.err.matches(&title).count(), 1, "{}", ran.err);
    }
}

#[test]
fn run_says_its_rows_where_asked_and_names_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let ran = done(&[&SMALL[..], &["--json"]].concat(), dir.path());
    let results = dir.path().join("results");
    let mut made = fs::read_dir(&results).unwrap();
    let own = made.next().unwrap().unwrap();
    assert!(made.next().is_none());
    let kept = fs::read_to_string(own.path().join("rows.jsonl")).unwrap();
    assert_eq!(jsons(&ran.out), jsons(&kept));
    assert!(ran.err.contains(own.file_name().to_str().unwrap()));
}

#[cfg(feature = "server")]
#[test]
fn a_server_that_is_not_ours_has_no_ledger() {
    use std::io::{BufRead, BufReader};
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.arg("serve");
    let mut server = start(command, dir.path());
    let mut url = String::new();
    let stdout = server.stdout.take().unwrap();
    BufReader::new(stdout).read_line(&mut url).unwrap();
    let target = format!("{}/items/7", url.trim());
    let ran = bakeoff(
        &[
            "run",
            "fetch/no-delay",
            "--models",
            "os-threads,processes",
            "--rounds",
            "1",
            "--samples",
            "1",
            "--set",
            "orders=20",
            "--set",
            "concurrency=4",
            "--target",
            &target,
            "--out",
            "mine",
        ],
        dir.path(),
    );
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    let rows = rows(&dir.path().join("mine"));
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(
            row.flagged(bakeoff::record::flag::Flag::NoLedger),
            "{}",
            row.cell
        );
        assert!(row.ledger.is_none(), "{}", row.cell);
    }
}

/// Every check of `doctor` and the keys of its values.
const CHECKS: [(&str, &[&str]); 19] = [
    ("build", &["debug", "rustc"]),
    ("cores", &["online", "mask"]),
    ("quota", &["cpus"]),
    ("load", &["runnable"]),
    ("governor", &["name"]),
    ("turbo", &["on"]),
    ("smt", &["on"]),
    ("power", &["on_battery"]),
    ("virtual_machine", &["hypervisor"]),
    ("descriptors", &["soft", "hard"]),
    (
        "threads",
        &["threads_max", "pid_max", "max_map_count", "tasks_max"],
    ),
    ("ports", &["first", "last"]),
    ("clock", &["source", "cost_ns"]),
    ("clock_granularity", &["step_ns"]),
    ("timer_slack", &["slack_ns"]),
    ("sleep", &["sleeps", "p50_ns", "p99_ns", "max_ns"]),
    (
        "engine_overhead",
        &[
            "orders",
            "pairs",
            "engine_ns",
            "by_hand_ns",
            "difference_ns",
        ],
    ),
    (
        "server_ceiling",
        &[
            "cell",
            "samples",
            "requests_per_s",
            "server_cpu_share",
            "server_bound",
        ],
    ),
    (
        "noise_floor",
        &[
            "cell",
            "pairs",
            "median_ratio",
            "low_ratio",
            "high_ratio",
            "floor_percent",
        ],
    ),
];

#[test]
fn doctor_as_json_has_every_field() {
    let dir = tempfile::tempdir().unwrap();
    let ran = done(&["doctor", "--json", "--quick"], dir.path());
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&document["schema"], &document["quick"]),
        (&1.into(), &true.into())
    );
    let grades = ["ok", "note", "warning"];
    assert!(grades.contains(&document["grade"].as_str().unwrap()));
    let checks = document["checks"].as_object().unwrap();
    assert_eq!(checks.len(), CHECKS.len(), "{:?}", checks.keys());
    for (name, keys) in CHECKS {
        let check = &checks[name];
        let grade = check["grade"].as_str().unwrap();
        assert!(grades.contains(&grade), "{name}: {check}");
        assert_eq!(check["mend"].is_null(), grade == "ok", "{name}: {check}");
        for key in ["text", "means"] {
            assert!(!check[key].as_str().unwrap().is_empty(), "{name}: {check}");
        }
        let values = check["values"].as_object().unwrap();
        assert_eq!(values.len(), keys.len(), "{name}: {check}");
        for key in keys {
            assert!(values.contains_key(*key), "{name}: no {key} in {check}");
        }
    }
    let number = |name: &str, key: &str| checks[name]["values"][key].as_f64().unwrap();
    assert!(number("noise_floor", "pairs") >= 20.0);
    let (low, high) = (
        number("noise_floor", "low_ratio"),
        number("noise_floor", "high_ratio"),
    );
    let median = number("noise_floor", "median_ratio");
    assert!(0.0 < low && low <= median && median <= high);
    assert!(number("engine_overhead", "engine_ns") > 0.0);
    assert!(number("sleep", "p50_ns") > 0.0 && number("clock", "cost_ns") > 0.0);
    if cfg!(feature = "server") {
        assert!(number("server_ceiling", "requests_per_s") > 0.0);
        let share = number("server_ceiling", "server_cpu_share");
        assert!(share > 0.0, "{share}");
    } else {
        let told = checks["server_ceiling"]["means"].as_str().unwrap();
        assert!(told.contains("'server'"), "{told}");
    }
    assert!(
        ran.err.contains("5/5") && !ran.err.contains('\x1b'),
        "{}",
        ran.err
    );
    assert!(empty(dir.path()));
}

/// Whoever reads the output may have seen enough, or have no room for it.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_takes_no_more_is_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    for args in [&["list"][..], &["verify", "bakery/crowded/*", "--json"]] {
        for (sink, status) in [("| true", 0), (">/dev/full", 1)] {
            let mut command = Command::new("bash");
            let script = format!("set -o pipefail; \"$0\" \"$@\" {sink}");
            command.args(["-c", &script, BINARY]).args(args);
            let ran = finish(start(command, dir.path()));
            assert_eq!(ran.status, Some(status), "{args:?} {sink}: {}", ran.err);
            assert!(
                !ran.err.contains("panicked"),
                "{args:?} {sink}: {}",
                ran.err
            );
            let told = ran.err.contains("cannot write to standard output");
            assert_eq!(told, status == 1, "{args:?} {sink}: {}", ran.err);
        }
    }
    assert!(empty(dir.path()));
}

/// Processes below this one, each with the time of its start, so that an id
/// that comes round again is not taken for it.
#[cfg(target_os = "linux")]
fn descendants(of: u32) -> Vec<(u32, String)> {
    let processes: Vec<(u32, u32, String)> = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let (parent, begun) = stat(id)?;
            Some((id, parent, begun))
        })
        .collect();
    let mut family = vec![of];
    let mut found = Vec::new();
    while let Some(parent) = family.pop() {
        for (id, _, begun) in processes.iter().filter(|(_, of, _)| *of == parent) {
            family.push(*id);
            found.push((*id, begun.clone()));
        }
    }
    found
}

/// Parent and start time of a process that is there and no zombie.
#[cfg(target_os = "linux")]
fn stat(id: u32) -> Option<(u32, String)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    (fields[0] != "Z").then(|| (fields[1].parse().unwrap_or(0), fields[19].to_owned()))
}

/// Waits for runners of the harness `id`, which they carry: whoever was killed
/// may still be on the way out.
#[cfg(target_os = "linux")]
fn no_runner_is_left(id: u32) {
    let begun = Instant::now();
    let tag = format!("--parent\0{id}\0");
    let of_the_run = |entry: fs::DirEntry| {
        fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line.contains(&tag))
    };
    while fs::read_dir("/proc").unwrap().flatten().any(of_the_run) {
        assert!(begun.elapsed() < HANG, "a runner is still there");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Interrupts a run once it has rows; they are kept and nobody is left behind.
#[cfg(target_os = "linux")]
fn is_interrupted(pattern: &str, processes: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(BINARY);
    command.args(["run", pattern, "--models", "processes,os-threads"]);
    command.args(["--rounds", "10000", "--samples", "2", "--out", "mine"]);
    command.args(["--set", "orders=16", "--set", "concurrency=4"]);
    let child = start(command, dir.path());
    let id = child.id();
    let kept = dir.path().join("mine/rows.jsonl");
    let begun = Instant::now();
    let mut family = Vec::new();
    while family.len() < processes
        || !fs::read_to_string(&kept).is_ok_and(|rows| rows.lines().count() >= 3)
    {
        assert!(begun.elapsed() < HANG, "no rows, or too few processes");
        for process in descendants(id) {
            if !family.contains(&process) {
                family.push(process);
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
    family.extend(descendants(id));
    signal("INT", id);
    let ran = finish(child);
    assert_eq!(ran.status, Some(130), "{}", ran.err);
    let rows = rows(&dir.path().join("mine"));
    assert!(rows.len() >= 3);
    assert!(
        ran.err.contains("interrupted")
            && ran.err.contains(&format!("{} rows are kept", rows.len())),
        "{}",
        ran.err
    );
    assert!(rows.iter().all(|row| row.error.is_none()));
    for name in ["host.json", "tables.md", "charts/overview.svg"] {
        assert!(dir.path().join("mine").join(name).exists(), "{name}");
    }
    no_runner_is_left(id);
    for (id, born) in family {
        while stat(id).is_some_and(|(_, now)| now == born) {
            assert!(begun.elapsed() < HANG, "process {id} is still there");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_run_keeps_its_rows_and_leaves_nobody_behind() {
    // A runner and its workers.
    is_interrupted("bakery/cpu-bound", 5);
}

#[cfg(all(target_os = "linux", feature = "server"))]
#[test]
fn an_interrupted_run_leaves_no_server_behind() {
    // The server, a runner and its workers.
    is_interrupted("fetch/wait-10ms", 6);
}
