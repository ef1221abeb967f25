//! `os-threads`: one scoped thread for each order in flight, each claiming the
//! next order when it is done with one.

use std::io;
use std::iter;
use std::sync::Arc;
use std::thread;

use super::queue::{Feed, Queue};
use super::start::started;
use super::{AtWork, EndGate, Gate, ThreadKit};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Long-lived threads in a scope.
pub struct OsThreads {
    kit: ThreadKit,
}

impl Model for OsThreads {
    const META: Meta = Meta {
        name: "os-threads",
        shape: Shape::PerUnit,
        crates: &[],
        about: "std::thread::scope with one long-lived thread for each order in flight",
        note: "beyond some thousands in flight, stacks and the scheduler cost more than the work",
        source: Source {
            path: file!(),
            text: include_str!("units.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.concurrency,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(OsThreads {
            kit: ThreadKit::new(setup),
        })
    }
}

impl DriveDirect for OsThreads {
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
        let queue = Arc::new(Queue::default());
        let next = || match batch.paced() {
            true => queue.take(),
            false => batch.claim(),
        };
        let unit = || {
            let mut session = batch.opened(open(kit));
            gate.arrive();
            let at_work = AtWork::new(batch, &end);
            if let Some(session) = &mut session {
                while let Some(index) = next() {
                    batch.serve_direct(kit, index, session, &order);
                }
            }
            drop(at_work);
            end.wait();
            session
        };
        thread::scope(|scope| {
            let each = iter::repeat_n(unit, batch.units());
            let (units, refusal) = started(scope, batch, each);
            gate.await_arrivals(units.len());
            batch.open_gate_to(units.len());
            let feed = Feed(Arc::clone(&queue));
            let pacer = Pacer::start(batch, move |index| feed.put(index));
            gate.open();
            // The last unit closes the batch, and only then does any of them end:
            // their sessions stay open until here, off the clock.
            let sessions: Vec<_> = units
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect();
            drop(sessions);
            pacer?.finish();
            refusal.map_or(Ok(()), Err)
        })
    }
}
