//! `bakeoff report --trend`: each cell over many runs.

use std::fs;
use std::path::Path;

use bakeoff::host::HostFacts;
use bakeoff::record::machine::{self, Moment, Reading, Slice};
use bakeoff::record::row::{Row, SCHEMA};
use tempfile::TempDir;

use super::compare::lines;
use super::{bakeoff, done};

/// A run as it is to be written: where, when, of what, and how fast.
struct Run {
    number: u32,
    /// Orders per second of smol; the other model is steady.
    rate: f64,
    tokio: &'static str,
    version: u32,
    host: &'static str,
    target: Option<&'static str>,
}

impl Run {
    /// A run about 1,000 orders/s.
    fn new(number: u32) -> Self {
        Run {
            number,
            rate: 1000.0,
            tokio: "1.53.0",
            version: 1,
            host: "oven",
            target: None,
        }
    }

    fn name(&self) -> String {
        format!("run-{:02}", self.number)
    }

    fn rows(&self) -> Vec<Row> {
        // Runs scatter by about a percent, rounds by a tenth of that.
        let wavers = 1.0 + 0.004 * f64::from(self.number * 7 % 5);
        let models = [("smol", self.rate), ("tokio-mt", 2000.0)];
        let rounds = (1..=8).flat_map(|round| models.map(|model| (round, model)));
        rounds
            .map(|(round, (model, rate))| Row {
                schema: SCHEMA,
                run: self.name(),
                cell: format!("fetch/rush/{model}"),
                workload: "fetch".into(),
                scenario: "rush".into(),
                scenario_version: self.version,
                model: model.into(),
                client: "wire".into(),
                target: self.target.map(str::to_owned),
                class: "equal".into(),
                placement: "own-core".into(),
                round,
                orders: 100,
                orders_per_s: Some(rate * wavers * (1.0 + 0.001 * f64::from(round % 3))),
                cpu_ns: Some(1_000_000 + u64::from(self.number * 3 % 4) * 1000),
                versions: [("tokio".to_owned(), self.tokio.to_owned())].into(),
                ..Row::default()
            })
            .collect()
    }

    fn write(&self, home: &Path) {
        let dir = home.join("results").join(self.name());
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("rows.jsonl"), lines(&self.rows())).unwrap();
        let facts = HostFacts {
            at: format!("2026-10-{:02}T08:15:00+00:00", self.number + 1),
            hostname: self.host.into(),
            os: "Linux 6.1.0".into(),
            arch: "x86_64".into(),
            cpus: vec![0, 1],
            rustc: Some("rustc 1.95.0 (59807616e 2026-04-14)".into()),
            revision: Some(format!("abc{:04}", self.number)),
            ..HostFacts::default()
        };
        fs::write(
            dir.join("host.json"),
            serde_json::to_string(&facts).unwrap(),
        )
        .unwrap();
        let slice = Slice {
            wall_ns: 1e6 + 3000.0 * f64::from(self.number % 3),
            cpu_ns: 1e6,
        };
        let readings: String = (1..=8)
            .map(|round| {
                let reading = Reading {
                    schema: machine::SCHEMA,
                    run: self.name(),
                    round,
                    moment: Moment::Start,
                    arithmetic: slice,
                    loopback: Some(slice),
                };
                serde_json::to_string(&reading).unwrap() + "\n"
            })
            .collect();
        fs::write(dir.join("machine.jsonl"), readings).unwrap();
    }
}

/// So many runs as `change` makes them.
fn history(runs: u32, change: impl Fn(&mut Run)) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for number in 0..runs {
        let mut run = Run::new(number);
        change(&mut run);
        run.write(home.path());
    }
    home
}

/// All that lies in `results`, in an order that is not that of time.
fn results(home: &TempDir) -> Vec<String> {
    let found = fs::read_dir(home.path().join("results")).unwrap();
    let mut names: Vec<String> = found
        .map(|entry| format!("results/{}", entry.unwrap().file_name().display()))
        .collect();
    names.sort_by(|a, b| b.cmp(a));
    names
}

/// The trend of these directories, and what was said of it on standard error.
fn drawn(home: &TempDir, dirs: &[String]) -> (String, String) {
    let mut args = vec!["report", "--trend"];
    args.extend(dirs.iter().map(String::as_str));
    let ran = done(&args, home.path());
    assert_eq!(ran.out, "trend/trend.html\n");
    let text = fs::read_to_string(home.path().join("trend/trend.md")).unwrap();
    (text, ran.err)
}

#[test]
fn a_step_is_named_by_its_run_and_by_what_changed() {
    let home = history(14, |run| {
        if run.number >= 8 {
            (run.rate, run.tokio) = (900.0, "1.54.0");
        }
    });
    let (text, err) = drawn(&home, &results(&home));
    assert_eq!(err, "14 runs, 2 cells: 1 change point, 0 drifts\n");
    insta::assert_snapshot!(text);
    let page = fs::read_to_string(home.path().join("trend/trend.html")).unwrap();
    assert!(
        page.contains("href=\"#trend-fetch-rush\"") && page.contains("id=\"trend-fetch-rush\"")
    );
    for name in ["fetch-rush", "fetch-rush-cpu", "machine"] {
        let path = home.path().join(format!("trend/charts/trend-{name}.svg"));
        let svg = fs::read_to_string(path).unwrap();
        assert!(svg.contains("<title>") && svg.contains("<desc>"), "{name}");
    }
}

#[test]
fn a_new_version_of_the_scenario_breaks_its_history() {
    let home = history(20, |run| {
        if run.number >= 10 {
            (run.rate, run.version) = (500.0, 2);
        }
    });
    let (text, err) = drawn(&home, &results(&home));
    assert!(err.ends_with("0 change points, 0 drifts\n"), "{err}");
    for part in [
        "all: break between run-09 and run-10: scenario version 1 → 2",
        "no change shown in 10 runs since the last break: tokio-mt (throughput, CPU time per order); \
         smol (throughput, CPU time per order)",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn so_does_another_host_unless_it_is_told_not_to() {
    let home = history(13, |run| {
        if run.number >= 10 {
            (run.rate, run.host) = (500.0, "stove");
        }
    });
    let (text, _) = drawn(&home, &results(&home));
    for part in [
        "break between run-09 and run-10: host oven → stove",
        "no change shown before the last break; 3 runs since the last break, 10 are needed",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let home = history(14, |run| {
        if run.number >= 9 {
            (run.rate, run.host) = (500.0, "stove");
        }
    });
    let dirs = results(&home);
    let mut args = vec!["report", "--trend", "--across-hosts", "--out", "there"];
    args.extend(dirs.iter().map(String::as_str));
    let ran = done(&args, home.path());
    assert_eq!(ran.out, "there/trend.html\n");
    assert!(
        ran.err.ends_with("1 change point, 0 drifts\n"),
        "{}",
        ran.err
    );
}

#[test]
fn other_targets_are_histories_of_their_own() {
    let home = history(14, |run| {
        if run.number >= 7 {
            (run.rate, run.target) = (500.0, Some("http://a.example/"));
        }
    });
    let (text, err) = drawn(&home, &results(&home));
    // Half as fast, of another server: no step joins them.
    assert!(err.contains("14 runs, 4 cells: 0 change points"), "{err}");
    assert!(
        text.contains("fetch/rush (target http://a.example/)"),
        "{text}"
    );
}

#[test]
fn a_slow_drift_is_a_drift() {
    let home = history(20, |run| {
        run.rate = 1000.0 * 0.99f64.powi(run.number as i32);
    });
    let (text, err) = drawn(&home, &results(&home));
    assert!(err.ends_with("0 change points, 1 drift\n"), "{err}");
    let line = "drifts over 20 runs, from run-00 to run-19";
    assert!(text.contains(line), "{line} in {text}");
    assert!(text.contains("rev abc0000 → abc0019"), "{text}");
}

#[test]
fn a_failed_run_is_a_gap_that_is_said() {
    let home = history(11, |_| {});
    let path = home.path().join("results/run-04/rows.jsonl");
    let mut rows = Run::new(4).rows();
    for row in rows.iter_mut().filter(|row| row.model == "smol") {
        (row.orders_per_s, row.cpu_ns) = (None, None);
        row.error = Some("order 17: wrong answer".into());
    }
    fs::write(path, lines(&rows)).unwrap();
    let (text, _) = drawn(&home, &results(&home));
    let line = "smol: no figure of run-04: failed: order 17: wrong answer";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("no change shown in 10 runs: smol"), "{text}");
}

#[test]
fn what_is_no_run_is_left_out_and_said() {
    let home = history(9, |_| {});
    let there = home.path().join("results");
    fs::write(there.join("README.md"), "# Results\n").unwrap();
    fs::create_dir(there.join("empty")).unwrap();
    let broken = there.join("run-03/rows.jsonl");
    let rows = fs::read_to_string(&broken).unwrap();
    fs::write(&broken, rows.replacen("{\"schema\":1", "{\"schema\":9", 1)).unwrap();
    fs::create_dir(there.join("copy")).unwrap();
    for name in ["rows.jsonl", "host.json"] {
        fs::copy(
            there.join("run-05").join(name),
            there.join("copy").join(name),
        )
        .unwrap();
    }
    fs::remove_file(there.join("run-06/host.json")).unwrap();
    let mut dirs = results(&home);
    dirs.push("results/../results/run-01".into());
    let (text, err) = drawn(&home, &dirs);
    for line in [
        "results/README.md: left out: a file, no results directory",
        "results/empty: left out: no rows.jsonl in it",
        "results/run-03: left out: results/run-03/rows.jsonl:1: the row has schema 9",
        "results/copy: left out: the same run as results/run-05",
        "results/run-06/host.json",
        "results/../results/run-01: named twice, used once",
        "8 runs, 2 cells",
    ] {
        assert!(err.contains(line), "{line} in {err}");
    }
    // Without its time it stands where its name does.
    assert!(
        text.contains("between run-05 and run-06: host not recorded"),
        "{text}"
    );
}

#[test]
fn one_run_is_drawn_and_none_is_refused() {
    let home = history(1, |_| {});
    let (text, err) = drawn(&home, &results(&home));
    assert!(err.starts_with("1 run, 2 cells"), "{err}");
    for part in ["a trend takes more", "1 run, 10 are needed"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let away = tempfile::tempdir().unwrap();
    let ran = bakeoff(&["report", "--trend", "gone"], away.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    let said: Vec<&str> = ran.err.lines().collect();
    assert!(
        said[0].starts_with("gone: left out: no rows.jsonl"),
        "{said:?}"
    );
    assert!(
        said[1].contains("no run to follow") && said.len() == 2,
        "{said:?}"
    );
    for clash in [["--chart", "cpu"], ["--splice", "README.md"]] {
        let args = [&["report", "--trend", "gone"], &clash[..]].concat();
        let ran = bakeoff(&args, away.path());
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{clash:?}");
    }
}
