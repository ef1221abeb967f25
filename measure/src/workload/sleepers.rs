//! Capacity: how many units can be asleep at once, what one of them takes, and how late
//! they wake.
//!
//! An order sleeps on the model's own timer and does nothing else. Scenarios have as many
//! orders as may be in flight, so that each unit sleeps once, and waits that are longer
//! than it takes to put them all to sleep.

use std::future::Future;
use std::io;

use serde::{Deserialize, Serialize};

use super::params::Params;
use super::spread::Spread;
use super::{Limits, MAX_WAIT, Plan, Workload, World};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::base::seed::draw;
use crate::kit::machine::{LoopKit, Machine, Step, Until};
use crate::kit::{AsyncKit, DirectKit};

/// Orders that sleep.
pub struct Sleepers {
    wait: Spread,
}

const KEYS: [&str; 1] = ["wait"];

/// Where a scenario does not say: a second, ns.
const A_SECOND: u64 = 1_000_000_000;

/// Draw lanes.
const WAIT: u64 = 0;
const ANSWER: u64 = 8;

/// One sleep.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sleep {
    pub(super) wait_ns: Nanos,
    pub(super) answer: u64,
}

impl Sleep {
    /// Sleeps on an async runtime, from this call on.
    // No `async fn`: that keeps each of its arguments twice, in every unit that sleeps.
    pub(super) fn asynch<K: AsyncKit>(self, kit: K) -> impl Future<Output = io::Result<u64>> {
        let at = clock::now() + self.wait_ns;
        async move {
            // The timer is made here: one that came from outside would be kept twice.
            kit.sleep_until(at).await;
            self.woken(at)
        }
    }

    /// Sleeps on the calling thread.
    pub(super) fn direct<K: DirectKit>(self, kit: &K) -> io::Result<u64> {
        let at = clock::now() + self.wait_ns;
        kit.sleep_until(at);
        self.woken(at)
    }

    /// What it answers now: one that was to go on longer has failed.
    fn woken(self, at: Nanos) -> io::Result<u64> {
        let early = at.saturating_sub(clock::now());
        if early > 0 {
            return Err(io::Error::other(format!(
                "a sleep of {} ns ended {early} ns before its time",
                self.wait_ns
            )));
        }
        Ok(self.answer)
    }
}

impl Workload for Sleepers {
    type Spec = Sleep;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        Ok(Sleepers {
            wait: params.times("wait", Spread::Fixed(A_SECOND), MAX_WAIT)?,
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
        Some(self.wait_ns(seed, index))
    }
}

impl Sleepers {
    fn wait_ns(&self, seed: u64, index: u64) -> Nanos {
        self.wait.value(seed, index, WAIT)
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// Sleeps on an async runtime.
    #[allow(clippy::manual_async_fn, reason = "keeps each argument once")]
    pub fn asynch<K: AsyncKit>(
        &self,
        kit: K,
        session: (),
        sleep: Sleep,
    ) -> impl Future<Output = ((), io::Result<u64>)> {
        async move { (session, sleep.asynch(kit).await) }
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_machine<K: LoopKit>(&self, _kit: &mut K) -> io::Result<()> {
        Ok(())
    }

    /// A sleep that nobody has begun.
    pub fn machine(&self, sleep: Sleep) -> Sleeping {
        sleep.into()
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        Ok(())
    }

    /// Sleeps on the calling thread.
    ///
    /// # Errors
    /// A sleep that ended before its time.
    pub fn direct<K: DirectKit>(
        &self,
        kit: &K,
        _session: &mut (),
        sleep: Sleep,
    ) -> io::Result<u64> {
        sleep.direct(kit)
    }
}

/// A sleep as a state machine.
pub struct Sleeping {
    sleep: Sleep,
    /// When it ends, once it has begun.
    until: Option<Nanos>,
}

impl From<Sleep> for Sleeping {
    fn from(sleep: Sleep) -> Self {
        Sleeping { sleep, until: None }
    }
}

impl<K: LoopKit> Machine<K> for Sleeping {
    type Session = ();

    fn go_on(&mut self, _kit: &mut K, (): &mut ()) -> Step {
        let until = *self
            .until
            .get_or_insert_with(|| clock::now() + self.sleep.wait_ns);
        if clock::now() < until {
            return Step::Wait(Until::Time(until));
        }
        Step::Done(self.sleep.woken(until))
    }
}

impl Plan for Sleepers {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        (0..orders).map(|index| draw(seed, index, ANSWER)).collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let waits = (0..orders).map(|index| self.wait_ns(seed, index));
        bound_of_sleeps(waits, limits)
    }
}

/// The least time in which orders could be done that sleep so long each, ns.
pub(super) fn bound_of_sleeps(waits: impl Iterator<Item = Nanos>, limits: &Limits) -> u64 {
    let (mut orders, mut longest, mut all) = (0u64, 0, 0u128);
    for wait in waits {
        orders += 1;
        longest = longest.max(wait);
        all += u128::from(wait);
    }
    let by_units = (all / limits.concurrency.max(1) as u128) as u64;
    let by_rate = (orders.saturating_sub(1) as f64 * limits.period_ns) as u64;
    longest.max(by_units).max(by_rate)
}

#[cfg(test)]
mod tests;
