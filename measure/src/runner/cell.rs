//! A model meeting a workload: what a runner measures.

use std::sync::Arc;

use super::observed::FromOutside;
use super::overhead;
use crate::base::clock::{self, Nanos};
use crate::base::error::{Error, Result};
use crate::engine::batch::{Batch, Observer, Outcome, Size, with_payload};
use crate::engine::slots::{self, Slots, fold};
use crate::host;
use crate::kit::Setup;
use crate::model::{Meta, Model};
use crate::protocol::{Measured, Prepare, Ready, Sample, VERSION};
use crate::record::latency;
use crate::record::row::Latency;
use crate::stats::fairness::fairness;
use crate::workload::params::{Params, Shared};
use crate::workload::schedule::{DueKind, Flow, planned};
use crate::workload::tally::Tally;
use crate::workload::{Hold, Target, Workload, World, bakery};

/// A model that can run this workload: implemented by the registry for each
/// pair, where all types are concrete.
pub trait Runs<W: Workload>: Model {
    /// What workers in other processes must know.
    ///
    /// # Errors
    /// A worker that could not be started.
    fn brief(&mut self, _prepare: &Prepare) -> Result<()> {
        Ok(())
    }

    /// Drives the batch through the model with the workload's bodies.
    ///
    /// # Errors
    /// Those of the model.
    fn run(&mut self, workload: &'static W, batch: &Arc<Batch<W>>) -> Result<()>;

    /// Stays at stations that workers in other processes saw.
    fn take_holds(&mut self) -> Vec<Hold> {
        Vec::new()
    }
}

/// A cell without its types: one indirect call a sample.
pub trait RunnerCell {
    /// What the harness is told when the cell stands ready.
    fn ready(&self) -> Ready;

    /// Serves one batch.
    ///
    /// # Errors
    /// The first thing that went wrong with an order or the model.
    fn sample(&mut self, sample: &Sample) -> Result<Measured>;
}

/// Looks at the clock that tell its step: some ten microseconds' worth.
const CLOCK_READS: usize = 500;

struct Pair<W: Workload, M: Runs<W>> {
    workload: &'static W,
    model: M,
    shared: Shared,
    ready: Ready,
    trace: bool,
}

/// Builds a cell.
///
/// # Errors
/// Parameters out of range, or a model that the system refuses.
pub fn build<W: Workload, M: Runs<W> + 'static>(prepare: &Prepare) -> Result<Box<dyn RunnerCell>> {
    // Before anything is built: what these leave in memory is not the model's.
    let ns_per_iteration = bakery::calibrate();
    let overhead_ns = overhead::per_order_ns();
    let clock_step_ns = host::clock_step_in(CLOCK_READS);
    let start = clock::now();
    let params = params(prepare);
    let shared = params.shared()?;
    let world = world(prepare);
    // A runner serves one cell and ends with it.
    let workload: &'static W = Box::leak(Box::new(W::new(&params, &world)?));
    workload.trace(prepare.trace);
    let workload_ns = clock::now() - start;
    let memory_bytes = host::pss_bytes(std::process::id());
    let start = clock::now();
    let setup = Setup {
        concurrency: shared.concurrency,
        workers: prepare.workers,
        class: prepare.class,
        stations: workload.stations(),
        turns: shared.flow().turns,
    };
    M::META.require_threads(&setup, M::META.name)?;
    M::require(&setup, M::META.name)?;
    require_room(&M::META, &setup, &shared, &params.name)?;
    let mut model = M::new(&setup)?;
    model.brief(prepare)?;
    let startup_ns = workload_ns + (clock::now() - start);
    let meta = M::META;
    let ready = Ready {
        protocol: VERSION,
        versions: crate::base::versions::of(meta.crates),
        shape: shape(&meta),
        threads: declared(
            stays(&meta) && !workload.starts_threads(),
            meta.threads,
            &setup,
        ),
        processes: declared(stays(&meta), meta.processes, &setup),
        in_flight: (meta.in_flight)(&setup) as u64,
        cpus: host::affinity(),
        descriptors: Some(host::descriptor_limit()).filter(|limit| *limit < u64::MAX),
        memory_bytes,
        startup_ns,
        overhead_ns: Some(overhead_ns),
        clock_step_ns: Some(clock_step_ns),
        ns_per_iteration: Some(ns_per_iteration),
    };
    Ok(Box::new(Pair {
        workload,
        model,
        shared,
        ready,
        trace: prepare.trace,
    }))
}

/// Refuses what this machine has no memory or no descriptors for: known now, it is a
/// line; met later, the kernel ends whatever it likes.
fn require_room(meta: &Meta, setup: &Setup, shared: &Shared, cell: &str) -> Result<()> {
    let processes = (meta.processes)(setup) as u64;
    let workers = processes.saturating_sub(1);
    // A pipe's end to and one from each worker.
    host::require_descriptors(2 * workers + 64, cell)?;
    // A payload lies in the batch, and on both sides of each worker's pipe.
    let payloads = (shared.payload as u64).saturating_mul(1 + 2 * workers);
    let slots = shared.orders.saturating_mul(slots::BYTES as u64);
    host::require_memory(payloads.saturating_add(slots), cell)
}

fn shape(meta: &Meta) -> String {
    serde_json::to_value(meta.shape)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn declared(stays: bool, count: fn(&Setup) -> usize, setup: &Setup) -> Option<u64> {
    stays.then(|| count(setup) as u64)
}

/// Whether the model's threads and processes are the same from gate to end.
fn stays(meta: &Meta) -> bool {
    !meta.per_order || meta.shape == crate::model::Shape::Multiplexed
}

/// The world outside, as a `prepare` message tells it.
#[must_use]
pub fn world(prepare: &Prepare) -> World {
    let first = prepare.hosts.first().map(ToString::to_string);
    World {
        hosts: prepare.hosts.clone(),
        target: prepare.target_path.clone().map(|path| Target {
            host: prepare.target_host.clone().or(first).unwrap_or_default(),
            path,
        }),
        directory: prepare.directory.clone(),
    }
}

/// The parameters of a `prepare` message.
#[must_use]
pub fn params(prepare: &Prepare) -> Params {
    let to_toml = |value: &serde_json::Value| {
        toml::Value::try_from(value).unwrap_or_else(|_| toml::Value::String(value.to_string()))
    };
    Params {
        name: format!("{}/{}", prepare.workload, prepare.scenario),
        table: prepare
            .params
            .iter()
            .map(|(key, value)| (key.clone(), to_toml(value)))
            .collect(),
    }
}

/// How long after its planned start each of these moments was, by index, ns.
fn since_planned(
    moments: impl Iterator<Item = Nanos>,
    opened: Nanos,
    planned: &[Nanos],
) -> impl Iterator<Item = u64> {
    moments
        .zip(planned)
        .map(move |(at, after)| at.saturating_sub(opened + after))
}

/// How far behind its planned start the median order of the last tenth began, ns.
fn behind(slots: &Slots, opened: Nanos, planned: &[Nanos]) -> Option<u64> {
    let waits: Vec<u64> = since_planned(slots.starts(), opened, planned).collect();
    let mut last = waits[waits.len() - waits.len().div_ceil(10)..].to_vec();
    last.sort_unstable();
    last.get(last.len() / 2).copied()
}

/// Of orders whose workload says how long their waits are: how much longer they took, and
/// how evenly that fell on them.
fn beside_waits<W: Workload>(
    workload: &W,
    slots: &Slots,
    sample: &Sample,
) -> (Option<Latency>, Option<f64>) {
    let times = || {
        slots
            .services()
            .zip(0..)
            .filter_map(|(service, index)| Some((service, workload.least_ns(sample.seed, index)?)))
    };
    let over = times().map(|(service, least)| service.saturating_sub(least));
    let stretches = times()
        .filter(|(_, least)| *least > 0)
        .map(|(service, least)| service as f64 / least as f64);
    (latency::from_values(over), fairness(stretches))
}

/// Refuses a sample of which more orders failed than may.
fn require_few(tally: &Tally, orders: u64, tolerated: f64) -> Result<()> {
    let failed = tally.failed();
    if failed as f64 <= tolerated * orders as f64 {
        return Ok(());
    }
    let part = |part: f64| format!("{:.3} %", 100.0 * part);
    Err(Error::Failed(format!(
        "{failed} of {orders} orders failed ({}), and {} may: {}",
        part(failed as f64 / orders as f64),
        part(tolerated),
        tally.list()
    )))
}

impl<W: Workload, M: Runs<W>> RunnerCell for Pair<W, M> {
    fn ready(&self) -> Ready {
        self.ready.clone()
    }

    fn sample(&mut self, sample: &Sample) -> Result<Measured> {
        let size = Size {
            orders: sample.orders,
            seed: sample.seed,
            sample: sample.sample,
            concurrency: self.shared.concurrency,
        };
        let flow = Flow {
            period_ns: match sample.due {
                Some(due) if due.kind == DueKind::Shared => 1e9 / due.rate,
                _ => 0.0,
            },
            turns: self.shared.flow().turns,
        };
        let begun = clock::now();
        let planned = sample.due.and_then(|due| planned(&due, sample.orders));
        let observer: Option<Box<dyn Observer>> = if sample.observe {
            Some(Box::new(FromOutside::of(sample.sample)))
        } else {
            None
        };
        let batch = Batch::new(self.workload, size, flow, self.shared.payload)
            .arriving(planned)
            .observed(observer);
        let batch = Arc::new(batch);
        self.model.run(self.workload, &batch)?;
        let ended = clock::now();
        let opened = batch.opened_at();
        let batch = Arc::try_unwrap(batch)
            .map_err(|_| Error::Failed("a unit outlived its batch".into()))?;
        let Outcome {
            slots,
            gate,
            end,
            open_loop,
        } = batch.into_outcome().map_err(Error::Failed)?;
        // Of a server that is not ours, answers tell how orders went.
        let payload = with_payload(0, &crate::workload::payload(self.shared.payload));
        let tally = self
            .workload
            .tally(slots.answers().map(|answer| answer.wrapping_sub(payload)));
        let foreign = tally.is_some();
        let tally = tally.unwrap_or_default();
        require_few(&tally, sample.orders, self.workload.tolerated())?;
        let answer = if foreign {
            fold(std::iter::repeat_n(payload, sample.orders as usize))
        } else {
            slots.answer()
        };
        let (lag, fairness) = beside_waits(self.workload, &slots, sample);
        let used = end.usage.since(&gate.usage);
        let mut holds = self.model.take_holds();
        holds.extend(self.workload.take_holds());
        Ok(Measured {
            sample: sample.sample,
            orders: sample.orders,
            wall_ns: slots.last_end() - opened,
            service: latency::from_values(tally.answered(slots.services())).unwrap_or_default(),
            response: open_loop.as_ref().and_then(|(planned, _)| {
                let times = since_planned(slots.ends(), opened, planned);
                latency::from_values(tally.answered(times))
            }),
            pacer_lateness: open_loop
                .as_ref()
                .and_then(|(_, pacing)| latency::from_values(pacing.lateness.iter().copied())),
            lag,
            fairness,
            pacer_cpu_ns: open_loop.as_ref().map(|(_, pacing)| pacing.cpu_ns),
            behind_ns: open_loop
                .as_ref()
                .and_then(|(planned, _)| behind(&slots, opened, planned)),
            in_flight_until_last_start: slots.in_flight_until_last_start(opened),
            planned_ns: open_loop
                .as_ref()
                .and_then(|(planned, _)| planned.last().copied()),
            cpu_user_ns: Some(used.user_ns),
            cpu_sys_ns: Some(used.sys_ns),
            voluntary_switches: Some(used.voluntary),
            involuntary_switches: Some(used.involuntary),
            run_delay_ns: used
                .threads
                .filter(|_| stays(&M::META) && !self.workload.starts_threads())
                .map(|threads| threads.waited_ns),
            read_calls: used.calls.map(|calls| calls.reads),
            write_calls: used.calls.map(|calls| calls.writes),
            memory_bytes: gate.family.pss_bytes,
            page_table_bytes: gate.family.page_table_bytes,
            peak_rss_bytes: (gate.family.processes == Some(1) && !M::META.fresh_sessions)
                .then(host::peak_rss_bytes)
                .flatten(),
            threads: gate.family.threads,
            processes: gate.family.processes,
            startup_ns: gate.at - begun,
            shutdown_ns: ended - end.at,
            peak_in_service: if self.trace {
                slots.peak_in_service() as u64
            } else {
                0
            },
            answer: format!("{answer:016x}"),
            reconnects: tally.reconnects,
            failures: tally.failures,
            holds,
        })
    }
}
