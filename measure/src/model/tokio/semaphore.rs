//! `tokio-mt-semaphore`: all orders are spawned at once, and a semaphore says how many of
//! them go on.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::TokioKit;
use super::mt::{run_on_a_worker, runtime};
use super::sessions::{Sessions, opened};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// A task for each order from the start, bounded by a semaphore.
pub struct TokioMtSemaphore {
    runtime: Runtime,
    kit: TokioKit,
}

impl Model for TokioMtSemaphore {
    const META: Meta = Meta {
        name: "tokio-mt-semaphore",
        shape: Shape::Multiplexed,
        crates: &["tokio"],
        about: "a tokio task for each order, all spawned at once, each of which waits for a semaphore's leave",
        note: "memory grows with all orders and not with those in flight: a misuse where they are many",
        source: Source {
            path: file!(),
            text: include_str!("semaphore.rs"),
        },
        share: Share::Whole,
        per_order: true,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(TokioMtSemaphore {
            runtime: runtime(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

/// What all tasks share: one reference count for each of them.
struct Shared<W: Workload, T, F> {
    batch: Arc<Batch<W>>,
    kit: TokioKit,
    sessions: Sessions<T>,
    order: F,
}

impl DriveSend for TokioMtSemaphore {
    type Kit = TokioKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send + 'static,
        O: Fn(TokioKit) -> OF + Clone + Send + Sync + 'static,
        OF: Future<Output = io::Result<T>> + Send + 'static,
        F: Fn(TokioKit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
    {
        let (batch, kit) = (Arc::clone(batch), self.kit);
        run_on_a_worker(&self.runtime, async move {
            kit.reset();
            let sessions = opened(&batch, kit, &open).await;
            let shared = Arc::new(Shared {
                sessions: Sessions::new(sessions, batch.units()),
                batch: Arc::clone(&batch),
                kit,
                order,
            });
            let (feed, mut arrived) = mpsc::unbounded_channel();
            batch.open_gate();
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.send(index);
            });
            let mut tasks = Vec::with_capacity(batch.orders() as usize);
            for _ in 0..batch.orders() {
                // Those that come from outside are spawned as they come.
                if batch.paced() && arrived.recv().await.is_none() {
                    break;
                }
                let shared = Arc::clone(&shared);
                tasks.push(tokio::spawn(async move {
                    let Shared {
                        batch,
                        kit,
                        sessions,
                        order,
                    } = &*shared;
                    sessions.serve_next(batch, *kit, order).await;
                }));
            }
            // A task that panicked has served nothing, which the batch tells.
            for task in tasks {
                let _ = task.await;
            }
            batch.close(Usage::default());
            drop(shared);
            pacer
        })
    }
}
