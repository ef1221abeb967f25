//! Long-lived tasks on agnostic's traits, the same for all runtimes.

use std::future::Future;
use std::io;
use std::sync::{Arc, mpsc};

use agnostic_net::Net;
use agnostic_net::runtime::{LocalRuntimeLite, RuntimeLite};
use async_lock::Barrier;

use super::AgnosticKit;
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::workload::Workload;

/// Serves the batch with one task for each order in flight, on the runtime that the
/// calling thread has entered.
pub(super) fn drive<N, W, T, O, OF, F, FF>(
    batch: &Arc<Batch<W>>,
    kit: AgnosticKit<N>,
    open: O,
    order: F,
) -> Result<()>
where
    N: Net,
    W: Workload,
    T: Send + 'static,
    O: Fn(AgnosticKit<N>) -> OF + Clone + Send + Sync + 'static,
    OF: Future<Output = io::Result<T>> + Send + 'static,
    F: Fn(AgnosticKit<N>, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
    FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
{
    let root = serve(Arc::clone(batch), kit, open, order);
    // The caller only waits. In `block_on` it would poll the root on a thread that is no
    // worker, and with smol drive the reactor too: one thread more than is declared.
    let (done, ended) = mpsc::channel();
    N::Runtime::spawn_detach(async move {
        let _ = done.send(root.await);
    });
    ended
        .recv()
        .map_err(|_| {
            Error::Failed(format!(
                "the root task on {} did not end",
                N::Runtime::name()
            ))
        })??
        .finish();
    Ok(())
}

/// The root task. The pacer has no more to do when this ends.
async fn serve<N, W, T, O, OF, F, FF>(
    batch: Arc<Batch<W>>,
    kit: AgnosticKit<N>,
    open: O,
    order: F,
) -> Result<Pacer>
where
    N: Net,
    W: Workload,
    T: Send + 'static,
    O: Fn(AgnosticKit<N>) -> OF + Clone + Send + Sync + 'static,
    OF: Future<Output = io::Result<T>> + Send + 'static,
    F: Fn(AgnosticKit<N>, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
    FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
{
    kit.reset_turns();
    // Met twice: when every unit stands at the gate, and when it opens.
    let gate = Arc::new(Barrier::new(batch.units() + 1));
    // Where units stand that are through with their orders; its opening, and what they do
    // then, is no order's cost.
    let end = Arc::new(Barrier::new(batch.units()));
    let (feed, arrived) = async_channel::unbounded();
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
    let units: Vec<_> = (0..batch.units())
        .map(|_| N::Runtime::spawn(unit()))
        .collect();
    gate.wait().await;
    batch.open_gate_to(batch.units());
    let pacer = Pacer::start(&batch, move |index| {
        let _ = feed.try_send(index);
    });
    gate.wait().await;
    // The last unit closes the batch, and only then does any of them end: their sessions
    // stay open until here, off the clock.
    let mut sessions = Vec::with_capacity(units.len());
    for unit in units {
        let session = unit.await.map_err(|error| {
            Error::Failed(format!(
                "a task on {} did not end: {error}",
                N::Runtime::name()
            ))
        })?;
        sessions.push(session);
    }
    drop(sessions);
    pacer
}
