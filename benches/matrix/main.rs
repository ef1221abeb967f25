//! `cargo bench`: the cells of the default set as criterion benchmarks, each
//! driven in a runner of its own. Groups are scenarios and functions are
//! models, so that criterion's own comparison charts compare models: all functions of a
//! group tell the time of the same work, the scenario's whole batch.
//!
//! Nothing of ours goes to standard output: other programs read what
//! `--output-format bencher` writes there.

mod arguments;
mod baselines;
mod groups;
mod refusal;
mod sampling;

use std::cell::RefCell;
use std::path::Path;
use std::process::ExitCode;

use arguments::Arguments;
use bakeoff::base::counted::counted;
use bakeoff::base::error::{Error, Result};
use bakeoff::host;
use bakeoff::lab::Lab;
use bakeoff::results::notebook::{spoilers, style};
use bakeoff::scenarios;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::selection::{self, Set};
use criterion::{Criterion, PlottingBackend};
use groups::{Bench, Metric, SAMPLES, benchmarks};

/// The binary that runners are started from; the running program is the bench.
const PROGRAM: &str = env!("CARGO_BIN_EXE_bakeoff");

fn main() -> ExitCode {
    match refusal::told(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            bakeoff::note!("bakeoff: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse(std::env::args_os())?;
    let home = arguments::home();
    let mut criterion = Criterion::default()
        .plotting_backend(PlottingBackend::Plotters)
        .sample_size(SAMPLES as usize)
        .nresamples(2_000)
        .configure_from_args()
        .output_directory(&home);
    let chosen = selection::select(&scenarios::embedded()?, &[], &[], Set::Default)?;
    let mut cells = Vec::with_capacity(chosen.len());
    // Criterion knows times of batches. Where orders come from outside, a
    // schedule sets those; `bakeoff run` tells what such cells are about.
    for cell in chosen {
        let cell = cell.resolve()?;
        if !cell.shared().arrivals.open() {
            cells.push(cell);
        }
    }
    let groups: Vec<(&[ResolvedCell], Metric)> = cells
        .chunk_by(|a, b| a.scenario.id() == b.scenario.id())
        .flat_map(|cells| {
            let service = cells[0].scenario.service_time;
            let service = service.then_some((cells, Metric::Service));
            std::iter::once((cells, Metric::Wall)).chain(service)
        })
        .collect();
    let benchmarks_of = |(cells, metric): &(&[ResolvedCell], Metric)| -> Vec<_> {
        cells.iter().map(|cell| metric.benchmark(cell)).collect()
    };
    let all: Vec<_> = groups.iter().flat_map(benchmarks_of).collect();
    arguments.require(&all, &home)?;
    if arguments.measures() {
        bakeoff::base::streams::block(&spoilers(&host::facts()));
    }
    let bench = Bench::new(Lab::new(PROGRAM), arguments, home.clone(), "results".into());
    let bench = RefCell::new(bench);
    for (cells, metric) in groups {
        benchmarks(&mut criterion, &bench, cells, metric)?;
    }
    criterion.final_summary();
    conclude(&bench.into_inner(), &home)
}

/// Says what the rows say, and where they are. All of it goes to standard error, even
/// tables.
fn conclude(bench: &Bench, home: &Path) -> Result<()> {
    if let Some(notebook) = &bench.notebook {
        let style = style(&std::io::stderr());
        for text in [notebook.tables(&style), notebook.findings(&style)] {
            if !text.is_empty() {
                bakeoff::base::streams::block(&(text + "\n"));
            }
        }
        bakeoff::note!(
            "criterion runs cells one after another: no ranks; for an interleaved ranking run\n  \
             cargo run --release -- run"
        );
        let rendered = notebook.render()?;
        for warning in rendered.warnings {
            bakeoff::note!("{warning}");
        }
        bakeoff::note!(
            "rows, tables, charts and report.html: {}",
            notebook.path().display()
        );
        let page = home.join("report/index.html");
        if page.exists() {
            bakeoff::note!("criterion's report: {}", page.display());
        }
    }
    if bench.failures.is_empty() {
        return Ok(());
    }
    Err(Error::Failed(format!(
        "{} failed:\n  {}",
        counted(bench.failures.len(), "cell"),
        bench.failures.join("\n  ")
    )))
}
