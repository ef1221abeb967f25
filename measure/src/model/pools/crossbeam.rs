//! `crossbeam`: workers in a scope, fed through a bounded channel.

use std::io;
use std::sync::Arc;
use std::thread;

use crossbeam::channel;

use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::threads::{AtWork, EndGate, Gate, ThreadKit, started};
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Channel-fed workers.
pub struct Crossbeam {
    kit: ThreadKit,
}

impl Model for Crossbeam {
    const META: Meta = Meta {
        name: "crossbeam",
        shape: Shape::PerUnit,
        crates: &["crossbeam", "crossbeam-channel"],
        about: "a channel-fed pool: scoped worker threads take orders from a bounded crossbeam channel",
        note: "as os-threads; the feeding thread and the channel are its own cost",
        source: Source {
            path: file!(),
            text: include_str!("crossbeam.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: true,
        threads: |setup| 1 + setup.concurrency,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Crossbeam {
            kit: ThreadKit::new(setup),
        })
    }
}

impl DriveDirect for Crossbeam {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let (kit, order, open) = (&self.kit, &order, &open);
        let (gate, end) = (&Gate::default(), &EndGate::default());
        // Room for as many again as are in flight keeps workers fed. Who comes
        // from outside is never kept out.
        let (feed, orders) = match batch.paced() {
            true => channel::unbounded::<u64>(),
            false => channel::bounded(2 * batch.units()),
        };
        // crossbeam's own scope is retired in favour of the standard one.
        thread::scope(|scope| {
            let each = (0..batch.units()).map(|_| {
                let orders = orders.clone();
                move || {
                    let mut session = batch.opened(open(kit));
                    gate.arrive();
                    let at_work = AtWork::new(batch, end);
                    match &mut session {
                        Some(session) => {
                            for index in orders {
                                if batch.stopped() {
                                    batch.pass_over(kit, index);
                                } else {
                                    batch.serve_direct(kit, index, session, order);
                                }
                            }
                        }
                        // Who feeds waits for nobody that takes nothing.
                        None => drop(orders),
                    }
                    drop(at_work);
                    end.wait();
                    session
                }
            });
            let (workers, refusal) = started(scope, batch, each);
            // Workers hold the only receivers, so that a send fails, not
            // blocks, once they have stopped.
            drop(orders);
            gate.await_arrivals(workers.len());
            batch.open_gate_to(workers.len());
            let pacer = Pacer::start(batch, {
                let feed = feed.clone();
                move |index| {
                    let _ = feed.send(index);
                }
            });
            gate.open();
            if !batch.paced() {
                while let Some(index) = batch.claim() {
                    if feed.send(index).is_err() {
                        break;
                    }
                }
            }
            drop(feed);
            // The last worker closes the batch, and only then does any of them end.
            let sessions: Vec<_> = workers
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect();
            drop(sessions);
            pacer?.finish();
            refusal.map_or(Ok(()), Err)
        })
    }
}
