//! `smol-per-order`: a task for each order.

use std::future::Future;
use std::io;
use std::sync::Arc;

use smol::channel;

use super::SmolKit;
use super::pool::Pool;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// A new task for each order on smol.
pub struct SmolPerOrder {
    pool: Pool,
    kit: SmolKit,
}

impl Model for SmolPerOrder {
    const META: Meta = Meta {
        name: "smol-per-order",
        shape: Shape::Multiplexed,
        crates: &["smol", "async-executor", "async-io"],
        about: "a new smol task for each order, borrowing a session from a channel",
        note: "pays a spawn per order and a trip through the channel that holds the sessions",
        source: Source {
            path: file!(),
            text: include_str!("per_order.rs"),
        },
        share: Share::Whole,
        per_order: true,
        fresh_sessions: false,
        fed: false,
        threads: Pool::threads,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(SmolPerOrder {
            pool: Pool::new(setup)?,
            kit: SmolKit::new(setup),
        })
    }
}

impl DriveSend for SmolPerOrder {
    type Kit = SmolKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send + 'static,
        O: Fn(SmolKit) -> OF + Clone + Send + Sync + 'static,
        OF: Future<Output = io::Result<T>> + Send + 'static,
        F: Fn(SmolKit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
    {
        let (batch, kit, spawner) = (Arc::clone(batch), self.kit, self.pool.spawner);
        let pacer = self.pool.run(async move {
            kit.reset_turns();
            // A free session is also the leave to start.
            let (put_back, free) = channel::bounded(batch.units());
            let mut opened = 0;
            for _ in 0..batch.units() {
                if let Some(session) = batch.opened(open(kit).await) {
                    let _ = put_back.try_send(session);
                    opened += 1;
                }
            }
            let (feed, arrived) = channel::unbounded();
            batch.open_gate();
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.try_send(index);
            });
            loop {
                let next = match batch.paced() {
                    true => arrived.recv().await.ok(),
                    false => batch.claim(),
                };
                let Some(index) = next else { break };
                let Ok(session) = free.recv().await else {
                    break;
                };
                let (batch, order, put_back) =
                    (Arc::clone(&batch), order.clone(), put_back.clone());
                let serve = async move {
                    let session = batch.serve(kit, index, session, &order).await;
                    // The session is the last thing that the root waits for.
                    drop(batch);
                    // As many places as sessions: there is always one free.
                    let _ = put_back.try_send(session);
                };
                spawner.spawn(serve).detach();
            }
            // When every session is back, every task is done.
            let mut sessions = Vec::with_capacity(opened);
            while sessions.len() < opened {
                let Ok(session) = free.recv().await else {
                    break;
                };
                sessions.push(session);
            }
            batch.close(Usage::default());
            drop(sessions);
            pacer
        });
        pacer?.finish();
        Ok(())
    }
}
