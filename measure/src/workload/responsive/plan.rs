//! What should come of small orders beside those that hog a CPU.

use super::{Order, Remedy, Responsive};
use crate::kit::capability::Capability;
use crate::workload::{Limits, Plan};

impl Plan for Responsive {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let answer = |index| {
            let order = Order { seed, index };
            if self.hogs(order) {
                self.hog(order).through(|| ())
            } else {
                self.small(order)
            }
        };
        (0..orders).map(answer).collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let (mut longest, mut all, mut cpu): (f64, f64, f64) = (0.0, 0.0, 0.0);
        for index in 0..orders {
            let order = Order { seed, index };
            let iterations = if self.hogs(order) {
                self.hog_cpu
            } else {
                self.cpu
            };
            let computed = f64::from(iterations) * limits.ns_per_iteration;
            let alone = self.wait_ns(order) as f64 + computed;
            cpu += computed;
            all += alone;
            longest = longest.max(alone);
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
        match self.remedy {
            Remedy::HandOver => &[Capability::Offload],
            Remedy::Nothing | Remedy::Yield => &[],
        }
    }
}
