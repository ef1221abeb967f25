//! `tokio-mt-futures-unordered`: a set of futures in one task, to which the next order is
//! added as one is done.

use std::future::Future;
use std::io;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::TokioKit;
use super::mt::{run_on_a_worker, runtime};
use super::sessions::opened;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// `FuturesUnordered` in one task, kept filled.
pub struct TokioMtFuturesUnordered {
    runtime: Runtime,
    kit: TokioKit,
}

impl Model for TokioMtFuturesUnordered {
    const META: Meta = Meta {
        name: "tokio-mt-futures-unordered",
        shape: Shape::Multiplexed,
        crates: &["tokio", "futures-util"],
        about: "a FuturesUnordered in one tokio task, to which the next order is added as one is done",
        note: "one task is on one thread at a time, however many there are: a misuse for arithmetic",
        source: Source {
            path: file!(),
            text: include_str!("unordered.rs"),
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
        Ok(TokioMtFuturesUnordered {
            runtime: runtime(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

impl DriveSend for TokioMtFuturesUnordered {
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
            let mut free = opened(&batch, kit, &open).await;
            let (feed, mut arrived) = mpsc::unbounded_channel();
            batch.open_gate();
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.send(index);
            });
            let mut running = FuturesUnordered::new();
            // Whether there are orders that nobody has taken.
            let mut more = true;
            loop {
                let next = async {
                    match batch.paced() {
                        true => arrived.recv().await,
                        false => batch.claim(),
                    }
                };
                tokio::select! {
                    // First fill, then wait.
                    biased;
                    index = next, if more && !free.is_empty() => match (index, free.pop()) {
                        (Some(index), Some(session)) => {
                            running.push(batch.serve(kit, index, session, &order));
                        }
                        (_, session) => {
                            free.extend(session);
                            more = false;
                        }
                    },
                    // A future's output is its session, which the next one borrows.
                    Some(session) = running.next(), if !running.is_empty() => free.push(session),
                    else => break,
                }
            }
            batch.close(Usage::default());
            drop(free);
            pacer
        })
    }
}
