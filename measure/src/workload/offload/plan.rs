//! What should come of orders with calls that block.

use super::{Offload, Order, Where};
use crate::kit::capability::Capability;
use crate::workload::bakery::knead;
use crate::workload::{Limits, Plan};

impl Plan for Offload {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let answer = |index| {
            let order = Order { seed, index };
            let call = self.call(order);
            call.map_or_else(|| Self::plain(order), |call| knead(call.seed, call.cpu))
        };
        (0..orders).map(answer).collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let (mut longest, mut all, mut cpu): (f64, f64, f64) = (0.0, 0.0, 0.0);
        for index in 0..orders {
            let order = Order { seed, index };
            let mut alone = self.wait_ns(order) as f64;
            if let Some(call) = self.call(order) {
                let computed = f64::from(call.cpu) * limits.ns_per_iteration;
                cpu += computed;
                alone += computed + call.wait_ns as f64;
            }
            longest = longest.max(alone);
            all += alone;
        }
        [
            longest,
            all / limits.concurrency as f64,
            cpu / limits.cpus as f64,
            orders.saturating_sub(1) as f64 * limits.period_ns,
        ]
        .into_iter()
        .fold(0.0, f64::max) as u64
    }

    fn asks(&self) -> &'static [Capability] {
        match self.at {
            Where::BlockInPlace => &[Capability::BlockInPlace],
            Where::Pool | Where::Here | Where::Rayon => &[],
        }
    }
}
