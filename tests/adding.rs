//! `docs/ADDING.md`, held to the code: the page shows its example files
//! verbatim, the lines around its changes are there, and the examples compile
//! and run through the traits that the registry uses. The chart is compiled where
//! charts are, in the library.

// The examples are written for places within the library: what they find at
// `crate::` and `super::` there, they find here.
use bakeoff::report::export::cell;
use bakeoff::workload::{Limits, Plan, Workload, World, params};
use bakeoff::{base, engine, kit, model, workload};

#[path = "../docs/examples/chunked.rs"]
#[allow(unreachable_pub)]
mod chunked;
#[path = "../docs/examples/openmetrics.rs"]
#[allow(unreachable_pub)]
mod openmetrics;
#[path = "../docs/examples/sieve.rs"]
#[allow(unreachable_pub)]
mod sieve;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bakeoff::base::error::Result;
use bakeoff::engine::batch::{Batch, Size, with_payload};
use bakeoff::engine::slots::fold;
use bakeoff::model::sequential::Sequential;
use bakeoff::model::threads::{per_order::OsThreadsPerOrder, units::OsThreads};
use bakeoff::model::{DriveDirect, Model};
use bakeoff::protocol::{Prepare, Sample, VERSION};
use bakeoff::registry;
use bakeoff::runner::cell::{Runs, build};
use bakeoff::scenarios;
use bakeoff::workload::bakery::Bakery;
use bakeoff::workload::nothing::Nothing;
use bakeoff::workload::params::Params;
use bakeoff::workload::schedule::{DueKind, Flow};
use chunked::OsThreadsChunked;
use serde_json::{Value, json};
use sieve::Sieve;

const PAGE: &str = include_str!("../docs/ADDING.md");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

// ---- the page ---------------------------------------------------------------

/// The code blocks behind `<!-- kind: path -->`, each with its path.
fn blocks(kind: &str) -> Vec<(&'static str, &'static str)> {
    let mark = format!("<!-- {kind}: ");
    let found: Vec<_> = PAGE
        .split(mark.as_str())
        .skip(1)
        .map(|behind| {
            let (path, behind) = behind.split_once(" -->\n```").unwrap();
            let (_, behind) = behind.split_once('\n').unwrap();
            let (block, _) = behind.split_once("\n```\n").unwrap();
            (path, block)
        })
        .collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

#[test]
fn the_page_shows_its_files_verbatim() {
    let mut shown: Vec<String> = Vec::new();
    for (path, block) in blocks("file") {
        assert_eq!(format!("{block}\n"), read(path), "{path}");
        shown.push(path.into());
    }
    let files = std::fs::read_dir(root().join("docs/examples")).unwrap();
    // Programs in other languages have a page and tests of their own.
    let files = files.map(|file| file.unwrap());
    for file in files.filter(|file| file.path().is_file()) {
        let name = file.file_name().into_string().unwrap();
        let path = format!("docs/examples/{name}");
        assert!(shown.contains(&path), "{path} is not shown");
    }
}

#[test]
fn the_lines_around_every_change_are_there() {
    for (path, block) in blocks("context") {
        let before: Vec<&str> = block
            .lines()
            .filter_map(|line| line.strip_prefix(' ').or(line.strip_prefix('-')))
            .collect();
        let text = read(path);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines.windows(before.len()).any(|lines| lines == before),
            "{path} has no such lines:\n{block}"
        );
    }
}

// ---- the model ---------------------------------------------------------------

/// What the registry writes for a blocking model and a workload.
macro_rules! direct {
    ($($model:ty, $workload:ty;)*) => {$(
        impl Runs<$workload> for $model {
            fn run(
                &mut self,
                workload: &'static $workload,
                batch: &Arc<Batch<$workload>>,
            ) -> Result<()> {
                DriveDirect::drive(
                    self,
                    batch,
                    |kit| workload.open_direct(kit),
                    |kit, session, spec| workload.direct(kit, session, spec),
                )
            }
        }
    )*};
}

/// And for an async runtime: here the compiler sees whether the bodies' futures
/// are `Send`.
#[cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]
macro_rules! send {
    ($($(#[$with:meta])* $model:ty, $workload:ty;)*) => {$(
        $(#[$with])*
        impl Runs<$workload> for $model {
            fn run(
                &mut self,
                workload: &'static $workload,
                batch: &Arc<Batch<$workload>>,
            ) -> Result<()> {
                bakeoff::model::DriveSend::drive(
                    self,
                    batch,
                    move |kit| workload.open_asynch(kit),
                    move |kit, session, spec| workload.asynch(kit, session, spec),
                )
            }
        }
    )*};
}

direct! {
    OsThreadsChunked, Nothing;
    OsThreadsChunked, Bakery;
    OsThreadsChunked, Sieve;
    Sequential, Sieve;
    OsThreads, Sieve;
    OsThreadsPerOrder, Sieve;
}

#[cfg(any(feature = "tokio", feature = "smol", feature = "async-std"))]
send! {
    #[cfg(feature = "tokio")] bakeoff::model::tokio::mt::TokioMt, Sieve;
    #[cfg(feature = "tokio")] bakeoff::model::tokio::ct::TokioCt, Sieve;
    #[cfg(feature = "smol")] bakeoff::model::smol::units::Smol, Sieve;
    #[cfg(feature = "async-std")] bakeoff::model::async_std::AsyncStd, Sieve;
}

fn prepare(workload: &str, params: &Value) -> Prepare {
    Prepare {
        protocol: VERSION,
        workload: workload.into(),
        scenario: "example".into(),
        model: "example".into(),
        client: "none".into(),
        params: serde_json::from_value(params.clone()).unwrap(),
        workers: 2,
        class: kit::Class::Equal,
        cpus: Vec::new(),
        hosts: Vec::new(),
        target_path: None,
        target_host: None,
        directory: None,
        trace: true,
    }
}

/// Serves two batches and checks both answers; the second batch meets a model
/// that has served before.
fn serves<W: Workload + Plan, M: Runs<W> + 'static>(workload: &str, params: &Value, orders: u64) {
    let prepare = prepare(workload, params);
    let params = bakeoff::runner::cell::params(&prepare);
    let shared = params.shared().unwrap();
    let bytes = bakeoff::workload::payload(shared.payload);
    let plan = W::new(&params, &World::default()).unwrap();
    let mut cell = build::<W, M>(&prepare).unwrap();
    for seed in [1, 2] {
        let due = shared.due(seed);
        let sample = Sample {
            sample: seed,
            orders,
            seed,
            due,
            observe: false,
        };
        let measured = cell.sample(&sample).unwrap();
        let answers = plan.expected(seed, orders).into_iter();
        let expected = fold(answers.map(|answer| with_payload(answer, &bytes)));
        assert_eq!(
            measured.answer,
            format!("{expected:016x}"),
            "{}",
            M::META.name
        );
        assert!(measured.peak_in_service <= shared.concurrency as u64);
        if let Some(due) = due.filter(|due| due.kind == DueKind::Shared) {
            let last = (orders - 1) as f64 * 1e9 / due.rate;
            assert!(measured.wall_ns as f64 >= last.floor());
        }
    }
}

#[test]
fn the_model_serves_every_order_once() {
    let nothing =
        |params: Value, orders| serves::<Nothing, OsThreadsChunked>("nothing", &params, orders);
    // Shares of equal and of different sizes, and fewer orders than units.
    nothing(json!({"concurrency": 4}), 40);
    nothing(json!({"concurrency": 4}), 41);
    nothing(json!({"concurrency": 8, "payload": 1000}), 3);
    nothing(json!({"concurrency": 4, "delivery": "in-order"}), 100);
    nothing(
        json!({"concurrency": 4, "rate": 2000, "arrivals": "shared"}),
        41,
    );
    // From outside.
    nothing(json!({"concurrency": 4, "rate": 2000}), 41);
    let cakes = json!({
        "concurrency": 6, "style": "jump", "bakers": 4, "mixers": 2, "ovens": 3, "tables": 2,
        "mix_cpu": 50, "mix_wait": "100us", "bake_wait": "500us", "frost_wait": "100us",
    });
    serves::<Bakery, OsThreadsChunked>("bakery", &cakes, 60);
}

/// The failure of a batch whose order number `bad` fails, or whose session
/// number `broken` does.
fn failure(flow: Flow, bad: u64, broken: usize) -> String {
    let nothing = Nothing::new(&Params::default(), &World::default()).unwrap();
    let size = Size {
        orders: 100,
        seed: 1,
        sample: 1,
        concurrency: 4,
    };
    let batch = Arc::new(Batch::new(Box::leak(Box::new(nothing)), size, flow, 0));
    let mut model = OsThreadsChunked::new(&kit::Setup {
        concurrency: 4,
        workers: 2,
        turns: flow.turns,
        ..kit::Setup::default()
    })
    .unwrap();
    let opened = AtomicUsize::new(0);
    let outcome = DriveDirect::drive(
        &mut model,
        &batch,
        |_| match opened.fetch_add(1, Relaxed) {
            number if number == broken => Err(std::io::Error::other("locked")),
            _ => Ok(()),
        },
        |_, (), index| match index {
            index if index == bad => Err(std::io::Error::other("burnt")),
            index => Ok(index),
        },
    );
    outcome.unwrap();
    let batch = Arc::into_inner(batch).expect("no unit outlives its batch");
    batch.into_outcome().err().unwrap()
}

#[test]
fn the_model_stops_at_a_failure_and_never_hangs() {
    let in_order = Flow {
        turns: 4,
        ..Flow::default()
    };
    for flow in [Flow::default(), in_order] {
        // Often, since what could hang is a race.
        for bad in (0..100).chain(0..100) {
            assert_eq!(failure(flow, bad, 9), format!("order {bad}: burnt"));
        }
        for broken in 0..4 {
            let line = failure(flow, 200, broken);
            assert_eq!(line, "a unit could not open its session: locked");
        }
    }
}

// ---- the workload -------------------------------------------------------------

#[test]
fn the_workload_runs_in_both_styles() {
    let params = json!({"concurrency": 4, "span": 1000});
    serves::<Sieve, Sequential>("sieve", &params, 20);
    serves::<Sieve, OsThreads>("sieve", &params, 20);
    serves::<Sieve, OsThreadsPerOrder>("sieve", &params, 20);
    serves::<Sieve, OsThreadsChunked>("sieve", &params, 20);
    #[cfg(feature = "tokio")]
    serves::<Sieve, bakeoff::model::tokio::mt::TokioMt>("sieve", &params, 20);
    #[cfg(feature = "tokio")]
    serves::<Sieve, bakeoff::model::tokio::ct::TokioCt>("sieve", &params, 20);
    #[cfg(feature = "smol")]
    serves::<Sieve, bakeoff::model::smol::units::Smol>("sieve", &params, 20);
    #[cfg(feature = "async-std")]
    serves::<Sieve, bakeoff::model::async_std::AsyncStd>("sieve", &params, 20);
}

#[test]
fn the_workloads_answers_are_numbers_of_primes() {
    let table = toml::Table::try_from(json!({"span": 300})).unwrap();
    let params = Params {
        name: "sieve/example".into(),
        table,
    };
    let sieve = Sieve::new(&params, &World::default()).unwrap();
    let prime = |number: u64| number > 1 && (2..=number.isqrt()).all(|d| !number.is_multiple_of(d));
    for (index, answer) in (0..).zip(sieve.expected(5, 10)) {
        let start = base::seed::draw(5, index, 0) % 1_000_000;
        let due = (start..start + 300).filter(|&number| prime(number)).count();
        assert_eq!(answer, due as u64, "from {start}");
    }
}

#[test]
fn the_workload_refuses_what_it_does_not_know() {
    let refused = |key: &str, value: Value| {
        let params = bakeoff::runner::cell::params(&prepare("sieve", &json!({key: value})));
        let error = Sieve::new(&params, &World::default()).err().unwrap();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    assert!(refused("spam", json!(1)).contains("did you mean 'span'?"));
    assert!(refused("span", json!(0)).contains("from 1 to"));
}

// ---- the scenarios -------------------------------------------------------------

#[test]
fn the_scenario_is_read_from_its_file() {
    let scenarios = scenarios::from_file(&root().join("docs/examples/bakery.toml")).unwrap();
    assert_eq!(scenarios.len(), 1);
    assert_eq!(scenarios[0].id(), "bakery/night-shift");
    assert!(!scenarios[0].about.is_empty());
}

#[test]
fn the_workloads_scenarios_fit_it() {
    // The workload is not in the registry, so its file is read here.
    let text = read("docs/examples/sieve.toml");
    let table: toml::Table = text.parse().unwrap();
    let known: Vec<&str> = registry::models().iter().map(|meta| meta.name).collect();
    for (name, entry) in table {
        let params = Params {
            name: format!("sieve/{name}"),
            table: entry["params"].as_table().unwrap().clone(),
        };
        Sieve::new(&params, &World::default()).unwrap();
        assert!(params.shared().unwrap().orders > 0);
        for key in entry.as_table().unwrap().keys() {
            assert!(
                PAGE.contains(&format!("| `{key}` |")) || key == "params",
                "{key}"
            );
        }
        for model in entry["default"].as_array().unwrap() {
            let model = model.as_str().unwrap();
            assert!(
                known.contains(&model) || !cfg!(feature = "tokio"),
                "{model}"
            );
        }
    }
}

// ---- the export format ---------------------------------------------------------

#[test]
fn the_format_holds_every_figure_of_every_cell_once() {
    let rows = bakeoff::record::rows::read(&root().join("results/reference")).unwrap();
    let cells = cell::cells(&rows.rows);
    let mut out = Vec::new();
    openmetrics::write(&cells, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("# EOF\n"));
    let figures: usize = cells.iter().map(|cell| cell.metrics.len()).sum();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(samples.count(), figures);
    // Samples of one gauge stand together, behind its type.
    let types: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" gauge"))
        .collect();
    let mut gauge = "";
    for line in text.lines() {
        match line.strip_prefix("# TYPE ") {
            Some(rest) => gauge = rest.strip_suffix(" gauge").unwrap(),
            None => assert!(line.starts_with('#') || line.starts_with(&format!("{gauge}{{"))),
        }
    }
    assert!(types.len() > 5, "{types:?}");
}
