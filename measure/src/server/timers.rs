//! What is due when: a heap of (time, connection).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::base::clock::Nanos;

/// Due times of connections, by token. Entries are not taken out when their
/// connection goes; who takes one must ask whether it still stands.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Nanos, u64)>>,
}

impl Timers {
    /// Wakes `token` at `due`.
    pub(super) fn push(&mut self, due: Nanos, token: u64) {
        self.heap.push(Reverse((due, token)));
    }

    /// The earliest due time.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.heap.peek().map(|&Reverse((due, _))| due)
    }

    /// Takes the earliest entry if it is due.
    pub(super) fn take(&mut self, now: Nanos) -> Option<(Nanos, u64)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }

    /// Drops the entries of connections that are gone, once they outnumber
    /// the `live` ones: clients that give up on long delays must not grow
    /// this heap.
    pub(super) fn prune(&mut self, live: usize, stands: impl Fn(u64) -> bool) {
        if self.heap.len() > 1024 + 2 * live {
            self.heap.retain(|&Reverse((_, token))| stands(token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_out_in_time_and_no_sooner() {
        let mut timers = Timers::default();
        for (due, token) in [(30, 1), (10, 2), (20, 3)] {
            timers.push(due, token);
        }
        assert_eq!(timers.next(), Some(10));
        assert_eq!(timers.take(9), None);
        assert_eq!(timers.take(25), Some((10, 2)));
        assert_eq!(timers.take(25), Some((20, 3)));
        assert_eq!(timers.take(25), None);
    }

    #[test]
    fn abandoned_entries_do_not_pile_up() {
        let mut timers = Timers::default();
        for token in 0..100_000 {
            timers.push(u64::MAX, token);
            timers.prune(10, |token| token < 10);
        }
        assert!(timers.heap.len() <= 1024 + 20);
    }
}
