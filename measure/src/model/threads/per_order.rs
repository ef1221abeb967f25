//! `os-threads-per-order`: the tutorials' thread for each cake; and the same with
//! small stacks.

use std::io;
use std::sync::{Arc, mpsc};
use std::thread::{self, ScopedJoinHandle};

use super::ThreadKit;
use super::start::refused;
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// A new thread for each order, as `std::thread::spawn` makes one: with 2 MiB for its
/// stack, which the system maps and unmaps each time.
pub struct OsThreadsPerOrder(PerOrder);

/// A new thread for each order, with a stack of 64 KiB.
pub struct OsThreadsPerOrderSmallStack(PerOrder);

/// Bytes of a stack that holds every order of ours, unoptimised builds included.
const SMALL_STACK: usize = 64 << 10;

/// A new thread for each order.
struct PerOrder {
    kit: ThreadKit,
    /// Bytes of a thread's stack; `None` for the standard library's default.
    stack: Option<usize>,
}

/// What both have in common.
const META: Meta = Meta {
    name: "os-threads-per-order",
    shape: Shape::PerUnit,
    crates: &[],
    about: "a new thread for each order, borrowing a session from a pool",
    note: "pays a thread's creation per order: a misuse wherever orders are short",
    source: Source {
        path: file!(),
        text: include_str!("per_order.rs"),
    },
    share: Share::Whole,
    per_order: true,
    fresh_sessions: false,
    fed: true,
    threads: |_| 1,
    processes: one_process,
    in_flight: all_in_flight,
};

impl Model for OsThreadsPerOrder {
    const META: Meta = META;

    fn new(setup: &Setup) -> Result<Self> {
        Ok(OsThreadsPerOrder(PerOrder::new(setup, None)))
    }
}

impl Model for OsThreadsPerOrderSmallStack {
    const META: Meta = Meta {
        name: "os-threads-per-order-small-stack",
        about: "as os-threads-per-order, each thread with a stack of 64 KiB instead of 2 MiB",
        note: "as os-threads-per-order; an order that needs more stack than that ends the process",
        ..META
    };

    fn new(setup: &Setup) -> Result<Self> {
        let own = PerOrder::new(setup, Some(SMALL_STACK));
        Ok(OsThreadsPerOrderSmallStack(own))
    }
}

impl PerOrder {
    fn new(setup: &Setup, stack: Option<usize>) -> Self {
        PerOrder {
            kit: ThreadKit::new(setup),
            stack,
        }
    }

    fn thread(&self) -> thread::Builder {
        let builder = thread::Builder::new();
        match self.stack {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        }
    }

    fn drive<W, T, O, F>(&self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let (kit, order) = (&self.kit, &order);
        // The pool is a channel: a free session is also the leave to start, in the place
        // of the thread that had it before.
        let (put_back, free) = mpsc::channel();
        for place in 0..batch.units() {
            if let Some(session) = batch.opened(open(kit)) {
                put_back.send((place, session)).expect("the pool is open");
            }
        }
        let (feed, arrived) = mpsc::channel();
        batch.open_gate();
        let pacer = Pacer::start(batch, move |index| {
            let _ = feed.send(index);
        })?;
        let next = || match batch.paced() {
            true => arrived.recv().ok(),
            false => batch.claim(),
        };
        let outcome = thread::scope(|scope| {
            // Each is joined: to detach a thread that is just ending is a read of freed
            // memory in glibc (bug 19951), and of many threads one ends the process.
            let mut threads: Vec<Option<ScopedJoinHandle<'_, ()>>> = Vec::new();
            threads.resize_with(batch.units(), || None);
            let mut outcome = Ok(());
            let mut running = 0;
            while let Some(index) = next() {
                let (place, mut session) = free.recv().expect("a sender is held here");
                threads[place].take().into_iter().for_each(joined);
                let put_back = put_back.clone();
                let serve = move || {
                    batch.serve_direct(kit, index, &mut session, order);
                    // The receiver outlives the scope.
                    let _ = put_back.send((place, session));
                };
                match self.thread().spawn_scoped(scope, serve) {
                    Ok(thread) => threads[place] = Some(thread),
                    Err(error) => {
                        let error = refused(&error, running);
                        batch.fail(|| error.to_string());
                        outcome = Err(error);
                        break;
                    }
                }
                running += 1;
            }
            threads.into_iter().flatten().for_each(joined);
            outcome
        });
        batch.close(Usage::default());
        pacer.finish();
        outcome
    }
}

/// Waits until the thread has ended; a panic goes on here.
fn joined(thread: ScopedJoinHandle<'_, ()>) {
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

impl DriveDirect for OsThreadsPerOrder {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.0.drive(batch, open, order)
    }
}

impl DriveDirect for OsThreadsPerOrderSmallStack {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.0.drive(batch, open, order)
    }
}
