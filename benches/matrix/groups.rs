//! A group of criterion's is a scenario and its functions are models, so that
//! criterion's own charts compare models. A function's time is that of the scenario's
//! **whole batch**: a model that serves a part of the orders (`sequential`) has its time
//! scaled to all of them, or its bar would stand beside one for a hundred times the work.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bakeoff::base::error::Result;
use bakeoff::base::seed::SEED;
use bakeoff::host;
use bakeoff::lab::{Lab, OpenCell};
use bakeoff::record::row::Row;
use bakeoff::results::notebook::Notebook;
use bakeoff::selection::resolved::ResolvedCell;
use criterion::{Criterion, Throughput};

use crate::arguments::Arguments;
use crate::baselines::{self, Benchmark};
use crate::sampling::{self, Sampling};

/// Samples of a benchmark, where the command line asks for no other number.
pub(crate) const SAMPLES: u32 = 10;

/// What all benchmarks share.
pub(crate) struct Bench {
    lab: Lab,
    arguments: Arguments,
    /// Criterion's directory.
    home: PathBuf,
    /// Where a directory for the rows is made.
    results: PathBuf,
    /// Made with the first row; none where criterion measures nothing.
    pub(crate) notebook: Option<Notebook>,
    measures: bool,
    pub(crate) failures: Vec<String>,
}

/// What criterion is told of a batch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Metric {
    /// Its wall time, for throughput; that of the scenario's whole batch.
    Wall,
    /// The mean service time of its orders: that of one order, whatever their number.
    Service,
}

impl Metric {
    /// The name of the group of this cell's scenario.
    pub(crate) fn group(self, cell: &ResolvedCell) -> String {
        match self {
            Metric::Wall => cell.scenario.id(),
            Metric::Service => format!("{} service time", cell.scenario.id()),
        }
    }

    /// The benchmark of a cell.
    pub(crate) fn benchmark(self, cell: &ResolvedCell) -> Benchmark {
        Benchmark {
            group: self.group(cell),
            function: cell.function(),
            orders: (self == Metric::Wall).then(|| cell.shared().orders),
        }
    }

    /// The time of one iteration by a batch's row.
    fn time(self, cell: &ResolvedCell, row: &Row) -> Option<Duration> {
        let ns = match self {
            Metric::Wall => {
                let parts = cell.shared().orders as f64 / row.orders as f64;
                row.wall_ns? as f64 * parts
            }
            Metric::Service => row.service.as_ref()?.mean_ns,
        };
        Some(Duration::from_secs_f64(ns / 1e9))
    }
}

/// One group of criterion's: a scenario, a function for each model.
pub(crate) fn benchmarks(
    criterion: &mut Criterion,
    bench: &RefCell<Bench>,
    cells: &[ResolvedCell],
    metric: Metric,
) -> Result<()> {
    let mut group = criterion.benchmark_group(metric.group(&cells[0]));
    for spec in cells {
        let benchmark = metric.benchmark(spec);
        let function = &benchmark.function;
        if let Some(orders) = benchmark.orders {
            group.throughput(Throughput::Elements(orders));
        }
        let mut open = None;
        let bench = &mut *bench.borrow_mut();
        if bench.measures && bench.arguments.takes(&benchmark.name()) {
            if let Some(baseline) = bench.arguments.written_baseline() {
                baselines::forget(&benchmark, &bench.home, baseline)?;
            }
            // The runner is started outside what criterion times.
            let Some((cell, sampling)) = bench.planned(spec)? else {
                continue;
            };
            let cell = open.insert(cell);
            sampling::measure(&mut group, function, &sampling, || {
                bench.batch(spec, cell, metric)
            });
        } else {
            // Criterion calls this only where it wants to try the benchmark, or to
            // profile it.
            group.bench_function(function, |bencher| {
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
    /// A bench whose runners are started from `lab`'s program, and whose rows go to a new
    /// directory in `results`, where criterion measures at all. Criterion's own files are
    /// in `home`.
    pub(crate) fn new(lab: Lab, arguments: Arguments, home: PathBuf, results: PathBuf) -> Self {
        Bench {
            lab,
            home,
            measures: arguments.measures(),
            arguments,
            results,
            notebook: None,
            failures: Vec::new(),
        }
    }

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
            batch,
            samples: self.arguments.samples().unwrap_or(SAMPLES),
            time: self.arguments.measurement_time(),
            warms_up: !self.arguments.quick(),
        };
        Ok(Some((cell, sampling)))
    }

    /// Measures one batch and keeps its row: the time of one iteration; `None` where it
    /// failed.
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
        let time = metric.time(spec, &row);
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
            match Notebook::create(&self.results, None, &host::facts()) {
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
