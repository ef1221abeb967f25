//! `tokio-local`: a runtime on each worker whose tasks never move.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, LocalOptions, LocalRuntime, Runtime};
use tokio::task::JoinSet;

use super::TokioKit;
use super::units::{Gates, unit};
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::local::Workers;
use crate::model::{DriveLocal, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// A `LocalRuntime` on each worker.
pub struct TokioLocal {
    workers: Workers<LocalRuntime>,
    kit: TokioKit,
    /// What the driver waits in, on the runner's own thread: no order runs here.
    waiting: Runtime,
}

impl Model for TokioLocal {
    const META: Meta = Meta {
        name: "tokio-local",
        shape: Shape::Multiplexed,
        crates: &["tokio"],
        about: "a JoinSet of long-lived tasks that never move, on a LocalRuntime for each worker",
        note: "a worker out of tasks takes none from another; timers tick in whole milliseconds",
        source: Source {
            path: file!(),
            text: include_str!("local.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        let waiting = Builder::new_current_thread().build();
        let waiting =
            waiting.map_err(|error| Error::Failed(format!("tokio could not start: {error}")))?;
        Ok(TokioLocal {
            workers: Workers::start(setup.workers_or_cpus(), "tokio", || {
                Builder::new_current_thread()
                    .enable_all()
                    .build_local(LocalOptions::default())
            })?,
            kit: TokioKit::new(setup),
            waiting,
        })
    }
}

impl DriveLocal for TokioLocal {
    type Kit = TokioKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: 'static,
        O: Fn(TokioKit) -> OF + Clone + Send + 'static,
        OF: Future<Output = io::Result<T>> + 'static,
        F: Fn(TokioKit, T, W::Spec) -> FF + Clone + Send + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + 'static,
    {
        let kit = self.kit;
        kit.reset();
        let gates = Arc::new(Gates::new(batch.units()));
        let running = self.workers.begin(batch.units(), &{
            let (batch, gates) = (Arc::clone(batch), Arc::clone(&gates));
            move |runtime: &mut LocalRuntime, units| {
                runtime.block_on(async {
                    let mut tasks = JoinSet::new();
                    for _ in 0..units {
                        tasks.spawn_local(unit(&batch, kit, &gates, &open, &order));
                    }
                    drop(tasks.join_all().await);
                });
            }
        });
        let pacer = self.waiting.block_on(async {
            gates.gate.wait().await;
            batch.open_gate_to(batch.units());
            let feed = kit.feed(batch.units());
            let pacer = Pacer::start(batch, move |_| feed.put());
            gates.gate.wait().await;
            pacer
        });
        // The last unit closes the batch, and only then does any of them end: their
        // sessions stay open until here, off the clock.
        running.finish();
        pacer?.finish();
        Ok(())
    }
}
