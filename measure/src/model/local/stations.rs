//! Stations and turns for executors that bring no locks: async-lock's semaphores, which
//! wake across threads.

use async_lock::{Semaphore, SemaphoreGuard};

use crate::kit::{Setup, Station};

/// Stations and turns. They live as long as the process: one runner serves one cell.
#[derive(Clone, Copy)]
pub(in crate::model) struct Stations {
    places: &'static [Semaphore],
    turns: &'static [Semaphore],
}

impl Stations {
    /// Those that `setup` asks for.
    pub(in crate::model) fn new(setup: &Setup) -> Self {
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
    pub(in crate::model) fn reset_turns(self) {
        for turn in self.turns {
            while let Some(token) = turn.try_acquire() {
                token.forget();
            }
        }
        if let Some(first) = self.turns.first() {
            first.add_permits(1);
        }
    }

    pub(in crate::model) async fn acquire(self, station: Station) -> SemaphoreGuard<'static> {
        self.places[station].acquire().await
    }

    pub(in crate::model) fn try_acquire(self, station: Station) -> Option<SemaphoreGuard<'static>> {
        self.places[station].try_acquire()
    }

    pub(in crate::model) async fn take_turn(self, slot: usize) {
        self.turns[slot].acquire().await.forget();
    }

    pub(in crate::model) fn give_turn(self, slot: usize) {
        self.turns[slot].add_permits(1);
    }
}
