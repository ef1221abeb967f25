//! `cargo bench`: the cells of the default set as criterion benchmarks, each
//! driven in a runner of its own. Groups are scenarios and functions are
//! models, so that criterion's own comparison charts compare models.
//!
//! Nothing of ours goes to standard output: other programs read what
//! `--output-format bencher` writes there.

mod arguments;
mod refusal;
mod sampling;

use std::cell::RefCell;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use arguments::Arguments;
use bakeoff::base::counted::counted;
use bakeoff::base::error::{Error, Result};
use bakeoff::base::seed::SEED;
use bakeoff::host;
use bakeoff::lab::{Lab, OpenCell};
use bakeoff::record::row::Row;
use bakeoff::results::notebook::{Notebook, spoilers, style};
use bakeoff::scenarios;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::selection::{self, Set};
use criterion::{Criterion, PlottingBackend, Throughput};
use sampling::Sampling;

/// The binary that runners are started from; the running program is the bench.
const PROGRAM: &str = env!("CARGO_BIN_EXE_bakeoff");
/// Samples of a benchmark, where the command line asks for no other number.
const SAMPLES: u32 = 10;

/// What all benchmarks share.
struct Bench {
    lab: Lab,
    arguments: Arguments,
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
    let names = groups.iter().flat_map(|(cells, metric)| {
        let group = metric.group(&cells[0]);
        cells
            .iter()
            .map(move |cell| format!("{group}/{}", cell.function()))
    });
    arguments.require(&names.collect::<Vec<_>>(), &home)?;
    let measures = arguments.measures();
    if measures {
        bakeoff::base::streams::block(&spoilers(&host::facts()));
    }
    let bench = RefCell::new(Bench {
        lab: Lab::new(PROGRAM),
        arguments,
        notebook: None,
        measures,
        failures: Vec::new(),
    });
    for (cells, metric) in groups {
        benchmarks(&mut criterion, &bench, cells, metric)?;
    }
    criterion.final_summary();
    conclude(&bench.into_inner(), &home)
}

impl Metric {
    /// The name of the group of this cell's scenario.
    fn group(self, cell: &ResolvedCell) -> String {
        match self {
            Metric::Wall => cell.scenario.id(),
            Metric::Service => format!("{} service time", cell.scenario.id()),
        }
    }
}

/// One group of criterion's: a scenario, a function for each model.
fn benchmarks(
    criterion: &mut Criterion,
    bench: &RefCell<Bench>,
    cells: &[ResolvedCell],
    metric: Metric,
) -> Result<()> {
    let name = metric.group(&cells[0]);
    let mut group = criterion.benchmark_group(&name);
    if metric == Metric::Wall {
        group.throughput(Throughput::Elements(1));
    }
    for spec in cells {
        let function = spec.function();
        let mut open = None;
        let bench = &mut *bench.borrow_mut();
        if bench.measures && bench.arguments.takes(&format!("{name}/{function}")) {
            // The runner is started outside what criterion times.
            let Some((cell, sampling)) = bench.planned(spec)? else {
                continue;
            };
            let cell = open.insert(cell);
            sampling::measure(&mut group, &function, &sampling, || {
                bench.batch(spec, cell, metric)
            });
        } else {
            // Criterion calls this only where it wants to try the benchmark, or to
            // profile it.
            group.bench_function(&function, |bencher| {
                if open.is_none() && !bench.has_failed(&spec.id()) {
                    open = bench.open(spec);
                }
                bencher.iter_custom(|batches| {
                    let times = (0..batches).map(|_| bench.batch(spec, open.as_mut()?, metric));
                    times.sum::<Option<Duration>>().unwrap_or_default()
                });
            });
        }
        if let Some(open) = open
            && let Err(error) = open.close()
        {
            bench.fail(&spec.id(), &error.to_string());
        }
    }
    group.finish();
    Ok(())
}

impl Bench {
    /// Opens a cell and has it serve a batch that meets cold code and
    /// connections: it is checked, and counts for nothing else.
    fn open(&mut self, spec: &ResolvedCell) -> Option<OpenCell> {
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

    /// Opens a cell, and plans its samples by how long a batch takes; `None` where it
    /// failed.
    fn planned(&mut self, spec: &ResolvedCell) -> Result<Option<(OpenCell, Sampling)>> {
        let begun = Instant::now();
        let warm_up = self.arguments.warm_up_time().unwrap_or_default();
        let Some(mut cell) = self.open(spec) else {
            return Ok(None);
        };
        let batch = loop {
            let start = Instant::now();
            if let Some(error) = cell.sample(&mut self.lab, SEED, 0, 0).error {
                self.fail(&spec.id(), &error);
                return Ok(None);
            }
            if begun.elapsed() >= warm_up {
                break start.elapsed();
            }
        };
        let sampling = Sampling {
            orders: spec.orders(),
            batch,
            samples: self.arguments.samples().unwrap_or(SAMPLES),
            time: self.arguments.measurement_time(),
            warms_up: !self.arguments.quick(),
        };
        Ok(Some((cell, sampling)))
    }

    /// Measures one batch and keeps its row: the time of one of its orders; `None`
    /// where it failed.
    fn batch(
        &mut self,
        spec: &ResolvedCell,
        cell: &mut OpenCell,
        metric: Metric,
    ) -> Option<Duration> {
        if self.has_failed(&spec.id()) {
            return None;
        }
        let row = cell.sample(&mut self.lab, SEED, 0, 0);
        let time = match metric {
            Metric::Wall => row
                .wall_ns
                .map(|wall| Duration::from_secs_f64(wall as f64 / 1e9 / row.orders as f64)),
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
