//! `may`: green threads. An order's body is written as one that blocks, and what blocks
//! is a coroutine with a stack of its own, which leaves its worker meanwhile.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use may::coroutine;
use may::go;
use may::net::TcpStream;
use may::sync::{Barrier, Semphore, mpmc};

use super::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host;
use crate::kit::{DirectKit, Setup, Station};
use crate::workload::Workload;

/// Words of a coroutine's stack, 64 KiB: what holds every order of ours, unoptimised
/// builds included. may's own 32 KiB do not.
const STACK: usize = (64 << 10) / size_of::<usize>();
/// Mappings of a stack: itself, and the guard page below it.
const MAPPINGS: u64 = 2;

/// Leaf operations on may.
pub struct MayKit {
    stations: Vec<Semphore>,
    turns: Vec<Semphore>,
}

impl MayKit {
    fn new(setup: &Setup) -> Self {
        MayKit {
            stations: setup.stations.iter().map(|&n| Semphore::new(n)).collect(),
            // One token, at the slot of the first order.
            turns: (0..setup.turns)
                .map(|slot| Semphore::new(usize::from(slot == 0)))
                .collect(),
        }
    }

    /// Puts the token back to the first order's slot, before a new batch.
    fn reset_turns(&self) {
        for turn in &self.turns {
            while turn.try_wait() {}
        }
        if let Some(first) = self.turns.first() {
            first.post();
        }
    }
}

/// A place at a station; dropping it frees the place.
pub struct Permit<'a>(&'a Semphore);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.post();
    }
}

/// may keeps limits in whole milliseconds, and takes none of them for no limit.
fn in_milliseconds(limit: Duration) -> Duration {
    Duration::from_millis(limit.as_nanos().div_ceil(1_000_000) as u64)
}

impl DirectKit for MayKit {
    type Conn = TcpStream;
    type Permit<'a> = Permit<'a>;

    fn sleep_until(&self, at: Nanos) {
        coroutine::sleep(clock::until(at));
    }

    fn connect(&self, address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        let conn = match limit {
            None => TcpStream::connect(address)?,
            Some(limit) => TcpStream::connect_timeout(&address, limit)?,
        };
        conn.set_nodelay(true)?;
        Ok(conn)
    }

    fn limit_read(&self, conn: &TcpStream, limit: Duration) -> io::Result<()> {
        conn.set_read_timeout(Some(in_milliseconds(limit)))
    }

    fn limit_write(&self, conn: &TcpStream, limit: Duration) -> io::Result<()> {
        conn.set_write_timeout(Some(in_milliseconds(limit)))
    }

    fn yield_now(&self) {
        coroutine::yield_now();
    }

    fn acquire(&self, station: Station) -> io::Result<Permit<'_>> {
        self.stations[station].wait();
        Ok(Permit(&self.stations[station]))
    }

    fn try_acquire(&self, station: Station) -> io::Result<Option<Permit<'_>>> {
        let station = &self.stations[station];
        Ok(station.try_wait().then(|| Permit(station)))
    }

    fn take_turn(&self, slot: usize) -> io::Result<()> {
        self.turns[slot].wait();
        Ok(())
    }

    fn give_turn(&self, slot: usize) -> io::Result<()> {
        self.turns[slot].post();
        Ok(())
    }
}

/// Long-lived coroutines.
pub struct May {
    kit: MayKit,
}

impl Model for May {
    const META: Meta = Meta {
        name: "may",
        shape: Shape::Multiplexed,
        crates: &["may", "generator"],
        about: "green threads: long-lived coroutines with stacks of 64 KiB on may's work-stealing scheduler, blocking style over its own sockets",
        note: "one thread more than its workers, may's timer, runs what it wakes; a stack takes two memory mappings; what blocks without may's knowledge holds a worker up",
        source: Source {
            path: file!(),
            text: include_str!("may.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        // The timer's thread stands beside the workers.
        threads: |setup| 2 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn require(setup: &Setup, why: &str) -> Result<()> {
        host::require_mappings(MAPPINGS * setup.concurrency as u64, why)
    }

    fn new(setup: &Setup) -> Result<Self> {
        let config = may::config();
        // The scheduler is the process's, and starts with the first coroutine.
        if let Some(workers) = setup.told_workers() {
            config.set_workers(workers);
            // The mask is the harness's: which worker runs where is left to the
            // kernel, as for all others.
            config.set_worker_pin(false);
        }
        config.set_stack_size(STACK);
        Ok(May {
            kit: MayKit::new(setup),
        })
    }
}

/// A coroutine between its two gates. Dropping it says that it is through, also where an
/// order panics: the others would wait for it forever.
struct AtWork<'a, W: Workload> {
    batch: &'a Batch<W>,
    end: &'a Semphore,
}

impl<W: Workload> Drop for AtWork<'_, W> {
    fn drop(&mut self) {
        if self.batch.through() {
            (0..self.batch.units()).for_each(|_| self.end.post());
        }
    }
}

impl DriveDirect for May {
    type Kit = MayKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&MayKit) -> io::Result<T> + Send + Sync,
        F: Fn(&MayKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let (kit, open, order) = (&self.kit, &open, &order);
        // Met twice: when every unit stands at the gate, and when it opens.
        let gate = &Barrier::new(batch.units() + 1);
        // Where units stand that are through with their orders; its opening, and what
        // they do then, is no order's cost.
        let end = &Semphore::new(0);
        let (feed, arrived) = mpmc::channel();
        let pacer = coroutine::scope(|scope| {
            for _ in 0..batch.units() {
                let arrived = arrived.clone();
                let unit = move || {
                    let mut session = batch.opened(open(kit));
                    gate.wait();
                    gate.wait();
                    let at_work = AtWork { batch, end };
                    if let Some(session) = &mut session {
                        let next = || match batch.paced() {
                            true => arrived.recv().ok(),
                            false => batch.claim(),
                        };
                        while let Some(index) = next() {
                            batch.serve_direct(kit, index, session, order);
                        }
                    }
                    drop(at_work);
                    end.wait();
                };
                go!(scope, unit);
            }
            gate.wait();
            batch.open_gate_to(batch.units());
            let pacer = Pacer::start(batch, move |index| {
                let _ = feed.send(index);
            });
            gate.wait();
            // The scope ends with its last coroutine, whose sessions stayed open until
            // all were through, off the clock.
            pacer
        });
        pacer?.finish();
        Ok(())
    }
}
