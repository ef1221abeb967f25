//! Timers: how exact they are, and what it costs to register, to give up and to race one.
//!
//! Orders sleep, each for a time of its own, some of them for so long that their timers
//! pend while others fire; or they register timers far in the future and drop them all; or
//! they do something that is soon done and has a deadline, as every request of a service.

use std::future::{Future, poll_fn};
use std::io;
use std::task::Poll;
use std::time::Duration;

use super::params::Params;
use super::sleepers::{Sleep, Sleeping, bound_of_sleeps};
use super::spread::Spread;
use super::{IdleKey, Limits, MAX_WAIT, Plan, Workload, World};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::base::seed::draw;
use crate::kit::capability::Capability;
use crate::kit::machine::LoopKit;
use crate::kit::{AsyncKit, DirectKit};

/// What an order does with timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Sleeps until one fires.
    Sleep,
    /// Registers so many, and drops them before they fire.
    Cancel,
    /// Does so many operations that a deadline is set for, one after the other.
    Timeout,
    /// Does the same operations without a deadline: what is left is what deadlines cost.
    NoDeadline,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Sleep, Kind::Cancel, Kind::Timeout, Kind::NoDeadline];
    const WORDS: [&'static str; 4] = ["sleep", "cancel", "timeout", "no-deadline"];
}

/// Work with timers.
pub struct Timers {
    kind: Kind,
    wait: Spread,
    timers: u64,
    pending: u64,
    pending_wait: Nanos,
}

const KEYS: [&str; 5] = ["kind", "wait", "timers", "pending", "pending_wait"];

/// Where a scenario does not say how far in the future timers are: a minute, ns.
const A_MINUTE: u64 = 60_000_000_000;
/// Timers of an order likewise: so many that an order takes longer than its two clock
/// reads by far.
const TIMERS: i64 = 1000;
/// Most timers of an order.
const MAX_TIMERS: i64 = 100_000;
/// Most orders whose timers pend.
const MAX_PENDING: i64 = 1_000_000;

/// Draw lanes.
const WAIT: u64 = 0;
const ANSWER: u64 = 8;

/// Something that is not done at once, as a socket that has nothing yet, and is done when
/// it is asked again, at once.
async fn soon() {
    let mut asked = false;
    poll_fn(|context| {
        if std::mem::replace(&mut asked, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Workload for Timers {
    type Spec = Sleep;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        Ok(Timers {
            kind: Kind::ALL[params.choice("kind", "sleep", &Kind::WORDS)?],
            wait: params.times("wait", Spread::Fixed(A_MINUTE), MAX_WAIT)?,
            timers: params.int("timers", TIMERS, 1, MAX_TIMERS)? as u64,
            pending: params.int("pending", 0, 0, MAX_PENDING)? as u64,
            pending_wait: params
                .times("pending_wait", Spread::Fixed(A_MINUTE), MAX_WAIT)?
                .max(),
        })
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Sleep {
        Sleep {
            wait_ns: self.wait_ns(seed, index),
            answer: draw(seed, index, ANSWER),
        }
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }

    fn least_ns(&self, seed: u64, index: u64) -> Option<Nanos> {
        // Those that pend are there to be in the way: they are not asked for.
        (self.kind == Kind::Sleep && index >= self.pending).then(|| self.wait_ns(seed, index))
    }
}

impl Timers {
    fn wait_ns(&self, seed: u64, index: u64) -> Nanos {
        if self.kind == Kind::Sleep && index < self.pending {
            return self.pending_wait;
        }
        self.wait.value(seed, index, WAIT)
    }

    /// The answer of an order whose timers, or whose operations, all did what they should.
    fn answer(&self, drawn: u64, held: u64) -> u64 {
        match self.kind {
            Kind::Sleep => drawn,
            Kind::Cancel | Kind::Timeout | Kind::NoDeadline => drawn.wrapping_add(held),
        }
    }

    /// Registers timers and drops them: how many were pending.
    async fn cancel<K: AsyncKit>(&self, kit: K, wait_ns: Nanos) -> u64 {
        let at = clock::now() + wait_ns;
        // Who keeps many of them has each in a box: a timer must not move.
        let timers = (0..self.timers).map(|_| Box::pin(kit.sleep_until(at)));
        let mut timers: Vec<_> = timers.collect();
        // What has not been polled is registered nowhere.
        poll_fn(|context| {
            let polled = timers.iter_mut().map(|timer| timer.as_mut().poll(context));
            Poll::Ready(polled.filter(Poll::is_pending).count() as u64)
        })
        .await
    }

    /// Operations that a deadline is set for: how many kept it.
    async fn timeout<K: AsyncKit>(&self, kit: K, wait_ns: Nanos) -> u64 {
        let limit = Duration::from_nanos(wait_ns);
        let mut kept = 0;
        for _ in 0..self.timers {
            kept += u64::from(kit.timeout(limit, soon()).await.is_some());
        }
        kept
    }

    /// The same operations, for which none is set.
    async fn no_deadline(&self) -> u64 {
        for _ in 0..self.timers {
            soon().await;
        }
        self.timers
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// An order on an async runtime.
    pub async fn asynch<K: AsyncKit>(
        &self,
        kit: K,
        session: (),
        order: Sleep,
    ) -> ((), io::Result<u64>) {
        let Sleep { wait_ns, answer } = order;
        let held = match self.kind {
            Kind::Sleep => return (session, order.asynch(kit).await),
            Kind::Cancel => self.cancel(kit, wait_ns).await,
            Kind::Timeout => self.timeout(kit, wait_ns).await,
            Kind::NoDeadline => self.no_deadline().await,
        };
        (session, Ok(self.answer(answer, held)))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_machine<K: LoopKit>(&self, _kit: &mut K) -> io::Result<()> {
        Ok(())
    }

    /// A sleep that nobody has begun: who has no timers to give up is asked for no more.
    pub fn machine(&self, order: Sleep) -> Sleeping {
        order.into()
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        Ok(())
    }

    /// Sleeps on the calling thread: who has no timers to give up is asked for no more.
    ///
    /// # Errors
    /// A sleep that ended before its time.
    pub fn direct<K: DirectKit>(
        &self,
        kit: &K,
        _session: &mut (),
        order: Sleep,
    ) -> io::Result<u64> {
        order.direct(kit)
    }
}

impl Plan for Timers {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        (0..orders)
            .map(|index| self.answer(draw(seed, index, ANSWER), self.timers))
            .collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        // No timer that is given up is waited for.
        let waits = (0..orders).map(|index| match self.kind {
            Kind::Sleep => self.wait_ns(seed, index),
            Kind::Cancel | Kind::Timeout | Kind::NoDeadline => 0,
        });
        bound_of_sleeps(waits, limits)
    }

    fn asks(&self) -> &'static [Capability] {
        match self.kind {
            Kind::Sleep => &[],
            Kind::Cancel | Kind::Timeout | Kind::NoDeadline => &[Capability::Timers],
        }
    }

    fn idle_keys(&self, _foreign: bool) -> Vec<IdleKey> {
        let idle = |key, why| IdleKey {
            key,
            why,
            refused: true,
        };
        match self.kind {
            Kind::Sleep => vec![idle("timers", "an order sleeps on one")],
            Kind::Cancel | Kind::Timeout | Kind::NoDeadline => vec![
                idle("pending", "no order of this kind waits for a timer"),
                idle("pending_wait", "no order of this kind waits for a timer"),
            ],
        }
    }
}

#[cfg(test)]
mod tests;
