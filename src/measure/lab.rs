//! The laboratory: opens a cell in a fresh runner, has it measured, checks
//! what came of it from both sides, and writes the row. The same code serves
//! `cargo bench`, `bakeoff run`, `bakeoff verify` and the tests.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use super::batch::with_payload;
use super::slots::fold;
use crate::error::{Error, Result};
use crate::host;
use crate::model::Share;
use crate::report::row::{Row, SCHEMA};
use crate::runner::harness::Runner;
use crate::runner::mock::Mock;
use crate::runner::protocol::{Due, DueKind, Measured, Prepare, Sample, VERSION};
use crate::selection::CellSpec;
use crate::server::control::Reading;
use crate::workload::params::Shared;
use crate::workload::{Backend, Limits, Plan, bakery, payload};

/// Seed of the orders where a caller has no reason for another.
pub const SEED: u64 = 20_240_229;

/// Efficiency is stated only where the bound is at least this part of the wall.
const LEAST_EFFICIENCY: f64 = 0.1;
/// Efficiency above this is a fault of the bound or the clock.
const MOST_EFFICIENCY: f64 = 1.02;
/// Above this part of a core, it is the server that is measured.
const SERVER_BOUND: f64 = 0.9;

/// What cells have in common during one run of the harness.
pub struct Lab {
    /// The binary that runners and servers are started from.
    program: PathBuf,
    /// Name of the run, for its rows.
    pub run: String,
    /// How long an order may take beyond what its bound explains.
    pub patience: Duration,
    /// Record stays at stations and the peak in service.
    pub trace: bool,
    servers: HashMap<Backend, Mock>,
    target: Option<Target>,
    cpus: Vec<usize>,
    samples: u64,
    ns_per_iteration: f64,
}

/// A server that is not ours.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens.
    pub address: std::net::SocketAddr,
    /// What to ask it for.
    pub path: String,
}

/// A cell in its runner, ready to be measured.
pub struct OpenCell {
    spec: CellSpec,
    plan: Box<dyn Plan>,
    shared: Shared,
    runner: Option<Runner>,
    orders: u64,
    workers: usize,
    expected: Option<(u64, String)>,
    body_bytes: Option<(u64, u64)>,
}

impl Lab {
    /// A laboratory whose runners are started from `program`.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Lab {
            program: program.into(),
            run: String::new(),
            patience: Duration::from_secs(10),
            trace: false,
            servers: HashMap::new(),
            target: None,
            cpus: host::affinity(),
            samples: 0,
            ns_per_iteration: bakery::calibrate(),
        }
    }

    /// Points every `fetch` cell at a server that is not ours.
    pub fn aim(&mut self, target: Target) {
        self.target = Some(target);
    }

    /// The CPUs for the model and, where it has one of its own, the server's.
    fn placement(&self, served: bool) -> (Vec<usize>, Option<usize>) {
        match self.cpus.split_last() {
            Some((server, rest)) if served && !rest.is_empty() => (rest.to_vec(), Some(*server)),
            _ => (self.cpus.clone(), None),
        }
    }

    fn server(&mut self, backend: Backend) -> Result<&mut Mock> {
        // One that died took a sample with it, not those that follow.
        if self
            .servers
            .get_mut(&backend)
            .is_some_and(|server| !server.is_alive())
        {
            self.servers.remove(&backend);
        }
        if !self.servers.contains_key(&backend) {
            let (_, cpu) = self.placement(true);
            self.servers.insert(
                backend,
                Mock::start(&self.program, backend, hosts(backend), cpu)?,
            );
        }
        Ok(self.servers.get_mut(&backend).expect("just inserted"))
    }

    /// The mock server's process, where one runs: for tests that kill it.
    #[must_use]
    pub fn server_id(&self, backend: Backend) -> Option<u32> {
        self.servers.get(&backend).map(Mock::id)
    }

    /// What is known against a cell before anything is started.
    ///
    /// # Errors
    /// Parameters out of range, or a limit of this machine.
    pub fn check(&self, spec: &CellSpec) -> Result<()> {
        let plan = crate::registry::plan(&spec.scenario.workload, &spec.scenario.params)?;
        if let (Some(served), None) = (plan.served(), &self.target) {
            if !cfg!(feature = "server") {
                return Err(Error::Usage(
                    "this build has no mock server: build with feature 'server', or point --target at one".into(),
                ));
            }
            let held = u64::from(served.profile(SEED).hold);
            let in_flight = spec.in_flight(&spec.scenario.params.shared()?)? as u64;
            let reach = served.cap().map_or(in_flight, |cap| cap.min(in_flight));
            if held > 0 && (held > reach || spec.orders()? % held != 0) {
                return Err(Error::Usage(format!(
                    "{}: hold = {held} is not a divisor of its {} orders that {reach} in flight can reach: requests would wait forever",
                    spec.id(),
                    spec.orders()?
                )));
            }
            let most = hosts(served.backend());
            if served.hosts() > most {
                return Err(Error::Usage(format!(
                    "{}: hosts = {} is not a whole number from 1 to {most}, as many as this mock server stands for",
                    spec.scenario.id(),
                    served.hosts()
                )));
            }
        }
        require_descriptors(spec, &spec.scenario.params.shared()?, plan.as_ref())
    }

    /// Starts a fresh runner and prepares the cell in it.
    ///
    /// # Errors
    /// Parameters out of range, a limit of this machine that is known before
    /// the start, or what the runner says against the cell.
    pub fn open(&mut self, spec: &CellSpec) -> Result<OpenCell> {
        self.check(spec)?;
        let plan = crate::registry::plan(&spec.scenario.workload, &spec.scenario.params)?;
        let shared = spec.scenario.params.shared()?;
        let mut hosts = Vec::new();
        let mut target_path = None;
        if let Some(served) = plan.served() {
            if let Some(target) = &self.target {
                hosts = vec![target.address; served.hosts()];
                target_path = Some(target.path.clone());
            } else {
                hosts = self.server(served.backend())?.hosts().to_vec();
            }
        }
        let (cpus, _) = self.placement(plan.served().is_some() && self.target.is_none());
        let prepare = Prepare {
            protocol: VERSION,
            workload: spec.scenario.workload.clone(),
            scenario: spec.scenario.name.clone(),
            model: spec.model.name.into(),
            client: spec.client.clone(),
            params: json_params(spec),
            workers: cpus.len(),
            cpus: cpus.clone(),
            hosts,
            target_path,
            trace: self.trace,
        };
        let runner = Runner::start(&self.program, &prepare)?;
        self.ns_per_iteration = self.ns_per_iteration.min(runner.ready().ns_per_iteration);
        Ok(OpenCell {
            spec: spec.clone(),
            orders: spec.orders()?,
            plan,
            shared,
            runner: Some(runner),
            workers: cpus.len(),
            expected: None,
            body_bytes: None,
        })
    }
}

/// Loopback addresses that a mock server listens on for the harness.
fn hosts(backend: Backend) -> usize {
    match backend {
        Backend::Native => 16,
        Backend::Wiremock => 1,
    }
}

fn json_params(spec: &CellSpec) -> BTreeMap<String, serde_json::Value> {
    let json = |value: &toml::Value| serde_json::to_value(value).unwrap_or_default();
    let table = &spec.scenario.params.table;
    table
        .iter()
        .map(|(key, value)| (key.clone(), json(value)))
        .collect()
}

/// Refuses a concurrency that this process could not open enough descriptors
/// for: known now, it is a line; met later, it is a mess.
fn require_descriptors(spec: &CellSpec, shared: &Shared, plan: &dyn Plan) -> Result<()> {
    let units = shared.concurrency as u64;
    let stations = plan.stations().len() as u64 + shared.flow().turns as u64;
    let processes = spec.model.name.starts_with("processes");
    // A worker inherits both ends of each pipe, and opens three anew.
    let own = if processes {
        2 * units + 5 * stations
    } else {
        units * plan.descriptors_per_unit()
    };
    host::require_descriptors(
        own + 64,
        &format!("{} with {units} orders in flight", spec.id()),
    )
}

impl OpenCell {
    /// Orders in a sample: the scenario's, or the model's share of them.
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
        Row {
            shape: ready.shape,
            workers: self.workers as u64,
            versions: ready.versions,
            ..lab.blank(&self.spec, seed, round, position)
        }
    }

    fn attempt(&mut self, lab: &mut Lab, seed: u64, row: &mut Row) -> Result<Measured> {
        lab.samples += 1;
        let request = Sample {
            sample: lab.samples,
            orders: self.orders,
            seed,
            due: (self.shared.rate > 0.0).then_some(Due {
                kind: DueKind::Shared,
                rate: self.shared.rate,
                seed,
            }),
        };
        let served = self.plan.served();
        let backend = served
            .map(crate::workload::Served::backend)
            .filter(|_| lab.target.is_none());
        let mut cpu_before = 0;
        if let (Some(backend), Some(served)) = (backend, served) {
            let server = lab.server(backend)?;
            server.begin(request.sample, self.orders, &served.profile(seed))?;
            cpu_before = server.read()?.cpu_ns;
        }
        let limit = self.limit(lab, seed);
        let runner = self.runner.as_mut().ok_or_else(|| {
            Error::Failed("an earlier sample of this cell failed and ended its runner".into())
        })?;
        let ready = runner.ready().clone();
        let measured = runner.sample(&request, limit);
        let reading = backend
            .map(|backend| lab.server(backend)?.read())
            .transpose();
        let measured = match (measured, &reading) {
            (Ok(measured), _) => measured,
            (Err(error), Ok(Some(reading))) => return Err(self.explain(&error, reading)),
            (Err(error), _) => return Err(error),
        };
        let reading = reading?;
        self.fill(row, &measured, ready.threads);
        let foreign = lab.target.is_some() && self.plan.served().is_some();
        if !foreign {
            // The delays of a server that is not ours are not ours to know.
            self.fill_efficiency(row, &lab.limits(&self.shared, ready.cpus), measured.wall_ns);
        }
        row.startup_ns = Some(ready.startup_ns + measured.startup_ns);
        if let Some(reading) = reading {
            // The native server knows when the orders began and ended.
            let cpu = reading
                .sample_cpu_ns
                .unwrap_or(reading.cpu_ns.saturating_sub(cpu_before));
            row.server_cpu_ns = Some(cpu);
            if cpu as f64 >= SERVER_BOUND * measured.wall_ns as f64 {
                row.flags.push("server-bound".into());
            }
            row.ledger = Some(reading.ledger.clone());
            self.check_ledger(&reading, seed)?;
        }
        if foreign {
            row.flags.push("no-ledger".into());
        } else {
            self.check_answer(&measured, seed)?;
        }
        Ok(measured)
    }

    /// How long a sample may take: patience, and many times what the model
    /// would need at its own concurrency on one CPU.
    fn limit(&self, lab: &Lab, seed: u64) -> Duration {
        let in_flight = self
            .runner
            .as_ref()
            .map_or(1, |runner| runner.ready().in_flight.max(1));
        let mut limits = lab.limits(&self.shared, 1);
        limits.concurrency = limits.concurrency.min(in_flight as usize);
        let starts = if self.spec.model.per_order {
            20_000_000 * self.orders
        } else {
            0
        };
        // A server that is not ours may take a second an order.
        let bound = match lab.target {
            Some(_) => 50_000_000 * self.orders / limits.concurrency as u64,
            None => self.plan.bound_ns(seed, self.orders, &limits),
        };
        let bodies = self
            .plan
            .served()
            .map_or(0, |served| served.body_bytes(seed, self.orders));
        let bytes = bodies.saturating_add(self.shared.payload as u64 * self.orders);
        let nanos = 20u64
            .saturating_mul(bound)
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

    fn fill(&self, row: &mut Row, measured: &Measured, threads: Option<u64>) {
        let seconds = measured.wall_ns as f64 / 1e9;
        row.wall_ns = Some(measured.wall_ns);
        row.orders_per_s = Some(measured.orders as f64 / seconds);
        row.service = Some(measured.service.clone());
        row.cpu_ns = Some(measured.cpu_user_ns + measured.cpu_sys_ns);
        row.cpu_user_ns = Some(measured.cpu_user_ns);
        row.cpu_sys_ns = Some(measured.cpu_sys_ns);
        row.memory_bytes = measured.memory_bytes;
        row.peak_rss_bytes = measured.peak_rss_bytes;
        row.voluntary_switches = Some(measured.voluntary_switches);
        row.involuntary_switches = Some(measured.involuntary_switches);
        row.threads = measured.threads;
        row.processes = measured.processes;
        row.shutdown_ns = Some(measured.shutdown_ns);
        row.answer = Some(measured.answer.clone());
        if let (Some(declared), Some(seen)) = (threads, measured.threads)
            && seen > declared + self.hidden_threads()
        {
            row.flags.push("hidden-thread".into());
        }
        if let (Some(declared), Some(seen)) = (threads, measured.threads)
            && seen < declared
        {
            row.flags.push("missing-thread".into());
        }
    }

    /// States the bound, and how near the wall came to it.
    fn fill_efficiency(&self, row: &mut Row, limits: &Limits, wall_ns: u64) {
        let bound = self.bound_ns(row.seed, limits);
        let efficiency = bound / wall_ns as f64;
        row.bound_ns = Some(bound as u64);
        // A bound far below the makespan says nothing of the model, except of
        // one that serves a share: there it is what concurrency would buy.
        let share = self.spec.model.share == Share::ByInFlight;
        if efficiency >= LEAST_EFFICIENCY || (share && bound > 0.0) {
            row.efficiency = Some(efficiency);
        }
        if efficiency > MOST_EFFICIENCY {
            row.flags.push("beyond-bound".into());
        }
    }

    /// Threads that reqwest brings along where the model has no tokio.
    fn hidden_threads(&self) -> u64 {
        u64::from(self.spec.client == "reqwest" && !self.spec.model.crates.contains(&"tokio"))
    }

    /// The bound of the orders that were run. For a model that has fewer in
    /// flight than the scenario allows, and runs a share of its orders, that of
    /// the whole batch scaled down: of three orders alone it would say that
    /// concurrency buys a factor of three.
    fn bound_ns(&self, seed: u64, limits: &Limits) -> f64 {
        if self.spec.model.share != Share::ByInFlight {
            return self.plan.bound_ns(seed, self.orders, limits) as f64;
        }
        let whole = self.plan.bound_ns(seed, self.shared.orders, limits) as f64;
        whole * self.orders as f64 / self.shared.orders as f64
    }

    fn check_answer(&mut self, measured: &Measured, seed: u64) -> Result<()> {
        if self
            .expected
            .as_ref()
            .is_none_or(|(known, _)| *known != seed)
        {
            let bytes = payload(self.shared.payload);
            let answers = self.plan.expected(seed, self.orders);
            let folded = fold(
                answers
                    .into_iter()
                    .map(|answer| with_payload(answer, &bytes)),
            );
            self.expected = Some((seed, format!("{folded:016x}")));
        }
        match &self.expected {
            Some((_, expected)) if *expected == measured.answer => Ok(()),
            Some((_, expected)) => Err(Error::Failed(format!(
                "wrong answer: {} where {expected} was due",
                measured.answer
            ))),
            None => unreachable!("just computed"),
        }
    }

    fn check_ledger(&mut self, reading: &Reading, seed: u64) -> Result<()> {
        let Some(served) = self.plan.served() else {
            return Ok(());
        };
        if self.body_bytes.is_none_or(|(known, _)| known != seed) {
            self.body_bytes = Some((seed, served.body_bytes(seed, self.orders)));
        }
        let bytes = self.body_bytes.map_or(0, |(_, bytes)| bytes);
        let ledger = &reading.ledger;
        let due = [
            ("requests", ledger.requests, self.orders),
            ("distinct items", ledger.distinct, self.orders),
            ("body bytes", ledger.body_bytes, bytes),
        ];
        for (what, counted, due) in due {
            if counted != due {
                return Err(Error::Failed(format!(
                    "the server's ledger differs: it counted {counted} {what} where {due} were due"
                )));
            }
        }
        if self.spec.client != "wire" {
            return Ok(());
        }
        let runner = self
            .runner
            .as_ref()
            .map_or(u64::MAX, |runner| runner.ready().in_flight);
        let most = runner.min(self.shared.concurrency as u64);
        let fresh = served.connection_per_order() || self.spec.model.fresh_sessions;
        let connections = ledger.connections.filter(|_| !fresh);
        for (what, counted) in [
            ("connections", connections),
            ("requests in flight", ledger.peak_in_flight),
        ] {
            if let Some(counted) = counted
                && counted > most
            {
                return Err(Error::Failed(format!(
                    "the server's ledger differs: it counted {counted} {what} where at most {most} are allowed"
                )));
            }
        }
        Ok(())
    }

    /// Ends the runner; the model's teardown time, ns, where one still ran.
    ///
    /// # Errors
    /// A runner that does not end.
    pub fn close(mut self) -> Result<Option<u64>> {
        self.runner.take().map(Runner::stop).transpose()
    }
}

impl Lab {
    /// The row of a cell that could not even be opened.
    #[must_use]
    pub fn refused(
        &self,
        spec: &CellSpec,
        error: &Error,
        seed: u64,
        round: u32,
        position: u32,
    ) -> Row {
        Row {
            error: Some(error.to_string()),
            ..self.blank(spec, seed, round, position)
        }
    }

    fn blank(&self, spec: &CellSpec, seed: u64, round: u32, position: u32) -> Row {
        let concurrency = spec
            .scenario
            .params
            .shared()
            .map_or(0, |shared| shared.concurrency);
        Row {
            schema: SCHEMA,
            run: self.run.clone(),
            cell: spec.id(),
            workload: spec.scenario.workload.clone(),
            scenario: spec.scenario.name.clone(),
            scenario_version: spec.scenario.version,
            model: spec.model.name.into(),
            client: spec.client.clone(),
            class: "equal".into(),
            round,
            position,
            seed,
            orders: spec.orders().unwrap_or(0),
            concurrency: concurrency as u64,
            ..Row::default()
        }
    }

    fn limits(&self, shared: &Shared, cpus: usize) -> Limits {
        Limits {
            concurrency: shared.concurrency,
            cpus: cpus.max(1),
            ns_per_iteration: self.ns_per_iteration,
            period_ns: shared.flow().period_ns,
        }
    }
}
