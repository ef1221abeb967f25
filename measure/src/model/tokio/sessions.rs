//! Sessions that orders borrow which have no unit to keep one for them.

use std::future::Future;
use std::io;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Semaphore;

use super::TokioKit;
use crate::engine::batch::Batch;
use crate::workload::Workload;

/// Opens as many sessions as orders may be in flight, before the clock.
pub(super) async fn opened<W, T, O, OF>(batch: &Batch<W>, kit: TokioKit, open: &O) -> Vec<T>
where
    W: Workload,
    O: Fn(TokioKit) -> OF,
    OF: Future<Output = io::Result<T>>,
{
    let mut free = Vec::with_capacity(batch.units());
    for _ in 0..batch.units() {
        free.extend(batch.opened(open(kit).await));
    }
    free
}

/// A pool as those of connections are: a semaphore that says how many may be in flight,
/// and what they borrow behind a mutex, which nobody holds while it waits.
pub(super) struct Sessions<T> {
    leave: Semaphore,
    free: Mutex<Vec<T>>,
}

impl<T> Sessions<T> {
    /// For so many orders in flight.
    pub(super) fn new(free: Vec<T>, in_flight: usize) -> Self {
        Sessions {
            leave: Semaphore::new(in_flight),
            free: Mutex::new(free),
        }
    }

    /// Waits for leave, and serves the next order then. Who waits has no order yet: leave
    /// comes in the order of asking, but tasks do not ask in the order of their making, and
    /// where results are handed on in order, none may start before one that they wait for.
    pub(super) async fn serve_next<W, F, FF>(&self, batch: &Batch<W>, kit: TokioKit, order: &F)
    where
        W: Workload,
        F: Fn(TokioKit, T, W::Spec) -> FF,
        FF: Future<Output = (T, io::Result<u64>)>,
    {
        let leave = self.leave.acquire().await.expect("leave is never closed");
        let Some(index) = batch.claim() else { return };
        let borrowed = self.free().pop();
        // None is left where one that had it panicked, which ends the batch.
        if let Some(session) = borrowed {
            let session = batch.serve(kit, index, session, order).await;
            self.free().push(session);
        }
        drop(leave);
    }

    fn free(&self) -> MutexGuard<'_, Vec<T>> {
        self.free.lock().expect("nothing panics in the pool")
    }
}
