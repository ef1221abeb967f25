//! `tokio-mt-buffered`: a stream of futures, some of which are under way at a time, in one
//! task.

use std::future::Future;
use std::io;
use std::iter;
use std::sync::{Arc, Mutex};

use futures_util::stream::{self, StreamExt as _};
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

/// `buffer_unordered` in one task.
pub struct TokioMtBuffered {
    runtime: Runtime,
    kit: TokioKit,
}

impl Model for TokioMtBuffered {
    const META: Meta = Meta {
        name: "tokio-mt-buffered",
        shape: Shape::Multiplexed,
        crates: &["tokio", "futures-util"],
        about: "futures' StreamExt::buffer_unordered over a stream of orders, in one tokio task",
        note: "one task is on one thread at a time, however many there are: a misuse for arithmetic",
        source: Source {
            path: file!(),
            text: include_str!("buffered.rs"),
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
        Ok(TokioMtBuffered {
            runtime: runtime(setup)?,
            kit: TokioKit::new(setup),
        })
    }
}

impl DriveSend for TokioMtBuffered {
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
            // The stream takes a session for each order, and who reads its results puts it
            // back: both in this task, so that the mutex is never contended.
            let free = &Mutex::new(opened(&batch, kit, &open).await);
            let (feed, mut arrived) = mpsc::unbounded_channel();
            batch.open_gate();
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.send(index);
            });
            let indices = match batch.paced() {
                true => stream::poll_fn(|context| arrived.poll_recv(context)).left_stream(),
                false => stream::iter(iter::from_fn(|| batch.claim())).right_stream(),
            };
            let (batch, order) = (&batch, &order);
            let mut served = indices
                .map(|index| {
                    let session = free.lock().expect("nothing panics in the pool").pop();
                    // There is one for each order that may be under way.
                    async move { Some(batch.serve(kit, index, session?, order).await) }
                })
                .buffer_unordered(batch.units());
            while let Some(session) = served.next().await {
                free.lock()
                    .expect("nothing panics in the pool")
                    .extend(session);
            }
            batch.close(Usage::default());
            pacer
        })
    }
}
