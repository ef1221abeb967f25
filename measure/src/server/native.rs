//! The native server: one thread, one loop, one read and one write a request.
//!
//! - A connection is asked for its next request only once the last is
//!   answered, so requests in flight are connections in use; requests
//!   pipelined without a delay between them share a write.
//! - The clock is read twice a wake-up, not once a request, and afresh where
//!   a delay begins or ends.
//! - A client that closes its side while a request waits is taken to be gone.
//! - Nothing is allocated for a request that arrives whole.
//! - The loop alone touches the ledger, so falling in the same turn as the
//!   last write is falling before any client can answer to it.

mod exchange;

use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use hdrhistogram::Histogram;

use super::connection::{Connection, Phase, Received, accept, receive};
use super::control::Reading;
use super::ledger::Keeper;
use super::process;
use super::site::Served;
use super::site::Site;
use super::slab::Slab;
use super::timers::Timers;
use crate::base::clock::{self, Nanos};
use crate::base::counted::are;
use crate::base::error::Result;
use crate::base::poll::{Event, Interest, Poller};

/// Read at once, bytes.
const READ: usize = 64 * 1024;

/// Clients accepted before others are served again.
const ACCEPTS: usize = 64;

/// How long no client is accepted once descriptors ran out, ns.
const PAUSE: Nanos = 50_000_000;

/// Waits below this are short; so long does it look again before it sleeps, ns.
const PATIENCE: Nanos = 20_000;

/// Descriptors that clients leave to the process itself.
const RESERVE: u64 = 16;

/// Tokens from here on are not connections but listeners, in order, and the
/// two below.
const LISTENERS: u64 = 1 << 63;
const CONTROL: u64 = u64::MAX;
const SIGNAL: u64 = u64::MAX - 1;

/// What a turn of the loop wants of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Another turn.
    Again,
    /// There is something to read on the control path.
    Control,
    /// A signal asks for the end.
    End,
}

/// The native server.
pub(super) struct Native {
    poller: Poller,
    listeners: Vec<TcpListener>,
    /// When to accept again, after descriptors ran out.
    paused: Option<Nanos>,
    /// Whether that was said.
    warned: bool,
    /// Most connections at a time.
    most: usize,
    slab: Slab,
    timers: Timers,
    /// Connections whose request waits for company.
    held: Vec<u64>,
    /// Connections that were answered with more input at hand.
    ready: Vec<u64>,
    site: Rc<Site>,
    keeper: Keeper,
    lateness: Histogram<u64>,
    now: Nanos,
    /// What is read and what is about to be sent: one of each for all
    /// connections, so that an idle one costs no buffer.
    input: Vec<u8>,
    out: Vec<u8>,
    requests: u64,
    accepted: u64,
    turn: Turn,
    /// Whether the last wait was a short one.
    rush: bool,
    /// Whether there is a CPU to look again on without taking it from a
    /// client.
    patient: bool,
    /// CPU time spent looking again in vain, ns.
    looked: Nanos,
    /// CPU time at the sample's first counted request, ns.
    first_cpu: u64,
    /// CPU time from then to the last answer of its orders, ns.
    sample_cpu: Option<u64>,
}

impl Native {
    /// A server of `site` on `listeners` that keeps to `descriptors`.
    ///
    /// # Errors
    /// The system refuses what the loop is built on.
    pub(super) fn new(listeners: Vec<TcpListener>, site: Site, descriptors: u64) -> Result<Self> {
        let mut poller = Poller::new()?;
        for (index, listener) in listeners.iter().enumerate() {
            poller.add(listener.as_fd(), LISTENERS + index as u64, Interest::READ)?;
        }
        let reserve = RESERVE + listeners.len() as u64;
        Ok(Native {
            poller,
            listeners,
            paused: None,
            warned: false,
            most: usize::try_from(descriptors.saturating_sub(reserve).max(1)).unwrap_or(usize::MAX),
            slab: Slab::default(),
            timers: Timers::default(),
            held: Vec::new(),
            ready: Vec::new(),
            site: Rc::new(site),
            keeper: Keeper::default(),
            lateness: lateness(),
            now: clock::now(),
            input: vec![0; READ],
            out: Vec::with_capacity(READ),
            requests: 0,
            accepted: 0,
            turn: Turn::Again,
            rush: false,
            patient: process::is_multiprocessor(),
            looked: 0,
            first_cpu: 0,
            sample_cpu: None,
        })
    }

    /// Has [`Native::turn`] return [`Turn::Control`] when `fd` can be read.
    ///
    /// # Errors
    /// `fd` is a regular file or the like, which is always readable.
    pub(super) fn watch_control(&mut self, fd: impl AsFd) -> std::io::Result<()> {
        self.poller.add(fd.as_fd(), CONTROL, Interest::READ)
    }

    /// Has [`Native::turn`] return [`Turn::End`] when `fd` can be read.
    ///
    /// # Errors
    /// The system refuses.
    pub(super) fn watch_signal(&mut self, fd: &OwnedFd) -> std::io::Result<()> {
        self.poller.add(fd.as_fd(), SIGNAL, Interest::READ)
    }

    /// What was served since the start.
    pub(super) fn served(&self) -> Served {
        Served {
            requests: self.requests,
            connections: Some(self.accepted),
        }
    }

    /// Begins a sample: an empty ledger, another profile, and no request left
    /// over from before.
    pub(super) fn begin_sample(&mut self, sample: u64, orders: u64, site: Site) {
        for token in self.slab.select(Connection::is_busy) {
            self.close(token);
        }
        if site.profile != self.site.profile {
            self.site = Rc::new(site);
        }
        self.lateness = lateness();
        self.keeper.begin(sample, orders, clock::now());
        self.sample_cpu = None;
    }

    /// The ledger as it stands.
    pub(super) fn reading(&mut self) -> Reading {
        let delayed = self.lateness.len();
        let quantile = |q| (delayed > 0).then(|| self.lateness.value_at_quantile(q));
        Reading {
            ledger: self.keeper.ledger(clock::now()),
            cpu_ns: self.work_cpu_ns(),
            sample_cpu_ns: self.sample_cpu,
            in_flight: Some(self.keeper.in_flight()),
            delayed,
            lateness_p50_ns: quantile(0.5),
            lateness_p99_ns: quantile(0.99),
        }
    }

    /// CPU time spent so far, but for looking again before sleeping, ns.
    fn work_cpu_ns(&self) -> u64 {
        process::cpu_ns().saturating_sub(self.looked)
    }

    /// Waits for what comes next, and handles it.
    ///
    /// # Errors
    /// The system refuses to wait.
    pub(super) fn turn(&mut self) -> Result<Turn> {
        self.turn = Turn::Again;
        let events = self.wait()?;
        self.fire();
        self.resume_ready();
        for index in 0..events {
            let event = self.poller.event(index);
            self.handle_event(event);
            // A burst of requests must not make those late that wait.
            if let Some(due) = self.timers.next() {
                self.now = clock::now();
                if due <= self.now {
                    self.fire();
                }
            }
            self.resume_ready();
        }
        if self.paused.is_some_and(|resume| resume <= self.now) {
            self.resume_listeners();
        }
        if self.sample_cpu.is_none() && self.keeper.is_complete() {
            self.sample_cpu = Some(self.work_cpu_ns().saturating_sub(self.first_cpu));
        }
        Ok(self.turn)
    }

    /// Waits for events or for what is due, and says how many events there
    /// are.
    ///
    /// Where the last wait was a short one, the next will be, too, and to
    /// sleep through it would have the next request pay for waking this
    /// thread, on the client's CPU time. So it looks again for a while; that
    /// time is kept apart from the work.
    fn wait(&mut self) -> Result<usize> {
        let next = match (self.timers.next(), self.paused) {
            (Some(due), Some(resume)) => due.min(resume),
            (due, resume) => due.or(resume).unwrap_or(Nanos::MAX),
        };
        let start = clock::now();
        self.now = start;
        let mut events = 0;
        if self.rush {
            let end = next.min(start + PATIENCE);
            while events == 0 && self.now < end {
                events = self.poller.wait(Some(0))?;
                if events == 0 {
                    self.now = clock::now();
                }
            }
            // Bounded, because being preempted meanwhile is not looking.
            self.looked += (self.now - start).min(PATIENCE);
        }
        if events == 0 {
            let timeout = (next < Nanos::MAX).then(|| next.saturating_sub(self.now));
            events = self.poller.wait(timeout)?;
        }
        self.now = clock::now();
        self.rush = self.patient && self.now - start < PATIENCE;
        Ok(events)
    }

    fn handle_event(&mut self, event: Event) {
        match event.token {
            CONTROL => self.turn = Turn::Control,
            SIGNAL => self.turn = Turn::End,
            token if token >= LISTENERS => self.accept((token - LISTENERS) as usize),
            token => {
                if event.writable {
                    self.writable(token);
                }
                if event.readable {
                    self.readable(token);
                } else if event.hangup {
                    self.close(token);
                }
            }
        }
    }

    fn accept(&mut self, listener: usize) {
        for _ in 0..ACCEPTS {
            if self.slab.len() >= self.most {
                return self.pause_listeners("as many connections as descriptors allow");
            }
            let fd = match accept(&self.listeners[listener]) {
                Ok(Some(fd)) => fd,
                Ok(None) => return,
                Err(error) => return self.pause_listeners(&error.to_string()),
            };
            let token = self.slab.insert(Connection::new(fd));
            self.accepted += 1;
            let Some(connection) = self.slab.get(token) else {
                return;
            };
            let fd = connection.fd.as_fd();
            if let Err(error) = self.poller.add(fd, token, Interest::READ) {
                self.slab.remove(token);
                return self.pause_listeners(&error.to_string());
            }
        }
    }

    /// Leaves clients in the backlog for a while, rather than spin on a
    /// listener that cannot be served.
    fn pause_listeners(&mut self, why: &str) {
        if !std::mem::replace(&mut self.warned, true) {
            crate::note!(
                "bakeoff serve: {} open, and no more for now: {why}",
                are(self.slab.len(), "connection")
            );
        }
        self.paused = Some(self.now + PAUSE);
        self.listen_for(Interest::NONE);
    }

    fn resume_listeners(&mut self) {
        if self.paused.take().is_some() {
            self.listen_for(Interest::READ);
        }
    }

    fn listen_for(&mut self, interest: Interest) {
        for (index, listener) in self.listeners.iter().enumerate() {
            let token = LISTENERS + index as u64;
            // Changing what is registered allocates nothing that could fail.
            let _ = self.poller.change(listener.as_fd(), token, interest);
        }
    }

    fn close(&mut self, token: u64) {
        let Some(connection) = self.slab.remove(token) else {
            return;
        };
        self.keeper.leave(connection.in_flight(), self.now);
        if matches!(connection.phase, Phase::Held(..)) {
            self.held.retain(|&held| held != token);
        }
        self.poller.forget(token);
        drop(connection);
        self.resume_listeners();
    }

    fn readable(&mut self, token: u64) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        let mut buffer = std::mem::take(&mut self.input);
        match receive(&connection.fd, &mut buffer) {
            Received::Some(count) => self.received(token, &buffer[..count]),
            Received::Nothing => {}
            Received::Broken => self.close(token),
            Received::End => {
                // What is being sent is still wanted: a client may close its
                // side behind its last request.
                if connection.is_blocked() {
                    connection.ended = true;
                    self.register(token);
                } else {
                    self.close(token);
                }
            }
        }
        self.input = buffer;
    }

    fn writable(&mut self, token: u64) {
        if let Some(connection) = self.slab.get(token)
            && connection.is_blocked()
        {
            let sent = connection.resume();
            self.after_send(token, sent);
        }
    }

    /// Does what is due.
    fn fire(&mut self) {
        while let Some((due, token)) = self.timers.take(self.now) {
            self.now = clock::now();
            let Some(connection) = self.slab.get(token) else {
                continue;
            };
            match connection.phase {
                Phase::Delayed(job, at) if at == due => {
                    connection.phase = Phase::Idle;
                    self.lateness.saturating_record(self.now - due);
                    self.answer(token, job);
                    self.flush(token);
                }
                Phase::Dripping(_) => self.drip(token),
                Phase::Draining => self.close(token),
                _ => {}
            }
        }
    }

    /// Goes on with connections that were answered and have sent more.
    fn resume_ready(&mut self) {
        while let Some(token) = self.ready.pop() {
            self.process_kept(token);
        }
    }

    /// Registers a connection for what it now waits for.
    fn register(&mut self, token: u64) {
        let Some(connection) = self.slab.get(token) else {
            return;
        };
        let write = connection.is_blocked();
        let interest = Interest {
            // A client that does not read is not read from, nor one that
            // sends on and on while its request waits.
            read: !connection.ended && !write && connection.input.len() < READ,
            write,
        };
        if interest != connection.interest {
            connection.interest = interest;
            let fd = connection.fd.as_fd();
            if self.poller.change(fd, token, interest).is_err() {
                self.close(token);
            }
        }
    }
}

fn lateness() -> Histogram<u64> {
    // A nanosecond to an hour in three digits: fixed in size, always valid.
    Histogram::new_with_bounds(1, 3_600_000_000_000, 3).expect("constant bounds are valid")
}
