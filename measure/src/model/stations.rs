//! Stations and turns of async-lock's semaphores, which wake across threads: the smol
//! project's own, async-std's too, and those of executors that bring no locks.

use async_lock::{Semaphore, SemaphoreGuard};

use crate::kit::{Setup, Station};

/// Stations and turns. They live as long as the process: one runner serves one cell.
#[derive(Clone, Copy)]
pub(super) struct Stations {
    places: &'static [Semaphore],
    turns: &'static [Semaphore],
}

impl Stations {
    /// Those that `setup` asks for.
    pub(super) fn new(setup: &Setup) -> Self {
        let places: Vec<_> = setup.stations.iter().map(|&n| Semaphore::new(n)).collect();
        // One token, at the slot of the first order.
        let turns: Vec<_> = (0..setup.turns)
            .map(|slot| Semaphore::new(usize::from(slot == 0)))
            .collect();
        Stations {
            places: places.leak(),
            turns: turns.leak(),
        }
    }

    /// Puts the token back to the first order's slot, before a new batch.
    pub(super) fn reset_turns(self) {
        for turn in self.turns {
            while let Some(token) = turn.try_acquire() {
                token.forget();
            }
        }
        if let Some(first) = self.turns.first() {
            first.add_permits(1);
        }
    }

    pub(super) async fn acquire(self, station: Station) -> SemaphoreGuard<'static> {
        self.places[station].acquire().await
    }

    pub(super) fn try_acquire(self, station: Station) -> Option<SemaphoreGuard<'static>> {
        self.places[station].try_acquire()
    }

    pub(super) async fn take_turn(self, slot: usize) {
        self.turns[slot].acquire().await.forget();
    }

    pub(super) fn give_turn(self, slot: usize) {
        self.turns[slot].add_permits(1);
    }
}
