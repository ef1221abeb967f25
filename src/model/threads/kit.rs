//! Leaf operations of every model whose units are threads: the standard
//! library's sleep and sockets, and counting semaphores made of its mutex and
//! condition variable, since it has none.

use std::io;
use std::sync::{Condvar, Mutex};

use crate::kit::{DirectKit, Setup, Station};

/// Stations and turns of a threaded model.
pub struct ThreadKit {
    stations: Vec<Semaphore>,
    turns: Vec<Semaphore>,
}

impl ThreadKit {
    /// The stations that `setup` asks for.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        ThreadKit {
            stations: setup
                .stations
                .iter()
                .map(|&places| Semaphore::new(places))
                .collect(),
            // One token, at the slot of the first order.
            turns: (0..setup.turns)
                .map(|slot| Semaphore::new(usize::from(slot == 0)))
                .collect(),
        }
    }

    /// Puts the token back to the first order's slot, before a new batch.
    pub fn reset_turns(&self) {
        for (slot, turn) in self.turns.iter().enumerate() {
            *turn.free.lock().expect("no holder panics") = usize::from(slot == 0);
        }
    }
}

struct Semaphore {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Semaphore {
    fn new(places: usize) -> Self {
        Semaphore {
            free: Mutex::new(places),
            freed: Condvar::new(),
        }
    }

    fn take(&self) {
        let mut free = self.free.lock().expect("no holder panics");
        while *free == 0 {
            free = self.freed.wait(free).expect("no holder panics");
        }
        *free -= 1;
    }

    fn try_take(&self) -> bool {
        let mut free = self.free.lock().expect("no holder panics");
        let available = *free > 0;
        *free -= usize::from(available);
        available
    }

    fn give(&self) {
        *self.free.lock().expect("no holder panics") += 1;
        self.freed.notify_one();
    }
}

/// A place at a station; dropping it frees the place.
pub struct Permit<'a>(&'a Semaphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.give();
    }
}

impl DirectKit for ThreadKit {
    type Permit<'a> = Permit<'a>;

    fn acquire(&self, station: Station) -> io::Result<Permit<'_>> {
        self.stations[station].take();
        Ok(Permit(&self.stations[station]))
    }

    fn try_acquire(&self, station: Station) -> io::Result<Option<Permit<'_>>> {
        let station = &self.stations[station];
        Ok(station.try_take().then(|| Permit(station)))
    }

    fn take_turn(&self, slot: usize) -> io::Result<()> {
        self.turns[slot].take();
        Ok(())
    }

    fn give_turn(&self, slot: usize) -> io::Result<()> {
        self.turns[slot].give();
        Ok(())
    }
}
