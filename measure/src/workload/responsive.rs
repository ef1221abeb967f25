//! Many small orders beside one that hogs its CPU: what happens to everybody else.
//!
//! An order waits, as for a network or as a heartbeat does, and does next to nothing then.
//! One in so many computes for long after its wait, without waiting again. It may be left
//! alone, let others go first again and again, or be handed over to other threads. What the
//! small orders took beyond their waits is everybody else's lag.

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
use crate::kit::{AsyncKit, DirectKit, Offload, Yield};

/// What is done about an order that computes for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    /// Nothing.
    Nothing,
    /// It lets others go first after each slice of its work.
    Yield,
    /// It is made on threads for calls that block; threads just make it.
    HandOver,
}

impl Remedy {
    const ALL: [Remedy; 3] = [Remedy::Nothing, Remedy::Yield, Remedy::HandOver];
    const WORDS: [&'static str; 3] = ["none", "yield", "hand-over"];
}

/// Small orders beside those that hog a CPU.
pub struct Responsive {
    remedy: Remedy,
    wait: Spread,
    cpu: u32,
    every: u64,
    hog_cpu: u32,
    slice: u32,
}

const KEYS: [&str; 6] = ["remedy", "wait", "cpu", "every", "hog_cpu", "slice"];

/// Draw lanes.
const WAIT: u64 = 0;
const ANSWER: u64 = 8;

/// One order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Order {
    seed: u64,
    index: u64,
}

/// Work that goes on for long, cut into slices.
#[derive(Clone, Copy, Debug)]
struct Hog {
    dough: u64,
    left: u32,
    slice: u32,
}

impl Hog {
    /// Does the next slice; whether one is left.
    fn go_on(&mut self) -> bool {
        let slice = self.slice.min(self.left);
        self.dough = knead(self.dough, slice);
        self.left -= slice;
        self.left > 0
    }

    /// Does all slices, with `between` each and the next; the answer.
    fn through(mut self, between: impl Fn()) -> u64 {
        while self.go_on() {
            between();
        }
        self.dough
    }
}

impl Workload for Responsive {
    type Spec = Order;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        Ok(Responsive {
            remedy: Remedy::ALL[params.choice("remedy", "none", &Remedy::WORDS)?],
            wait: params.times("wait", Spread::None, MAX_WAIT)?,
            cpu: params.int("cpu", 0, 0, MAX_ITERATIONS)? as u32,
            every: params.int("every", 1000, 1, 1_000_000)? as u64,
            hog_cpu: params.int("hog_cpu", 0, 0, MAX_ITERATIONS)? as u32,
            slice: params.int("slice", 50_000, 1, MAX_ITERATIONS)? as u32,
        })
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Order {
        Order { seed, index }
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Of small orders: it is they who are kept waiting.
    fn least_ns(&self, seed: u64, index: u64) -> Option<Nanos> {
        let order = Order { seed, index };
        (!self.hogs(order)).then(|| self.wait_ns(order))
    }

    fn starts_threads(&self) -> bool {
        self.remedy == Remedy::HandOver
    }
}

impl Responsive {
    /// Whether the order is one that computes for long. The first is, so that a batch of any
    /// size has one.
    fn hogs(&self, order: Order) -> bool {
        order.index.is_multiple_of(self.every)
    }

    fn wait_ns(&self, order: Order) -> Nanos {
        self.wait.value(order.seed, order.index, WAIT)
    }

    fn hog(&self, order: Order) -> Hog {
        Hog {
            dough: draw(order.seed, order.index, ANSWER),
            left: self.hog_cpu,
            slice: self.slice,
        }
    }

    /// What a small order does.
    fn small(&self, order: Order) -> u64 {
        knead(draw(order.seed, order.index, ANSWER), self.cpu)
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// An order on an async runtime.
    pub async fn asynch<K: Offload + Yield>(
        &self,
        kit: K,
        session: (),
        order: Order,
    ) -> ((), io::Result<u64>) {
        let wait = self.wait_ns(order);
        if wait > 0 {
            kit.sleep_until(clock::now() + wait).await;
        }
        if !self.hogs(order) {
            return (session, Ok(self.small(order)));
        }
        let mut hog = self.hog(order);
        let answer = match self.remedy {
            Remedy::Nothing => Ok(hog.through(|| ())),
            Remedy::Yield => {
                while hog.go_on() {
                    kit.yield_now().await;
                }
                Ok(hog.dough)
            }
            Remedy::HandOver => kit.offload(move || hog.through(|| ())).await,
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

    /// An order on a thread, which the kernel stops for others, or on what is written like
    /// one.
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
        Ok(match self.remedy {
            _ if !self.hogs(order) => self.small(order),
            Remedy::Yield => self.hog(order).through(|| kit.yield_now()),
            Remedy::Nothing | Remedy::HandOver => self.hog(order).through(|| ()),
        })
    }
}

#[cfg(test)]
mod tests;
