//! The threads that run smol's tasks. Its global executor, which `smol::spawn`
//! uses, has a single thread unless an environment variable says otherwise; its
//! documentation advises an executor of one's own beyond small programs.

use std::future::Future;
use std::thread::{Builder, JoinHandle};

use smol::channel::{Sender, unbounded};
use smol::{Executor, Task};

use crate::base::error::{Error, Result};
use crate::kit::Setup;

/// Threads of the global executor as smol ships it.
const SHIPPED_THREADS: usize = 1;

/// Where tasks are spawned.
#[derive(Clone, Copy)]
pub(super) enum Spawner {
    /// An executor of our own.
    Own(&'static Executor<'static>),
    /// smol's, whose threads it starts itself and never ends.
    Global,
}

impl Spawner {
    pub(super) fn spawn<T: Send + 'static>(
        self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        match self {
            Spawner::Own(executor) => executor.spawn(future),
            Spawner::Global => smol::spawn(future),
        }
    }
}

/// An executor and the threads that run it, until it is dropped.
pub(super) struct Pool {
    pub(super) spawner: Spawner,
    stop: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Exactly as many threads as are asked for, or the global executor.
    pub(super) fn new(setup: &Setup) -> Result<Self> {
        match setup.told_workers() {
            Some(workers) => Pool::own(workers),
            None => Ok(Pool {
                spawner: Spawner::Global,
                stop: None,
                threads: Vec::new(),
            }),
        }
    }

    /// All threads of the process with such a pool: its own one, async-io's,
    /// which drives the reactor while all others are busy, and the workers.
    pub(super) fn threads(setup: &Setup) -> usize {
        2 + setup.told_workers().unwrap_or(SHIPPED_THREADS)
    }

    /// Starts the threads. Each also drives the reactor when it has nothing
    /// to run, as `smol::block_on` does.
    fn own(workers: usize) -> Result<Self> {
        // The process serves one cell: the executor lives as long as it.
        let executor: &'static Executor<'static> = Box::leak(Box::default());
        let (stop, stopped) = unbounded::<()>();
        let mut threads = Vec::with_capacity(workers);
        for number in 0..workers {
            let stopped = stopped.clone();
            let run = move || {
                // Ends with an error, as it should, when the sender is dropped.
                let _ = smol::block_on(executor.run(stopped.recv()));
            };
            let thread = Builder::new().name(format!("smol-{number}")).spawn(run);
            threads.push(thread.map_err(|error| {
                Error::Failed(format!("smol could not start {workers} threads: {error}"))
            })?);
        }
        Ok(Pool {
            spawner: Spawner::Own(executor),
            stop: Some(stop),
            threads,
        })
    }

    /// Runs a root task on the pool's threads; the caller only waits, and does
    /// not drive the reactor, or there would be one worker more than declared.
    pub(super) fn run<T: Send + 'static>(
        &self,
        root: impl Future<Output = T> + Send + 'static,
    ) -> T {
        smol::future::block_on(self.spawner.spawn(root))
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.stop.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
