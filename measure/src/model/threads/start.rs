//! Threads of a batch, started until the system refuses one.

use std::io;
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crate::base::error::Error;
use crate::engine::batch::Batch;
use crate::workload::Workload;

/// Starts a thread for each of `each`. Where the system refuses one, the batch has failed, no
/// other is started, and the error is beside those that run.
pub(crate) fn started<'scope, 'env, W, T, F>(
    scope: &'scope Scope<'scope, 'env>,
    batch: &Batch<W>,
    each: impl Iterator<Item = F>,
) -> (Vec<ScopedJoinHandle<'scope, T>>, Option<Error>)
where
    W: Workload,
    T: Send + 'scope,
    F: FnOnce() -> T + Send + 'scope,
{
    let mut threads = Vec::with_capacity(batch.units());
    for thread in each {
        match Builder::new().spawn_scoped(scope, thread) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                let error = refused(&error, threads.len());
                batch.fail(|| error.to_string());
                return (threads, Some(error));
            }
        }
    }
    (threads, None)
}

/// The line for a thread that the system refused.
pub(crate) fn refused(error: &io::Error, running: usize) -> Error {
    Error::Failed(format!(
        "the system refused thread number {}: {error}; lower the concurrency, or raise `ulimit -u` and vm.max_map_count",
        running + 1
    ))
}
