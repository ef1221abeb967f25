//! An executor of our own on exactly N threads: the global one has a single
//! thread unless an environment variable says otherwise.

use std::future::Future;
use std::thread::{Builder, JoinHandle};

use smol::Executor;
use smol::channel::{Sender, unbounded};

use crate::error::{Error, Result};

/// An executor and the threads that run it, until it is dropped.
pub(super) struct Pool {
    pub(super) executor: &'static Executor<'static>,
    stop: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    /// Starts the threads. Each also drives the reactor when it has nothing
    /// to run, as `smol::block_on` does.
    pub(super) fn new(workers: usize) -> Result<Self> {
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
            executor,
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
        smol::future::block_on(self.executor.spawn(root))
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
