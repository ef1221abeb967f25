//! What should come of baking: answers, and the physical bound.

use super::{BAKERS, Bakery, Cake, MIXERS, NAMES, OVENS, Step, Style, TABLES, taste};
use crate::workload::{Limits, Plan};

impl Plan for Bakery {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let answer = |index| {
            let cake = Cake { seed, index };
            taste(
                self.mix.work(cake),
                self.bake.work(cake),
                self.make_frosting.work(cake),
                self.frost.work(cake),
            )
        };
        (0..orders).map(answer).collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let mut longest: f64 = 0.0;
        let mut critical = 0.0;
        let mut cpu = 0.0;
        let mut load = [0.0; 4];
        for index in 0..orders {
            let cake = Cake { seed, index };
            // Arithmetic and waiting of one step overlap: its time is the longer.
            let time = |step: &Step| {
                (f64::from(step.cpu) * limits.ns_per_iteration).max(step.wait_ns(cake) as f64)
            };
            let (mix, frosting, frost) = (
                time(&self.mix),
                time(&self.make_frosting),
                time(&self.frost),
            );
            let bake = time(&self.bake);
            // Frosting is made beside the baking at best.
            let path = mix + bake.max(frosting) + frost;
            longest = longest.max(path);
            critical += path;
            let iterations = [self.mix, self.bake, self.make_frosting, self.frost]
                .iter()
                .map(|step| f64::from(step.cpu))
                .sum::<f64>();
            cpu += iterations * limits.ns_per_iteration;
            load[BAKERS] += match self.style {
                Style::StandBy => path,
                Style::Jump => mix + frosting + frost,
            };
            load[MIXERS] += mix;
            load[OVENS] += bake;
            load[TABLES] += frosting + frost;
        }
        let stations = load
            .iter()
            .zip(self.places)
            .filter(|(_, places)| *places > 0);
        stations
            .map(|(load, places)| load / places as f64)
            .chain([
                longest,
                critical / limits.concurrency as f64,
                cpu / limits.cpus as f64,
            ])
            .chain([orders.saturating_sub(1) as f64 * limits.period_ns])
            .fold(0.0, f64::max) as u64
    }

    fn stations(&self) -> Vec<(&'static str, usize)> {
        NAMES.into_iter().zip(self.places).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::bakery;
    use super::*;

    #[test]
    fn the_bound_is_the_tightest_of_its_parts() {
        let limits = |concurrency| Limits {
            concurrency,
            cpus: 2,
            ns_per_iteration: 2.0,
            period_ns: 0.0,
        };
        let oven = bakery(&["bake_wait=10ms", "ovens=2", "style=jump"]);
        assert_eq!(
            oven.bound_ns(1, 100, &limits(100)),
            500_000_000,
            "ovens decide"
        );
        assert_eq!(
            oven.bound_ns(1, 100, &limits(1)),
            1_000_000_000,
            "concurrency decides"
        );
        assert_eq!(
            oven.bound_ns(1, 1, &limits(100)),
            10_000_000,
            "one cake decides"
        );
        let cpu = bakery(&["mix_cpu=1000000"]);
        assert_eq!(
            cpu.bound_ns(1, 100, &limits(100)),
            100_000_000,
            "cores decide"
        );
        let slow = Limits {
            period_ns: 1e7,
            ..limits(100)
        };
        assert_eq!(
            cpu.bound_ns(1, 101, &slow),
            1_000_000_000,
            "the rate decides"
        );
    }
}
