//! Orders that do nothing: what is left is the engine's own cost per order. One
//! knob gives each a known price, so that it is known what the harness must see.

use super::bakery::{MAX_ITERATIONS, knead};
use super::params::Params;
use super::{Limits, Plan, Workload, World};
use crate::base::error::Result;
use crate::kit::machine::{LoopKit, Machine, Step};
use crate::kit::{AsyncKit, DirectKit};

/// The workload that does nothing, or so many iterations of arithmetic.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing {
    /// Iterations of [`knead`] in each order.
    iterations: u32,
}

impl Workload for Nothing {
    type Spec = u64;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&["iterations"])?;
        Ok(Nothing {
            iterations: params.int("iterations", 0, 0, MAX_ITERATIONS)? as u32,
        })
    }

    #[inline]
    fn spec(&self, _seed: u64, _sample: u64, index: u64) -> u64 {
        index
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }
}

impl Nothing {
    /// Orders without arithmetic.
    pub(crate) const IDLE: Nothing = Nothing { iterations: 0 };

    /// The answer of an order, for which its arithmetic has to be done: its
    /// index, kneaded. Without arithmetic not even the call is made.
    #[inline]
    fn answer(&self, index: u64) -> u64 {
        match self.iterations {
            0 => index,
            iterations => knead(index, iterations),
        }
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> std::io::Result<()> {
        Ok(())
    }

    /// An order that does its arithmetic, if any.
    pub async fn asynch<K: AsyncKit>(
        &self,
        _kit: K,
        session: (),
        index: u64,
    ) -> ((), std::io::Result<u64>) {
        (session, Ok(self.answer(index)))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_machine<K: LoopKit>(&self, _kit: &mut K) -> std::io::Result<()> {
        Ok(())
    }

    /// An order that does its arithmetic, if any, when it is called.
    pub fn machine(&self, index: u64) -> Called {
        Called {
            nothing: *self,
            index,
        }
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> std::io::Result<()> {
        Ok(())
    }

    /// An order that does its arithmetic, if any.
    ///
    /// # Errors
    /// Never.
    #[inline]
    pub fn direct<K: DirectKit>(
        &self,
        _kit: &K,
        _session: &mut (),
        index: u64,
    ) -> std::io::Result<u64> {
        Ok(self.answer(index))
    }
}

/// An order as a state machine of one state.
pub struct Called {
    nothing: Nothing,
    index: u64,
}

impl<K: LoopKit> Machine<K> for Called {
    type Session = ();

    fn go_on(&mut self, _kit: &mut K, (): &mut ()) -> Step {
        Step::Done(Ok(self.nothing.answer(self.index)))
    }
}

impl Plan for Nothing {
    fn expected(&self, _seed: u64, orders: u64) -> Vec<u64> {
        (0..orders).map(|index| self.answer(index)).collect()
    }

    fn bound_ns(&self, _seed: u64, orders: u64, limits: &Limits) -> u64 {
        // Orders are alike and each has one CPU at most: the busiest CPU's count.
        let at_once = limits.cpus.min(limits.concurrency) as u64;
        let price = f64::from(self.iterations) * limits.ns_per_iteration;
        (orders.div_ceil(at_once) as f64 * price) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(sets: &[&str]) -> Result<Nothing> {
        let mut params = Params {
            name: "nothing/test".into(),
            ..Params::default()
        };
        for text in sets {
            params.set(text).unwrap();
        }
        Nothing::new(&params, &World::default())
    }

    fn bound(nothing: &Nothing, orders: u64, concurrency: usize) -> u64 {
        let limits = Limits {
            concurrency,
            cpus: 2,
            ns_per_iteration: 2.0,
            period_ns: 0.0,
        };
        nothing.bound_ns(1, orders, &limits)
    }

    #[test]
    fn without_iterations_orders_answer_their_index_and_cost_nothing() {
        for sets in [&[][..], &["iterations=0"]] {
            let nothing = nothing(sets).unwrap();
            assert_eq!(nothing.expected(1, 3), [0, 1, 2]);
            assert_eq!(bound(&nothing, 1000, 8), 0);
        }
    }

    #[test]
    fn iterations_are_the_bakerys_and_enter_the_answer() {
        let nothing = nothing(&["iterations=500"]).unwrap();
        let kneaded: Vec<u64> = (0..3).map(|index| knead(index, 500)).collect();
        assert_eq!(nothing.expected(1, 3), kneaded);
        let other = self::nothing(&["iterations=501"]).unwrap();
        assert!((0..3).all(|at| other.expected(1, 3)[at] != kneaded[at]));
    }

    #[test]
    fn the_bound_is_the_busiest_cpus_arithmetic() {
        let nothing = nothing(&["iterations=1000"]).unwrap();
        assert_eq!(bound(&nothing, 100, 8), 100_000, "two CPUs share it");
        assert_eq!(bound(&nothing, 101, 8), 102_000, "no order is divided");
        assert_eq!(bound(&nothing, 100, 1), 200_000, "one order at a time");
    }

    #[test]
    fn bad_iterations_are_refused_with_what_is_allowed() {
        for bad in ["-1", "2000000001", "1.5", "many"] {
            let refused = nothing(&[&format!("iterations={bad}")]).unwrap_err();
            let line = refused.to_string();
            assert!(line.contains("nothing/test: iterations = "), "{line}");
            assert!(
                line.contains("a whole number from 0 to 2000000000"),
                "{line}"
            );
        }
        let refused = nothing(&["iteration=1"]).unwrap_err().to_string();
        assert!(refused.contains("'iterations'"), "{refused}");
    }
}
