//! Two result directories against each other, and the gate.

use std::fs;
use std::path::{Path, PathBuf};

use bakeoff::record::machine::{self, Moment, Reading};
use bakeoff::record::row::{Row, SCHEMA};
use serde_json::Value;
use tempfile::TempDir;

use super::{Ran, bakeoff, done, refused_line, rows};

/// Two models in ten rounds, the one about `rate` a second, the other steady.
fn measured(run: &str, rate: f64) -> Vec<Row> {
    let rounds =
        (1..=10).flat_map(|round| [("os-threads", rate), ("sequential", 50.0)].map(|m| (round, m)));
    rounds
        .map(|(round, (model, rate))| {
            let wavers = 1.0 + 0.001 * f64::from(round * 7 % 5);
            Row {
                schema: SCHEMA,
                run: run.into(),
                cell: format!("bakery/cpu-bound/{model}"),
                workload: "bakery".into(),
                scenario: "cpu-bound".into(),
                scenario_version: 1,
                model: model.into(),
                client: "none".into(),
                class: "equal".into(),
                placement: "alone".into(),
                round,
                orders: 100,
                wall_ns: Some((1e11 / (rate * wavers)) as u64),
                orders_per_s: Some(rate * wavers),
                cpu_ns: Some(1_000_000),
                memory_bytes: Some(2_000_000),
                ..Row::default()
            }
        })
        .collect()
}

pub(super) fn lines(rows: &[Row]) -> String {
    let lines = rows
        .iter()
        .map(|row| serde_json::to_string(row).unwrap() + "\n");
    lines.collect()
}

/// A results directory in `home` with these lines, of this host.
fn directory(home: &TempDir, name: &str, lines: &str) -> String {
    let dir = home.path().join(name);
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("rows.jsonl"), lines).unwrap();
    let mut facts = bakeoff::host::facts();
    facts.hostname = "oven".into();
    fs::write(
        dir.join("host.json"),
        serde_json::to_string(&facts).unwrap(),
    )
    .unwrap();
    dir.display().to_string()
}

/// Two runs of which the second's os-threads serves `rate` a second, not 100.
fn two(rate: f64) -> (TempDir, String, String) {
    let home = tempfile::tempdir().unwrap();
    let base = directory(&home, "base", &lines(&measured("base", 100.0)));
    let head = directory(&home, "head", &lines(&measured("head", rate)));
    (home, base, head)
}

fn compared(args: &[&str]) -> Ran {
    let dir = tempfile::tempdir().unwrap();
    let ran = bakeoff(&[&["compare"], args].concat(), dir.path());
    assert!(super::empty(dir.path()), "it wrote something");
    ran
}

/// As [`refused_line`], with these two directories.
fn refused(base: &str, head: &str, words: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let ran = bakeoff(&["compare", base, head], dir.path());
    refused_line(&format!("{base} {head}"), &ran, &dir, words);
}

#[test]
fn a_regression_of_the_gate_exits_with_1_and_nothing_else_does() {
    let (_home, base, head) = two(80.0);
    let ran = compared(&[&base, &head]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert_eq!(
        ran.err,
        "bakeoff: 1 figure is slower than the threshold allows\n"
    );
    assert!(ran.out.contains("slower: REGRESSION"), "{}", ran.out);
    assert!(!ran.out.contains('\x1b'), "{}", ran.out);
    for spared in [["--threshold", "30"], ["--gate", "cpu,memory"]] {
        let ran = compared(&[&[base.as_str(), &head], &spared[..]].concat());
        assert_eq!(ran.status, Some(0), "{spared:?}: {}", ran.err);
    }
    // The other way round it is faster.
    let ran = compared(&[&head, &base]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    assert!(ran.out.contains("faster"), "{}", ran.out);
}

#[test]
fn every_format_says_the_same() {
    let (_home, base, head) = two(80.0);
    let ran = compared(&[&base, &head, "--format", "markdown"]);
    assert_eq!(ran.status, Some(1));
    for words in [
        "### bakeoff compare: regression\n",
        "<details>",
        "slower: REGRESSION |",
    ] {
        assert!(ran.out.contains(words), "no {words} in {}", ran.out);
    }
    let ran = compared(&[&base, &head, "--format", "json"]);
    assert_eq!(ran.status, Some(1));
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    let figure = &found["cells"][1]["figures"]["throughput"];
    assert_eq!(figure["finding"], "slower", "{found}");
    let ratio = figure["ratio"].as_f64().unwrap();
    assert!((ratio - 1.25).abs() < 0.01, "{ratio}");
}

#[test]
fn runs_of_other_or_unknown_hosts_decide_nothing_unless_forced() {
    let (_home, base, head) = two(80.0);
    let host = Path::new(&head).join("host.json");
    let text = fs::read_to_string(&host).unwrap();
    fs::write(&host, text.replace("oven", "stove")).unwrap();
    let ran = compared(&[&base, &head]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let why = "not decided: host: oven in BASE, stove in HEAD: compare runs that share these, or give --force";
    assert!(ran.err.contains(why), "{}", ran.err);
    let first = ran.out.lines().next().unwrap();
    assert_eq!(first, "differs: host: oven in BASE, stove in HEAD");
    assert_eq!(compared(&[&base, &head, "--force"]).status, Some(1));
    assert_eq!(compared(&[&head, &base, "--force"]).status, Some(0));
    fs::remove_file(host).unwrap();
    let ran = compared(&[&base, &head]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert_eq!(ran.err.lines().count(), 2, "{}", ran.err);
    for words in [
        "head/host.json: no such file: restore it",
        "nothing is decided, unless --force",
        "bakeoff: 1 figure is slower",
        "; not decided: the host of HEAD is not known: ",
    ] {
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    let first = ran.out.lines().next().unwrap();
    assert_eq!(first, "differs: the host of HEAD is not known");
}

#[test]
fn a_cell_that_fails_in_the_head_alone_does_not_pass() {
    let (home, base, _) = two(100.0);
    let mut rows = measured("broken", 100.0);
    rows.retain(|row| row.model != "sequential" || row.round == 1);
    for row in rows.iter_mut().filter(|row| row.model == "sequential") {
        row.error = Some("order 3: wrong answer".into());
    }
    let head = directory(&home, "broken", &lines(&rows));
    let ran = compared(&[&base, &head]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(
        ran.out.contains("failed in HEAD: order 3: wrong answer"),
        "{}",
        ran.out
    );
    // One that failed before, too, is nothing new.
    let ran = compared(&[&head, &base]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
}

#[test]
fn cells_of_one_side_are_named() {
    let (home, base, _) = two(100.0);
    let mut rows = measured("other", 100.0);
    for row in rows.iter_mut().filter(|row| row.model == "sequential") {
        row.cell = "bakery/cpu-bound/rayon".into();
        row.model = "rayon".into();
    }
    let head = directory(&home, "other", &lines(&rows));
    let ran = compared(&[&base, &head]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for words in ["new: in HEAD alone", "gone: in BASE alone"] {
        assert!(ran.out.contains(words), "no {words} in {}", ran.out);
    }
    rows.retain(|row| row.model == "rayon");
    let head = directory(&home, "apart", &lines(&rows));
    refused(&base, &head, &["no cell in common", "base", "apart"]);
}

#[test]
fn cells_of_other_targets_are_other_cells() {
    let (home, base, _) = two(100.0);
    let aimed = |name: &str, target: &str, rate| {
        let mut rows = measured(name, rate);
        for row in rows.iter_mut().filter(|row| row.model == "os-threads") {
            row.target = Some(target.into());
        }
        rows
    };
    let one = aimed("one", "http://a.example/", 100.0);
    let other = aimed("other", "http://b.example/", 50.0);
    let dirs = [("one", &one), ("other", &other)];
    let [left, right] = dirs.map(|(name, rows)| directory(&home, name, &lines(rows)));
    // Half as fast, of another server: that is no regression, and it is named.
    let ran = compared(&[&left, &right]);
    assert_eq!(ran.status, Some(0), "{}", ran.err);
    for words in [
        "bakery/cpu-bound/os-threads (target http://a.example/)",
        "gone: in BASE alone",
        "bakery/cpu-bound/os-threads (target http://b.example/)",
        "new: in HEAD alone",
    ] {
        assert!(ran.out.contains(words), "no {words} in {}", ran.out);
    }
    // The mock server is another one too.
    assert!(compared(&[&base, &left]).out.contains("new: in HEAD alone"));
    let only = |rows: &[Row]| -> String {
        let aimed = rows.iter().filter(|row| row.target.is_some());
        lines(&aimed.cloned().collect::<Vec<_>>())
    };
    let [left, right] =
        [("a", &one), ("b", &other)].map(|(name, rows)| directory(&home, name, &only(rows)));
    let words = [
        "no cell in common",
        "http://a.example/",
        "http://b.example/",
    ];
    refused(&left, &right, &words);
}

#[test]
fn another_number_of_workers_is_named_and_decides_nothing() {
    let (home, base, _) = two(100.0);
    let with = |workers| {
        let mut rows = measured("with", 100.0);
        rows.iter_mut().for_each(|row| row.workers = Some(workers));
        lines(&rows)
    };
    let one = directory(&home, "one", &with(1));
    let two = directory(&home, "two", &with(2));
    let ran = compared(&[&one, &two]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let words = "workers of bakery/cpu-bound/sequential: 1 in BASE, 2 in HEAD";
    assert!(ran.err.contains(words), "{}", ran.err);
    // Rows that do not say are as they were.
    assert_eq!(compared(&[&base, &two]).status, Some(0));
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let (home, base, _) = two(100.0);
    let good = lines(&measured("head", 100.0));
    let newer = good.replacen("\"schema\":1", "\"schema\":2", 3);
    let newer = newer.replacen("\"schema\":2", "\"schema\":1", 2);
    let first = good.find("\"orders_per_s\":").unwrap();
    let nan = format!(
        "{}\"orders_per_s\":NaN{}",
        &good[..first],
        &good[first + good[first..].find(',').unwrap()..]
    );
    for (name, text, words) in [
        ("empty", "", ["rows.jsonl", "no row that can be used"]),
        ("newer", newer.as_str(), ["rows.jsonl:3", "schema 2"]),
        (
            "nan",
            nan.as_str(),
            ["rows.jsonl:1", "not a row (orders_per_s: "],
        ),
        ("list", "[]\n", ["rows.jsonl:1", "not a row"]),
        ("text", "a cake\n", ["rows.jsonl:1", "not a row"]),
    ] {
        let head = directory(&home, name, text);
        refused(&base, &head, &words);
        refused(&head, &base, &words);
    }
    let missing = home.path().join("missing").display().to_string();
    refused(&base, &missing, &["missing", "no such file"]);
    let bare = home.path().join("bare");
    fs::create_dir(&bare).unwrap();
    refused(
        &base,
        &bare.display().to_string(),
        &["bare/rows.jsonl", "no such file"],
    );
}

#[test]
fn what_can_be_used_is_used_and_the_rest_is_said() {
    let (home, base, _) = two(100.0);
    let good = lines(&measured("head", 100.0));
    let torn = good.clone() + "{\"schema\":1,\"cel";
    let at = good.find("\"orders_per_s\":").unwrap() + "\"orders_per_s\":".len();
    let negative = format!("{}-{}", &good[..at], &good[at..]);
    // A byte-order mark costs no row.
    let marked = directory(&home, "marked", &format!("\u{feff}{good}"));
    let ran = compared(&[&base, &marked]);
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.contains("no regression in 2 cells "), "{}", ran.out);
    for (name, text, words) in [
        ("torn", torn, "rows.jsonl:21: skipped a torn last line"),
        (
            "negative",
            negative,
            "rows.jsonl:1: left out: orders_per_s is -",
        ),
        (
            "unreadable",
            good.replacen(
                "\"service\":null",
                "\"service\":{\"mean_ns\":1.0,\"max_ns\":1,\"hdr\":\"cake\"}",
                1,
            ),
            "rows.jsonl:1: its times left out: service.hdr: histogram is not",
        ),
    ] {
        let head = directory(&home, name, &text);
        let ran = compared(&[&base, &head]);
        assert_eq!(ran.status, Some(0), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
        assert!(ran.out.contains("no regression in 2 cells "), "{}", ran.out);
    }
}

#[test]
fn a_gate_that_could_decide_nothing_does_not_pass() {
    let (home, base, _) = two(100.0);
    let mut few = measured("few", 100.0);
    few.retain(|row| row.round < 3);
    let few = directory(&home, "few", &lines(&few));
    let mut failed = measured("failed", 100.0);
    for row in &mut failed {
        row.error = Some("order 3: wrong answer".into());
    }
    let failed = directory(&home, "failed", &lines(&failed));
    for (base, head, gate, why, mend) in [
        (
            &base,
            &few,
            "throughput,cpu",
            "2 could not be compared: fewer than 8 rounds",
            "fewer than 8 rounds: measure 8 on both sides",
        ),
        (
            &failed,
            &base,
            "throughput,cpu",
            "2 failed in BASE",
            "2 failed in BASE: measure these cells again",
        ),
        (
            &base,
            &base,
            "p99",
            "2 could not be compared: measured in fewer than 8 rounds",
            "p99: measured in fewer than 8 rounds: leave it out of --gate, or measure it",
        ),
    ] {
        let ran = compared(&[base, head, "--gate", gate]);
        assert_eq!(ran.status, Some(1), "{}", ran.out);
        let told = ran.err.strip_prefix("bakeoff: not decided: ").unwrap();
        assert!(told.contains(mend), "{told}");
        let first = ran.out.lines().next().unwrap();
        assert!(first.starts_with("nothing could be compared (gate: "));
        assert!(first.ends_with(why), "{first}");
        let ran = compared(&[base, head, "--gate", gate, "--format", "markdown"]);
        let words = "### bakeoff compare: nothing compared\n";
        assert!(ran.out.starts_with(words), "{}", ran.out);
    }
    // One of two is not enough: the other may be slower, and nobody would know.
    let mut half = measured("half", 100.0);
    half.retain(|row| row.model == "sequential" || row.round < 3);
    let half = directory(&home, "half", &lines(&half));
    let ran = compared(&[&base, &half]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let why = "not decided: bakery/cpu-bound/os-threads has fewer than 8 rounds";
    assert!(ran.err.contains(why), "{}", ran.err);
    // Nor is one of two figures.
    let ran = compared(&[&base, &base, "--gate", "cpu,p99"]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    assert!(ran.err.contains("not decided: p99: "), "{}", ran.err);
    let ran = compared(&[&base, &half]);
    let first = ran.out.lines().next().unwrap();
    assert_eq!(
        first,
        "no regression in 1 cell (gate: throughput, cpu; threshold 5 %); \
         1 could not be compared: fewer than 8 rounds"
    );
}

#[test]
fn impossible_figures_are_left_out_until_nothing_is_left() {
    let (home, base, _) = two(100.0);
    let mut rows = measured("zero", 100.0);
    for row in &mut rows {
        row.orders_per_s = Some(0.0);
    }
    let zero = directory(&home, "zero", &lines(&rows));
    let ran = compared(&[&base, &zero]);
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    let said: Vec<&str> = ran.err.lines().collect();
    assert_eq!(said.len(), 7, "{}", ran.err);
    assert!(said[0].contains("zero/rows.jsonl:1: left out: orders_per_s is 0.0 of 100 orders"));
    assert!(said[5].ends_with("zero/rows.jsonl: and 15 more rows with such orders_per_s"));
    assert!(said[6].contains("no row that can be used"), "{}", said[6]);
}

#[test]
fn a_figure_stands_in_one_table_and_a_host_without_facts_is_not_recorded() {
    let (_home, base, head) = two(80.0);
    fs::write(Path::new(&head).join("host.json"), "{}").unwrap();
    let ran = compared(&[&base, &head]);
    assert_eq!(ran.status, Some(1), "{}", ran.err);
    let first = ran.out.lines().next().unwrap();
    assert_eq!(first, "differs: host: oven in BASE, not recorded in HEAD");
    let (_, unchanged) = ran
        .out
        .split_once("\nunchanged or undecided figures\n")
        .unwrap();
    assert!(
        !unchanged.contains("slower\n") && unchanged.contains("  above  "),
        "{unchanged}"
    );
    assert!(!ran.out.contains("[] in HEAD") && !ran.out.contains(",  in HEAD"));
}

#[test]
fn what_is_asked_for_wrongly_is_told_with_the_mend() {
    for (args, words) in [
        (["--gate", "cpus"], ["'cpus'", "did you mean 'cpu'"]),
        (["--threshold", "-5"], ["-5", "per cent from 0 to 1000"]),
        (
            ["--threshold", "some"],
            ["'some'", "per cent from 0 to 1000"],
        ),
        (["--format", "html"], ["'html'", "markdown"]),
    ] {
        let ran = compared(&["a", "b", args[0], args[1]]);
        assert_eq!(ran.status, Some(2), "{}", ran.err);
        for word in words {
            assert!(ran.err.contains(word), "no {word} in {}", ran.err);
        }
    }
}

fn readings(dir: &Path) -> Vec<Reading> {
    let read = machine::read(dir).unwrap();
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
    read.readings
}

#[test]
fn a_run_reads_the_machine_at_both_ends_of_every_round() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "bakery/cpu-bound/sequential", "--set", "orders=8"];
    let rest = ["--rounds", "2", "--out", "mine"];
    done(&[&args[..], &rest].concat(), dir.path());
    let mine: PathBuf = dir.path().join("mine");
    let moments = |readings: &[Reading]| -> Vec<(u32, Moment)> {
        readings
            .iter()
            .map(|reading| (reading.round, reading.moment))
            .collect()
    };
    let due = [1, 2].map(|round| [(round, Moment::Start), (round, Moment::End)]);
    assert_eq!(moments(&readings(&mine)), due.concat());
    let first = &readings(&mine)[0];
    assert!(first.run == "mine" && first.arithmetic.cpu_ns > 0.0 && first.loopback.is_some());

    // A torn line, as a killed harness leaves it, is cut off when the run goes on.
    let path = mine.join(machine::FILE);
    let text = fs::read_to_string(&path).unwrap() + "{\"schema\":1,\"ru";
    fs::write(&path, text).unwrap();
    done(&["run", "--resume", "mine", "--rounds", "8"], dir.path());
    assert_eq!(readings(&mine).len(), 16);
    assert_eq!(rows(&mine).len(), 8);

    let ran = done(&["compare", "mine", "mine"], dir.path());
    let words = "the machine itself took, in HEAD's run over BASE's: arithmetic 1.000×";
    assert!(ran.out.contains(words), "{}", ran.out);
}
