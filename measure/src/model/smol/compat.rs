//! `smol-compat`: tokio's sockets and timers on smol's executor, inside async-compat.

use std::future::Future;
use std::io;
use std::sync::Arc;

use async_compat::Compat;

use super::pool::Pool;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::tokio::TokioKit;
use crate::model::tokio::units::{Gates, unit};
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Long-lived tasks on smol that are written for tokio.
pub struct SmolCompat {
    pool: Pool,
    kit: TokioKit,
}

impl Model for SmolCompat {
    const META: Meta = Meta {
        name: "smol-compat",
        shape: Shape::Multiplexed,
        crates: &["async-compat", "tokio", "smol", "async-executor"],
        about: "long-lived tasks written for tokio, each in async-compat's Compat, on an Executor of smol's",
        note: "a thread with a tokio of its own waits for all sockets and timers, and each of them wakes a worker from there",
        source: Source {
            path: file!(),
            text: include_str!("compat.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        // smol's, and the thread that async-compat starts.
        threads: |setup| 1 + Pool::threads(setup),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(SmolCompat {
            pool: Pool::new(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

impl DriveSend for SmolCompat {
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
        let (batch, kit, spawner) = (Arc::clone(batch), self.kit, self.pool.spawner);
        let pacer = self.pool.run(async move {
            kit.reset();
            let gates = Arc::new(Gates::new(batch.units()));
            let units: Vec<_> = (0..batch.units())
                .map(|_| spawner.spawn(Compat::new(unit(&batch, kit, &gates, &open, &order))))
                .collect();
            gates.gate.wait().await;
            batch.open_gate_to(batch.units());
            let feed = kit.feed(batch.units());
            let pacer = Pacer::start(&batch, move |_| feed.put());
            gates.gate.wait().await;
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
