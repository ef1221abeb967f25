//! `cargo bench`: the cells of the default set as criterion benchmarks, each
//! driven in a runner of its own. Groups are scenarios and functions are
//! models, so that criterion's own comparison charts compare models.
//!
//! Nothing of ours goes to standard output: `--output-format bencher` is read
//! by other programs.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use bakeoff::error::Result;
use bakeoff::measure::lab::{Lab, OpenCell, SEED};
use bakeoff::measure::results::Results;
use bakeoff::report::row::Row;
use bakeoff::selection::{self, CellSpec, Set};
use bakeoff::workload::scenario;
use bakeoff::{host, report};
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, PlottingBackend, SamplingMode, Throughput,
};

/// What all benchmarks share: the laboratory and the rows so far.
struct Bench {
    lab: Lab,
    results: Option<Results>,
    rows: Vec<Row>,
    failed: usize,
}

fn main() {
    let outcome = run();
    if let Err(error) = outcome {
        eprintln!("bakeoff: {error}");
        std::process::exit(i32::from(error.exit_code()));
    }
}

fn run() -> Result<()> {
    let mut criterion = Criterion::default()
        .plotting_backend(PlottingBackend::Plotters)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(500))
        .nresamples(2_000)
        .configure_from_args();
    let cells = selection::select(&scenario::embedded()?, &[], &[], Set::Default)?;
    // In these modes criterion measures nothing, so there is nothing to keep.
    let measures = !std::env::args().any(|arg| arg == "--test" || arg == "--list" || arg == "--profile-time");
    let bench = Rc::new(RefCell::new(Bench {
        lab: Lab::new(program()),
        results: None,
        rows: Vec::new(),
        failed: 0,
    }));
    if measures {
        eprintln!("{}", report::words::spoilers(&host::spoilers(&host::facts())));
    }
    let mut rest = cells.as_slice();
    while let Some(first) = rest.first() {
        let id = first.scenario.id();
        let (group, others) = rest.split_at(rest.iter().take_while(|cell| cell.scenario.id() == id).count());
        rest = others;
        throughput(&mut criterion, &bench, group, measures);
        if first.scenario.service_time {
            service_time(&mut criterion, &bench, group, measures);
        }
    }
    criterion.final_summary();
    let bench = Rc::try_unwrap(bench).map_err(|_| ()).expect("every benchmark is over").into_inner();
    conclude(bench)
}
