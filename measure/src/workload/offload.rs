//! Calls that block or compute for long, in the middle of work that waits: what each model
//! does with them, and what that does to everybody else.
//!
//! An order waits as for a network, and one in so many then makes a call. Threads just make
//! it. On an async runtime it is handed to threads kept for such calls, to rayon, or made
//! where it stands, which is the mistake that every tutorial warns of.

mod plan;

use std::io;

use serde::{Deserialize, Serialize};

use super::bakery::{MAX_ITERATIONS, knead};
use super::params::Params;
use super::spread::Spread;
use super::{MAX_WAIT, Workload, World};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::base::seed::draw;
use crate::kit::{self, DirectKit};

/// Where an async runtime makes the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    /// On threads that it keeps for calls that block.
    Pool,
    /// Where the order stands.
    Here,
    /// The same, after the runtime was told.
    BlockInPlace,
    /// On rayon's pool.
    Rayon,
}

impl Where {
    const ALL: [Where; 4] = [Where::Pool, Where::Here, Where::BlockInPlace, Where::Rayon];
    const WORDS: [&'static str; 4] = ["pool", "here", "block-in-place", "rayon"];
}

/// Work with calls that block.
pub struct Offload {
    at: Where,
    wait: Spread,
    every: u64,
    call_wait: Spread,
    call_cpu: u32,
}

const KEYS: [&str; 5] = ["at", "wait", "every", "call_wait", "call_cpu"];

/// Draw lanes.
const WAIT: u64 = 0;
const CALL_WAIT: u64 = 8;
const ANSWER: u64 = 16;

/// One order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Order {
    seed: u64,
    index: u64,
}

/// A call that blocks its thread.
#[derive(Clone, Copy, Debug)]
struct Call {
    wait_ns: Nanos,
    cpu: u32,
    seed: u64,
}

impl Call {
    /// Makes it: computes, and then blocks as a driver or a resolver does.
    fn make(self) -> u64 {
        let answer = knead(self.seed, self.cpu);
        if self.wait_ns > 0 {
            clock::sleep_until(clock::now() + self.wait_ns);
        }
        answer
    }
}

impl Workload for Offload {
    type Spec = Order;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        Ok(Offload {
            at: Where::ALL[params.choice("at", "pool", &Where::WORDS)?],
            wait: params.times("wait", Spread::None, MAX_WAIT)?,
            every: params.int("every", 1, 1, 1_000_000)? as u64,
            call_wait: params.times("call_wait", Spread::None, MAX_WAIT)?,
            call_cpu: params.int("call_cpu", 0, 0, MAX_ITERATIONS)? as u32,
        })
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Order {
        Order { seed, index }
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Of orders that make no call: it is they who are kept waiting.
    fn least_ns(&self, seed: u64, index: u64) -> Option<Nanos> {
        let order = Order { seed, index };
        self.call(order).is_none().then(|| self.wait_ns(order))
    }

    fn starts_threads(&self) -> bool {
        self.at != Where::Here
    }
}

impl Offload {
    /// The call that the order makes; `None` of most orders.
    fn call(&self, order: Order) -> Option<Call> {
        let Order { seed, index } = order;
        // The first is one, so that a batch of any size has one.
        index.is_multiple_of(self.every).then(|| Call {
            wait_ns: self.call_wait.value(seed, index, CALL_WAIT),
            cpu: self.call_cpu,
            seed: draw(seed, index, ANSWER),
        })
    }

    fn wait_ns(&self, order: Order) -> Nanos {
        self.wait.value(order.seed, order.index, WAIT)
    }

    /// The answer of an order that makes no call.
    fn plain(order: Order) -> u64 {
        draw(order.seed, order.index, ANSWER)
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: kit::Offload>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// An order on an async runtime.
    pub async fn asynch<K: kit::Offload>(
        &self,
        kit: K,
        session: (),
        order: Order,
    ) -> ((), io::Result<u64>) {
        let wait = self.wait_ns(order);
        if wait > 0 {
            kit.sleep_until(clock::now() + wait).await;
        }
        let Some(call) = self.call(order) else {
            return (session, Ok(Self::plain(order)));
        };
        let answer = match self.at {
            Where::Pool => kit.offload(move || call.make()).await,
            Where::Here => Ok(call.make()),
            Where::BlockInPlace => Ok(kit.block_in_place(|| call.make())),
            #[cfg(feature = "rayon")]
            Where::Rayon => kit.offload_to_rayon(move || call.make()).await,
            #[cfg(not(feature = "rayon"))]
            Where::Rayon => Err(io::Error::other("this build has no rayon")),
        };
        (session, answer)
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        Ok(())
    }

    /// An order on a thread, which makes its call itself.
    ///
    /// # Errors
    /// Never.
    pub fn direct<K: DirectKit>(
        &self,
        kit: &K,
        _session: &mut (),
        order: Order,
    ) -> io::Result<u64> {
        let wait = self.wait_ns(order);
        if wait > 0 {
            kit.sleep_until(clock::now() + wait);
        }
        Ok(self
            .call(order)
            .map_or_else(|| Self::plain(order), Call::make))
    }
}

#[cfg(test)]
mod tests;
