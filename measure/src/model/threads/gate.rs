//! The start gate of threads that live as long as a batch.

use std::sync::{Condvar, Mutex};

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
