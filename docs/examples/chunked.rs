//! `os-threads-chunked`: one scoped thread for each order in flight, each with
//! a share of the batch that is fixed before the start.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;

use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::kit::{DirectKit, Setup};
use crate::model::threads::{AtWork, EndGate, Gate, ThreadKit};
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source};
use crate::workload::Workload;

/// Threads that each serve a fixed share.
pub struct OsThreadsChunked {
    kit: ThreadKit,
}

impl Model for OsThreadsChunked {
    const META: Meta = Meta {
        name: "os-threads-chunked",
        shape: Shape::PerUnit,
        crates: &[],
        about: "scoped threads, each with a share of the orders that is fixed before the start",
        note: "nobody helps a thread whose orders take longer: a misuse where they differ",
        source: Source {
            path: file!(),
            text: include_str!("chunked.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.concurrency,
        processes: |_| 1,
        in_flight: |setup| setup.concurrency,
    };

    fn new(setup: &Setup) -> Result<Self> {
        // What outlives a batch is built here; these threads do not.
        Ok(OsThreadsChunked {
            kit: ThreadKit::new(setup),
        })
    }
}

/// Passes on the turn of an order that is not served: where results are handed
/// on in order, those behind it wait for that.
fn pass_on<W: Workload>(kit: &ThreadKit, batch: &Batch<W>, index: u64) {
    let turns = batch.flow().turns as u64;
    if turns > 0 {
        // Turns of threads cannot fail; those of processes could.
        let _ = kit.take_turn((index % turns) as usize);
        let _ = kit.give_turn(((index + 1) % turns) as usize);
    }
}

impl DriveDirect for OsThreadsChunked {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let (kit, open, order) = (&self.kit, &open, &order);
        let (gate, end) = (&Gate::default(), &EndGate::default());
        // Whether every share has a thread and every thread a session.
        let sound = &AtomicBool::new(false);
        let units = batch.units();
        let (feeds, arriving): (Vec<_>, Vec<_>) = (0..units).map(|_| mpsc::channel()).unzip();
        thread::scope(|scope| {
            let mut running = Vec::with_capacity(units);
            let mut refusal = None;
            for (first, arrived) in arriving.into_iter().enumerate() {
                let unit = move || {
                    let mut session = batch.opened(open(kit));
                    gate.arrive();
                    let at_work = AtWork::new(batch, end);
                    if let (true, Some(session)) = (sound.load(Relaxed), &mut session) {
                        // Chunks of one, dealt out in turn, so that orders that
                        // are due in sequence also start in sequence.
                        let mut share = (first as u64..batch.orders()).step_by(units);
                        // In an open loop each comes in its own time.
                        let mut next = || match batch.paced() {
                            true => arrived.recv().ok(),
                            false => share.next(),
                        };
                        while let Some(index) = next() {
                            if batch.stopped() {
                                pass_on(kit, batch, index);
                            } else {
                                batch.serve_direct(kit, index, session, order);
                            }
                        }
                    }
                    // The last to be through closes the batch and opens this gate.
                    drop(at_work);
                    end.wait();
                    session
                };
                match thread::Builder::new().spawn_scoped(scope, unit) {
                    Ok(unit) => running.push(unit),
                    Err(error) => {
                        let line = format!("thread number {}: {error}", first + 1);
                        batch.fail(|| line.clone());
                        refusal = Some(Error::Failed(line));
                        break;
                    }
                }
            }
            gate.await_arrivals(running.len());
            sound.store(!batch.stopped(), Relaxed);
            // The clock starts here: sessions are open, and no order is served.
            batch.open_gate_to(running.len());
            // Orders from outside are handed over by a thread that is not ours.
            let pacer = Pacer::start(batch, move |index| {
                let _ = feeds[index as usize % units].send(index);
            });
            gate.open();
            let sessions: Vec<_> = running
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .collect();
            // What was used has been noted before a thread ends or a session closes.
            drop(sessions);
            pacer?.finish();
            refusal.map_or(Ok(()), Err)
        })
    }
}
