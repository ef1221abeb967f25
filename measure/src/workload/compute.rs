//! Arithmetic and nothing else, of sizes that may differ: a few orders may hold most of the
//! work.

use std::io;

use serde::{Deserialize, Serialize};

use super::bakery::{MAX_ITERATIONS, knead};
use super::params::Params;
use super::spread::Spread;
use super::{Limits, Plan, Workload, World};
use crate::base::error::Result;
use crate::base::seed::draw;
use crate::kit::machine::{LoopKit, Machine, Step};
use crate::kit::{AsyncKit, DirectKit};

/// Orders that compute.
#[derive(Clone, Copy, Debug)]
pub struct Compute {
    /// Iterations of [`knead`], by order.
    cpu: Spread,
}

const KEYS: [&str; 1] = ["cpu"];

/// Iterations where none are asked for: some 100 µs.
const ITERATIONS: u64 = 50_000;

/// Draw lanes.
const CPU: u64 = 0;
const ANSWER: u64 = 8;

/// One order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Order {
    seed: u64,
    index: u64,
}

impl Workload for Compute {
    type Spec = Order;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        let default = Spread::Fixed(ITERATIONS);
        Ok(Compute {
            cpu: params.sizes("cpu", default, MAX_ITERATIONS as u64)?,
        })
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Order {
        Order { seed, index }
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }
}

impl Compute {
    fn iterations(&self, order: Order) -> u32 {
        // `new` allows no more than fit.
        self.cpu.value(order.seed, order.index, CPU) as u32
    }

    #[inline]
    fn answer(&self, order: Order) -> u64 {
        let dough = draw(order.seed, order.index, ANSWER);
        knead(dough, self.iterations(order))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<()> {
        Ok(())
    }

    /// An order that computes, and waits for nothing.
    pub async fn asynch<K: AsyncKit>(
        &self,
        _kit: K,
        session: (),
        order: Order,
    ) -> ((), io::Result<u64>) {
        (session, Ok(self.answer(order)))
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_machine<K: LoopKit>(&self, _kit: &mut K) -> io::Result<()> {
        Ok(())
    }

    /// An order that computes when it is called.
    pub fn machine(&self, order: Order) -> Called {
        Called {
            compute: *self,
            order,
        }
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        Ok(())
    }

    /// An order that computes.
    ///
    /// # Errors
    /// Never.
    #[inline]
    pub fn direct<K: DirectKit>(
        &self,
        _kit: &K,
        _session: &mut (),
        order: Order,
    ) -> io::Result<u64> {
        Ok(self.answer(order))
    }
}

/// An order as a state machine of one state.
pub struct Called {
    compute: Compute,
    order: Order,
}

impl<K: LoopKit> Machine<K> for Called {
    type Session = ();

    fn go_on(&mut self, _kit: &mut K, (): &mut ()) -> Step {
        Step::Done(Ok(self.compute.answer(self.order)))
    }
}

impl Plan for Compute {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        (0..orders)
            .map(|index| self.answer(Order { seed, index }))
            .collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let sizes = (0..orders).map(|index| u64::from(self.iterations(Order { seed, index })));
        let (longest, all) = sizes.fold((0, 0), |(longest, all), size| {
            (u64::max(longest, size), all + size)
        });
        // No order is on two CPUs at a time, and no number of CPUs shares one.
        let at_once = limits.cpus.min(limits.concurrency) as f64;
        let busiest = f64::max(longest as f64, all as f64 / at_once);
        let paced = orders.saturating_sub(1) as f64 * limits.period_ns;
        f64::max(busiest * limits.ns_per_iteration, paced) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Error;

    fn compute(cpu: &str) -> Result<Compute> {
        let mut params = Params {
            name: "compute/test".into(),
            ..Params::default()
        };
        params.set(&format!("cpu={cpu}")).unwrap();
        Compute::new(&params, &World::default())
    }

    fn bound(cpu: &str, orders: u64, concurrency: usize) -> u64 {
        let limits = Limits {
            concurrency,
            cpus: 2,
            ns_per_iteration: 2.0,
            period_ns: 0.0,
        };
        compute(cpu).unwrap().bound_ns(1, orders, &limits)
    }

    #[test]
    fn the_bound_is_the_longest_order_or_what_each_cpu_must_do() {
        assert_eq!(bound("1000", 1, 8), 2000, "one order is on one CPU");
        assert_eq!(bound("1000", 10, 8), 10_000, "two CPUs share ten");
        assert_eq!(bound("1000", 10, 1), 20_000, "one at a time");
    }

    #[test]
    fn a_few_orders_may_hold_most_of_the_work() {
        let skewed = compute("pareto:5000,1.0,5000000").unwrap();
        let mut sizes: Vec<u64> = (0..10_000)
            .map(|index| u64::from(skewed.iterations(Order { seed: 1, index })))
            .collect();
        sizes.sort_unstable_by_key(|size| std::cmp::Reverse(*size));
        assert!(sizes.iter().all(|size| (5000..=5_000_000).contains(size)));
        let all: u64 = sizes.iter().sum();
        let top: u64 = sizes[..100].iter().sum();
        // One in a hundred is above 500,000: (1 + ln 10) of (1 + ln 1000) parts of the work.
        let part = top as f64 / all as f64;
        assert!((0.35..0.5).contains(&part), "{part}");
    }

    #[test]
    fn answers_tell_sizes_and_orders_apart() {
        let of = |cpu| compute(cpu).unwrap().expected(1, 2);
        let (some, more) = (of("1000"), of("1001"));
        assert_ne!(some[0], some[1]);
        assert_ne!(some[0], more[0]);
        assert_eq!(some, of("fixed:1000"));
    }

    #[test]
    fn bad_parameters_are_refused_with_what_is_allowed() {
        for (bad, allowed) in [
            ("2000000001", "at most 2000000000"),
            ("pareto:1", "cpu"),
            ("-1", "cpu"),
        ] {
            let refused = compute(bad).expect_err(bad);
            assert!(matches!(refused, Error::Usage(_)));
            let line = refused.to_string();
            assert!(
                line.contains(allowed) && line.contains("compute/test"),
                "{line}"
            );
        }
    }
}
