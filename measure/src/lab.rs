//! The laboratory: opens a cell in a fresh runner, has it measured, checks
//! what came of it from both sides, and writes the row. The same code serves
//! `cargo bench`, `bakeoff run`, `bakeoff verify` and the tests.

mod cell;
mod check;
mod deadline;
mod due;
mod flags;
pub mod harness;
mod memory;
pub mod mock;
mod outside;
mod placement;
pub mod reference;
pub mod sampling;
pub mod selftest;
mod store;
mod target;
mod warm_up;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

pub use self::deadline::{Deadline, GRACE};
use self::due::Due;
use self::harness::{Runner, Terms};
use self::mock::Mock;
pub use self::placement::Placement;
use self::placement::Seats;
use self::sampling::Sampling;
use self::store::Store;
pub use self::target::Target;
use self::warm_up::WarmUp;
use crate::base::error::{Error, Result};
use crate::base::seed::SEED;
use crate::host;
use crate::kit::{Class, Setup};
use crate::model::Shape;
use crate::model::peer::PeerModel;
use crate::protocol::{Prepare, VERSION};
use crate::record::row::{Row, SCHEMA};
use crate::registry;
use crate::selection::resolved::ResolvedCell;
use crate::server::control::Reading;
use crate::workload::params::{Arrivals, Shared};
use crate::workload::{Backend, IdleKey, Limits, bakery};

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
    /// Look at each runner from outside while it serves, and hold what it says against
    /// that. Programs that are not ours are looked at anyway.
    pub observe: bool,
    /// How long a runner may take to build its model.
    pub ready_within: Duration,
    /// Who says how many threads carry units.
    pub class: Class,
    /// For how long cells are warmed up and measured.
    pub sampling: Sampling,
    due: Due,
    servers: HashMap<Backend, Server>,
    target: Option<Target>,
    deadline: Deadline,
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
    cell: ResolvedCell,
    runner: Option<Runner>,
    orders: u64,
    seats: Seats,
    class: Class,
    served: bool,
    warm_up: Option<WarmUp>,
    /// The files of its orders: removed when its runner is gone.
    store: Option<Store>,
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
            observe: false,
            ready_within: Terms::default().ready_within,
            class: Class::default(),
            sampling: Sampling::default(),
            due: Due::default(),
            servers: HashMap::new(),
            target: None,
            deadline: Deadline::default(),
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

    /// From `spent` on, where that is given, and [`GRACE`], no child process is waited
    /// for: the run's budget is spent then.
    pub fn end_by(&mut self, spent: Option<Instant>) {
        self.deadline = Deadline::at(spent);
    }

    /// Whether the run's budget is spent.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deadline.is_past()
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
            let server = Server::start(&self.program, backend, cpu, self.deadline)?;
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
    /// Parameters that do nothing here or that no run could have, or a limit of this
    /// machine.
    pub fn check(&self, cell: &ResolvedCell) -> Result<()> {
        let shared = cell.shared();
        for idle in self.idle(cell) {
            if idle.refused || cell.set.contains_key(idle.key) {
                return Err(Error::Usage(format!(
                    "{}: {} changes nothing here: {}; leave it out",
                    cell.id(),
                    idle.key,
                    idle.why
                )));
            }
        }
        if shared.load > 0.0 && shared.rate == 0.0 {
            return Err(Error::Usage(format!(
                "{}: load = {} is a part of what `bakeoff run` measures first: give a rate here, as in --set rate=4000",
                cell.id(),
                shared.load
            )));
        }
        if let (Some(served), None) = (cell.served(), &self.target) {
            if !cfg!(feature = "server") {
                return Err(Error::Usage(
                    "this build has no mock server: build with feature 'server', or point --target at one".into(),
                ));
            }
            let held = u64::from(served.profile(SEED).hold);
            let in_flight = cell.in_flight() as u64;
            let reach = served.cap().map_or(in_flight, |cap| cap.min(in_flight));
            if held > 0 && (held > reach || !cell.orders().is_multiple_of(held)) {
                return Err(Error::Usage(format!(
                    "{}: hold = {held} is not a divisor of its {} orders that {reach} in flight can reach: requests would wait forever",
                    cell.id(),
                    cell.orders()
                )));
            }
            let most = hosts(served.backend());
            if served.hosts() > most {
                return Err(Error::Usage(format!(
                    "{}: hosts = {} is not a whole number from 1 to {most}, as many as this mock server stands for",
                    cell.scenario.id(),
                    served.hosts()
                )));
            }
        }
        if let Some(stored) = cell.plan().stored() {
            Store::require_room(stored, &cell.id())?;
        }
        require_descriptors(cell)?;
        self.require_threads(cell)
    }

    /// Refuses a concurrency for which there can be no threads here: met later, it
    /// ends the runner inside the standard library.
    fn require_threads(&self, cell: &ResolvedCell) -> Result<()> {
        let setup = Setup {
            concurrency: cell.shared().concurrency,
            workers: self.cpus.len(),
            class: self.class,
            ..Setup::default()
        };
        let Some(_) = cell.peer else {
            return registry::require(&cell.model, &setup, &cell.id());
        };
        let threads = match cell.model.shape {
            Shape::PerUnit => setup.concurrency as u64,
            Shape::Multiplexed | Shape::Bounded => 0,
        };
        let why = format!("{} with {} orders in flight", cell.id(), setup.concurrency);
        host::require_threads(threads, threads, &why)
    }

    /// The parameters that a scenario has and that change nothing here.
    fn idle(&self, cell: &ResolvedCell) -> Vec<IdleKey> {
        let mut keys = cell.plan().idle_keys(self.target.is_some());
        keys.retain(|idle| cell.scenario.params.table.contains_key(idle.key));
        keys
    }

    /// What a reader must know of parameters that a target does not heed: a line
    /// for each that the scenario has.
    #[must_use]
    pub fn unheeded(&self, cell: &ResolvedCell) -> Vec<String> {
        let value = |key: &str| match &cell.scenario.params.table[key] {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let line = |idle: IdleKey| {
            let (id, key) = (cell.scenario.id(), idle.key);
            format!(
                "{id}: its {key} = {} changes nothing here: {}",
                value(key),
                idle.why
            )
        };
        self.idle(cell).into_iter().map(line).collect()
    }

    /// Starts a fresh runner and prepares the cell in it.
    ///
    /// # Errors
    /// What [`Lab::check`] refuses, or what the runner says against the cell.
    pub fn open(&mut self, cell: &ResolvedCell) -> Result<OpenCell> {
        let Some(model) = cell.peer else {
            return self.open_with(Command::new(&self.program), cell);
        };
        let peer = model.peer;
        let terms = Terms {
            name: format!("peer {}", peer.name),
            foreign: true,
            ..self.terms()
        };
        let opened = self.start(peer.start(), cell, &terms);
        opened.map_err(|error| match error {
            // Asked only now, because it takes a process.
            Error::Failed(line) if peer.installed().is_none() => Error::Failed(format!(
                "peer {} is not installed: {} installs it ({line})",
                peer.name, peer.setup
            )),
            other => other,
        })
    }

    fn terms(&self) -> Terms {
        Terms {
            ready_within: self.ready_within,
            deadline: self.deadline,
            ..Terms::default()
        }
    }

    /// As [`Lab::open`], with a runner of another build: started by `program`,
    /// but served and judged as all others.
    ///
    /// # Errors
    /// As [`Lab::open`].
    pub fn open_with(&mut self, program: Command, cell: &ResolvedCell) -> Result<OpenCell> {
        self.start(program, cell, &self.terms())
    }

    fn start(&mut self, program: Command, cell: &ResolvedCell, terms: &Terms) -> Result<OpenCell> {
        self.check(cell)?;
        let mut hosts = Vec::new();
        if let Some(served) = cell.served() {
            hosts = match &self.target {
                Some(target) => target.addresses.clone(),
                None => self.server(served.backend())?.mock.hosts().to_vec(),
            };
        }
        let target = self.target.as_ref().filter(|_| cell.served().is_some());
        let served = cell.served().is_some() && self.target.is_none();
        let seats = self.placement.divide(&self.cpus, served);
        let store = cell.plan().stored().map(Store::new).transpose()?;
        let prepare = Prepare {
            protocol: VERSION,
            workload: cell.scenario.workload.clone(),
            scenario: cell.scenario.name.clone(),
            model: cell.model.name.into(),
            client: cell.client.clone(),
            params: json_params(cell),
            workers: seats.workers(),
            class: self.class,
            cpus: seats.runner.clone(),
            hosts,
            target_path: target.map(|target| target.path.clone()),
            target_host: target.map(|target| target.host.clone()),
            directory: store.as_ref().map(|store| store.path().to_owned()),
            trace: self.trace,
        };
        let runner = Runner::start(program, &prepare, terms)?;
        if let Some(own) = runner.ready().ns_per_iteration {
            self.ns_per_iteration = self.ns_per_iteration.min(own);
        }
        Ok(OpenCell {
            cell: cell.clone(),
            orders: cell.orders(),
            runner: Some(runner),
            seats,
            class: self.class,
            served,
            warm_up: None,
            store,
        })
    }
}

impl Server {
    /// Starts one on a CPU of its own where one is given; where that is refused,
    /// on any.
    fn start(
        program: &Path,
        backend: Backend,
        cpu: Option<usize>,
        deadline: Deadline,
    ) -> Result<Self> {
        let start = |cpu| Mock::start(program, backend, hosts(backend), cpu, deadline);
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

fn json_params(cell: &ResolvedCell) -> BTreeMap<String, serde_json::Value> {
    let json = |value: &toml::Value| serde_json::to_value(value).unwrap_or_default();
    let table = &cell.scenario.params.table;
    table
        .iter()
        .map(|(key, value)| match key.as_str() {
            // A word in its place is the harness's business.
            "orders" => (key.clone(), cell.shared().orders.into()),
            _ => (key.clone(), json(value)),
        })
        .collect()
}

/// Refuses a concurrency that this process could not open enough descriptors
/// for: known now, it is a line; met later, it is a mess.
fn require_descriptors(cell: &ResolvedCell) -> Result<()> {
    let (shared, plan) = (cell.shared(), cell.plan());
    let units = shared.concurrency as u64;
    let stations = plan.stations().len() as u64 + shared.flow().turns as u64;
    let processes = cell.model.name.starts_with("processes");
    // A worker inherits both ends of each pipe, and opens three anew.
    let own = if processes {
        2 * units + 5 * stations
    } else {
        units * plan.descriptors_per_unit()
    };
    host::require_descriptors(
        own + 64,
        &format!("{} with {units} orders in flight", cell.id()),
    )
}

impl Lab {
    /// The row of a cell that could not even be opened.
    #[must_use]
    pub fn refused(
        &self,
        cell: &ResolvedCell,
        error: &Error,
        seed: u64,
        round: u32,
        position: u32,
    ) -> Row {
        Row {
            error: Some(error.to_string()),
            ..self.blank(cell, seed, round, position)
        }
    }

    /// A row with all that is asked of this cell, and nothing measured.
    #[must_use]
    pub fn asked(&self, cell: &ResolvedCell) -> Row {
        self.blank(cell, 0, 0, 0)
    }

    fn blank(&self, cell: &ResolvedCell, seed: u64, round: u32, position: u32) -> Row {
        let shared = cell.shared();
        Row {
            schema: SCHEMA,
            run: self.run.clone(),
            cell: cell.id(),
            workload: cell.scenario.workload.clone(),
            scenario: cell.scenario.name.clone(),
            scenario_version: cell.scenario.version,
            model: cell.model.name.into(),
            client: cell.client.clone(),
            peer: cell.peer.map(PeerModel::on_row),
            class: self.class.into(),
            target: self.target.as_ref().map(|target| target.url.clone()),
            round,
            position,
            seed,
            orders: cell.orders(),
            concurrency: shared.concurrency as u64,
            set: cell.set.clone(),
            offered_per_s: shared.arrivals.open().then_some(shared.rate),
            allowed_per_s: (shared.arrivals == Arrivals::Shared).then_some(shared.rate),
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
