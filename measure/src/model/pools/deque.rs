//! `crossbeam-deque`: work stealing by hand. All orders lie in one injector; a thread
//! takes some of them home, and who has none left there steals from the others.

use std::io;
use std::iter;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use crossbeam::deque::{Injector, Steal, Stealer, Worker};
use crossbeam::utils::Backoff;

use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::threads::{AtWork, EndGate, Gate, ThreadKit, started};
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Threads that steal work.
pub struct CrossbeamDeque {
    kit: ThreadKit,
}

impl Model for CrossbeamDeque {
    const META: Meta = Meta {
        name: "crossbeam-deque",
        shape: Shape::PerUnit,
        crates: &["crossbeam", "crossbeam-deque"],
        about: "work stealing by hand: threads over crossbeam's Injector, a deque each, which back off and then sleep where all are empty",
        note: "made for many short jobs that make others; where orders must start in sequence, each is taken from the injector and none is stolen",
        source: Source {
            path: file!(),
            text: include_str!("deque.rs"),
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
        Ok(CrossbeamDeque {
            kit: ThreadKit::new(setup),
        })
    }
}

/// Orders that no thread has taken home, and where threads sleep that found none.
#[derive(Default)]
struct Intake {
    orders: Injector<u64>,
    /// Whether no more will come.
    closed: Mutex<bool>,
    more: Condvar,
}

impl Intake {
    fn closed(&self) -> MutexGuard<'_, bool> {
        self.closed.lock().expect("nothing panics at the intake")
    }

    /// Sleeps until there are orders; `false` where no more will come.
    fn await_orders(&self) -> bool {
        let mut closed = self.closed();
        loop {
            if !self.orders.is_empty() {
                return true;
            }
            if *closed {
                return false;
            }
            closed = self
                .more
                .wait(closed)
                .expect("nothing panics at the intake");
        }
    }
}

/// The end that orders are put in at. The intake closes when it is dropped.
struct Feed(Arc<Intake>);

impl Feed {
    fn put(&self, index: u64) {
        self.0.orders.push(index);
        // Whoever found none holds the lock until it sleeps.
        drop(self.0.closed());
        self.0.more.notify_one();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        *self.0.closed() = true;
        self.0.more.notify_all();
    }
}

/// Where a thread finds orders.
struct Sources<'a> {
    intake: &'a Intake,
    own: Worker<u64>,
    others: &'a [Stealer<u64>],
    /// Whether orders must start in sequence: taken home, one would wait behind another
    /// while later ones start.
    ordered: bool,
}

impl Sources<'_> {
    /// Looks once in all places, as crossbeam's documentation does.
    fn find(&self) -> Option<u64> {
        let anywhere = || {
            if self.ordered {
                return self.intake.orders.steal();
            }
            let taken = self.intake.orders.steal_batch_and_pop(&self.own);
            taken.or_else(|| self.others.iter().map(Stealer::steal).collect())
        };
        self.own.pop().or_else(|| {
            iter::repeat_with(anywhere)
                .find(|found| !found.is_retry())
                .and_then(Steal::success)
        })
    }

    /// The next order; `None` when no more will come, and nobody has one to be stolen.
    fn next(&self) -> Option<u64> {
        let backoff = Backoff::new();
        loop {
            if let Some(index) = self.find() {
                return Some(index);
            }
            if !backoff.is_completed() {
                backoff.snooze();
            } else if self.intake.await_orders() {
                backoff.reset();
            } else {
                return None;
            }
        }
    }
}

impl DriveDirect for CrossbeamDeque {
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
        let intake = &Arc::new(Intake::default());
        let own: Vec<Worker<u64>> = iter::repeat_with(Worker::new_fifo)
            .take(batch.units())
            .collect();
        let others: &Vec<Stealer<u64>> = &own.iter().map(Worker::stealer).collect();
        thread::scope(|scope| {
            let each = own.into_iter().map(|own| {
                move || {
                    let sources = Sources {
                        intake,
                        own,
                        others,
                        ordered: batch.ordered(),
                    };
                    let mut session = batch.opened(open(kit));
                    gate.arrive();
                    let at_work = AtWork::new(batch, end);
                    if let Some(session) = &mut session {
                        while let Some(index) = sources.next() {
                            if batch.stopped() {
                                batch.pass_over(kit, index);
                            } else {
                                batch.serve_direct(kit, index, session, order);
                            }
                        }
                    }
                    drop(at_work);
                    end.wait();
                    session
                }
            });
            let (workers, refusal) = started(scope, batch, each);
            gate.await_arrivals(workers.len());
            batch.open_gate_to(workers.len());
            let feed = Feed(Arc::clone(intake));
            if !batch.paced() {
                while let Some(index) = batch.claim() {
                    feed.0.orders.push(index);
                }
            }
            // Closed at once where all are there already.
            let pacer = Pacer::start(batch, move |index| feed.put(index));
            gate.open();
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
