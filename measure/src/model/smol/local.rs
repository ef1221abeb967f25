//! `smol-local`: long-lived tasks on executors that never let one move.

use std::future::Future;
use std::io;
use std::sync::Arc;

use smol::LocalExecutor;

use super::SmolKit;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::kit::Setup;
use crate::model::local::{Workers, drive};
use crate::model::{DriveLocal, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Long-lived tasks on one of smol's `LocalExecutor`s on each worker.
pub struct SmolLocal {
    workers: Workers<LocalExecutor<'static>>,
    kit: SmolKit,
}

impl Model for SmolLocal {
    const META: Meta = Meta {
        name: "smol-local",
        shape: Shape::Multiplexed,
        crates: &["smol", "async-executor", "async-io"],
        about: "long-lived tasks that never move, on a LocalExecutor for each worker",
        note: "its workers share async-io's one reactor, and its thread drives it while all are busy; a worker out of tasks takes none from another",
        source: Source {
            path: file!(),
            text: include_str!("local.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 2 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(SmolLocal {
            workers: Workers::start(setup.workers_or_cpus(), "smol", || Ok(LocalExecutor::new()))?,
            kit: SmolKit::new(setup),
        })
    }
}

impl DriveLocal for SmolLocal {
    type Kit = SmolKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: 'static,
        O: Fn(SmolKit) -> OF + Clone + Send + 'static,
        OF: Future<Output = io::Result<T>> + 'static,
        F: Fn(SmolKit, T, W::Spec) -> FF + Clone + Send + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + 'static,
    {
        let kit = self.kit;
        kit.reset_turns();
        drive(&self.workers, batch, move |executor, line, units| {
            let units: Vec<_> = (0..units)
                .map(|_| executor.spawn(line.unit(kit, &open, &order)))
                .collect();
            // Each thread also drives the reactor when it has nothing to run.
            smol::block_on(executor.run(async {
                let mut sessions = Vec::with_capacity(units.len());
                for unit in units {
                    sessions.push(unit.await);
                }
            }));
        })
    }
}
