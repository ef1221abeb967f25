//! A cell in its runner: measured, checked from both sides, written as a row.

use std::time::Duration;

use super::flags::{Asked, flags};
use super::harness::Runner;
use super::store::Store;
use super::{Lab, OpenCell, Server, Target, memory, outside, placement};
use crate::base::error::{Error, Result};
use crate::host::{self, FileSystem};
use crate::kit::Class;
use crate::model::Share;
use crate::protocol::{Measured, Ready, Sample};
use crate::record::placement::Placed;
use crate::record::row::Row;
use crate::server::control::Reading;
use crate::workload::client::Client;
use crate::workload::params::{Arrivals, Delivery};
use crate::workload::{Limits, Stored};

/// What an answer may take beyond what is expected, ns.
const ANSWER_SLACK: u64 = 50_000_000;
/// Most time that is granted to a server for serving one order after the other,
/// ns: half an hour.
const MOST_SERIAL: u64 = 1_800_000_000_000;

/// What a server that is not ours is granted for so many orders, so many of them
/// at a time, ns: twenty times what is expected of it, and at least
/// three times what it would take if it served one after the other.
fn foreign_ns(target: &Target, orders: u64, concurrency: u64) -> u64 {
    let expected = u64::try_from(target.expected.as_nanos()).unwrap_or(u64::MAX);
    let answer = expected.saturating_add(ANSWER_SLACK);
    let rounds = orders.div_ceil(concurrency.max(1));
    let serial = expected.saturating_mul(3).saturating_mul(orders);
    answer
        .saturating_mul(20)
        .saturating_mul(rounds)
        .max(serial.min(MOST_SERIAL))
}

/// What an order that waits for a disk is granted for that, ns: a disk that turns does it in
/// a third.
const SYNC_NS: u64 = 50_000_000;
/// What it is granted for each byte of its file, ns.
const FILE_BYTE_NS: u64 = 100;

/// Efficiency is stated only where the bound is at least this part of the wall.
const LEAST_EFFICIENCY: f64 = 0.1;

impl OpenCell {
    /// Orders in a sample: the scenario's, or the model's share of them, and once the
    /// cell is warmed up as many times that as [`Sampling`](super::Sampling) asks for.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.orders
    }

    /// What the runner said when it was ready.
    #[must_use]
    pub fn runner(&self) -> Option<&Runner> {
        self.runner.as_ref()
    }

    /// Measures one sample; a failure is a row too. After a failure the
    /// runner's state is unknown, so it is ended, and later samples fail alike.
    pub fn sample(&mut self, lab: &mut Lab, seed: u64, round: u32, position: u32) -> Row {
        self.measure(lab, seed, round, position).0
    }

    /// As [`OpenCell::sample`], with what the runner said.
    pub fn measure(
        &mut self,
        lab: &mut Lab,
        seed: u64,
        round: u32,
        position: u32,
    ) -> (Row, Option<Measured>) {
        let mut row = self.blank(lab, seed, round, position);
        match self.attempt(lab, seed, &mut row) {
            Ok(measured) => (row, Some(measured)),
            Err(error) => {
                // What was measured of a wrong answer is no measurement.
                let ledger = row.ledger.take();
                row = self.blank(lab, seed, round, position);
                row.ledger = ledger;
                row.error = Some(error.to_string());
                self.runner = None;
                (row, None)
            }
        }
    }

    fn blank(&self, lab: &Lab, seed: u64, round: u32, position: u32) -> Row {
        let ready = self
            .runner
            .as_ref()
            .map(|runner| runner.ready().clone())
            .unwrap_or_default();
        let server_cpu = self.server(lab).and_then(|server| server.cpu);
        Row {
            shape: ready.shape,
            class: self.class.into(),
            // As it ships, no model is told a number.
            workers: (self.class == Class::Equal).then(|| self.seats.workers() as u64),
            placement: match server_cpu {
                _ if !self.served => Placed::Alone,
                Some(cpu) if !ready.cpus.contains(&cpu) => Placed::OwnCore,
                _ => Placed::Shared,
            }
            .into(),
            cpus: ready.cpus,
            server_cpu,
            file_system: self.file_system().map(FileSystem::words),
            versions: ready.versions,
            orders: self.orders,
            warm_up_ns: self.warm_up.map(|warm_up| warm_up.served_ns),
            ..lab.blank(&self.cell, seed, round, position)
        }
    }

    fn attempt(&mut self, lab: &mut Lab, seed: u64, row: &mut Row) -> Result<Measured> {
        lab.samples += 1;
        let request = Sample {
            sample: lab.samples,
            orders: self.orders,
            seed,
            due: self.cell.shared().due(seed),
            observe: false,
        };
        let served = self.cell.served();
        let backend = served
            .map(crate::workload::Served::backend)
            .filter(|_| lab.target.is_none());
        let mut cpu_before = 0;
        if let (Some(backend), Some(served)) = (backend, served) {
            let server = &mut lab.server(backend)?.mock;
            server.begin(request.sample, self.orders, &served.profile(seed))?;
            cpu_before = server.read()?.cpu_ns;
        }
        let limit = self.limit(lab, seed);
        let runner = self.runner.as_mut().ok_or_else(|| {
            Error::Failed("an earlier sample of this cell failed and ended its runner".into())
        })?;
        let ready = runner.ready().clone();
        let measured = if lab.observe || self.cell.peer.is_some() {
            runner.observed(&request, limit)
        } else {
            runner.sample(&request, limit).map(|own| (own, None))
        };
        let reading = backend.map(|backend| lab.read(backend)).transpose();
        let measured = match (measured, &reading) {
            (Ok(measured), _) => measured,
            (Err(error), Ok(Some(reading))) => return Err(self.explain(&error, reading)),
            (Err(error), Ok(None)) => return Err(self.explain_target(lab, error)),
            (Err(error), Err(server)) => {
                return Err(Error::Failed(format!("{error} ({server})")));
            }
        };
        let reading = reading?;
        let (measured, seen) = measured;
        self.fill(row, &measured, &ready);
        if let (Some(model), Some(seen)) = (self.cell.peer, &seen) {
            outside::require_honest(&model.peer.name, &ready, &measured, seen)?;
            outside::fill(row, seen);
            self.fill_derived(row, &ready);
        }
        let foreign = lab.target.is_some() && self.cell.served().is_some();
        // The delays of a server that is not ours are not ours to know, and a
        // schedule from outside is no merit of the model.
        if !foreign && !self.cell.shared().arrivals.open() {
            self.fill_efficiency(
                row,
                &lab.limits(self.cell.shared(), placement::count(&ready.cpus)),
                measured.wall_ns,
            );
        }
        row.startup_ns = Some(ready.startup_ns + measured.startup_ns);
        if let Some(reading) = reading {
            // The native server knows when the orders began and ended.
            let cpu = reading
                .sample_cpu_ns
                .unwrap_or(reading.cpu_ns.saturating_sub(cpu_before));
            row.server_cpu_ns = Some(cpu);
            row.ledger = Some(reading.ledger.clone());
            self.check_ledger(lab, &reading, seed)?;
        }
        if !foreign {
            self.check_answer(lab, &measured, seed)?;
        }
        if let (Some(stored), Some(store)) = (self.cell.plan().stored(), &self.store) {
            stored.check(store.path(), seed, request.sample, self.orders)?;
        }
        let asked = Asked {
            claims_differ: seen.is_some_and(|seen| outside::differs(&measured, &seen)),
            ..self.asked(lab, foreign)
        };
        row.flags = flags(row, &ready, &measured, &asked);
        Ok(measured)
    }

    /// What the files of orders lie on.
    fn file_system(&self) -> Option<&FileSystem> {
        self.store.as_ref().and_then(Store::file_system)
    }

    /// The mock server that serves this cell, where it runs.
    fn server<'a>(&self, lab: &'a Lab) -> Option<&'a Server> {
        let served = self.cell.served().filter(|_| self.served)?;
        lab.servers.get(&served.backend())
    }

    /// What was asked of this cell's runner.
    fn asked(&self, lab: &Lab, foreign: bool) -> Asked<'_> {
        Asked {
            cpus: &self.seats.runner,
            server_unpinned: self.server(lab).is_some_and(|server| server.unpinned),
            descriptors: lab.descriptors,
            client_threads: self.hidden_threads(),
            unsteady: self
                .warm_up
                .is_some_and(|warm_up| warm_up.steady == Some(false)),
            fills_units: self.orders >= self.cell.shared().concurrency as u64,
            fed: self.fed(),
            tick_ns: host::tick_ns(),
            claims_differ: false,
            syncs_in_memory: self.syncs_in_memory(),
            foreign,
            capped: self
                .cell
                .served()
                .is_some_and(|served| served.cap().is_some()),
        }
    }

    /// Whether orders wait for a disk where there is none.
    fn syncs_in_memory(&self) -> bool {
        let in_memory = self.file_system().is_some_and(FileSystem::is_in_memory);
        in_memory && self.cell.plan().stored().is_some_and(Stored::syncs)
    }

    /// How many orders the model may have in flight, where it is fed and nothing
    /// else keeps the number lower: a rate, other orders' results, a host's cap, or
    /// too few orders for a second one at each place.
    fn fed(&self) -> Option<u64> {
        let (shared, served) = (self.cell.shared(), self.cell.served());
        let free = shared.arrivals == Arrivals::Closed
            && shared.delivery == Delivery::AsCompleted
            && served.is_none_or(|served| served.cap().is_none());
        let ready = self.runner.as_ref().map(Runner::ready)?;
        let may = ready.in_flight.min(shared.concurrency as u64);
        let enough = may > 1 && self.orders >= 2 * may;
        (self.cell.model.fed && free && enough).then_some(may)
    }

    /// How long a sample may take: patience, and many times what the model
    /// would need at its own concurrency on one CPU.
    fn limit(&self, lab: &mut Lab, seed: u64) -> Duration {
        let in_flight = self
            .runner
            .as_ref()
            .map_or(1, |runner| runner.ready().in_flight.max(1));
        let mut limits = lab.limits(self.cell.shared(), 1);
        limits.concurrency = limits.concurrency.min(in_flight as usize);
        let starts = if self.cell.model.per_order {
            20_000_000 * self.orders
        } else {
            0
        };
        let bound = self.cell.plan().bound_ns(seed, self.orders, &limits);
        let foreign = match &lab.target {
            Some(target) => foreign_ns(target, self.orders, limits.concurrency as u64),
            None => 0,
        };
        let bodies = lab.due.body_bytes(&self.cell, seed, self.orders);
        let bytes = bodies.saturating_add(self.cell.shared().payload as u64 * self.orders);
        let files = self.cell.plan().stored().map_or(0, |stored| {
            let disk = if stored.syncs() { SYNC_NS } else { 0 };
            let bytes = stored.largest().saturating_mul(FILE_BYTE_NS);
            self.orders.saturating_mul(disk.saturating_add(bytes))
        });
        let nanos = 20u64
            .saturating_mul(bound)
            .saturating_add(files)
            .saturating_add(foreign)
            .saturating_add(starts)
            .saturating_add(100_000 * self.orders)
            .saturating_add(10u64.saturating_mul(bytes));
        lab.patience.saturating_add(Duration::from_nanos(nanos))
    }

    /// Says how far a failed sample came, from the server's side.
    fn explain(&self, error: &Error, reading: &Reading) -> Error {
        let unanswered = match reading.in_flight {
            Some(in_flight) => format!(", {in_flight} of them unanswered"),
            None => String::new(),
        };
        let line = format!(
            "{error} (the server had counted {} requests of {} orders{unanswered})",
            reading.ledger.requests, self.orders
        );
        match error {
            Error::Usage(_) => Error::Usage(line),
            _ => Error::Failed(line),
        }
    }

    /// Says what was waited for, where the server is not ours and says nothing
    /// itself.
    fn explain_target(&self, lab: &Lab, error: Error) -> Error {
        let Some(target) = &lab.target else {
            return error;
        };
        let line = format!(
            "{error} (it asked {} for {} answers, {} at a time; one was expected to take {:.3} s)",
            target.url,
            self.orders,
            self.cell.shared().concurrency,
            target.expected.as_secs_f64()
        );
        match error {
            Error::Failed(_) => Error::Failed(line),
            other => other,
        }
    }

    fn fill(&self, row: &mut Row, measured: &Measured, ready: &Ready) {
        let seconds = measured.wall_ns as f64 / 1e9;
        let failed: u64 = measured.failures.values().sum();
        row.wall_ns = Some(measured.wall_ns);
        // A failure is no work done.
        row.orders_per_s = Some(measured.orders.saturating_sub(failed) as f64 / seconds);
        row.reconnects = measured.reconnects;
        row.failures.clone_from(&measured.failures);
        row.service = Some(measured.service.clone());
        row.response.clone_from(&measured.response);
        row.pacer_lateness.clone_from(&measured.pacer_lateness);
        row.lag.clone_from(&measured.lag);
        row.fairness = measured.fairness;
        row.pacer_cpu_ns = measured.pacer_cpu_ns;
        row.cpu_ns = measured.cpu_ns();
        row.cpu_user_ns = measured.cpu_user_ns;
        row.cpu_sys_ns = measured.cpu_sys_ns;
        let open_loop = self.cell.shared().arrivals.open();
        let own = memory::of_batch(self.orders, open_loop, self.cell.shared().payload);
        // Models serve different numbers of orders, whose slots are the harness's.
        row.memory_bytes = measured.memory_bytes.map(|bytes| bytes.saturating_sub(own));
        row.page_table_bytes = measured.page_table_bytes;
        row.peak_rss_bytes = measured.peak_rss_bytes;
        row.voluntary_switches = measured.voluntary_switches;
        row.involuntary_switches = measured.involuntary_switches;
        row.run_delay_ns = measured.run_delay_ns;
        row.read_calls = measured.read_calls;
        row.write_calls = measured.write_calls;
        row.threads = measured.threads;
        row.processes = measured.processes;
        row.shutdown_ns = Some(measured.shutdown_ns);
        row.answer = Some(measured.answer.clone());
        self.fill_derived(row, ready);
    }

    /// What follows from memory and threads.
    fn fill_derived(&self, row: &mut Row, ready: &Ready) {
        row.kernel_stack_bytes = row.threads.and_then(host::kernel_stack_bytes);
        // Without a unit at the gate there is nothing to divide by.
        if !self.cell.model.per_order {
            let units = ready.in_flight.min(self.orders);
            row.unit_memory_bytes = memory::per_unit(row.memory_bytes, ready.memory_bytes, units);
        }
    }

    /// States the bound, and how near the wall came to it.
    fn fill_efficiency(&self, row: &mut Row, limits: &Limits, wall_ns: u64) {
        let bound = self.bound_ns(row.seed, limits);
        let efficiency = bound / wall_ns as f64;
        row.bound_ns = Some(bound as u64);
        // A bound far below the makespan says nothing of the model, except of
        // one that serves a share: there it is what concurrency would buy.
        let share = self.cell.model.share == Share::ByInFlight;
        if efficiency >= LEAST_EFFICIENCY || (share && bound > 0.0) {
            row.efficiency = Some(efficiency);
        }
    }

    /// Threads that reqwest brings along where the model has no tokio: one in
    /// each process that fetches.
    fn hidden_threads(&self) -> u64 {
        if self.cell.client != Client::Reqwest || self.cell.model.crates.contains(&"tokio") {
            return 0;
        }
        let processes = self
            .runner
            .as_ref()
            .and_then(|runner| runner.ready().processes);
        processes.map_or(1, |processes| (processes - 1).max(1))
    }

    /// The bound of the orders that were run. For a model that has fewer in
    /// flight than the scenario allows, and runs a share of its orders, that of
    /// the whole batch scaled down: of three orders alone it would say that
    /// concurrency buys a factor of three.
    fn bound_ns(&self, seed: u64, limits: &Limits) -> f64 {
        if self.cell.model.share != Share::ByInFlight {
            return self.cell.plan().bound_ns(seed, self.orders, limits) as f64;
        }
        let whole = self
            .cell
            .plan()
            .bound_ns(seed, self.cell.shared().orders, limits) as f64;
        whole * self.orders as f64 / self.cell.shared().orders as f64
    }

    /// Ends the runner; the model's teardown time, ns, where one still ran.
    ///
    /// # Errors
    /// A runner that does not end.
    pub fn close(mut self) -> Result<Option<u64>> {
        self.runner.take().map(Runner::stop).transpose()
    }
}
