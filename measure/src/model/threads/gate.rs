//! The two gates of threads that live as long as a batch: where they stand before
//! their orders, and where they stand after them.

use std::sync::{Condvar, Mutex};

use crate::engine::batch::Batch;
use crate::workload::Workload;

/// Threads arrive and wait; their driver waits for all of them, then opens.
///
/// A `std::sync::Barrier` has its number fixed at birth, so that a thread that
/// could not be started would leave the others standing there forever.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    /// The driver alone waits here.
    arrivals: Condvar,
    /// All units wait here.
    opening: Condvar,
}

#[derive(Default)]
struct State {
    arrived: usize,
    open: bool,
}

impl Gate {
    /// A unit's side: arrives, and waits until the gate is open.
    pub fn arrive(&self) {
        let mut state = self.state.lock().expect("nothing panics at the gate");
        state.arrived += 1;
        self.arrivals.notify_one();
        while !state.open {
            state = self
                .opening
                .wait(state)
                .expect("nothing panics at the gate");
        }
    }

    /// The driver's side: waits until `units` have arrived.
    pub fn await_arrivals(&self, units: usize) {
        let mut state = self.state.lock().expect("nothing panics at the gate");
        while state.arrived < units {
            state = self
                .arrivals
                .wait(state)
                .expect("nothing panics at the gate");
        }
    }

    /// The driver's side: lets everyone go.
    pub fn open(&self) {
        self.state.lock().expect("nothing panics at the gate").open = true;
        self.opening.notify_all();
    }
}

/// Where threads stand that are through with their orders, until all of them are
/// and the batch is closed: a thread's end, and waking all of them, are no order's
/// cost. The last to come opens it, so that no driver has to be woken first.
#[derive(Default)]
pub struct EndGate {
    open: Mutex<bool>,
    opening: Condvar,
}

impl EndGate {
    /// Waits until the gate is open.
    pub fn wait(&self) {
        let mut open = self.open.lock().expect("nothing panics at the gate");
        while !*open {
            open = self.opening.wait(open).expect("nothing panics at the gate");
        }
    }

    fn open(&self) {
        *self.open.lock().expect("nothing panics at the gate") = true;
        self.opening.notify_all();
    }
}

/// A thread between its two gates. Dropping it says that the thread is through,
/// also where an order panics: the others would wait for it forever.
pub struct AtWork<'a, W: Workload> {
    batch: &'a Batch<W>,
    end: &'a EndGate,
}

impl<'a, W: Workload> AtWork<'a, W> {
    /// Of a thread that was let go at the first gate.
    pub fn new(batch: &'a Batch<W>, end: &'a EndGate) -> Self {
        AtWork { batch, end }
    }
}

impl<W: Workload> Drop for AtWork<'_, W> {
    fn drop(&mut self) {
        if self.batch.through() {
            self.end.open();
        }
    }
}
