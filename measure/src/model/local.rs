//! Threads that each have an executor of their own: what models share whose tasks
//! never move from the thread that they began on.

#[cfg(any(feature = "smol", all(feature = "completion", target_os = "linux")))]
mod units;

#[cfg(any(feature = "smol", all(feature = "completion", target_os = "linux")))]
pub(super) use units::drive;

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use crate::base::error::{Error, Result};

/// What a thread does for one batch.
type Job<X> = Box<dyn FnOnce(&mut X) + Send>;

/// Threads with an executor each, until they are dropped.
pub(super) struct Workers<X> {
    threads: Vec<Worker<X>>,
}

struct Worker<X> {
    /// Closed when it is dropped, and then the thread ends.
    jobs: Option<Sender<Job<X>>>,
    thread: Option<JoinHandle<()>>,
}

impl<X: 'static> Workers<X> {
    /// Starts `count` threads named after `library`, each of which builds its executor
    /// and keeps it.
    ///
    /// # Errors
    /// A thread that the system refuses, or what an executor meets.
    pub(super) fn start<B>(count: usize, library: &str, build: B) -> Result<Self>
    where
        B: Fn() -> io::Result<X> + Clone + Send + 'static,
    {
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let (built, building) = channel();
            let (jobs, orders) = channel::<Job<X>>();
            let build = build.clone();
            let run = move || {
                let mut executor = match build() {
                    Ok(executor) => executor,
                    Err(error) => {
                        let _ = built.send(Err(error));
                        return;
                    }
                };
                let _ = built.send(Ok(()));
                for job in orders {
                    job(&mut executor);
                }
            };
            let thread = Builder::new()
                .name(format!("{library}-{number}"))
                .spawn(run)
                .and_then(|thread| {
                    // A thread that panics while it builds sends nothing.
                    let built = building.recv().map_err(io::Error::other)?;
                    built.map(|()| thread)
                })
                .map_err(|error| {
                    Error::Failed(format!(
                        "{library} could not start thread {number} of {count}: {error}"
                    ))
                })?;
            threads.push(Worker {
                jobs: Some(jobs),
                thread: Some(thread),
            });
        }
        Ok(Workers { threads })
    }

    /// Gives each thread its part of `units`, as even as can be, and begins `job` on it
    /// with that many.
    pub(super) fn begin<J>(&self, units: usize, job: &J) -> Running
    where
        J: Fn(&mut X, usize) + Clone + Send + 'static,
    {
        let (done, ended) = channel();
        for (number, worker) in self.threads.iter().enumerate() {
            let own = units / self.threads.len() + usize::from(number < units % self.threads.len());
            let (job, done) = (job.clone(), done.clone());
            let job = move |executor: &mut X| {
                job(executor, own);
                // What the job holds is gone before anybody is told.
                drop(job);
                drop(done);
            };
            if let Some(jobs) = &worker.jobs {
                // A thread that has panicked takes none, and its end shows in the batch.
                let _ = jobs.send(Box::new(job));
            }
        }
        Running(ended)
    }
}

impl<X> Drop for Workers<X> {
    fn drop(&mut self) {
        for worker in &mut self.threads {
            worker.jobs.take();
        }
        for worker in &mut self.threads {
            if let Some(thread) = worker.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

/// Jobs that have begun.
pub(super) struct Running(Receiver<()>);

impl Running {
    /// Waits until all are done.
    pub(super) fn finish(self) {
        // Nothing is ever sent: it fails when the last sender is gone.
        let _ = self.0.recv();
    }
}
