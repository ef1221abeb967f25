//! `mio`: callbacks. Each order is a state machine, and an event loop on each worker calls
//! the one whose socket, timer or place is ready.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Token, Waker};

use super::local::Workers;
use super::threads::{AtWork, EndGate, Gate};
use super::{DriveLoop, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::engine::batch::{Batch, Ticket, with_payload};
use crate::engine::pacer::Pacer;
use crate::kit::machine::{LoopKit, Machine, Step, Until};
use crate::kit::{Setup, Station};
use crate::workload::Workload;

/// Events taken at a time.
const EVENTS: usize = 256;
/// What wakes a loop that other threads have calls for.
const CALLED: Token = Token(usize::MAX);

/// Where other threads leave calls for a loop's units.
struct Desk {
    calls: Mutex<Vec<usize>>,
    waker: Waker,
}

impl Desk {
    fn calls(&self) -> MutexGuard<'_, Vec<usize>> {
        self.calls.lock().expect("nothing panics at a desk")
    }

    /// Has `unit` called; `from` is the desk of the loop that asks, if it is one.
    fn call(&self, unit: usize, from: Option<&Desk>) {
        let mut calls = self.calls();
        let asleep = calls.is_empty();
        calls.push(unit);
        drop(calls);
        // A loop looks at its own desk before it sleeps.
        if asleep && !from.is_some_and(|own| std::ptr::eq(own, self)) {
            // It fails where the loop is gone, and then nobody waits.
            let _ = self.waker.wake();
        }
    }
}

/// A unit, wherever it is.
#[derive(Clone, Copy)]
struct Unit {
    desk: &'static Desk,
    number: usize,
}

/// A counting semaphore of units: first come, first served.
struct Line {
    state: Mutex<Places>,
}

struct Places {
    free: usize,
    waiting: VecDeque<Unit>,
}

impl Line {
    fn new(free: usize) -> Self {
        let waiting = VecDeque::new();
        Line {
            state: Mutex::new(Places { free, waiting }),
        }
    }

    fn state(&self) -> MutexGuard<'_, Places> {
        self.state.lock().expect("nothing panics in a line")
    }

    fn try_take(&self) -> bool {
        let mut state = self.state();
        let available = state.free > 0;
        state.free -= usize::from(available);
        available
    }

    /// Whether a place was free; else `unit` stands in line, and is called with its own.
    fn take(&self, unit: Unit) -> bool {
        let mut state = self.state();
        if state.free == 0 {
            state.waiting.push_back(unit);
            return false;
        }
        state.free -= 1;
        true
    }

    fn give(&self, from: &Desk) {
        let mut state = self.state();
        let Some(first) = state.waiting.pop_front() else {
            state.free += 1;
            return;
        };
        drop(state);
        first.desk.call(first.number, Some(from));
    }
}

/// Orders that come from outside, for whichever unit asks first.
#[derive(Default)]
struct Arrivals(Mutex<Arrived>);

#[derive(Default)]
struct Arrived {
    orders: VecDeque<u64>,
    idle: VecDeque<Unit>,
    closed: bool,
}

impl Arrivals {
    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.0.lock().expect("nothing panics where orders arrive")
    }

    /// The next order: `None` where `unit` must wait for one, and is called, and
    /// `Some(None)` where no more will come.
    fn next(&self, unit: Unit) -> Option<Option<u64>> {
        let mut arrived = self.arrived();
        let order = arrived.orders.pop_front();
        if order.is_none() && !arrived.closed {
            arrived.idle.push_back(unit);
            return None;
        }
        Some(order)
    }

    fn put(&self, order: u64) {
        let mut arrived = self.arrived();
        arrived.orders.push_back(order);
        let idle = arrived.idle.pop_front();
        drop(arrived);
        if let Some(unit) = idle {
            unit.desk.call(unit.number, None);
        }
    }
}

/// The end that orders are put in at. No more will come when it is dropped.
struct Feed(Arc<Arrivals>);

impl Feed {
    fn put(&self, order: u64) {
        self.0.put(order);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let mut arrived = self.0.arrived();
        arrived.closed = true;
        let idle = std::mem::take(&mut arrived.idle);
        drop(arrived);
        for unit in idle {
            unit.desk.call(unit.number, None);
        }
    }
}

/// Stations and turns. They live as long as the process: one runner serves one cell.
#[derive(Clone, Copy)]
struct Lines {
    stations: &'static [Line],
    turns: &'static [Line],
}

impl Lines {
    fn new(setup: &Setup) -> Self {
        let stations: Vec<_> = setup.stations.iter().map(|&n| Line::new(n)).collect();
        let turns: Vec<_> = (0..setup.turns).map(|_| Line::new(0)).collect();
        Lines {
            stations: stations.leak(),
            turns: turns.leak(),
        }
    }

    /// Puts the token to the first order's slot, before a new batch.
    fn reset_turns(self) {
        for (slot, turn) in self.turns.iter().enumerate() {
            turn.state().free = usize::from(slot == 0);
        }
    }
}

/// Leaf operations for the unit that is being called.
pub struct MioKit {
    registry: Registry,
    lines: Lines,
    unit: Unit,
    /// By unit: whether its connection was ready and nobody has asked since.
    stirred: Vec<bool>,
}

/// A place at a station; dropping it frees the place.
pub struct Permit {
    station: &'static Line,
    desk: &'static Desk,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.station.give(self.desk);
    }
}

impl MioKit {
    /// Has the unit called whenever the connection can do more than before.
    fn watch(&self, mut conn: TcpStream) -> io::Result<TcpStream> {
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry
            .register(&mut conn, Token(self.unit.number), both)?;
        Ok(conn)
    }

    fn permit(&self, station: Station) -> Permit {
        Permit {
            station: &self.lines.stations[station],
            desk: self.unit.desk,
        }
    }
}

impl LoopKit for MioKit {
    type Conn = TcpStream;
    type Permit = Permit;

    fn connect(&mut self, address: SocketAddr) -> io::Result<TcpStream> {
        let conn = TcpStream::connect(address)?;
        conn.set_nodelay(true)?;
        self.watch(conn)
    }

    fn connected(&self, conn: &TcpStream) -> io::Result<bool> {
        if let Some(error) = conn.take_error()? {
            return Err(error);
        }
        match conn.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn stirred(&mut self) -> bool {
        let stirred = self.stirred.get_mut(self.unit.number);
        stirred.is_some_and(std::mem::take)
    }

    fn adopt(&mut self, conn: std::net::TcpStream) -> io::Result<TcpStream> {
        conn.set_nonblocking(true)?;
        self.watch(TcpStream::from_std(conn))
    }

    fn acquire(&mut self, station: Station) -> Option<Permit> {
        let had = self.lines.stations[station].take(self.unit);
        had.then(|| self.permit(station))
    }

    fn granted(&mut self, station: Station) -> Permit {
        self.permit(station)
    }

    fn try_acquire(&mut self, station: Station) -> Option<Permit> {
        let had = self.lines.stations[station].try_take();
        had.then(|| self.permit(station))
    }
}

/// A worker's event loop.
struct EventLoop {
    poll: Poll,
    events: Events,
    kit: MioKit,
}

impl EventLoop {
    fn new(lines: Lines) -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Waker::new(&registry, CALLED)?;
        // The process serves one cell: the desk lives as long as it.
        let desk = Box::leak(Box::new(Desk {
            calls: Mutex::default(),
            waker,
        }));
        Ok(EventLoop {
            poll,
            events: Events::with_capacity(EVENTS),
            kit: MioKit {
                registry,
                lines,
                unit: Unit { desk, number: 0 },
                stirred: Vec::new(),
            },
        })
    }
}

/// State machines on bare event loops.
pub struct Mio {
    workers: Workers<EventLoop>,
    threads: usize,
    lines: Lines,
}

impl Model for Mio {
    const META: Meta = Meta {
        name: "mio",
        shape: Shape::Multiplexed,
        crates: &["mio"],
        about: "callbacks: each order a state machine, called by an event loop of mio on each worker; no runtime",
        note: "an order's body is written as a list of states, three times as long as for a thread; timers tick in whole milliseconds, as mio's poll does",
        source: Source {
            path: file!(),
            text: include_str!("mio.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        let (lines, threads) = (Lines::new(setup), setup.workers_or_cpus());
        Ok(Mio {
            workers: Workers::start(threads, "mio", move || EventLoop::new(lines))?,
            threads,
            lines,
        })
    }
}

/// What a unit is at.
enum At<M, S> {
    /// It looks for its next order.
    Next,
    /// It has one, which may not be due yet.
    Due(Ticket<S>),
    /// An order is on its way.
    Order {
        index: u64,
        start: Nanos,
        machine: M,
    },
    /// That order's result is to be handed on when it is its turn.
    Turn(u64),
    /// It is.
    Handing(u64),
    /// It is through with its orders.
    Through,
}

/// What a unit waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Time,
    Ready,
    /// Somebody calls it: a place, a turn or an order is there.
    Call,
}

struct Post<'a, W: Workload, M, T> {
    session: Option<T>,
    at: At<M, W::Spec>,
    waiting: Waiting,
    /// Number of what it waits for: a timer of an earlier one is late.
    wait: u64,
    at_work: Option<AtWork<'a, W>>,
}

/// One worker's units during a batch.
struct Shift<'a, W: Workload, M, T, B> {
    batch: &'a Batch<W>,
    begin: B,
    arrivals: &'a Arrivals,
    kit: &'a mut MioKit,
    posts: Vec<Post<'a, W, M, T>>,
    /// Times, units, and numbers of their waits.
    timers: BinaryHeap<Reverse<(Nanos, usize, u64)>>,
    working: usize,
}

impl<W, M, T, B> Shift<'_, W, M, T, B>
where
    W: Workload,
    M: Machine<MioKit, Session = T>,
    B: Fn(W::Spec) -> M,
{
    /// Turns the loop until no unit has anything left to do.
    fn work(&mut self, poll: &mut Poll, events: &mut Events) {
        let desk = self.kit.unit.desk;
        for unit in 0..self.posts.len() {
            self.call(unit);
        }
        let mut calls = Vec::new();
        while self.working > 0 {
            std::mem::swap(&mut calls, &mut desk.calls());
            for unit in calls.drain(..) {
                let posts = self.posts.get(unit);
                if posts.is_some_and(|post| post.waiting == Waiting::Call) {
                    self.call(unit);
                }
            }
            let wait = self.ring();
            if self.working == 0 || !desk.calls().is_empty() {
                continue;
            }
            let timeout = wait.map(clock::until);
            match poll.poll(events, timeout) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.batch.fail(|| format!("mio could not poll: {error}"));
                    return;
                }
            }
            for event in events.iter() {
                let Token(unit) = event.token();
                let Some(stirred) = self.kit.stirred.get_mut(unit) else {
                    continue;
                };
                *stirred = true;
                if self.posts[unit].waiting == Waiting::Ready {
                    self.call(unit);
                }
            }
        }
    }

    /// Calls the units whose time has come; the time of the next.
    fn ring(&mut self) -> Option<Nanos> {
        while let Some(&Reverse((at, unit, wait))) = self.timers.peek() {
            let timely = self.posts[unit].wait == wait;
            if timely && at > clock::now() {
                return Some(at);
            }
            self.timers.pop();
            if timely {
                self.call(unit);
            }
        }
        None
    }

    fn wait(&mut self, unit: usize, waiting: Waiting, until: Option<Nanos>) {
        let post = &mut self.posts[unit];
        post.waiting = waiting;
        post.wait += 1;
        if let Some(at) = until {
            self.timers.push(Reverse((at, unit, post.wait)));
        }
    }

    /// A unit goes on as far as it can.
    fn call(&mut self, unit: usize) {
        self.kit.unit.number = unit;
        let own = self.kit.unit;
        let turns = self.kit.lines.turns;
        // What it waited for is there: timers for it are late from now on.
        self.posts[unit].wait += 1;
        loop {
            let post = &mut self.posts[unit];
            post.at = match std::mem::replace(&mut post.at, At::Through) {
                At::Next => {
                    let next = match (&post.session, self.batch.paced()) {
                        (None, _) => Some(None),
                        (Some(_), true) => self.arrivals.next(own),
                        (Some(_), false) => Some(self.batch.claim()),
                    };
                    match next {
                        Some(Some(index)) => At::Due(self.batch.ticket(index)),
                        Some(None) => At::Through,
                        None => {
                            post.at = At::Next;
                            return self.wait(unit, Waiting::Call, None);
                        }
                    }
                }
                At::Due(ticket) => match ticket.due.filter(|due| *due > clock::now()) {
                    Some(due) => {
                        post.at = At::Due(ticket);
                        return self.wait(unit, Waiting::Time, Some(due));
                    }
                    None => At::Order {
                        index: ticket.index,
                        start: clock::now(),
                        machine: (self.begin)(ticket.spec),
                    },
                },
                At::Order {
                    index,
                    start,
                    mut machine,
                } => {
                    let Some(session) = &mut post.session else {
                        continue;
                    };
                    match machine.go_on(self.kit, session) {
                        Step::Wait(until) => {
                            post.at = At::Order {
                                index,
                                start,
                                machine,
                            };
                            let (waiting, until) = match until {
                                Until::Time(at) => (Waiting::Time, Some(at)),
                                Until::Ready { give_up } => (Waiting::Ready, give_up),
                                Until::Place => (Waiting::Call, None),
                            };
                            return self.wait(unit, waiting, until);
                        }
                        Step::Done(outcome) => {
                            drop(machine);
                            let outcome =
                                outcome.map(|answer| with_payload(answer, self.batch.payload()));
                            self.batch.finish(index, start, clock::now(), outcome);
                            match turns.len() {
                                0 => At::Next,
                                _ => At::Turn(index),
                            }
                        }
                    }
                }
                At::Turn(index) => {
                    if !turns[index as usize % turns.len()].take(own) {
                        post.at = At::Handing(index);
                        return self.wait(unit, Waiting::Call, None);
                    }
                    At::Handing(index)
                }
                At::Handing(index) => {
                    turns[(index as usize + 1) % turns.len()].give(own.desk);
                    At::Next
                }
                At::Through => {
                    if post.at_work.take().is_some() {
                        self.working -= 1;
                    }
                    return;
                }
            };
        }
    }
}

impl DriveLoop for Mio {
    type Kit = MioKit;

    fn drive<W, M, T, O, B>(&mut self, batch: &Arc<Batch<W>>, open: O, begin: B) -> Result<()>
    where
        W: Workload,
        T: 'static,
        M: Machine<MioKit, Session = T> + 'static,
        O: Fn(&mut MioKit) -> io::Result<T> + Clone + Send + 'static,
        B: Fn(W::Spec) -> M + Clone + Send + 'static,
    {
        self.lines.reset_turns();
        let gates = Arc::new((Gate::default(), EndGate::default()));
        let arrivals = Arc::new(Arrivals::default());
        let running = self.workers.begin(batch.units(), &{
            let (batch, gates, arrivals) =
                (Arc::clone(batch), Arc::clone(&gates), Arc::clone(&arrivals));
            move |own: &mut EventLoop, units| {
                let (gate, end) = &*gates;
                let kit = &mut own.kit;
                kit.stirred = vec![false; units];
                let posts = (0..units).map(|number| {
                    kit.unit.number = number;
                    Post {
                        session: batch.opened(open(kit)),
                        at: At::Next,
                        waiting: Waiting::Call,
                        wait: 0,
                        at_work: None,
                    }
                });
                let posts: Vec<Post<'_, W, M, T>> = posts.collect();
                gate.arrive();
                let mut shift = Shift {
                    batch: &*batch,
                    begin: begin.clone(),
                    arrivals: &arrivals,
                    kit,
                    posts,
                    timers: BinaryHeap::new(),
                    working: units,
                };
                for post in &mut shift.posts {
                    post.at_work = Some(AtWork::new(&batch, end));
                }
                shift.work(&mut own.poll, &mut own.events);
                // Where the loop broke, its units are through all the same.
                shift.posts.iter_mut().for_each(|post| post.at_work = None);
                end.wait();
            }
        });
        let (gate, _) = &*gates;
        gate.await_arrivals(self.threads);
        batch.open_gate_to(batch.units());
        let feed = Feed(Arc::clone(&arrivals));
        let pacer = Pacer::start(batch, move |index| feed.put(index));
        gate.open();
        // The last unit closes the batch, and only then does any loop end: sessions stay
        // open until here, off the clock.
        running.finish();
        pacer?.finish();
        Ok(())
    }
}
