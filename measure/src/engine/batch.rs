//! A batch of orders: the one thing that a model drives. It hands out
//! indices, serves an order (wait for its due time, body, two clock reads, one
//! slot) and keeps what was seen at the gate. This code is the same for all
//! models, so what differs between rows is scheduling and waiting alone.

use std::future::Future;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Relaxed},
};

use super::slots::Slots;
use crate::base::clock::{self, Nanos};
use crate::host::{self, Family, Usage};
use crate::kit::{AsyncKit, DirectKit};
use crate::workload::Workload;
use crate::workload::schedule::Flow;

/// What a batch is made of.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Orders to serve.
    pub orders: u64,
    /// Seed of their draws.
    pub seed: u64,
    /// Number of the sample, which requests carry to the server's ledger.
    pub sample: u64,
    /// How many orders may be in flight.
    pub concurrency: usize,
}

/// Keeps a counter that every unit writes off the cache lines that they read.
#[repr(align(128))]
struct OwnLine<T>(T);

/// Orders in the making, shared by the units of a model.
pub struct Batch<W: Workload> {
    workload: &'static W,
    size: Size,
    flow: Flow,
    payload: Vec<u8>,
    slots: Slots,
    /// Planned starts, ns after the gate; `None` where a unit takes its next
    /// order by itself.
    planned: Option<Vec<Nanos>>,
    pacing: OnceLock<Pacing>,
    next: OwnLine<AtomicU64>,
    /// Units that stood at the gate and are not through with their orders.
    at_work: OwnLine<AtomicUsize>,
    stopped: AtomicBool,
    opened: AtomicU64,
    failure: OnceLock<String>,
    gate: OnceLock<AtGate>,
    closed: OnceLock<AtEnd>,
    observer: Option<Box<dyn Observer>>,
}

/// Who looks at the process tree from outside, at the two moments between which orders
/// are served. Neither is within any measured time.
pub trait Observer: Send + Sync {
    /// Every unit stands at the gate: returns when it may open.
    ///
    /// # Errors
    /// One that says nothing, or not what it should.
    fn at_gate(&self) -> io::Result<()>;

    /// The last order is done, so long after the gate's opening, and nothing is torn
    /// down yet: returns when it may be.
    ///
    /// # Errors
    /// As [`Observer::at_gate`].
    fn at_close(&self, wall_ns: u64) -> io::Result<()>;
}

/// What the runner's process tree looked like while every unit stood at the
/// gate, in a moment that no clock measures.
#[derive(Clone, Copy, Debug, Default)]
pub struct AtGate {
    /// When the last unit had come.
    pub at: Nanos,
    /// Memory, threads and processes of the whole tree.
    pub family: Family,
    /// CPU time, switches and the like used by then.
    pub usage: Usage,
}

/// How orders were handed over that came from outside the model.
#[derive(Clone, Debug, Default)]
pub struct Pacing {
    /// How much later than planned each was handed over, by index, ns.
    pub lateness: Vec<u64>,
    /// CPU time of the pacer's thread, ns.
    pub cpu_ns: u64,
}

/// What a batch leaves behind.
pub struct Outcome {
    /// Times and answers of its orders.
    pub slots: Slots,
    /// What was seen at the gate.
    pub gate: AtGate,
    /// What was used by the end.
    pub end: AtEnd,
    /// Planned starts, and how they were kept; open loop only.
    pub open_loop: Option<(Vec<Nanos>, Pacing)>,
}

/// What the batch had used when its last order was done.
#[derive(Clone, Copy, Debug, Default)]
pub struct AtEnd {
    /// When that was.
    pub at: Nanos,
    /// CPU time, switches and the like used by then, worker processes included.
    pub usage: Usage,
}

impl AtEnd {
    /// This moment, and what this process has used by it.
    #[must_use]
    pub fn now() -> Self {
        AtEnd {
            at: clock::now(),
            usage: host::usage_at_end(),
        }
    }
}

/// What programs have used that orders started and that have ended: part of what the orders
/// cost. Nothing of a workload that starts none.
pub fn programs_used<W: Workload>(workload: &W) -> Usage {
    if workload.starts_programs() {
        host::children_rusage()
    } else {
        Usage::default()
    }
}

impl<W: Workload> Batch<W> {
    /// A batch with nothing served yet. `payload` bytes go with every order.
    #[must_use]
    pub fn new(workload: &'static W, size: Size, flow: Flow, payload: usize) -> Self {
        Batch {
            workload,
            size,
            flow,
            payload: crate::workload::payload(payload),
            slots: Slots::new(size.orders as usize),
            planned: None,
            pacing: OnceLock::new(),
            next: OwnLine(AtomicU64::new(0)),
            at_work: OwnLine(AtomicUsize::new(0)),
            stopped: AtomicBool::new(false),
            opened: AtomicU64::new(0),
            failure: OnceLock::new(),
            gate: OnceLock::new(),
            closed: OnceLock::new(),
            observer: None,
        }
    }

    /// The same batch with somebody who looks on.
    #[must_use]
    pub fn observed(mut self, observer: Option<Box<dyn Observer>>) -> Self {
        self.observer = observer;
        self
    }

    /// The same batch with its orders coming from outside the model, at these
    /// starts after the gate, one for each.
    #[must_use]
    pub fn arriving(mut self, planned: Option<Vec<Nanos>>) -> Self {
        self.planned = planned;
        self
    }

    /// Whether orders come from outside the model, through its own channel and
    /// whether or not a unit is free: open loop.
    #[inline]
    #[must_use]
    pub fn paced(&self) -> bool {
        self.planned.is_some()
    }

    /// Hands each order over when it is planned: what the
    /// [`Pacer`](super::pacer::Pacer)'s thread does.
    pub(crate) fn pace(&self, mut hand_over: impl FnMut(u64)) {
        let planned = self.planned.as_deref().unwrap_or_default();
        let mut lateness = Vec::with_capacity(planned.len());
        let opened = self.opened.load(Relaxed);
        let cpu_before = clock::thread_cpu();
        for (after, index) in planned.iter().zip(0..) {
            if self.stopped() {
                break;
            }
            let due = opened + after;
            if due > clock::now() {
                clock::sleep_until(due);
            }
            lateness.push(clock::now().saturating_sub(due));
            hand_over(index);
        }
        let cpu_ns = clock::thread_cpu() - cpu_before;
        self.pacing.get_or_init(|| Pacing { lateness, cpu_ns });
    }

    /// Orders to serve.
    #[must_use]
    pub fn orders(&self) -> u64 {
        self.size.orders
    }

    /// Units to start: the concurrency, but never more than there are orders.
    #[must_use]
    pub fn units(&self) -> usize {
        self.size.concurrency.min(self.size.orders as usize)
    }

    /// Whether orders must start in the order of their indices: where they
    /// are due at set times, or are handed on in order.
    #[must_use]
    pub fn ordered(&self) -> bool {
        self.paced() || self.flow != Flow::default()
    }

    /// How orders come and go.
    #[must_use]
    pub fn flow(&self) -> Flow {
        self.flow
    }

    /// The next order to serve; `None` when all are claimed or one failed.
    #[inline]
    pub fn claim(&self) -> Option<u64> {
        if self.stopped.load(Relaxed) {
            return None;
        }
        let index = self.next.0.fetch_add(1, Relaxed);
        (index < self.size.orders).then_some(index)
    }

    /// Orders that nobody has claimed yet.
    #[must_use]
    pub fn unclaimed(&self) -> u64 {
        self.size.orders.saturating_sub(self.next.0.load(Relaxed))
    }

    /// Whether an order failed, so that no further one is worth starting.
    #[inline]
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// What order `index` is.
    #[inline]
    #[must_use]
    pub fn spec(&self, index: u64) -> W::Spec {
        self.workload.spec(self.size.seed, self.size.sample, index)
    }

    /// When order `index` may start.
    #[inline]
    #[must_use]
    pub fn due(&self, index: u64) -> Option<Nanos> {
        (self.flow.period_ns > 0.0).then(|| {
            let after = (index as f64 * self.flow.period_ns) as u64;
            self.opened.load(Relaxed).saturating_add(after)
        })
    }

    /// Bytes that go with every order; a process must serialise them.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Keeps the first failure and stops the claiming.
    pub fn fail(&self, message: impl FnOnce() -> String) {
        self.stopped.store(true, Relaxed);
        self.failure.get_or_init(message);
    }

    /// Passes an opened session on; a failure to open one ends the batch, but
    /// its unit still comes to the gate, or the others would wait forever.
    pub fn opened<T>(&self, session: io::Result<T>) -> Option<T> {
        session
            .map_err(|error| self.fail(|| format!("a unit could not open its session: {error}")))
            .ok()
    }

    /// Opens the gate to so many units, each of which will say when it is
    /// [through](Self::through).
    pub fn open_gate_to(&self, units: usize) {
        self.at_work.0.store(units, Relaxed);
        self.open_gate();
    }

    /// Opens the gate: called once, when every unit stands at it, immediately
    /// before they are let go. Looks at the process tree, then starts the clock.
    pub fn open_gate(&self) {
        let at = clock::now();
        let family = host::family();
        if let Some(observer) = &self.observer {
            self.told(observer.at_gate());
        }
        self.gate.get_or_init(|| AtGate {
            at,
            family,
            usage: programs_used(self.workload) + host::usage_at_gate(),
        });
        self.opened.store(clock::now(), Relaxed);
    }

    /// A unit's word that it found nothing left to claim, before it waits at the
    /// end gate with its session open. The last of them closes the batch, and
    /// learns that it was the last: nobody ends before, and nobody has to be
    /// woken to read the clock.
    pub fn through(&self) -> bool {
        let last = self.at_work.0.fetch_sub(1, AcqRel) == 1;
        if last {
            self.close(Usage::default());
        }
        last
    }

    /// Counts an order that was served, for a model that hands out indices by
    /// itself: the counter that the others [claim](Self::claim) from is free
    /// there, so that each order costs all of them one step of it. The last order
    /// closes the batch.
    #[inline]
    pub fn count_done(&self) {
        if self.next.0.fetch_add(1, AcqRel) + 1 == self.size.orders {
            self.close(Usage::default());
        }
    }

    /// Notes what was used: called when the last order is done and nothing is
    /// torn down yet; later calls change nothing. `workers` is what worker
    /// processes used.
    pub fn close(&self, workers: Usage) {
        self.close_at(AtEnd::now(), workers);
    }

    /// The same where workers must be asked for what they used, which is no order's
    /// cost: `end` is what was known before they were asked.
    pub fn close_at(&self, end: AtEnd, workers: Usage) {
        self.closed.get_or_init(|| {
            if let Some(observer) = &self.observer {
                let opened = self.opened.load(Relaxed);
                self.told(observer.at_close(clock::now().saturating_sub(opened)));
            }
            AtEnd {
                usage: end.usage + workers + programs_used(self.workload),
                ..end
            }
        });
    }

    /// Fails the batch where its observer is gone; its units go on to their end.
    fn told(&self, word: io::Result<()>) {
        if let Err(error) = word {
            self.fail(|| error.to_string());
        }
    }

    /// Serves one order on an async runtime.
    // No `async fn`: that keeps each of its arguments twice, in every unit that waits.
    #[inline]
    pub fn serve<K, T, F, FF>(
        &self,
        kit: K,
        index: u64,
        session: T,
        order: &F,
    ) -> impl Future<Output = T>
    where
        K: AsyncKit,
        F: Fn(K, T, W::Spec) -> FF,
        FF: Future<Output = (T, io::Result<u64>)>,
    {
        let due = self.due(index);
        async move {
            // One that is late already asks no timer, which would answer at a tick.
            if let Some(due) = due.filter(|due| *due > clock::now()) {
                kit.sleep_until(due).await;
            }
            let spec = self.spec(index);
            self.slots.touch(index);
            let start = clock::now();
            let (session, outcome) = order(kit, session, spec).await;
            let outcome = outcome.map(|answer| with_payload(answer, &self.payload));
            self.finish(index, start, clock::now(), outcome);
            if self.flow.turns > 0 {
                let slots = self.flow.turns as u64;
                kit.take_turn((index % slots) as usize).await;
                kit.give_turn(((index + 1) % slots) as usize);
            }
            session
        }
    }

    /// Order `index` as a blocking unit receives it.
    #[inline]
    #[must_use]
    pub fn ticket(&self, index: u64) -> Ticket<W::Spec> {
        self.slots.touch(index);
        Ticket {
            index,
            due: self.due(index),
            spec: self.spec(index),
        }
    }

    /// Serves one order on the calling thread.
    #[inline]
    pub fn serve_direct<K, T, F>(&self, kit: &K, index: u64, session: &mut T, order: &F)
    where
        K: DirectKit,
        F: Fn(&K, &mut T, W::Spec) -> io::Result<u64>,
    {
        let ticket = self.ticket(index);
        let done = perform(kit, ticket, self.flow.turns, &self.payload, session, order);
        self.finish(index, done.start, done.end, done.outcome);
    }

    /// Passes over an order that was handed out before another one failed: its
    /// turn goes on, or those behind it would wait forever.
    pub fn pass_over<K: DirectKit>(&self, kit: &K, index: u64) {
        if let Err(error) = pass_turn(kit, index, self.flow.turns) {
            self.fail(|| format!("order {index}: {error}"));
        }
    }

    /// Records an order that was served, here or in a worker process.
    #[inline]
    pub fn finish(&self, index: u64, start: Nanos, end: Nanos, outcome: io::Result<u64>) {
        match outcome {
            Ok(answer) => self.slots.record(index, start, end, answer),
            Err(error) => self.fail(|| format!("order {index}: {error}")),
        }
    }

    /// When the gate opened.
    #[must_use]
    pub fn opened_at(&self) -> Nanos {
        self.opened.load(Relaxed)
    }

    /// What the orders left behind, and what was seen at the gate and the end.
    ///
    /// # Errors
    /// The first failure, or the first order that was not served exactly once.
    pub fn into_outcome(self) -> Result<Outcome, String> {
        if let Some(failure) = self.failure.into_inner() {
            return Err(host::with_local_ports(failure));
        }
        if let Some((index, count)) = self.slots.miscounted() {
            return Err(format!("order {index} was served {count} times, not once"));
        }
        let (Some(gate), Some(end)) = (self.gate.into_inner(), self.closed.into_inner()) else {
            return Err("the model never opened the gate or never closed the batch".into());
        };
        let open_loop = match (self.planned, self.pacing.into_inner()) {
            (Some(planned), Some(pacing)) => Some((planned, pacing)),
            (Some(_), None) => return Err("the model never let the pacer finish".into()),
            (None, _) => None,
        };
        Ok(Outcome {
            slots: self.slots,
            gate,
            end,
            open_loop,
        })
    }
}

/// One order as a blocking unit receives it.
#[derive(Clone, Copy)]
pub struct Ticket<S> {
    /// Which order.
    pub index: u64,
    /// When it may start.
    pub due: Option<Nanos>,
    /// What it is.
    pub spec: S,
}

/// One order as a blocking unit leaves it.
pub struct Done {
    /// Its actual start.
    pub start: Nanos,
    /// Its end.
    pub end: Nanos,
    /// Its answer.
    pub outcome: io::Result<u64>,
}

/// Serves one order on the calling thread, in this process or a worker's.
#[inline]
pub fn perform<K, T, S, F>(
    kit: &K,
    ticket: Ticket<S>,
    turns: usize,
    payload: &[u8],
    session: &mut T,
    order: &F,
) -> Done
where
    K: DirectKit,
    F: Fn(&K, &mut T, S) -> io::Result<u64>,
{
    if let Some(due) = ticket.due {
        kit.sleep_until(due);
    }
    let start = clock::now();
    let outcome = order(kit, session, ticket.spec).map(|answer| with_payload(answer, payload));
    let end = clock::now();
    let passed = pass_turn(kit, ticket.index, turns);
    Done {
        start,
        end,
        outcome: passed.and(outcome),
    }
}

/// Waits for an order's turn and passes it on, where there are turns.
#[inline]
pub(crate) fn pass_turn<K: DirectKit>(kit: &K, index: u64, turns: usize) -> io::Result<()> {
    if turns == 0 {
        return Ok(());
    }
    let slots = turns as u64;
    kit.take_turn((index % slots) as usize)?;
    kit.give_turn(((index + 1) % slots) as usize)
}

/// An order's payload enters its answer, so every model has to carry it there.
#[inline]
#[must_use]
pub fn with_payload(answer: u64, payload: &[u8]) -> u64 {
    if payload.is_empty() {
        answer
    } else {
        answer.wrapping_add(u64::from(crc32fast::hash(payload)))
    }
}
