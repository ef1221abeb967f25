//! Leaf operations of every model whose units are threads: the standard
//! library's sleep and sockets, and counting semaphores made of its mutex and
//! `park`, since it has none.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::base::clock::Nanos;
use crate::kit::{DirectKit, Setup, Station, standard};

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
            turn.reset(usize::from(slot == 0));
        }
    }
}

/// First come, first served, as tokio's is: a freed place goes to the thread
/// that has waited longest, and no newcomer takes it on the way. (async-lock's,
/// which smol and async-std use, lets newcomers in: a difference that belongs to
/// those runtimes.)
struct Semaphore {
    line: Mutex<Line>,
}

struct Line {
    free: usize,
    waiting: VecDeque<Thread>,
    /// Number of the next thread to wait.
    next: u64,
    /// Threads with a number below this have been given a place.
    called: u64,
}

impl Semaphore {
    fn new(places: usize) -> Self {
        let line = Line {
            free: places,
            waiting: VecDeque::new(),
            next: 0,
            called: 0,
        };
        Semaphore {
            line: Mutex::new(line),
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().expect("nothing panics in a line")
    }

    fn take(&self) {
        let mut line = self.line();
        if line.free > 0 {
            line.free -= 1;
            return;
        }
        let number = line.next;
        line.next += 1;
        line.waiting.push_back(thread::current());
        while line.called <= number {
            drop(line);
            // It may return for no reason, so the number decides.
            thread::park();
            line = self.line();
        }
    }

    fn try_take(&self) -> bool {
        let mut line = self.line();
        let available = line.free > 0;
        line.free -= usize::from(available);
        available
    }

    fn give(&self) {
        let mut line = self.line();
        let Some(first) = line.waiting.pop_front() else {
            line.free += 1;
            return;
        };
        line.called += 1;
        drop(line);
        first.unpark();
    }

    fn reset(&self, places: usize) {
        self.line().free = places;
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
    type Conn = TcpStream;
    type Permit<'a> = Permit<'a>;

    fn sleep_until(&self, at: Nanos) {
        standard::sleep_until(at);
    }

    fn connect(&self, address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        standard::connect(address, limit)
    }

    fn limit_read(&self, conn: &TcpStream, limit: Duration) -> io::Result<()> {
        conn.set_read_timeout(Some(limit))
    }

    fn limit_write(&self, conn: &TcpStream, limit: Duration) -> io::Result<()> {
        conn.set_write_timeout(Some(limit))
    }

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
