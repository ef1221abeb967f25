//! `os-threads-pool`: the Rust book's thread pool. A fixed number of threads take orders
//! from one channel of the standard library, whose receiver they share behind a mutex.

use std::io;
use std::iter;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use super::start::started;
use super::{AtWork, EndGate, Gate, ThreadKit};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// A fixed pool over a standard channel.
pub struct OsThreadsPool {
    kit: ThreadKit,
}

impl Model for OsThreadsPool {
    const META: Meta = Meta {
        name: "os-threads-pool",
        shape: Shape::PerUnit,
        crates: &[],
        about: "the Rust book's pool: threads that take orders from a std mpsc channel, its receiver behind a mutex",
        note: "one thread waits at the channel and all others at the mutex: an order wakes the first, and that wakes the next",
        source: Source {
            path: file!(),
            text: include_str!("pool.rs"),
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
        Ok(OsThreadsPool {
            kit: ThreadKit::new(setup),
        })
    }
}

impl DriveDirect for OsThreadsPool {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let kit = &self.kit;
        let (gate, end) = (Gate::default(), EndGate::default());
        let (feed, orders) = mpsc::channel();
        let orders = Mutex::new(orders);
        // The lock is given back before the order is served: in the condition of a
        // `while let` it would be held throughout.
        let next = || {
            let orders = orders.lock().expect("nothing panics at the channel");
            orders.recv().ok()
        };
        let worker = || {
            let mut session = batch.opened(open(kit));
            gate.arrive();
            let at_work = AtWork::new(batch, &end);
            if let Some(session) = &mut session {
                while let Some(index) = next() {
                    if batch.stopped() {
                        batch.pass_over(kit, index);
                    } else {
                        batch.serve_direct(kit, index, session, &order);
                    }
                }
            }
            drop(at_work);
            end.wait();
            session
        };
        thread::scope(|scope| {
            let each = iter::repeat_n(worker, batch.units());
            let (workers, refusal) = started(scope, batch, each);
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
                // As the book's `execute`, sending never waits.
                while let Some(index) = batch.claim() {
                    let _ = feed.send(index);
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
