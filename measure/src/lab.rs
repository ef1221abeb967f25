//! The laboratory: opens a cell in a fresh runner, has it measured, checks
//! what came of it from both sides, and writes the row. The same code serves
//! `cargo bench`, `bakeoff run`, `bakeoff verify` and the tests.

mod cell;
mod check;
mod flags;
pub mod harness;
mod memory;
pub mod mock;
mod placement;
pub mod reference;
pub mod selftest;
mod target;
mod warm_up;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use self::harness::Runner;
use self::mock::Mock;
pub use self::placement::Placement;
use self::placement::Seats;
pub use self::target::Target;
use crate::base::error::{Error, Result};
use crate::base::seed::SEED;
use crate::host;
use crate::kit::{Class, Setup};
use crate::protocol::{Prepare, VERSION};
use crate::record::row::{Row, SCHEMA};
use crate::selection::CellSpec;
use crate::server::control::Reading;
use crate::workload::params::Shared;
use crate::workload::{Backend, IdleKey, Limits, Plan, bakery};

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
    /// Who says how many threads carry units.
    pub class: Class,
    servers: HashMap<Backend, Server>,
    target: Option<Target>,
    cpus: Vec<usize>,
    placement: Placement,
    descriptors: u64,
    samples: u64,
    ns_per_iteration: f64,
}

/// A mock server that was started.
struct Server {
    mock: Mock,
    /// The CPU that it got for itself.
    cpu: Option<usize>,
    /// Whether it was to have one and did not get it.
    unpinned: bool,
}

/// A cell in its runner, ready to be measured.
pub struct OpenCell {
    spec: CellSpec,
    plan: Box<dyn Plan>,
    shared: Shared,
    runner: Option<Runner>,
    orders: u64,
    seats: Seats,
    class: Class,
    served: bool,
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
            class: Class::default(),
            servers: HashMap::new(),
            target: None,
            cpus: host::affinity(),
            placement: Placement::default(),
            // Runners must get no less. Where it cannot be raised here either,
            // no limit was obtained as it should be.
            descriptors: host::raise_descriptor_limit().unwrap_or(u64::MAX),
            samples: 0,
            ns_per_iteration: bakery::calibrate(),
        }
    }

    /// Points every cell that asks a server at one that is not ours.
    pub fn aim(&mut self, target: Target) {
        self.target = Some(target);
    }

    /// Has server and model share CPUs or not, from the next cell on.
    pub fn place(&mut self, placement: Placement) {
        self.placement = placement;
        // They sit where they were told.
        self.servers.clear();
    }

    fn server(&mut self, backend: Backend) -> Result<&mut Server> {
        // One that died took a sample with it, not those that follow.
        if self
            .servers
            .get_mut(&backend)
            .is_some_and(|server| !server.mock.is_alive())
        {
            self.servers.remove(&backend);
        }
        if !self.servers.contains_key(&backend) {
            let cpu = self.placement.divide(&self.cpus, true).server;
            let server = Server::start(&self.program, backend, cpu)?;
            self.servers.insert(backend, server);
        }
        Ok(self.servers.get_mut(&backend).expect("just inserted"))
    }

    /// The ledger of the server that served the sample: never of another one.
    fn read(&mut self, backend: Backend) -> Result<Reading> {
        let server = self.servers.get_mut(&backend);
        server
            .ok_or_else(|| Error::Failed("the mock server is gone".into()))?
            .mock
            .read()
    }

    /// The mock server's process, where one runs: for tests that kill it.
    #[must_use]
    pub fn server_id(&self, backend: Backend) -> Option<u32> {
        self.servers.get(&backend).map(|server| server.mock.id())
    }

    /// What is known against a cell before anything is started.
    ///
    /// # Errors
    /// Parameters out of range, or a limit of this machine.
    pub fn check(&self, spec: &CellSpec) -> Result<()> {
        let plan = crate::registry::plan(&spec.scenario.workload, &spec.scenario.params)?;
        let shared = spec.scenario.params.shared()?;
        for idle in self.idle(spec, plan.as_ref()) {
            if idle.refused || spec.set.contains_key(idle.key) {
                return Err(Error::Usage(format!(
                    "{}: {} changes nothing here: {}; leave it out",
                    spec.id(),
                    idle.key,
                    idle.why
                )));
            }
        }
        if shared.load > 0.0 && shared.rate == 0.0 {
            return Err(Error::Usage(format!(
                "{}: load = {} is a part of what `bakeoff run` measures first: give a rate here, as in --set rate=4000",
                spec.id(),
                shared.load
            )));
        }
        if let (Some(served), None) = (plan.served(), &self.target) {
            if !cfg!(feature = "server") {
                return Err(Error::Usage(
                    "this build has no mock server: build with feature 'server', or point --target at one".into(),
                ));
            }
            let held = u64::from(served.profile(SEED).hold);
            let in_flight = spec.in_flight(&shared)? as u64;
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
        require_descriptors(spec, &shared, plan.as_ref())?;
        self.require_threads(spec, &shared)
    }

    /// Refuses a concurrency for which there can be no threads here: met later, it
    /// ends the runner inside the standard library.
    fn require_threads(&self, spec: &CellSpec, shared: &Shared) -> Result<()> {
        let setup = Setup {
            concurrency: shared.concurrency,
            workers: self.cpus.len(),
            class: self.class,
            ..Setup::default()
        };
        spec.model.require_threads(&setup, &spec.id())
    }

    /// The parameters that a scenario has and that change nothing here.
    fn idle(&self, spec: &CellSpec, plan: &dyn Plan) -> Vec<IdleKey> {
        let mut keys = plan.idle_keys(self.target.is_some());
        keys.retain(|idle| spec.scenario.params.table.contains_key(idle.key));
        keys
    }

    /// What a reader must know of parameters that a target does not heed: a line
    /// for each that the scenario has.
    ///
    /// # Errors
    /// Parameters out of range.
    pub fn unheeded(&self, spec: &CellSpec) -> Result<Vec<String>> {
        let plan = crate::registry::plan(&spec.scenario.workload, &spec.scenario.params)?;
        let value = |key: &str| match &spec.scenario.params.table[key] {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let line = |idle: IdleKey| {
            let (id, key) = (spec.scenario.id(), idle.key);
            format!(
                "{id}: its {key} = {} changes nothing here: {}",
                value(key),
                idle.why
            )
        };
        let idle = self.idle(spec, plan.as_ref());
        Ok(idle.into_iter().map(line).collect())
    }

    /// Starts a fresh runner and prepares the cell in it.
    ///
    /// # Errors
    /// Parameters out of range, a limit of this machine that is known before
    /// the start, or what the runner says against the cell.
    pub fn open(&mut self, spec: &CellSpec) -> Result<OpenCell> {
        self.open_with(Command::new(&self.program), spec)
    }

    /// As [`Lab::open`], with a runner of another build: started by `program`,
    /// but served and judged as all others.
    ///
    /// # Errors
    /// As [`Lab::open`].
    pub fn open_with(&mut self, program: Command, spec: &CellSpec) -> Result<OpenCell> {
        self.check(spec)?;
        let plan = crate::registry::plan(&spec.scenario.workload, &spec.scenario.params)?;
        let shared = spec.scenario.params.shared()?;
        let mut hosts = Vec::new();
        if let Some(served) = plan.served() {
            hosts = match &self.target {
                Some(target) => target.addresses.clone(),
                None => self.server(served.backend())?.mock.hosts().to_vec(),
            };
        }
        let target = self.target.as_ref().filter(|_| plan.served().is_some());
        let served = plan.served().is_some() && self.target.is_none();
        let seats = self.placement.divide(&self.cpus, served);
        let prepare = Prepare {
            protocol: VERSION,
            workload: spec.scenario.workload.clone(),
            scenario: spec.scenario.name.clone(),
            model: spec.model.name.into(),
            client: spec.client.clone(),
            params: json_params(spec),
            workers: seats.workers(),
            class: self.class,
            cpus: seats.runner.clone(),
            hosts,
            target_path: target.map(|target| target.path.clone()),
            target_host: target.map(|target| target.host.clone()),
            trace: self.trace,
        };
        let runner = Runner::start(program, &prepare)?;
        self.ns_per_iteration = self.ns_per_iteration.min(runner.ready().ns_per_iteration);
        Ok(OpenCell {
            spec: spec.clone(),
            orders: spec.orders()?,
            plan,
            shared,
            runner: Some(runner),
            seats,
            class: self.class,
            served,
            expected: None,
            body_bytes: None,
        })
    }
}

impl Server {
    /// Starts one on a CPU of its own where one is given; where that is refused,
    /// on any.
    fn start(program: &Path, backend: Backend, cpu: Option<usize>) -> Result<Self> {
        let start = |cpu| Mock::start(program, backend, hosts(backend), cpu);
        match (start(cpu), cpu) {
            (Err(_), Some(_)) => Ok(Server {
                mock: start(None)?,
                cpu: None,
                unpinned: true,
            }),
            (mock, cpu) => Ok(Server {
                mock: mock?,
                cpu,
                unpinned: false,
            }),
        }
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

    /// A row with all that is asked of this cell, and nothing measured.
    #[must_use]
    pub fn asked(&self, spec: &CellSpec) -> Row {
        self.blank(spec, 0, 0, 0)
    }

    fn blank(&self, spec: &CellSpec, seed: u64, round: u32, position: u32) -> Row {
        let shared = spec.scenario.params.shared().ok();
        let concurrency = shared.as_ref().map_or(0, |shared| shared.concurrency);
        Row {
            schema: SCHEMA,
            run: self.run.clone(),
            cell: spec.id(),
            workload: spec.scenario.workload.clone(),
            scenario: spec.scenario.name.clone(),
            scenario_version: spec.scenario.version,
            model: spec.model.name.into(),
            client: spec.client.clone(),
            class: self.class.name().into(),
            target: self.target.as_ref().map(|target| target.url.clone()),
            round,
            position,
            seed,
            orders: spec.orders().unwrap_or(0),
            concurrency: concurrency as u64,
            set: spec.set.clone(),
            offered_per_s: shared
                .filter(|shared| shared.arrivals.open())
                .map(|shared| shared.rate),
            ..Row::default()
        }
    }

    fn limits(&self, shared: &Shared, cpus: usize) -> Limits {
        Limits {
            concurrency: shared.concurrency,
            cpus: cpus.max(1),
            ns_per_iteration: self.ns_per_iteration,
            period_ns: shared.period_ns(),
        }
    }
}
