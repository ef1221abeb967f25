//! Rows of a run that never was, and those of the reference run.

use std::collections::BTreeMap;
use std::path::Path;

use bakeoff::host::HostFacts;
use bakeoff::record::latency;
use bakeoff::record::row::{Row, SCHEMA};
use bakeoff::record::rows;

/// Ten rounds of two samples; throughput is `rate` and 10 more each round.
pub(crate) fn cell_of(scenario: &str, model: &str, rate: f64) -> Vec<Row> {
    (0..20)
        .map(|at| {
            let (round, sample) = (1 + at / 2, at % 2);
            let orders = 100;
            let orders_per_s = rate + f64::from(10 * round + sample);
            let wall_ns = (orders as f64 / orders_per_s * 1e9) as u64;
            Row {
                schema: SCHEMA,
                run: "synthetic".into(),
                cell: format!("bakery/{scenario}/{model}"),
                workload: "bakery".into(),
                scenario: scenario.into(),
                scenario_version: 1,
                model: model.into(),
                client: "none".into(),
                class: "equal".into(),
                shape: "multiplexed".into(),
                round,
                orders,
                concurrency: 16,
                workers: Some(2),
                placement: "alone".into(),
                cpus: vec![0, 1],
                wall_ns: Some(wall_ns),
                orders_per_s: Some(orders_per_s),
                service: latency::from_values(
                    (1..=orders).map(|order| 1_000_000 + 10_000 * order + u64::from(round)),
                ),
                cpu_ns: Some(orders * (5000 + 10 * u64::from(round))),
                memory_bytes: Some(1_000_000 + 1000 * u64::from(round)),
                versions: BTreeMap::from([
                    ("bakeoff".into(), "0.1.0".into()),
                    ("smol".into(), "2.0.0".into()),
                ]),
                ..Row::default()
            }
        })
        .collect()
}

/// The same with orders that came from outside.
pub(crate) fn open_loop(rows: Vec<Row>) -> Vec<Row> {
    let open = |row: Row| Row {
        offered_per_s: Some(1000.0),
        response: latency::from_values((1..=row.orders).map(|order| 20_000 * order)),
        ..row
    };
    rows.into_iter().map(open).collect()
}

pub(crate) fn failed(row: Row, why: &str) -> Row {
    Row {
        wall_ns: None,
        orders_per_s: None,
        service: None,
        cpu_ns: None,
        memory_bytes: None,
        error: Some(why.into()),
        ..row
    }
}

/// A cell of each kind.
pub(crate) fn run() -> Vec<Row> {
    let mut rows = cell_of("rush", "smol", 1000.0);
    let last = rows.pop().unwrap();
    rows.push(failed(last, "order 17: wrong answer:\n\"3\", not 4"));
    rows.extend(open_loop(cell_of("arrivals", "tokio-mt", 990.0)));
    for mut row in cell_of("rush", "tokio-mt", 500.0) {
        row.class = "shipped".into();
        row.scenario_version = 2;
        row.set = BTreeMap::from([
            ("bake".into(), "uniform:1ms, 2ms".into()),
            ("orders".into(), "100".into()),
        ]);
        row.flags = vec!["harness-bound".into()];
        rows.push(row);
    }
    let gone = cell_of("rush", "rayon", 1.0);
    rows.extend(gone.into_iter().map(|row| failed(row, "it was silent")));
    rows
}

pub(crate) fn reference() -> Vec<Row> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference");
    rows::read(&dir).unwrap().rows
}

/// Both, for what must hold of any rows.
pub(crate) fn every() -> [Vec<Row>; 2] {
    [run(), reference()]
}

/// Where it was.
pub(crate) fn host() -> HostFacts {
    HostFacts {
        at: "2026-11-20T08:15:00+01:00".into(),
        hostname: "oven".into(),
        os: "Linux 6.1.0".into(),
        arch: "x86_64".into(),
        ..HostFacts::default()
    }
}
