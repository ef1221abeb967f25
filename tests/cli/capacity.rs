//! The search for the rate that a model can take.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff::record::objective::Objective;
use bakeoff::report::text::capacity::keeps;

use super::{BINARY, HANG, finish, refused, rows, signal, start};

#[test]
fn a_search_keeps_its_answers_and_tells_what_it_found() {
    let dir = tempfile::tempdir().unwrap();
    let args = "run nothing/orders/os-threads --set concurrency=2 --set rate=100 \
                --slo p50=1s --out mine";
    let mut command = Command::new(BINARY);
    command.args(args.split_whitespace());
    let child = start(command, dir.path());
    let file = dir.path().join("mine/rows.jsonl");
    let begun = Instant::now();
    while std::fs::read_to_string(&file).map_or(0, |text| text.lines().count()) < 3 {
        assert!(begun.elapsed() < HANG, "no rows came");
        thread::sleep(Duration::from_millis(20));
    }
    signal("INT", child.id());
    let ran = finish(child);
    assert_eq!(ran.status, Some(130), "{}", ran.err);
    let rows = rows(&dir.path().join("mine"));
    assert!(rows.len() >= 3, "{}", ran.err);
    let objective: Objective = "p50=1s".parse().unwrap();
    for row in &rows {
        assert_eq!(row.set["slo"].parse::<Objective>().unwrap(), objective);
        // Each sample lasts 2 s at the rate that it was asked at.
        let rate: f64 = row.set["rate"].parse().unwrap();
        assert_eq!(row.offered_per_s, Some(rate));
        assert!(row.orders as f64 >= 2.0 * rate, "{rate}: {}", row.orders);
        assert!(keeps(row, &objective), "{:?}", row.error);
    }
    // A rate that is kept is doubled.
    for (row, rate) in rows.iter().zip(["100", "200", "400"]) {
        assert_eq!(row.set["rate"], rate);
    }
    for told in [
        "nothing/orders (concurrency = 2): capacity with response p50 ≤ 1.00 s",
        "1 cell is searched in turns, within 2m",
        "interrupted; 0 of 1 capacities are known to 5 %",
    ] {
        let all = format!("{}{}", ran.out, ran.err);
        assert!(all.contains(told), "{all}");
    }
    assert!(ran.out.contains("capacity with"), "{}", ran.out);
    let tables = std::fs::read_to_string(dir.path().join("mine/tables.md")).unwrap();
    assert!(tables.contains("capacity with response p50"), "{tables}");
}

#[test]
fn a_budget_that_can_find_nothing_is_refused_with_the_time_that_it_takes() {
    let models = bakeoff::registry::models().len();
    let least = format!("{} s at least", 40 * models);
    let all = ["run", "nothing/orders", "--slo", "p50=1s", "--budget"];
    refused(
        &[&all[..], &["90s"]].concat(),
        &["--slo", &least, "--budget 1m30s", "2 models", "--models"],
    );
    refused(
        &[&all[..], &["5s"]].concat(),
        &["--slo", &least, "leave it out"],
    );
}

#[test]
fn a_scenario_with_a_rate_of_its_own_kind_is_not_searched() {
    let run = [
        "run",
        "nothing/orders/os-threads",
        "--slo",
        "p99=1ms",
        "--set",
    ];
    refused(
        &[&run[..], &["load=0.5"]].concat(),
        &["nothing/orders", "load"],
    );
    let polite = ["run", "fetch/polite", "--slo", "p99=1ms"];
    refused(&polite, &["fetch/polite", "shared rate"]);
}
