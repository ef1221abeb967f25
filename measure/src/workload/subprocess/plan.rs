//! What should come of orders that other programs do.

use super::{By, Order, Subprocess};
use crate::kit::capability::Capability;
use crate::workload::bakery::knead;
use crate::workload::{Limits, Plan};

/// Descriptors that an order holds while its program runs: pipes to and from it, the far
/// ends of both until it has started, a pipe that tells whether it did, and one that tells
/// its end.
const DESCRIPTORS: u64 = 8;

impl Plan for Subprocess {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let answer = |index| {
            let order = Order { seed, index };
            Self::answer(order, knead(Self::asked(order), self.cpu))
        };
        (0..orders).map(answer).collect()
    }

    /// The children's arithmetic. What it takes at best to start a program is not known.
    fn bound_ns(&self, _seed: u64, orders: u64, limits: &Limits) -> u64 {
        let at_once = limits.cpus.min(limits.concurrency) as u64;
        let price = f64::from(self.cpu) * limits.ns_per_iteration;
        let computed = orders.div_ceil(at_once) as f64 * price;
        computed.max(orders.saturating_sub(1) as f64 * limits.period_ns) as u64
    }

    fn asks(&self) -> &'static [Capability] {
        match self.by {
            By::Own => &[],
            By::Pool => &[Capability::Offload],
        }
    }

    fn descriptors_per_unit(&self) -> u64 {
        DESCRIPTORS
    }
}
