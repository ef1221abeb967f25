use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::base::seed::{draw, unit};
use crate::record::row::{Latency, SCHEMA};
use crate::report::text::grid::Style;

/// A sample that took so long, with half of that on the CPU.
fn row(side: Side, model: &str, round: u32, wall_ns: f64) -> Row {
    Row {
        schema: SCHEMA,
        run: side.name().into(),
        cell: format!("fetch/no-delay/{model}"),
        workload: "fetch".into(),
        scenario: "no-delay".into(),
        model: model.into(),
        client: "wire".into(),
        round,
        orders: 1000,
        wall_ns: Some(wall_ns as u64),
        orders_per_s: Some(1e12 / wall_ns),
        cpu_ns: Some((wall_ns / 2.0) as u64),
        versions: BTreeMap::from([("bakeoff".into(), "0.1.0".into())]),
        ..Row::default()
    }
}

/// Rounds of three pairs, of which the head takes `ratio` times as long, within
/// `spread`; a moment that is slow is slow for both.
fn rows(model: &str, ratio: f64, spread: f64, rounds: u32) -> Vec<Row> {
    let mut rows = Vec::new();
    for round in 1..=rounds {
        for pair in 0..3 {
            let at = (u64::from(round) << 8) | pair;
            let drift = 1.0 + unit(draw(1, at, 9));
            let noise = |lane| 1.0 + spread * (unit(draw(ratio.to_bits(), at, lane)) - 0.5);
            let base = row(Side::Base, model, round, 1e7 * drift * noise(0));
            let head = row(Side::Head, model, round, 1e7 * drift * ratio * noise(1));
            rows.extend([base, head]);
        }
    }
    rows
}

fn standing(rows: &[Row], threshold: f64) -> Standing {
    compare(rows, threshold).cells[0].standing()
}

#[test]
fn a_regression_is_shown_and_exceeds_the_threshold() {
    for (ratio, rounds, expected) in [
        (1.1, 8, Standing::Regression),
        (1.04, 8, Standing::Slower),
        (1.0, 8, Standing::Tie),
        (0.9, 8, Standing::Faster),
        (1.1, 7, Standing::Undecided),
    ] {
        let found = standing(&rows("smol", ratio, 0.01, rounds), 0.05);
        assert_eq!(found, expected, "{ratio} in {rounds} rounds");
    }
    // So unsteady, nothing is shown, however far off the median.
    let wild = rows("smol", 1.06, 0.6, 8);
    assert_eq!(standing(&wild, 0.05), Standing::Undecided);
    assert_eq!(standing(&rows("smol", 1.1, 0.01, 8), 0.2), Standing::Slower);
}

#[test]
fn cpu_gates_as_time_does() {
    let mut rows = rows("smol", 1.0, 0.01, 8);
    for row in rows.iter_mut().filter(|row| row.run == "head") {
        row.cpu_ns = row.cpu_ns.map(|cpu| cpu + cpu / 5);
    }
    let found = compare(&rows, 0.05);
    let [time, cpu] = &found.cells[0].differences;
    assert!(!time.regression && cpu.regression);
    assert_eq!(found.cells[0].standing(), Standing::Regression);
    assert_eq!(found.comparisons, 2);
}

#[test]
fn pairs_are_neighbours_and_a_round_counts_once() {
    let rows = rows("smol", 1.3, 0.0, 8);
    let found = &compare(&rows, 0.05).cells[0];
    assert_eq!((found.rounds, found.pairs), (8, 24));
    // Drift of up to twofold between pairs leaves no trace.
    let ratio = found.differences[0].shown.ratio.unwrap();
    assert!((ratio.interval.low - 1.3).abs() < 1e-5, "{ratio:?}");
    assert!((ratio.interval.high - 1.3).abs() < 1e-5, "{ratio:?}");
    assert_eq!(ratio.rounds, 8);
    // Nor does one sample that was disturbed.
    let mut one = rows.clone();
    one[7].orders_per_s = Some(1000.0);
    assert_eq!(
        compare(&one, 0.05).cells[0].differences[0].shown.verdict,
        Verdict::Slower
    );
}

#[test]
fn what_failed_is_told_by_side() {
    let failed = |side: Side, rows: &mut Vec<Row>| {
        for row in rows.iter_mut().filter(|row| row.run == side.name()) {
            row.error = Some("wrong answer: 1 where 2 was due".into());
        }
    };
    let mut gone = rows("smol", 1.0, 0.01, 3);
    failed(Side::Head, &mut gone);
    let found = compare(&gone, 0.05);
    assert_eq!(found.cells[0].standing(), Standing::Failed);
    assert_eq!(found.compared(), 0);
    let mut new = rows("smol", 1.0, 0.01, 3);
    failed(Side::Base, &mut new);
    assert_eq!(standing(&new, 0.05), Standing::New);
    // A base that failed now and then leaves the rounds in which it did not.
    let mut some = rows("smol", 1.0, 0.01, 9);
    some[0].error = Some("silent".into());
    let found = compare(&some, 0.05);
    assert_eq!(found.cells[0].standing(), Standing::Tie);
    assert_eq!(found.cells[0].pairs, 26);
    // A head that did has failed.
    some[1].error = Some("silent".into());
    assert_eq!(standing(&some, 0.05), Standing::Failed);
}

#[test]
fn where_orders_come_from_outside_response_times_are_compared() {
    let mut rows = rows("smol", 1.0, 0.01, 8);
    for row in &mut rows {
        let slower = if row.run == "head" { 3 } else { 1 };
        row.response = Some(Latency {
            p50_ns: Some(slower * 1_000_000 + u64::from(row.round)),
            ..Latency::default()
        });
    }
    let found = compare(&rows, 0.05);
    let [time, cpu] = &found.cells[0].differences;
    assert!(time.regression && !cpu.regression);
    assert!((time.ratio.unwrap() - 3.0).abs() < 1e-3);
}

#[test]
fn rows_of_other_runs_are_passed_over() {
    let mut rows = rows("smol", 1.0, 0.01, 2);
    for row in &mut rows {
        row.run = "2026-11-20-oven".into();
    }
    assert!(compare(&rows, 0.05).cells.is_empty());
    assert!(compare(&[], 0.05).cells.is_empty());
}

#[test]
fn figures_without_a_logarithm_are_no_pairs() {
    let mut rows = rows("smol", 1.0, 0.01, 8);
    for row in rows.iter_mut().filter(|row| row.run == "base") {
        row.cpu_ns = Some(0);
        row.orders_per_s = None;
    }
    let found = &compare(&rows, 0.05).cells[0];
    assert!(found.differences.iter().all(|of| of.ratio.is_none()));
    assert_eq!(found.standing(), Standing::Undecided);
}

#[test]
fn a_run_goes_on_until_intervals_are_narrow() {
    let names = |rows: &[Row], threshold| -> Vec<String> {
        known(rows, 3, threshold)
            .into_iter()
            .map(|of| of.cell.into_owned())
            .collect()
    };
    let mut all = rows("smol", 1.0, 0.01, 8);
    all.extend(rows("rayon", 1.5, 0.01, 8));
    all.extend(rows("tokio-mt", 1.0, 0.3, 8));
    // Where an interval lies does not matter, only how wide it is.
    assert_eq!(
        names(&all, 0.05),
        ["fetch/no-delay/rayon", "fetch/no-delay/smol"]
    );
    all.retain(|row| row.round < 8);
    assert!(names(&all, 0.05).is_empty());
    let close = rows("smol", 1.0, 0.03, 8);
    assert_eq!(names(&close, 0.05).len(), 1);
    assert_eq!(names(&close, 0.001).len(), 0);
}

/// One cell of each standing.
fn everything() -> (Found, Heading) {
    let mut all = rows("tokio-mt", 1.1, 0.01, 8);
    all.extend(rows("smol", 1.0, 0.01, 9));
    all.extend(rows("async-std", 1.02, 0.3, 8));
    all.extend(rows("rayon", 0.8, 0.01, 8));
    all.extend(rows("os-threads", 1.02, 0.005, 8));
    let mut failed = rows("processes", 1.0, 0.01, 1);
    failed[1].error = Some("wrong answer:\n1 where 2 was due".into());
    all.extend(failed);
    let mut new = rows("crossbeam", 1.0, 0.01, 2);
    for row in new.iter_mut().filter(|row| row.run == "base") {
        row.error = Some("unknown model 'crossbeam'".into());
    }
    all.extend(new);
    for row in &mut all {
        if row.model == "smol" {
            row.set = BTreeMap::from([("concurrency".into(), "16".into())]);
        }
        if row.model == "rayon" {
            row.flags = vec!["server-bound".into()];
        }
        if row.run == "head" {
            row.versions.insert("tokio".into(), "1.55.0".into());
        } else {
            row.versions.insert("tokio".into(), "1.54.0".into());
        }
    }
    let heading = Heading {
        commands: ["old/bakeoff".into(), "nice -n 5 new/bakeoff".into()],
        ended: "9 rounds: 5 of 7 cells are known well enough".into(),
    };
    (compare(&all, 0.05), heading)
}

#[test]
fn every_standing_is_there_from_bad_to_good() {
    let (found, _) = everything();
    let standings: Vec<Standing> = found.cells.iter().map(Cell::standing).collect();
    assert_eq!(standings, Standing::ALL);
}

#[test]
fn in_plain_text() {
    let (found, heading) = everything();
    insta::assert_snapshot!(text(&found, &heading, &Style::PLAIN));
}

#[test]
fn in_markdown() {
    let (found, heading) = everything();
    insta::assert_snapshot!(markdown(&found, &heading));
}

#[test]
fn as_json() {
    let (found, heading) = everything();
    let json = json(&found, &heading);
    assert_eq!(json["schema"], 1);
    assert_eq!(json["threshold_percent"], 5.0);
    assert_eq!(
        (&json["regressions"], &json["failures"]),
        (&1.into(), &1.into())
    );
    assert_eq!(json["head"]["command"], "nice -n 5 new/bakeoff");
    assert_eq!(json["base"]["versions"]["tokio"], "1.54.0");
    let regression = &json["cells"][1];
    assert_eq!(regression["cell"], "fetch/no-delay/tokio-mt");
    assert_eq!(regression["standing"], "regression");
    let number = |key: &str| regression["time"][key].as_f64().unwrap();
    assert!(number("low") <= number("ratio") && number("ratio") <= number("high"));
    assert_eq!(regression["cpu"]["verdict"], "slower");
    assert_eq!(regression["cpu"]["regression"], true);
    let failed = &json["cells"][0];
    assert!(failed["time"]["low"].is_null());
    assert_eq!(failed["errors"]["head"].as_object().unwrap().len(), 1);
    assert_eq!(json["cells"][6]["set"]["concurrency"], "16");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn swapping_the_sides_turns_everything_round(
        ratio in 0.8..1.25f64, spread in 0.0..0.2f64, rounds in 1u32..14,
    ) {
        let rows = rows("smol", ratio, spread, rounds);
        let mut swapped = rows.clone();
        for pair in swapped.chunks_mut(2) {
            pair[0].run = "head".into();
            pair[1].run = "base".into();
        }
        let (one, other) = (compare(&rows, 0.05), compare(&swapped, 0.05));
        for (a, b) in one.cells[0].differences.iter().zip(&other.cells[0].differences) {
            prop_assert!((a.ratio.unwrap() * b.ratio.unwrap() - 1.0).abs() < 1e-9);
            prop_assert_eq!(a.shown.verdict, b.shown.verdict.inverse());
            prop_assert!(!(a.regression && b.regression));
        }
    }

    #[test]
    fn who_goes_first_does_not_matter(ratio in 0.8..1.25f64, spread in 0.0..0.2f64) {
        let rows = rows("smol", ratio, spread, 9);
        let mut turned = rows.clone();
        for (pair, at) in turned.chunks_mut(2).zip(0..) {
            if draw(3, at, 0) & 1 == 1 {
                pair.swap(0, 1);
            }
        }
        prop_assert_eq!(compare(&rows, 0.05), compare(&turned, 0.05));
    }
}
