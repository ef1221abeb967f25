//! `tokio-mt`: tasks on the multi-threaded, work-stealing runtime.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::{TokioKit, units};
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// The multi-threaded runtime.
pub struct TokioMt {
    runtime: Runtime,
    kit: TokioKit,
}

/// The multi-threaded runtime with a thread per worker, as every
/// multi-threaded tokio model builds it. As it ships it starts one for each CPU
/// that the standard library counts.
pub(in crate::model) fn runtime(setup: &Setup) -> Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if let Some(workers) = setup.told_workers() {
        builder.worker_threads(workers);
    }
    builder.enable_all().build().map_err(|error| {
        let workers = setup.workers_or_cpus();
        Error::Failed(format!("tokio could not start {workers} workers: {error}"))
    })
}

impl Model for TokioMt {
    const META: Meta = Meta {
        name: "tokio-mt",
        shape: Shape::Multiplexed,
        crates: &["tokio"],
        about: "a JoinSet of long-lived tasks on tokio's multi-threaded runtime",
        note: "timers tick in whole milliseconds: short waits come out up to one longer",
        source: Source {
            path: file!(),
            text: include_str!("mt.rs"),
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
        Ok(TokioMt {
            runtime: runtime(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

/// Runs the root on a worker: `block_on` itself would poll it on a thread that
/// is none, and every wake-up of it would cross threads.
pub(super) fn run_on_a_worker<F>(runtime: &Runtime, root: F) -> Result<()>
where
    F: Future<Output = Result<Pacer>> + Send + 'static,
{
    runtime
        .block_on(async { tokio::spawn(root).await })
        .map_err(|error| Error::Failed(format!("tokio's root task did not end: {error}")))??
        .finish();
    Ok(())
}

impl DriveSend for TokioMt {
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
        run_on_a_worker(
            &self.runtime,
            units::serve(Arc::clone(batch), self.kit, open, order),
        )
    }
}
