//! Long-lived tasks on tokio, the same for all of its runtimes.

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

/// Where the units of a batch meet.
pub(in crate::model) struct Gates {
    /// Met twice: when every unit stands at the gate, and when it opens.
    pub(in crate::model) gate: Barrier,
    /// Where units stand that are through with their orders; its opening, and what
    /// they do then, is no order's cost.
    end: Barrier,
}

impl Gates {
    /// For so many units, and who lets them go.
    pub(in crate::model) fn new(units: usize) -> Self {
        Gates {
            gate: Barrier::new(units + 1),
            end: Barrier::new(units),
        }
    }
}

/// What one unit does, from its session to the end of the batch: its task, which gives
/// back the session, open.
pub(in crate::model) fn unit<W, T, O, OF, F, FF>(
    batch: &Arc<Batch<W>>,
    kit: TokioKit,
    gates: &Arc<Gates>,
    open: &O,
    order: &F,
) -> impl Future<Output = Option<T>> + use<W, T, O, OF, F, FF>
where
    W: Workload,
    O: Fn(TokioKit) -> OF + Clone,
    OF: Future<Output = io::Result<T>>,
    F: Fn(TokioKit, T, W::Spec) -> FF + Clone,
    FF: Future<Output = (T, io::Result<u64>)>,
{
    let (batch, gates) = (Arc::clone(batch), Arc::clone(gates));
    let (open, order) = (open.clone(), order.clone());
    async move {
        let mut session = batch.opened(open(kit).await);
        gates.gate.wait().await;
        gates.gate.wait().await;
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
        gates.end.wait().await;
        session
    }
}

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
    let gates = Arc::new(Gates::new(batch.units()));
    let mut units = JoinSet::new();
    for _ in 0..batch.units() {
        units.spawn(unit(&batch, kit, &gates, &open, &order));
    }
    gates.gate.wait().await;
    batch.open_gate_to(batch.units());
    let feed = kit.feed(batch.units());
    let pacer = Pacer::start(&batch, move |_| feed.put());
    gates.gate.wait().await;
    // The last unit closes the batch, and only then does any of them end: their
    // sessions stay open until here, off the clock.
    drop(units.join_all().await);
    pacer
}
