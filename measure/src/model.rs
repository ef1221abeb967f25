//! How work is run: one file a model, scheduling written by hand, as the
//! model's own community would write it.

#[cfg(feature = "portable")]
pub mod agnostic;
#[cfg(feature = "async-std")]
pub mod async_std;
#[cfg(all(feature = "completion", target_os = "linux"))]
pub mod compio;
pub mod lacks;
#[cfg(any(
    feature = "tokio",
    feature = "smol",
    feature = "callbacks",
    all(feature = "completion", target_os = "linux")
))]
mod local;
#[cfg(feature = "green")]
pub mod may;
#[cfg(feature = "callbacks")]
pub mod mio;
#[cfg(all(feature = "completion", target_os = "linux"))]
pub mod monoio;
pub mod peer;
#[cfg(any(feature = "rayon", feature = "crossbeam"))]
pub mod pools;
pub mod processes;
pub mod sequential;
#[cfg(feature = "smol")]
pub mod smol;
#[cfg(any(
    feature = "smol",
    feature = "async-std",
    all(feature = "completion", target_os = "linux")
))]
mod stations;
pub mod threads;
#[cfg(feature = "tokio")]
pub mod tokio;

use std::future::Future;
use std::io;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::kit::machine::{LoopKit, Machine};
use crate::kit::{AsyncKit, DirectKit, Setup};
use crate::workload::Workload;

/// What carries an order, and how many carriers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `concurrency` threads or processes, one order each.
    PerUnit,
    /// `workers` threads carry all units.
    Multiplexed,
    /// In flight at most the pool's threads.
    Bounded,
}

/// How much of a scenario's orders a model runs, where the whole would take
/// too long. The metric is per order, the expected answer that of the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// All of them.
    Whole,
    /// As many as the model can serve, at the orders it can have in flight, in
    /// the time in which the scenario's concurrency could serve all; no fewer
    /// than one in eight where orders hardly wait.
    ByInFlight,
    /// One in so many, but at least two rounds of its units: fewer would never
    /// reach the concurrency.
    OneIn(u64),
}

/// A file of this project, for readers to see.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Source {
    /// Its place in the project.
    pub path: &'static str,
    /// What it holds.
    #[serde(skip)]
    pub text: &'static str,
}

/// What a reader must know about a model.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Meta {
    /// Its name in cell ids.
    pub name: &'static str,
    /// What carries an order.
    pub shape: Shape,
    /// Crates that it is built from, whose versions stand in each row.
    pub crates: &'static [&'static str],
    /// How it works, in a sentence.
    pub about: &'static str,
    /// Where it is a misuse; every table shows it.
    pub note: &'static str,
    /// Where its scheduling is written.
    pub source: Source,
    /// How much of a scenario's orders it runs.
    pub share: Share,
    /// Whether each order has a unit of its own, whose creation is measured.
    pub per_order: bool,
    /// Whether each order also opens a session of its own.
    pub fresh_sessions: bool,
    /// Whether one place hands orders to its units, each of which has a thread or a
    /// process of its own: where it does not keep up, fewer are in flight than may
    /// be. Units that claim for themselves, and tasks that share threads, are not fed.
    pub fed: bool,
    /// OS threads that the model may own while its units stand at the gate,
    /// the runner's own thread and worker processes included.
    #[serde(skip)]
    pub threads: fn(&Setup) -> usize,
    /// Processes likewise, the runner included.
    #[serde(skip)]
    pub processes: fn(&Setup) -> usize,
    /// Most orders that it can have in flight.
    #[serde(skip)]
    pub in_flight: fn(&Setup) -> usize,
}

impl Meta {
    /// Makes sure that its threads and processes can be had here; `why` begins the
    /// error's sentence.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::base::error::Error::Usage) naming the limit.
    pub fn require_threads(&self, setup: &Setup, why: &str) -> Result<()> {
        let (mut threads, mut processes) = ((self.threads)(setup), (self.processes)(setup));
        if self.per_order && self.shape == Shape::PerUnit {
            // Its units come and go with their orders, and none stands at the gate.
            let units = (self.in_flight)(setup);
            threads += units;
            if self.name.starts_with("processes") {
                processes += units;
            }
        }
        // Each worker process has a thread, and the rest are the runner's own.
        let own = threads.saturating_sub(processes.saturating_sub(1));
        let why = format!("{why} with {} orders in flight", setup.concurrency);
        crate::host::require_threads(own as u64, threads.max(processes) as u64, &why)
    }
}

/// A model: built once a runner, driven once a sample.
pub trait Model: Sized {
    /// What a reader must know about it.
    const META: Meta;

    /// The variable of the environment that tells its library the number of threads, where
    /// there is no other way: in class `equal` its runner is started with it.
    const THREADS_VARIABLE: Option<&'static str> = None;

    /// Makes sure that what it needs besides threads and processes can be had here;
    /// `why` begins the error's sentence.
    ///
    /// # Errors
    /// [`Error::Usage`](crate::base::error::Error::Usage) naming what cannot.
    fn require(_setup: &Setup, _why: &str) -> Result<()> {
        Ok(())
    }

    /// Builds pools and runtimes; units come with each batch.
    ///
    /// # Errors
    /// Threads or processes that the system refuses.
    fn new(setup: &Setup) -> Result<Self>;
}

/// A model whose units may move between threads: multi-threaded runtimes.
pub trait DriveSend: Model {
    /// Its leaf operations.
    type Kit: AsyncKit;

    /// Serves every order of the batch: `concurrency` units open a session
    /// each, stand at the gate, and claim orders until none is left.
    ///
    /// # Errors
    /// What the model itself cannot do. A failed order is kept by the batch.
    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send + 'static,
        O: Fn(Self::Kit) -> OF + Clone + Send + Sync + 'static,
        OF: Future<Output = io::Result<T>> + Send + 'static,
        F: Fn(Self::Kit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + Send + 'static;
}

/// A model whose units never leave the thread that they began on: an executor on each
/// thread.
pub trait DriveLocal: Model {
    /// Its leaf operations.
    type Kit: AsyncKit;

    /// As [`DriveSend::drive`]. Sessions and futures stay on one thread; what makes
    /// them is handed to each.
    ///
    /// # Errors
    /// As [`DriveSend::drive`].
    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: 'static,
        O: Fn(Self::Kit) -> OF + Clone + Send + 'static,
        OF: Future<Output = io::Result<T>> + 'static,
        F: Fn(Self::Kit, T, W::Spec) -> FF + Clone + Send + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + 'static;
}

/// A model that is an event loop on each thread, which calls orders that are state
/// machines.
pub trait DriveLoop: Model {
    /// Its leaf operations.
    type Kit: LoopKit;

    /// As [`DriveSend::drive`]: `begin` makes an order's machine, which goes on when it is
    /// called.
    ///
    /// # Errors
    /// As [`DriveSend::drive`].
    fn drive<W, M, T, O, B>(&mut self, batch: &Arc<Batch<W>>, open: O, begin: B) -> Result<()>
    where
        W: Workload,
        T: 'static,
        M: Machine<Self::Kit, Session = T> + 'static,
        O: Fn(&mut Self::Kit) -> io::Result<T> + Clone + Send + 'static,
        B: Fn(W::Spec) -> M + Clone + Send + 'static;
}

/// A model whose units block: threads and thread pools.
pub trait DriveDirect: Model {
    /// Its leaf operations.
    type Kit: DirectKit;

    /// As [`DriveSend::drive`].
    ///
    /// # Errors
    /// As [`DriveSend::drive`].
    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&Self::Kit) -> io::Result<T> + Send + Sync,
        F: Fn(&Self::Kit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync;
}

/// A model whose orders cross a pipe to a worker process, which knows the
/// bodies by itself: see [`self::processes::worker`].
pub trait DriveFrames: Model {
    /// As [`DriveSend::drive`]; the bodies run in the workers.
    ///
    /// # Errors
    /// A worker that could not be started or died.
    fn drive<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<()>;

    /// What a worker must be told: set before the first batch.
    ///
    /// # Errors
    /// A worker that could not be started.
    fn brief(&mut self, prepare: &crate::protocol::Prepare) -> Result<()>;

    /// Times at stations that the workers saw, where they were asked to trace.
    fn take_holds(&mut self) -> Vec<crate::workload::Hold>;
}

/// No processes besides the runner.
pub(crate) const fn one_process(_: &Setup) -> usize {
    1
}

/// Every unit of the scenario may be in flight.
pub(crate) const fn all_in_flight(setup: &Setup) -> usize {
    setup.concurrency
}

#[cfg(test)]
mod tests;
