//! `cargo bench`: the cells of the default set as criterion benchmarks, each
//! driven in a runner of its own. Groups are scenarios and functions are
//! models, so that criterion's own comparison charts compare models.
//!
//! Nothing of ours goes to standard output: other programs read what
//! `--output-format bencher` writes there.

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use bakeoff::base::counted::counted;
use bakeoff::base::error::{Error, Result};
use bakeoff::base::seed::SEED;
use bakeoff::host;
use bakeoff::lab::{Lab, OpenCell};
use bakeoff::record::row::Row;
use bakeoff::results::notebook::{Notebook, spoilers, style};
use bakeoff::scenarios;
use bakeoff::selection::{self, CellSpec, Set};
use criterion::{Criterion, PlottingBackend, SamplingMode, Throughput};

/// The binary that runners are started from; the running program is the bench.
const PROGRAM: &str = env!("CARGO_BIN_EXE_bakeoff");
/// Samples of a benchmark.
const SAMPLES: usize = 10;
/// What a sample should take at least, ns.
const SAMPLE: u64 = 50_000_000;

/// What all benchmarks share.
struct Bench {
    lab: Lab,
    /// Made with the first row; none where criterion measures nothing.
    notebook: Option<Notebook>,
    measures: bool,
    failures: Vec<String>,
}

/// What criterion is told of a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Metric {
    /// Its wall time, for throughput.
    Wall,
    /// The mean service time of its orders.
    Service,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            bakeoff::note!("bakeoff: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> Result<()> {
    let mut criterion = Criterion::default()
        .plotting_backend(PlottingBackend::Plotters)
        .sample_size(SAMPLES)
        .warm_up_time(Duration::from_millis(1))
        .nresamples(2_000)
        .configure_from_args();
    // Criterion measures only where cargo says `--bench`, and not in these modes;
    // elsewhere there is nothing to keep.
    let idle = ["--test", "--list", "--profile-time"];
    let args: Vec<OsString> = std::env::args_os().collect();
    let is_idle = |arg: &OsString| {
        let arg = arg.as_encoded_bytes();
        idle.iter().any(|idle| arg.starts_with(idle.as_bytes()))
    };
    let measures = args.iter().any(|arg| arg == "--bench") && !args.iter().any(is_idle);
    if measures {
        bakeoff::base::streams::block(&spoilers(&host::facts()));
        bakeoff::note!(
            "Where criterion says \"Unable to complete\", one batch is a sample: that is meant."
        );
    }
    let bench = RefCell::new(Bench {
        lab: Lab::new(PROGRAM),
        notebook: None,
        measures,
        failures: Vec::new(),
    });
    let mut cells = selection::select(&scenarios::embedded()?, &[], &[], Set::Default)?;
    // Criterion knows times of batches. Where orders come from outside, a
    // schedule sets those; `bakeoff run` tells what such cells are about.
    for cell in std::mem::take(&mut cells) {
        if !cell.scenario.params.shared()?.arrivals.open() {
            cells.push(cell);
        }
    }
    for group in cells.chunk_by(|a, b| a.scenario.id() == b.scenario.id()) {
        benchmarks(&mut criterion, &bench, group, Metric::Wall)?;
        if group[0].scenario.service_time {
            benchmarks(&mut criterion, &bench, group, Metric::Service)?;
        }
    }
    criterion.final_summary();
    conclude(&bench.into_inner())
}

/// One group of criterion's: a scenario, a function for each model.
fn benchmarks(
    criterion: &mut Criterion,
    bench: &RefCell<Bench>,
    cells: &[CellSpec],
    metric: Metric,
) -> Result<()> {
    let scenario = &cells[0].scenario;
    let mut group = criterion.benchmark_group(match metric {
        Metric::Wall => scenario.id(),
        Metric::Service => format!("{} service time", scenario.id()),
    });
    group.sampling_mode(SamplingMode::Flat);
    for spec in cells {
        if metric == Metric::Wall {
            group.throughput(Throughput::Elements(spec.orders()?));
        }
        let sample = Duration::from_nanos(spec.likely_wall_ns()?.max(SAMPLE));
        group.measurement_time(sample * SAMPLES as u32);
        // The closure below runs once a sample: the runner lives outside it,
        // and only where criterion's filter lets the benchmark run at all.
        // Opening it stays outside what criterion times to plan its samples.
        let mut open = None;
        group.bench_function(spec.function(), |bencher| {
            let bench = &mut *bench.borrow_mut();
            if open.is_none() && !bench.has_failed(&spec.id()) {
                open = bench.open(spec);
            }
            bencher.iter_custom(|batches| {
                let times = (0..batches).map(|_| bench.batch(spec, open.as_mut()?, metric));
                // Criterion leaves out a benchmark whose time is zero.
                times.sum::<Option<Duration>>().unwrap_or_default()
            });
        });
        if let Some(open) = open
            && let Err(error) = open.close()
        {
            bench.borrow_mut().fail(&spec.id(), &error.to_string());
        }
    }
    group.finish();
    Ok(())
}

impl Bench {
    /// Opens a cell and has it serve a batch that meets cold code and
    /// connections: it is checked, and counts for nothing else.
    fn open(&mut self, spec: &CellSpec) -> Option<OpenCell> {
        let opened = self.lab.open(spec);
        let (cell, row) = match opened {
            Ok(mut cell) => {
                let row = cell.sample(&mut self.lab, SEED, 0, 0);
                (Some(cell), row)
            }
            Err(error) => (None, self.lab.refused(spec, &error, SEED, 0, 0)),
        };
        let Some(error) = row.error.clone() else {
            return cell;
        };
        self.keep(row);
        self.fail(&spec.id(), &error);
        None
    }

    /// Measures one batch and keeps its row; `None` where it failed.
    fn batch(&mut self, spec: &CellSpec, cell: &mut OpenCell, metric: Metric) -> Option<Duration> {
        if self.has_failed(&spec.id()) {
            return None;
        }
        let row = cell.sample(&mut self.lab, SEED, 0, 0);
        let time = match metric {
            Metric::Wall => row.wall_ns.map(Duration::from_nanos),
            Metric::Service => {
                let service = row.service.as_ref();
                service.map(|service| Duration::from_secs_f64(service.mean_ns / 1e9))
            }
        };
        let error = row.error.clone();
        self.keep(row);
        if let Some(error) = error {
            self.fail(&spec.id(), &error);
        }
        time
    }

    fn keep(&mut self, mut row: Row) {
        if !self.measures {
            return;
        }
        if self.notebook.is_none() {
            match Notebook::create(Path::new("results"), None, &host::facts()) {
                Ok(notebook) => {
                    self.lab.run = notebook.run();
                    self.notebook = Some(notebook);
                }
                Err(error) => {
                    self.measures = false;
                    self.fail("results", &error.to_string());
                }
            }
        }
        row.run.clone_from(&self.lab.run);
        if let Some(notebook) = &mut self.notebook
            && let Err(error) = notebook.keep(row)
        {
            self.notebook = None;
            self.measures = false;
            self.fail("results", &error.to_string());
        }
    }

    fn has_failed(&self, what: &str) -> bool {
        self.failures
            .iter()
            .any(|known| known.starts_with(&format!("{what}: ")))
    }

    fn fail(&mut self, what: &str, error: &str) {
        let line = format!("{what}: {error}");
        if !self.has_failed(what) {
            bakeoff::note!("{line}");
            self.failures.push(line);
        }
    }
}

/// Says what the rows say, and where they are.
fn conclude(bench: &Bench) -> Result<()> {
    if let Some(notebook) = &bench.notebook {
        let style = style(&std::io::stderr());
        bakeoff::base::streams::block(&(notebook.tables(&style) + "\n"));
        bakeoff::base::streams::block(&notebook.findings(&style));
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
        if let Some(target) = Path::new(PROGRAM).ancestors().nth(2) {
            let html = target.join("criterion/report/index.html");
            if html.exists() {
                bakeoff::note!("criterion's report: {}", html.display());
            }
        }
    }
    if bench.failures.is_empty() {
        Ok(())
    } else {
        Err(Error::Failed(format!(
            "{} failed:\n  {}",
            counted(bench.failures.len(), "cell"),
            bench.failures.join("\n  ")
        )))
    }
}
