//! Long-lived tasks that never move, the same for every executor whose locks and
//! channels are those of the smol project, which wake across threads.

use std::future::Future;
use std::io;
use std::sync::Arc;

use async_channel::{Receiver, unbounded};
use async_lock::Barrier;

use super::Workers;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::AsyncKit;
use crate::workload::Workload;

/// What the units of a batch share, on whichever thread they are.
pub(in crate::model) struct Line<W: Workload> {
    batch: Arc<Batch<W>>,
    /// Met twice: when every unit stands at the gate, and when it opens.
    gate: Barrier,
    /// Where units stand that are through with their orders; its opening, and what
    /// they do then, is no order's cost.
    end: Barrier,
    /// Orders that came from outside.
    arrived: Receiver<u64>,
}

impl<W: Workload> Line<W> {
    /// What one unit does, from its session to the end of the batch: its task, which
    /// gives back the session, open.
    pub(in crate::model) fn unit<K, T, O, OF, F, FF>(
        self: &Arc<Self>,
        kit: K,
        open: &O,
        order: &F,
    ) -> impl Future<Output = Option<T>> + use<W, K, T, O, OF, F, FF>
    where
        K: AsyncKit,
        O: Fn(K) -> OF + Clone,
        OF: Future<Output = io::Result<T>>,
        F: Fn(K, T, W::Spec) -> FF + Clone,
        FF: Future<Output = (T, io::Result<u64>)>,
    {
        let (line, open, order) = (Arc::clone(self), open.clone(), order.clone());
        async move {
            let batch = &line.batch;
            let mut session = batch.opened(open(kit).await);
            line.gate.wait().await;
            line.gate.wait().await;
            while let Some(open) = session.take() {
                let next = match batch.paced() {
                    true => line.arrived.recv().await.ok(),
                    false => batch.claim(),
                };
                let Some(index) = next else {
                    session = Some(open);
                    break;
                };
                session = Some(batch.serve(kit, index, open, &order).await);
            }
            batch.through();
            line.end.wait().await;
            session
        }
    }
}

/// Serves the batch: `job` runs that many units of the line on one thread's executor,
/// and ends when they have.
pub(in crate::model) fn drive<X, W, J>(
    workers: &Workers<X>,
    batch: &Arc<Batch<W>>,
    job: J,
) -> Result<()>
where
    X: 'static,
    W: Workload,
    J: Fn(&mut X, &Arc<Line<W>>, usize) + Clone + Send + 'static,
{
    let (feed, arrived) = unbounded();
    let line = Arc::new(Line {
        batch: Arc::clone(batch),
        gate: Barrier::new(batch.units() + 1),
        end: Barrier::new(batch.units()),
        arrived,
    });
    let running = workers.begin(batch.units(), &{
        let line = Arc::clone(&line);
        move |executor: &mut X, units| job(executor, &line, units)
    });
    line.gate.wait_blocking();
    batch.open_gate_to(batch.units());
    let pacer = Pacer::start(batch, move |index| {
        let _ = feed.try_send(index);
    });
    line.gate.wait_blocking();
    // The last unit closes the batch, and only then does any of them end: their
    // sessions stay open until here, off the clock.
    running.finish();
    pacer?.finish();
    Ok(())
}
