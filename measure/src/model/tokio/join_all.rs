//! `tokio-mt-join-all`: a future for each order, all of them joined in one task.

use std::future::Future;
use std::io;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::runtime::Runtime;

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

/// `join_all` over all orders in one task, bounded by a semaphore.
pub struct TokioMtJoinAll {
    runtime: Runtime,
    kit: TokioKit,
}

impl Model for TokioMtJoinAll {
    const META: Meta = Meta {
        name: "tokio-mt-join-all",
        shape: Shape::Multiplexed,
        crates: &["tokio", "futures-util"],
        about: "futures' join_all over a future for each order, in one tokio task; join_all knows no bound, so each waits for a semaphore's leave",
        note: "one task is on one thread at a time, however many there are: a misuse for arithmetic; memory grows with all orders",
        source: Source {
            path: file!(),
            text: include_str!("join_all.rs"),
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
        Ok(TokioMtJoinAll {
            runtime: runtime(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

impl DriveSend for TokioMtJoinAll {
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
            let free = opened(&batch, kit, &open).await;
            let sessions = Sessions::new(free, batch.units());
            batch.open_gate();
            // Nothing can be added to what is joined: each future is there beforehand, and
            // waits for its order where that comes from outside.
            let feed = kit.feed(batch.orders() as usize);
            let pacer = Pacer::start(&batch, move |_| feed.put());
            let orders = (0..batch.orders()).map(|_| async {
                if batch.paced() {
                    kit.arrival().await;
                }
                sessions.serve_next(&batch, kit, &order).await;
            });
            join_all(orders).await;
            batch.close(Usage::default());
            drop(sessions);
            pacer
        })
    }
}
