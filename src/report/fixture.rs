//! Rows of a run that never was: every case that a renderer must cope with,
//! without a clock. They are made once: histograms take their time.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::base::seed::{draw, unit};
use crate::base::word::Word;
use crate::record::latency;
use crate::record::palette;
use crate::record::row::{Peer, Row, SCHEMA};
use crate::workload::client::Client;

/// One cell's samples: throughput about `rate`, service about `service_us`.
pub(crate) fn cell(
    workload: &str,
    scenario: &str,
    model: &str,
    rate: f64,
    service_us: u64,
) -> Vec<Row> {
    let (model, client) = match (model.split_once('@'), workload) {
        (Some((model, client)), _) => (model, client),
        (None, "fetch") => (model, "wire"),
        (None, _) => (model, "none"),
    };
    let suffix = Word::<Client>::from(client)
        .known()
        .map_or_else(String::new, Client::suffix);
    (0..10)
        .map(|sample| {
            // Seeded by the rate, so that cells differ and runs do not.
            let noise = 0.94 + 0.12 * unit(draw(rate as u64, sample, 0));
            let orders = 400;
            let wall = orders as f64 / (rate * noise);
            let times = (0..orders).map(|order| {
                let tail = unit(draw(rate as u64, sample * orders + order, 1)).powi(-1);
                (service_us as f64 * 1e3 * (0.9 + 0.1 * tail.min(200.0))) as u64
            });
            Row {
                schema: SCHEMA,
                run: "2026-11-20T08-15-00-oven-abc1234".into(),
                cell: format!("{workload}/{scenario}/{model}{suffix}"),
                workload: workload.into(),
                scenario: scenario.into(),
                scenario_version: 1,
                model: model.into(),
                client: client.into(),
                class: "equal".into(),
                shape: "multiplexed".into(),
                round: 1 + sample as u32 / 2,
                orders,
                concurrency: 64,
                workers: Some(2),
                wall_ns: Some((wall * 1e9) as u64),
                orders_per_s: Some(rate * noise),
                service: latency::from_values(times),
                cpu_ns: Some(orders * service_us * 300),
                memory_bytes: Some(1_500_000 + 70_000 * service_us),
                threads: Some(if model.starts_with("tokio-ct") { 1 } else { 3 }),
                processes: Some(if model.starts_with("processes") {
                    65
                } else {
                    1
                }),
                efficiency: (workload == "bakery").then_some((rate / 1300.0).min(1.0)),
                versions: BTreeMap::from([("bakeoff".into(), "0.1.0".into())]),
                ..Row::default()
            }
        })
        .collect()
}

/// A cell of which every sample failed.
pub(crate) fn failed(workload: &str, scenario: &str, model: &str, error: &str) -> Vec<Row> {
    let mut rows = cell(workload, scenario, model, 1.0, 1);
    for row in &mut rows {
        *row = Row {
            error: Some(error.into()),
            ..without_numbers(row)
        };
    }
    rows
}

fn without_numbers(row: &Row) -> Row {
    Row {
        orders_per_s: None,
        service: None,
        cpu_ns: None,
        memory_bytes: None,
        efficiency: None,
        threads: None,
        processes: None,
        ..row.clone()
    }
}

/// Every model of this build in one scenario, and a dozen of another program's, which asks
/// for colours of its own.
pub(crate) fn many() -> Vec<Row> {
    static MADE: LazyLock<Vec<Row>> = LazyLock::new(make_many);
    MADE.clone()
}

fn make_many() -> Vec<Row> {
    let own = palette::MODELS.iter().map(|(name, ..)| (*name).to_owned());
    let own = own.map(|name| (name, None));
    let theirs = (0..12).map(|at| {
        let peer = Peer {
            name: "python".into(),
            language: "Python".into(),
            family: if at % 2 == 0 { "threads" } else { "green" }.into(),
            colour: Some(format!("#1f5f{:02x}", 0x60 + at)),
            ranked_with_ours: true,
            ..Peer::default()
        };
        (format!("their-model-{at}"), Some(peer))
    });
    let all = own.chain(theirs).enumerate();
    all.flat_map(|(at, (name, peer))| {
        let rate = 9000.0 - 17.0 * at as f64;
        let mut rows = cell("fetch", "crowd", &name, rate, 10_000 + 40 * at as u64);
        rows.iter_mut().for_each(|row| row.peer.clone_from(&peer));
        rows
    })
    .collect()
}

/// A whole run of three scenarios.
pub(crate) fn run() -> Vec<Row> {
    static MADE: LazyLock<Vec<Row>> = LazyLock::new(make_run);
    MADE.clone()
}

fn make_run() -> Vec<Row> {
    let mut rows = Vec::new();
    for (model, rate, service) in [
        ("sequential", 97.3, 10_200),
        ("processes", 1190.0, 830),
        ("processes-per-order", 402.0, 2_300),
        ("os-threads", 1240.0, 790),
        ("crossbeam", 1236.0, 795),
        ("rayon", 1228.0, 801),
        ("rayon-cores", 194.0, 10_150),
        ("tokio-mt", 1251.0, 786),
        ("tokio-ct", 1247.0, 788),
        ("smol", 1262.0, 780),
        ("async-std", 1233.0, 799),
    ] {
        rows.extend(cell("bakery", "stand-by", model, rate, service));
        if model != "sequential" && model != "crossbeam" {
            rows.extend(cell("bakery", "jump", model, rate * 1.7, service));
        }
    }
    for (model, rate, service) in [
        ("os-threads", 88_100.0, 182),
        ("tokio-mt", 152_300.0, 105),
        ("tokio-ct", 161_700.0, 98),
        ("smol", 149_900.0, 107),
        ("async-std", 92_400.0, 170),
        ("tokio-mt@reqwest", 41_200.0, 390),
        ("smol@reqwest", 23_900.0, 670),
    ] {
        rows.extend(cell("fetch", "rush", model, rate, service));
    }
    rows.extend(failed(
        "fetch",
        "rush",
        "processes",
        "order 17: wrong answer:\n expected 0x5eed, got <nil> | *0*",
    ));
    for row in &mut rows {
        if row.cell == "fetch/rush/tokio-ct" {
            row.flags = vec!["server-bound".into()];
        }
        if !row.client.ranked() {
            row.flags = vec![
                "hidden-runtime: 1 thread of tokio's more than declared".into(),
                "not ranked".into(),
            ];
        }
        if row.cell == "bakery/jump/smol" && row.round == 3 {
            row.error = Some("the cell was silent for 10 s".into());
        }
    }
    rows
}

/// A run with enough rounds for ranks: ten, of three samples each, on a machine
/// that drifts.
pub(crate) fn ranked() -> Vec<Row> {
    static MADE: LazyLock<Vec<Row>> = LazyLock::new(make_ranked);
    MADE.clone()
}

fn make_ranked() -> Vec<Row> {
    let mut rows = Vec::new();
    for (scenario, model, rate, cpu_us, spread) in [
        ("calm", "smol", 1000.0, 10.0, 0.01),
        ("calm", "tokio-mt", 998.0, 9.7, 0.01),
        ("calm", "rayon", 770.0, 17.0, 0.02),
        ("calm", "processes", 960.0, 39.0, 0.02),
        ("calm", "async-std", 990.0, 10.3, 0.2),
        ("calm", "crossbeam", 985.0, 10.0, 0.01),
        ("calm", "smol@reqwest", 500.0, 80.0, 0.01),
        ("bound", "smol", 70_000.0, 8.0, 0.02),
        ("bound", "tokio-mt", 99_000.0, 6.0, 0.01),
        ("bound", "tokio-ct", 100_000.0, 5.0, 0.01),
        ("bound", "os-threads", 68_000.0, 8.2, 0.2),
    ] {
        let template = cell("fetch", scenario, model, rate, 100);
        let seed = rate as u64;
        rows.extend((0..30).map(|sample| {
            let round = sample / 3;
            let drift = 1.0 + 0.02 * round as f64;
            let noise = |lane| 1.0 + spread * (2.0 * unit(draw(seed, sample, lane)) - 1.0);
            let mut row = Row {
                round: 1 + round as u32,
                orders_per_s: Some(rate * drift * noise(2)),
                cpu_ns: Some((400.0 * cpu_us * 1e3 / drift * noise(3)) as u64),
                unit_memory_bytes: Some(4000.0 + 37.0 * seed.min(1000) as f64),
                startup_ns: Some(seed * 1000),
                shutdown_ns: Some(seed * 100),
                efficiency: (scenario == "calm").then_some(0.8 * rate / 1000.0),
                ..template[sample as usize % template.len()].clone()
            };
            if scenario == "bound" && model.starts_with("tokio") && sample > 2 {
                row.flags = vec!["server-bound".into()];
            }
            if model == "crossbeam" && row.round > 5 {
                row.error = Some("the cell was silent for 10 s".into());
            }
            row
        }));
    }
    rows
}

/// [`ranked`] with so many orders a sample that each states a p99.
pub(crate) fn ranked_by_tail() -> Vec<Row> {
    static MADE: LazyLock<Vec<Row>> = LazyLock::new(make_ranked_by_tail);
    MADE.clone()
}

fn make_ranked_by_tail() -> Vec<Row> {
    let orders = 1200;
    let more = |(at, row): (usize, Row)| {
        let times = (0..orders).map(|order| {
            let chance = -unit(draw(at as u64, order, 6)).max(1e-9).ln();
            (1e5 * (0.9 + 0.1 * chance)) as u64
        });
        Row {
            orders,
            service: latency::from_values(times),
            cpu_ns: row.cpu_ns.map(|ns| ns * orders / row.orders),
            wall_ns: row.wall_ns.map(|ns| ns * orders / row.orders),
            ..row
        }
    };
    ranked().into_iter().enumerate().map(more).collect()
}

/// One model in an open loop: ten rounds of three samples of 1,200 orders at
/// `offered` a second, response about `response_us` and longer by chance.
fn answered(model: &str, offered: f64, response_us: f64, cpu_us: f64, spread: f64) -> Vec<Row> {
    let template = cell("fetch", "open-loop", model, offered, response_us as u64);
    let seed = response_us as u64;
    let orders = 1200;
    (0..30)
        .map(|sample| {
            let round = sample / 3;
            let wavers = |lane| 1.0 + spread * (2.0 * unit(draw(seed, sample, lane)) - 1.0);
            let slow = (1.0 + 0.02 * round as f64) * wavers(2);
            let times = |part: f64| {
                latency::from_values((0..orders).map(|order| {
                    let chance = -unit(draw(seed + sample, order, 3)).max(1e-9).ln();
                    (response_us * 1e3 * slow * (part + 0.4 * chance)) as u64
                }))
            };
            Row {
                round: 1 + round as u32,
                orders,
                placement: "own-core".into(),
                offered_per_s: Some(offered),
                orders_per_s: Some(offered * (1.0 - 0.01 * unit(draw(seed, sample, 4)))),
                service: times(0.5),
                response: times(0.8),
                cpu_ns: Some((orders as f64 * cpu_us * 1e3 * slow * wavers(5)) as u64),
                unit_memory_bytes: Some(response_us * 7.0),
                startup_ns: Some(4_000_000 + seed * 1000),
                shutdown_ns: Some(800_000 + seed * 100),
                ..template[0].clone()
            }
        })
        .collect()
}

/// A run with an open loop and enough rounds for ranks.
pub(crate) fn open_loop() -> Vec<Row> {
    static MADE: LazyLock<Vec<Row>> = LazyLock::new(make_open_loop);
    MADE.clone()
}

fn make_open_loop() -> Vec<Row> {
    let mut rows = Vec::new();
    for (model, response_us, cpu_us, spread) in [
        ("os-threads", 3300.0, 41.0, 0.02),
        ("tokio-mt", 2420.0, 22.0, 0.01),
        ("smol", 2400.0, 22.3, 0.01),
        ("async-std", 2500.0, 24.0, 0.3),
        ("processes", 190_000.0, 80.0, 0.3),
        ("smol@reqwest", 2900.0, 95.0, 0.02),
    ] {
        rows.extend(answered(model, 8000.0, response_us, cpu_us, spread));
    }
    for row in &mut rows {
        if row.model == "processes" && row.round > 2 {
            row.flags.push("overloaded".into());
        }
        if row.model == "os-threads" && row.round == 4 {
            row.flags.push("pacer-late".into());
        }
    }
    rows
}

/// `rows` with a parameter changed.
pub(crate) fn with(mut rows: Vec<Row>, key: &str, value: &str) -> Vec<Row> {
    for row in &mut rows {
        row.set.insert(key.into(), value.into());
        if key == "concurrency" {
            row.concurrency = value.parse().unwrap();
        }
    }
    rows
}

/// A closed loop over concurrency in five rounds, and an open one over its rate in
/// ten: queues, each with a capacity.
pub(crate) fn swept() -> Vec<Row> {
    static MADE: LazyLock<Vec<Row>> = LazyLock::new(make_swept);
    MADE.clone()
}

fn make_swept() -> Vec<Row> {
    let mut rows = Vec::new();
    for (model, capacity) in [
        ("os-threads", 61_000.0),
        ("tokio-mt", 98_000.0),
        ("smol@reqwest", 24_000.0),
    ] {
        for concurrency in [1.0, 10.0, 100.0, 1000.0, 50_000.0f64] {
            let rate = (concurrency * 9000.0).min(capacity);
            let service = (concurrency / rate * 1e6) as u64;
            let mut cell = cell("fetch", "no-delay", model, rate, service);
            for row in &mut cell {
                row.placement = "own-core".into();
            }
            rows.extend(with(cell, "concurrency", &concurrency.to_string()));
        }
    }
    for (model, capacity) in [
        ("processes", 7500.0),
        ("os-threads", 13_000.0),
        ("smol", 90_000.0),
    ] {
        for rate in [1000.0, 2000.0, 4000.0, 8000.0, 10_000.0f64] {
            let busy = (rate / capacity).min(0.99);
            let response = 2100.0 / (1.0 - busy);
            let mut cell = answered(model, rate, response, 20.0, 0.04);
            for row in &mut cell {
                if rate > capacity {
                    row.flags.push("overloaded".into());
                }
                if rate == 10_000.0 && row.round == 2 && model == "smol" {
                    row.flags.push("pacer-late".into());
                }
            }
            rows.extend(with(cell, "rate", &rate.to_string()));
        }
    }
    for row in &mut rows {
        let most = if row.model == "os-threads" {
            500
        } else {
            10_000
        };
        if row.concurrency > most {
            *row = Row {
                error: Some(format!("{} in flight are too many", row.concurrency)),
                placement: Word::default(),
                ..without_numbers(row)
            };
        }
    }
    rows
}

/// Where models are a misuse.
pub(crate) fn notes() -> BTreeMap<String, String> {
    BTreeMap::from([(
        "rayon".into(),
        "made for CPU work; its threads block while an order waits".into(),
    )])
}
