//! The queue through which orders from outside come to threads.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// A queue with many takers, of the standard library's mutex and condition
/// variable. Its channel has one receiver, and behind a mutex each order would
/// wake two threads: the one that receives, and the one that may receive next.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<u64>,
    closed: bool,
}

/// The end that orders are put in at. The queue closes when it is dropped.
pub(super) struct Feed(pub(super) Arc<Queue>);

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics in a queue")
    }

    /// The order that has waited longest; `None` when no more will come.
    pub(super) fn take(&self) -> Option<u64> {
        let mut state = self.state();
        loop {
            if let Some(index) = state.waiting.pop_front() {
                return Some(index);
            }
            if state.closed {
                return None;
            }
            state = self.more.wait(state).expect("nothing panics in a queue");
        }
    }
}

impl Feed {
    /// Puts an order in.
    pub(super) fn put(&self, index: u64) {
        self.0.state().waiting.push_back(index);
        self.0.more.notify_one();
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.more.notify_all();
    }
}
