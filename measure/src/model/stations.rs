//! Stations and turns of async-lock's semaphores, which wake across threads: the smol
//! project's own, async-std's too, and those of executors that bring no locks.

use async_lock::{Semaphore, SemaphoreGuard};

use crate::kit::{Setup, Station};

/// Stations and turns. They live as long as the process: one runner serves one cell.
///
/// A kit is in every future that asks it for something, so that it is one pointer.
#[derive(Clone, Copy)]
pub(super) struct Stations(&'static Lines);

struct Lines {
    places: Vec<Semaphore>,
    turns: Vec<Semaphore>,
}

impl Stations {
    /// Those that `setup` asks for.
    pub(super) fn new(setup: &Setup) -> Self {
        let places = setup.stations.iter().map(|&n| Semaphore::new(n)).collect();
        // One token, at the slot of the first order.
        let turns = (0..setup.turns)
            .map(|slot| Semaphore::new(usize::from(slot == 0)))
            .collect();
        Stations(Box::leak(Box::new(Lines { places, turns })))
    }

    /// Puts the token back to the first order's slot, before a new batch.
    pub(super) fn reset_turns(self) {
        for turn in &self.0.turns {
            while let Some(token) = turn.try_acquire() {
                token.forget();
            }
        }
        if let Some(first) = self.0.turns.first() {
            first.add_permits(1);
        }
    }

    pub(super) async fn acquire(self, station: Station) -> SemaphoreGuard<'static> {
        self.0.places[station].acquire().await
    }

    pub(super) fn try_acquire(self, station: Station) -> Option<SemaphoreGuard<'static>> {
        self.0.places[station].try_acquire()
    }

    pub(super) async fn take_turn(self, slot: usize) {
        self.0.turns[slot].acquire().await.forget();
    }

    pub(super) fn give_turn(self, slot: usize) {
        self.0.turns[slot].add_permits(1);
    }
}
