//! What people read, compared with reviewed snapshots; and what must hold.

use insta::assert_snapshot;

use super::*;
use crate::base::seed::{draw, unit};
use crate::host::HostFacts;
use crate::record::machine::{Moment, Reading, SCHEMA, Slice};
use crate::record::quantity::{CPU, MEMORY, P50, P99, Quantity, THROUGHPUT};
use crate::record::row::Latency;
use crate::report::fixture::ranked;
use crate::report::text::grid::Style;

fn host() -> HostFacts {
    HostFacts {
        at: "2026-11-20T08:15:00+01:00".into(),
        hostname: "oven".into(),
        os: "Linux 6.1.0".into(),
        arch: "x86_64".into(),
        cpus: vec![0, 1],
        revision: Some("abc1234".into()),
        ..HostFacts::default()
    }
}

fn slice(time: f64) -> Slice {
    Slice {
        wall_ns: time,
        cpu_ns: time,
    }
}

/// As `host`, read ten times at both ends of rounds in which arithmetic took `cpu`
/// and loopback `loopback` times as long.
fn side(place: &str, rows: Vec<Row>, cpu: f64, loopback: f64) -> Side {
    let moments = [Moment::Start, Moment::End];
    let readings = (1..=10).flat_map(|round| moments.map(|moment| (round, moment)));
    Side {
        place: place.into(),
        rows,
        readings: readings
            .map(|(round, moment)| {
                let wavers = 1.0 + 0.002 * unit(draw(round, moment as u64, 1));
                Reading {
                    schema: SCHEMA,
                    run: place.into(),
                    round: round as u32,
                    moment,
                    arithmetic: slice(1.2e6 * cpu * wavers),
                    loopback: Some(slice(1.1e6 * loopback * wavers)),
                }
            })
            .collect(),
        host: Some(host()),
    }
}

const ASKED: Asked = Asked {
    threshold: 0.05,
    gate: Vec::new(),
    force: false,
};

fn asked() -> Asked {
    Asked {
        gate: vec![THROUGHPUT, CPU],
        ..ASKED
    }
}

/// A run whose machine does not drift within it.
fn steady() -> Vec<Row> {
    let mut rows = ranked();
    for row in &mut rows {
        let drift = 1.0 + 0.02 * f64::from(row.round - 1);
        row.orders_per_s = row.orders_per_s.map(|rate| rate / drift);
        row.cpu_ns = row.cpu_ns.map(|ns| (ns as f64 * drift) as u64);
    }
    rows
}

/// The same run again, with noise of its own.
fn again() -> Vec<Row> {
    let mut rows = steady();
    for (index, row) in (0..).zip(&mut rows) {
        let wavers = |lane| 1.0 + 0.004 * (unit(draw(77, index, lane)) - 0.5);
        row.run = "later".into();
        row.orders_per_s = row.orders_per_s.map(|rate| rate * wavers(1));
        row.cpu_ns = row.cpu_ns.map(|ns| (ns as f64 * wavers(2)) as u64);
    }
    rows
}

/// The same run again, in which several things happened.
fn changed() -> Vec<Row> {
    let mut rows = again();
    rows.retain(|row| row.cell != "fetch/calm/async-std");
    for row in &mut rows {
        match row.cell.as_str() {
            "fetch/calm/rayon" => row.orders_per_s = row.orders_per_s.map(|rate| rate * 0.8),
            "fetch/calm/processes" => row.cpu_ns = row.cpu_ns.map(|ns| ns * 7 / 10),
            "fetch/calm/smol@reqwest" => row.cpu_ns = row.cpu_ns.map(|ns| ns * 13 / 10),
            "fetch/calm/crossbeam" => row.error = Some("order 3: wrong answer".into()),
            "fetch/bound/tokio-ct" => row.memory_bytes = row.memory_bytes.map(|b| b * 2),
            _ => {}
        }
        if row.cell == "fetch/bound/os-threads" {
            row.cell = "fetch/bound/os-threads-per-order".into();
            row.model = "os-threads-per-order".into();
        }
    }
    rows
}

fn found() -> Comparison {
    let (base, head) = (
        side("results/a", steady(), 1.0, 1.0),
        side("results/b", changed(), 1.002, 0.997),
    );
    compare(&base, &head, &asked())
}

fn figure(of: &Comparison, cell: &str, figure: Quantity) -> Compared {
    let found = of.cells.iter().find(|found| found.cell == cell);
    found.unwrap().figures[&figure]
}

#[test]
fn a_comparison_in_plain_text() {
    assert_snapshot!(text(&found(), &Style::PLAIN));
}

#[test]
fn a_comparison_in_markdown() {
    assert_snapshot!(markdown(&found()));
}

#[test]
fn json_says_all_that_tables_do() {
    let json = serde_json::to_value(found()).unwrap();
    assert_eq!(json["gate"], serde_json::json!(["throughput", "cpu"]));
    let rayon = json["cells"].as_array().unwrap().iter();
    let rayon = rayon
        .clone()
        .find(|cell| cell["cell"] == "fetch/calm/rayon");
    let throughput = &rayon.unwrap()["figures"]["throughput"];
    assert_eq!(throughput["finding"], "slower");
    assert_eq!(throughput["gates"], true);
    assert_eq!(throughput["beyond"], true);
    assert!(throughput["low"].as_f64().unwrap() > 1.0);
}

#[test]
fn the_same_again_passes_and_says_no_difference() {
    let (base, head) = (side("a", steady(), 1.0, 1.0), side("b", again(), 1.0, 1.0));
    let found = compare(&base, &head, &asked());
    assert!(found.passes() && !found.advisory);
    assert_eq!(found.differences, [""; 0]);
    for cell in &found.cells {
        for figure in cell.figures.values() {
            let kept = matches!(figure.finding, Finding::Tie | Finding::Undecided);
            assert!(kept, "{}: {figure:?}", cell.title());
        }
    }
}

#[test]
fn what_changed_is_found_and_only_that_gates_which_was_asked_to() {
    let found = found();
    let rayon = figure(&found, "fetch/calm/rayon", THROUGHPUT);
    assert!(rayon.regressed() && (rayon.ratio.unwrap() - 1.25).abs() < 0.01);
    let reqwest = figure(&found, "fetch/calm/smol@reqwest", CPU);
    assert!(reqwest.regressed());
    let processes = figure(&found, "fetch/calm/processes", CPU);
    assert_eq!(processes.finding, Finding::Faster);
    assert_eq!((found.regressions(), found.broken()), (2, 1));
    assert!(!found.passes());

    let (base, head) = (
        side("a", steady(), 1.0, 1.0),
        side("b", changed(), 1.0, 1.0),
    );
    let memory = Asked {
        gate: vec![MEMORY],
        ..ASKED
    };
    let found = compare(&base, &head, &memory);
    let doubled = figure(&found, "fetch/bound/tokio-ct", MEMORY);
    assert!(doubled.regressed(), "{doubled:?}");
    let rayon = figure(&found, "fetch/calm/rayon", THROUGHPUT);
    assert_eq!((rayon.finding, rayon.regressed()), (Finding::Slower, false));
    assert_eq!(found.regressions(), 1);

    // A regression takes the threshold too.
    let patient = Asked {
        threshold: 0.5,
        ..asked()
    };
    assert_eq!(compare(&base, &head, &patient).regressions(), 0);
}

#[test]
fn a_slower_machine_is_no_regression() {
    // Busy throughout, on a machine of which everything takes a tenth longer.
    let busy = |mut rows: Vec<Row>, slow: f64| {
        for row in &mut rows {
            row.cpus = vec![0];
            row.wall_ns = Some(1_000_000);
            row.server_cpu_ns = Some(1_000_000);
            row.orders_per_s = row.orders_per_s.map(|rate| rate / slow);
            row.cpu_ns = row.cpu_ns.map(|ns| (ns as f64 * slow) as u64);
        }
        rows
    };
    let base = side("a", busy(steady(), 1.0), 1.0, 1.0);
    let head = side("b", busy(again(), 1.1), 1.1, 1.1);
    let found = compare(&base, &head, &asked());
    assert_eq!(found.regressions(), 0);
    let tokio = figure(&found, "fetch/calm/tokio-mt", THROUGHPUT);
    assert!((tokio.ratio.unwrap() - 1.0).abs() < 0.01, "{tokio:?}");
    // As measured it is told.
    assert!((tokio.base.unwrap() / tokio.head.unwrap() - 1.1).abs() < 0.01);

    // Without the reference nobody could know, and that is said.
    let head = Side {
        readings: Vec::new(),
        ..head
    };
    let found = compare(&base, &head, &asked());
    assert!(found.regressions() > 0);
    assert!(
        found.notes[0].starts_with("no reference of the machine's own speed in HEAD"),
        "{:?}",
        found.notes
    );
}

#[test]
fn what_differs_is_named_first_and_only_advises() {
    let base = side("a", steady(), 1.0, 1.0);
    let mut head = side("b", changed(), 1.0, 1.0);
    for row in &mut head.rows {
        row.versions.insert("tokio".into(), "9.9.9".into());
        row.scenario_version = 7;
    }
    let mut other = host();
    other.hostname = "stove".into();
    other.debug_build = true;
    head.host = Some(other);
    let found = compare(&base, &head, &asked());
    for words in [
        "host: oven in BASE, stove in HEAD",
        "build: release in BASE, debug in HEAD",
        "9.9.9 in HEAD",
        "fetch/calm: version 1 in BASE, version 7 in HEAD",
    ] {
        let told = found.differences.iter().any(|line| line.contains(words));
        assert!(told, "no {words} in {:?}", found.differences);
    }
    assert!(found.regressions() > 0 && !found.passes() && found.advisory);
    assert!(found.undecided()[0].contains("give --force"));
    for text in [text(&found, &Style::PLAIN), markdown(&found)] {
        let differs = text.find("stove").unwrap();
        assert!(differs < text.find("(gate: ").unwrap());
        assert!(differs < text.find('×').unwrap());
    }
    let forced = Asked {
        force: true,
        ..asked()
    };
    assert!(!compare(&base, &head, &forced).passes());
    head.host = None;
    let found = compare(&base, &head, &asked());
    assert_eq!(found.differences[0], "the host of HEAD is not known");
}

#[test]
fn too_few_rounds_show_figures_and_decide_nothing() {
    let few = |mut rows: Vec<Row>| {
        rows.retain(|row| row.round < 6);
        rows
    };
    let base = side("a", few(steady()), 1.0, 1.0);
    let head = side("b", few(changed()), 1.0, 1.0);
    let found = compare(&base, &head, &asked());
    let rayon = figure(&found, "fetch/calm/rayon", THROUGHPUT);
    assert_eq!((rayon.finding, rayon.low), (Finding::Undecided, None));
    assert!(rayon.ratio.unwrap() > 1.2);
    assert_eq!(found.regressions(), 0);
    let undecided = found.undecided();
    assert_eq!(undecided.len(), 1, "{undecided:?}");
    assert!(undecided[0].contains("fewer than 8 rounds: measure 8 on both sides"));
}

#[test]
fn in_an_open_loop_what_was_offered_is_no_figure_of_the_model() {
    let open = |mut rows: Vec<Row>, rate: f64| {
        for row in &mut rows {
            row.set.insert("load".into(), "0.7".into());
            row.set.insert("rate".into(), rate.to_string());
            row.orders_per_s = row.orders_per_s.map(|_| rate);
            row.offered_per_s = Some(rate);
            row.response = Some(Latency {
                p50_ns: Some(2000),
                ..Latency::default()
            });
        }
        rows
    };
    let base = side("a", open(steady(), 4000.0), 1.0, 1.0);
    let head = side("b", open(again(), 3000.0), 1.0, 1.0);
    let found = compare(&base, &head, &asked());
    // But for the one that failed from its sixth round on.
    assert_eq!(found.decided(), found.cells.len() - 1);
    let smol = figure(&found, "fetch/calm/smol", THROUGHPUT);
    assert_eq!((smol.ratio, smol.finding), (Some(1.0), Finding::Tie));
    assert_eq!(figure(&found, "fetch/calm/smol", P50).base, Some(2000.0));
    let line = "fetch/calm: its load came to 4000/s in BASE and 3000/s in HEAD";
    assert!(
        found.notes.iter().any(|note| note == line),
        "{:?}",
        found.notes
    );
}

#[test]
fn what_the_gate_could_not_decide_is_counted_with_its_reason() {
    let mut rows = again();
    rows.retain(|row| row.model != "rayon" || row.round < 8);
    for row in &mut rows {
        match row.model.as_str() {
            "smol" => row.cpu_ns = None,
            "tokio-mt" => (row.orders_per_s, row.cpu_ns) = (None, Some(0)),
            _ => {}
        }
    }
    let (base, head) = (side("a", steady(), 1.0, 1.0), side("b", rows, 1.0, 1.0));
    let found = compare(&base, &head, &asked());
    assert!(!found.passes());
    // With crossbeam, which fails from its sixth round on.
    assert_eq!(found.cells.len() - found.decided(), 4);
    let text = text(&found, &Style::PLAIN);
    let clauses: Vec<&str> = text.lines().next().unwrap().split("; ").collect();
    assert_snapshot!(clauses.join("\n"), @r"
    no regression in 7 cells (gate: throughput, cpu
    threshold 5 %)
    2 could not be compared: fewer than 8 rounds
    2 could not be compared: measured in fewer than 8 rounds
    cpu of 3 could not be compared: measured in fewer than 8 rounds
    ");
    let legend = text.lines().nth_back(1).unwrap();
    let (_, reasons) = legend.split_once(" ?: ").unwrap();
    assert_snapshot!(reasons, @"could not be compared: throughput, p50, p99, cpu, memory (fewer than 8 rounds), p99 (samples have too few orders to state it), throughput, cpu (measured in fewer than 8 rounds).");
    let tails = Asked {
        gate: vec![P99],
        ..ASKED
    };
    let found = compare(&base, &head, &tails);
    assert_eq!((found.decided(), found.passes()), (0, false));
    let why = "could not be compared: samples have too few orders to state it";
    assert!(found.gaps().iter().any(|gap| gap.ends_with(why)));
}

#[test]
fn a_percentile_that_no_round_states_is_shown_of_all_rounds_together() {
    let mut rows = crate::report::fixture::cell("bakery", "rush", "smol", 1000.0, 100);
    for service in rows.iter_mut().filter_map(|row| row.service.as_mut()) {
        (service.p50_ns, service.p99_ns) = (None, None);
    }
    let [base, head] = ["a", "b"].map(|run| side(run, rows.clone(), 1.0, 1.0));
    let found = compare(&base, &head, &asked());
    for percentile in [P50, P99] {
        let shown = figure(&found, "bakery/rush/smol", percentile);
        assert!(shown.base.is_some_and(|ns| ns > 10_000.0), "{shown:?}");
        assert_eq!((shown.ratio, shown.low), (Some(1.0), None));
        assert!(matches!(shown.finding, Finding::Undecided));
    }
}

/// Half as many in flight take half as long, and nothing has become faster.
#[test]
fn service_times_do_not_compare_where_other_numbers_are_in_flight() {
    let mut rows = again();
    for service in rows.iter_mut().filter_map(|row| row.service.as_mut()) {
        service.mean_ns /= 2.0;
        service.p50_ns = service.p50_ns.map(|ns| ns / 2);
    }
    let (base, head) = (
        side("a", steady(), 1.0, 1.0),
        side("b", rows.clone(), 1.0, 1.0),
    );
    let timed = Asked {
        gate: vec![P50],
        ..ASKED
    };
    let found = compare(&base, &head, &timed);
    let p50 = figure(&found, "fetch/calm/smol", P50);
    assert_eq!((p50.ratio, p50.lack), (None, Some(Lack::InFlight)));
    assert!(!found.passes());
    assert!(text(&found, &Style::PLAIN).contains("orders in flight"));
    // Where a rate sets how many come, it is what is to be compared.
    let rated = |rows: &[Row]| -> Vec<Row> {
        let rated = |row: &Row| Row {
            allowed_per_s: Some(1000.0),
            ..row.clone()
        };
        rows.iter().map(rated).collect()
    };
    let base = side("a", rated(&steady()), 1.0, 1.0);
    let head = side("b", rated(&rows), 1.0, 1.0);
    let found = compare(&base, &head, &timed);
    let p50 = figure(&found, "fetch/calm/smol", P50);
    assert_eq!((p50.finding, p50.lack), (Finding::Faster, None));
}

#[test]
fn searches_are_left_out_and_counted() {
    let mut rows = steady();
    rows.truncate(4);
    rows[2].set.insert("slo".into(), "p99=20ms".into());
    let (kept, warning) = comparable(rows, "r/rows.jsonl");
    assert_eq!(kept.len(), 3);
    assert!(warning.unwrap().contains("left out 1 rows of searches"));
}

#[test]
fn a_comment_is_not_longer_than_a_comment_can_be() {
    let many = |rows: Vec<Row>| -> Vec<Row> {
        let copies = 0..60;
        let copy = |at: i32| {
            let named = |row: &Row| Row {
                scenario: format!("{}-{at}", row.scenario),
                cell: format!("fetch/{}-{at}/{}", row.scenario, row.model),
                service: None,
                ..row.clone()
            };
            rows.iter().map(named).collect::<Vec<_>>()
        };
        copies.flat_map(copy).collect()
    };
    let base = side("a", many(steady()), 1.0, 1.0);
    let head = side("b", many(changed()), 1.0, 1.0);
    let text = markdown(&compare(&base, &head, &asked()));
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(text.contains(" more: see `--format json`"));
}
