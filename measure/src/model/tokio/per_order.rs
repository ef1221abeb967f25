//! `tokio-mt-per-order`: a task for each order.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::TokioKit;
use super::mt::{run_on_a_worker, runtime};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// A new task for each order on the multi-threaded runtime.
pub struct TokioMtPerOrder {
    runtime: Runtime,
    kit: TokioKit,
}

impl Model for TokioMtPerOrder {
    const META: Meta = Meta {
        name: "tokio-mt-per-order",
        shape: Shape::Multiplexed,
        crates: &["tokio"],
        about: "a new tokio task for each order, the next spawned as one is joined",
        note: "pays a spawn and a join per order; how most services are written",
        source: Source {
            path: file!(),
            text: include_str!("per_order.rs"),
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
        Ok(TokioMtPerOrder {
            runtime: runtime(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

impl DriveSend for TokioMtPerOrder {
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
            let mut free = Vec::with_capacity(batch.units());
            for _ in 0..batch.units() {
                free.extend(batch.opened(open(kit).await));
            }
            let (feed, mut arrived) = mpsc::unbounded_channel();
            batch.open_gate();
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.send(index);
            });
            let mut running = JoinSet::new();
            loop {
                let next = match batch.paced() {
                    true => arrived.recv().await,
                    false => batch.claim(),
                };
                let Some(index) = next else { break };
                // A task's output is its session, which the next one borrows.
                let session = match free.pop() {
                    Some(session) => session,
                    None => match running.join_next().await {
                        Some(Ok(session)) => session,
                        _ => break,
                    },
                };
                let (batch, order) = (Arc::clone(&batch), order.clone());
                running.spawn(async move { batch.serve(kit, index, session, &order).await });
            }
            free.extend(running.join_all().await);
            batch.close(Usage::default());
            drop(free);
            pacer
        })
    }
}
