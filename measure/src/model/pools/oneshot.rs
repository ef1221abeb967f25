//! `rayon-oneshot`: async functions that hand their work to rayon, and wait for it at a
//! one-shot channel.

use std::io;
use std::sync::Arc;

use futures_util::future::join_all;
use rayon::Scope;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, oneshot};

use super::rayon::{Borrowed, Home, Pool, cores};
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::threads::ThreadKit;
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, one_process};
use crate::workload::Workload;

/// Async waiters before rayon's pool.
pub struct RayonOneshot {
    pool: Pool,
    /// Without timers and sockets: nothing but the pool is waited for.
    runtime: Runtime,
}

impl Model for RayonOneshot {
    const META: Meta = Meta {
        name: "rayon-oneshot",
        shape: Shape::Bounded,
        crates: &["rayon", "rayon-core", "tokio", "futures-util"],
        about: "async functions that spawn an order on a rayon pool of one thread per CPU, and await tokio's oneshot channel for it",
        note: "how tokio's users do arithmetic, for which it is made; what waits in rayon's pool keeps its thread",
        source: Source {
            path: file!(),
            text: include_str!("oneshot.rs"),
        },
        share: Share::ByInFlight,
        per_order: false,
        fresh_sessions: false,
        fed: true,
        threads: |setup| 1 + cores(setup),
        processes: one_process,
        in_flight: cores,
    };

    fn new(setup: &Setup) -> Result<Self> {
        let runtime = Builder::new_current_thread().build();
        Ok(RayonOneshot {
            pool: Pool::per_cpu(setup)?,
            runtime: runtime.map_err(|error| {
                Error::Failed(format!("tokio could not start its runtime: {error}"))
            })?,
        })
    }
}

/// Counts the orders that come from outside. When it is dropped, each waiter is told once
/// more, and finds nothing to claim.
struct Feed {
    arrived: Arc<Semaphore>,
    waiters: usize,
}

impl Feed {
    fn put(&self) {
        self.arrived.add_permits(1);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.arrived.add_permits(self.waiters);
    }
}

/// One waiter: hands an order to the pool, awaits its end, and goes on to the next.
async fn wait<'scope, W: Workload, S: Fn(u64) + Send + Copy + 'scope>(
    batch: &Batch<W>,
    arrived: &Semaphore,
    scope: &Scope<'scope>,
    serve: S,
) {
    loop {
        if batch.paced() {
            let arrival = arrived.acquire().await;
            arrival.expect("arrivals are never closed").forget();
        }
        let Some(index) = batch.claim() else { return };
        let (done, served) = oneshot::channel();
        scope.spawn(move |_| {
            serve(index);
            // The waiter may have been dropped, as a request's may that was given up.
            let _ = done.send(());
        });
        // A job that panicked says nothing; the scope passes its panic on.
        if served.await.is_err() {
            return;
        }
    }
}

impl DriveDirect for RayonOneshot {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        let Pool { pool, kit } = &self.pool;
        kit.reset_turns();
        let sessions: Vec<Home<T>> = pool.broadcast(|_| Home::new(batch.opened(open(kit))));
        let serve = |index| {
            let mut borrowed = Borrowed::from(&sessions);
            match borrowed.session() {
                Some(session) if !batch.stopped() => {
                    batch.serve_direct(kit, index, session, &order);
                }
                _ => batch.pass_over(kit, index),
            }
        };
        let waiters = batch.units();
        let arrived = Arc::new(Semaphore::new(0));
        batch.open_gate();
        let feed = Feed {
            arrived: Arc::clone(&arrived),
            waiters,
        };
        let pacer = Pacer::start(batch, move |_| feed.put())?;
        // `rayon::spawn`, whose jobs may borrow what lives as long as the batch.
        pool.in_place_scope(|scope| {
            let waiting = (0..waiters).map(|_| wait(batch, &arrived, scope, &serve));
            self.runtime.block_on(join_all(waiting));
            batch.close(Usage::default());
        });
        drop(sessions);
        pacer.finish();
        Ok(())
    }
}
