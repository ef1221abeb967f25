//! Long-lived tasks on tokio, the same for both of its runtimes.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::TokioKit;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::workload::Workload;

/// Serves the batch with one task for each order in flight. The pacer has no
/// more to do when this ends.
pub(super) async fn serve<W, T, O, OF, F, FF>(
    batch: Arc<Batch<W>>,
    kit: TokioKit,
    open: O,
    order: F,
) -> Result<Pacer>
where
    W: Workload,
    T: Send + 'static,
    O: Fn(TokioKit) -> OF + Clone + Send + Sync + 'static,
    OF: Future<Output = io::Result<T>> + Send + 'static,
    F: Fn(TokioKit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
    FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
{
    kit.reset();
    // Met twice: when every unit stands at the gate, and when it opens.
    let gate = Arc::new(Barrier::new(batch.units() + 1));
    // Where units stand that are through with their orders; its opening, and what
    // they do then, is no order's cost.
    let end = Arc::new(Barrier::new(batch.units()));
    let mut units = JoinSet::new();
    for _ in 0..batch.units() {
        let (batch, gate) = (Arc::clone(&batch), Arc::clone(&gate));
        let end = Arc::clone(&end);
        let (open, order) = (open.clone(), order.clone());
        units.spawn(async move {
            let mut session = batch.opened(open(kit).await);
            gate.wait().await;
            gate.wait().await;
            while let Some(open) = session.take() {
                if batch.paced() {
                    kit.arrival().await;
                }
                let Some(index) = batch.claim() else {
                    session = Some(open);
                    break;
                };
                session = Some(batch.serve(kit, index, open, &order).await);
            }
            batch.through();
            end.wait().await;
            session
        });
    }
    gate.wait().await;
    batch.open_gate_to(batch.units());
    let feed = kit.feed(batch.units());
    let pacer = Pacer::start(&batch, move |_| feed.put());
    gate.wait().await;
    // The last unit closes the batch, and only then does any of them end: their
    // sessions stay open until here, off the clock.
    drop(units.join_all().await);
    pacer
}
