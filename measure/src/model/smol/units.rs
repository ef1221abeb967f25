//! `smol`: long-lived tasks on an executor of its own.

use std::future::Future;
use std::io;
use std::sync::Arc;

use smol::channel;
use smol::lock::Barrier;

use super::SmolKit;
use super::pool::Pool;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Long-lived tasks on smol.
pub struct Smol {
    pool: Pool,
    kit: SmolKit,
}

impl Model for Smol {
    const META: Meta = Meta {
        name: "smol",
        shape: Shape::Multiplexed,
        crates: &["smol", "async-executor", "async-io"],
        about: "long-lived tasks on an Executor of its own, run by one thread per worker",
        note: "beside its workers it keeps one thread, async-io's, to drive the reactor while all are busy",
        source: Source {
            path: file!(),
            text: include_str!("units.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: Pool::threads,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Smol {
            pool: Pool::new(setup)?,
            kit: SmolKit::new(setup),
        })
    }
}

impl DriveSend for Smol {
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
            // Met twice: when every unit stands at the gate, and when it opens.
            let gate = Arc::new(Barrier::new(batch.units() + 1));
            // Where units stand that are through with their orders; its opening, and
            // what they do then, is no order's cost.
            let end = Arc::new(Barrier::new(batch.units()));
            let (feed, arrived) = channel::unbounded();
            let unit = || {
                let (batch, gate) = (Arc::clone(&batch), Arc::clone(&gate));
                let (end, arrived) = (Arc::clone(&end), arrived.clone());
                let (open, order) = (open.clone(), order.clone());
                async move {
                    let mut session = batch.opened(open(kit).await);
                    gate.wait().await;
                    gate.wait().await;
                    while let Some(open) = session.take() {
                        let next = match batch.paced() {
                            true => arrived.recv().await.ok(),
                            false => batch.claim(),
                        };
                        let Some(index) = next else {
                            session = Some(open);
                            break;
                        };
                        session = Some(batch.serve(kit, index, open, &order).await);
                    }
                    batch.through();
                    end.wait().await;
                    session
                }
            };
            let units: Vec<_> = (0..batch.units()).map(|_| spawner.spawn(unit())).collect();
            gate.wait().await;
            batch.open_gate_to(batch.units());
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.try_send(index);
            });
            gate.wait().await;
            // The last unit closes the batch, and only then does any of them end:
            // their sessions stay open until here, off the clock.
            let mut sessions = Vec::with_capacity(units.len());
            for unit in units {
                sessions.push(unit.await);
            }
            drop(sessions);
            pacer
        });
        pacer?.finish();
        Ok(())
    }
}
