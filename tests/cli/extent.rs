//! How long a run goes on: by rounds, by widths, by time.

use std::fs;
use std::io::Write;
use std::path::Path;

use bakeoff::record::row::{Row, SCHEMA};

use super::{bakeoff, done, rows};

const TWO: [&str; 6] = [
    "run",
    "bakery/cpu-bound",
    "--models",
    "os-threads,sequential",
    "--set",
    "orders=8",
];

#[test]
fn rounds_that_were_asked_for_are_done_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let args = [&TWO[..], &["--rounds", "9", "--out", "mine"]].concat();
    let ran = done(&args, dir.path());
    assert!(
        ran.err.contains("\n9 rounds, as asked; of 1 scenario, "),
        "{}",
        ran.err
    );
    // Two of them are controls. Where nobody watches a bar, the end of the first round is worth a line.
    assert!(
        ran.err.contains("round 2, 0/4 cells, about "),
        "{}",
        ran.err
    );
    let rows = rows(&dir.path().join("mine"));
    let rounds: Vec<u32> = rows.iter().map(|row| row.round).collect();
    let due: Vec<u32> = (1..=9).flat_map(|round| [round, round]).collect();
    assert_eq!(rounds, due);
}

#[test]
fn what_has_nothing_to_decide_ends_with_the_rounds_that_ranks_need() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "bakery/cpu-bound/sequential", "--set", "orders=8"];
    let ran = done(&[&args[..], &["--out", "mine"]].concat(), dir.path());
    let line = "\n8 rounds: of 1 scenario, 1 decided, 0 futile, 0 open\n";
    assert!(ran.err.contains(line), "{}", ran.err);
    assert_eq!(rows(&dir.path().join("mine")).len(), 8);
}

#[test]
fn a_budget_too_small_for_ranks_is_told_after_the_first_round() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "bakery/cpu-bound/sequential", "--budget", "1s"];
    // Two batches of a sixth of a second a visit, eight times.
    let set = ["orders=8", "concurrency=1", "bake_wait=20ms"];
    let set = set.iter().flat_map(|text| ["--set", text]);
    let args: Vec<&str> = args.into_iter().chain(set).collect();
    let ran = done(&args, dir.path());
    let told = "ranks need 8 rounds, which take about 1m: give --budget so much";
    assert!(ran.err.contains(told), "{}", ran.err);
    assert!(ran.err.contains("the budget of 1s is spent"), "{}", ran.err);
}

/// One visit asks for more samples than the budget has time for, and another sitting
/// takes the rest.
#[test]
fn a_visit_longer_than_the_budget_is_cut_between_samples() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["run", "bakery/cpu-bound/sequential", "--samples", "20"];
    // Three seconds in all.
    let set = ["orders=8", "concurrency=1", "bake_wait=20ms"];
    let set: Vec<&str> = set.iter().flat_map(|text| ["--set", text]).collect();
    let args = [&args[..], &set, &["--budget", "1s", "--out", "mine"]].concat();
    let ran = done(&args, dir.path());
    let line = "\n0 rounds and a part of the next: the budget of 1s is spent; ";
    assert!(ran.err.contains(line), "{}", ran.err);
    let taken = rows(&dir.path().join("mine")).len();
    assert!((1..20).contains(&taken), "{taken} samples");
    done(&["run", "--resume", "mine", "--rounds", "1"], dir.path());
    assert_eq!(rows(&dir.path().join("mine")).len(), 20);
}

#[test]
fn a_budget_that_is_no_time_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for budget in ["ten", "10", "0s", "9000h"] {
        let ran = bakeoff(&["run", "--budget", budget], dir.path());
        assert_eq!(ran.status, Some(2), "{}", ran.err);
        for word in [&format!("'{budget}'"), "--budget", "1h30m"] {
            assert!(ran.err.contains(word), "no {word} in {}", ran.err);
        }
    }
}

/// Begins a run whose budget is spent before its first round.
pub(crate) fn begun(args: &[&str], dir: &Path) {
    let args = [args, &["--budget", "1ns", "--out", "mine"]].concat();
    let ran = done(&args, dir);
    let line = "\n0 rounds: the budget of 1ns is spent; ";
    assert!(ran.err.contains(line), "{}", ran.err);
    let kept = fs::read_to_string(dir.join("mine/rows.jsonl"));
    assert_eq!(kept.unwrap(), "");
}

/// Adds eight rounds in which the model's throughput was `rate` of each.
fn measured(dir: &Path, scenario: &str, model: &str, rate: fn(u32) -> f64) {
    let path = dir.join("mine/rows.jsonl");
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    for round in 1..=8 {
        let row = Row {
            schema: SCHEMA,
            run: "mine".into(),
            cell: format!("bakery/{scenario}/{model}"),
            workload: "bakery".into(),
            scenario: scenario.into(),
            scenario_version: 2,
            model: model.into(),
            client: "none".into(),
            class: "equal".into(),
            round,
            orders: 8,
            concurrency: 8,
            set: [
                ("concurrency".into(), "8".into()),
                ("orders".into(), "8".into()),
            ]
            .into(),
            wall_ns: Some(1000),
            orders_per_s: Some(rate(round)),
            cpu_ns: Some(1000),
            ..Row::default()
        };
        writeln!(file, "{}", serde_json::to_string(&row).unwrap()).unwrap();
    }
}

#[test]
fn a_scenario_that_is_known_well_leaves_room_for_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "run",
        "bakery/{cpu-bound,crowded}",
        "--models",
        "os-threads,sequential",
        "--set",
        "orders=8",
        "--set",
        "concurrency=8",
    ];
    begun(&args, dir.path());
    // Far apart, and about equal but unsteady.
    measured(dir.path(), "crowded", "sequential", |_| 10.0);
    measured(dir.path(), "crowded", "os-threads", |round| {
        50.0 + f64::from(round) / 10.0
    });
    measured(dir.path(), "cpu-bound", "sequential", |_| 10.0);
    measured(dir.path(), "cpu-bound", "os-threads", |round| {
        9.0 + f64::from(round) / 4.0
    });
    let ran = done(&["run", "--resume", "mine", "--budget", "1ns"], dir.path());
    let line = "\n8 rounds: the budget of 1ns is spent; of 2 scenarios, 1 decided, 0 futile, \
                1 open (more time may decide bakery/cpu-bound (concurrency=8, orders=8))\n";
    assert!(ran.err.contains(line), "{}", ran.err);
    // Every round that follows is of that scenario alone.
    let more = ["run", "--resume", "mine", "--budget", "3s"];
    done(&more, dir.path());
    let rows = rows(&dir.path().join("mine"));
    let later: Vec<&Row> = rows.iter().filter(|row| row.round > 8).collect();
    assert!(!later.is_empty());
    assert!(later.iter().all(|row| row.scenario == "cpu-bound"));
}

#[cfg(feature = "server")]
#[test]
fn a_load_becomes_a_rate_that_every_row_states() {
    let dir = tempfile::tempdir().unwrap();
    let args = [
        "run",
        "fetch/open-loop",
        "--models",
        "os-threads,smol",
        "--rounds",
        "1",
        "--out",
        "mine",
    ];
    let set = ["--set", "load=0.5", "--set", "orders=400"];
    let ran = done(&[&args[..], &set].concat(), dir.path());
    let rows = rows(&dir.path().join("mine"));
    // Two samples each.
    assert_eq!(rows.len(), 4, "{}", ran.err);
    let rate = &rows[0].set["rate"];
    assert!(rate.parse::<f64>().unwrap() >= 1.0);
    for row in &rows {
        assert_eq!((&row.set["rate"], row.set["load"].as_str()), (rate, "0.5"));
        assert_eq!(row.offered_per_s, rate.parse().ok());
        assert_eq!(row.orders, 400);
    }
    let line = format!("serves in closed loop: rate = {rate}\n");
    assert!(ran.err.contains(&line), "{}", ran.err);
}

/// Orders that are cheap are served for long, and whoever sets their number or the
/// warm-up gets that.
#[test]
fn samples_last_unless_their_orders_are_set() {
    let dir = tempfile::tempdir().unwrap();
    let (_home, path) = super::file(
        "bakery.toml",
        "[mine]\nabout = \"mine\"\nversion = 1\n[mine.params]\n\
         orders = 40\nconcurrency = 2\nmix_cpu = 1000\n",
    );
    let args = ["run", "bakery/mine/os-threads", "--scenarios", &path];
    let measured = |out: &str, more: &[&str]| {
        done(&[&args[..], &["--out", out], more].concat(), dir.path());
        rows(&dir.path().join(out))
    };
    let long = measured("long", &["--rounds", "1"]);
    assert_eq!(long.len(), 1);
    for row in &long {
        assert!(row.orders > 40 && row.orders.is_multiple_of(40), "{row:?}");
        assert!(row.warm_up_ns >= Some(500_000_000), "{row:?}");
    }
    let set = measured("set", &["--rounds", "1", "--set", "orders=60"]);
    assert_eq!(set[0].orders, 60);
    assert!(set[0].warm_up_ns < Some(500_000_000), "{set:?}");
    let warm = ["--rounds", "1", "--set", "orders=60", "--warm-up", "50ms"];
    let warm = measured("warm", &warm);
    assert_eq!(warm[0].orders, 60);
    assert!(warm[0].warm_up_ns >= Some(50_000_000), "{warm:?}");
    let ran = bakeoff(&[&args[..], &["--warm-up", "2h"]].concat(), dir.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(
        ran.err.contains("--warm-up") && ran.err.contains("500ms"),
        "{}",
        ran.err
    );
}

#[cfg(feature = "server")]
#[test]
fn a_load_is_nothing_to_verify() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["verify", "fetch/open-loop/os-threads", "--set", "load=0.7"];
    let ran = bakeoff(&args, dir.path());
    super::refused_line("verify", &ran, &dir, &["load = 0.7", "rate=4000"]);
}

#[cfg(feature = "server")]
#[test]
fn a_visit_to_an_open_loop_takes_two_schedules_of_half_a_second() {
    let dir = tempfile::tempdir().unwrap();
    let (_home, path) = super::file(
        "fetch.toml",
        "[slow]\nabout = \"slow\"\nversion = 1\n[slow.params]\n\
         orders = 4\nconcurrency = 4\narrivals = \"constant\"\nrate = 50\n",
    );
    let args = ["run", "fetch/slow/os-threads", "--scenarios", &path];
    let rest = ["--rounds", "1", "--out", "mine"];
    done(&[&args[..], &rest].concat(), dir.path());
    let rows = rows(&dir.path().join("mine"));
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((row.round, row.orders), (1, 25));
        assert!(row.wall_ns >= Some(480_000_000), "{row:?}");
        assert!(row.warm_up_ns >= Some(480_000_000), "{row:?}");
    }
}
