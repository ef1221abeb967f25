//! When orders come. Those that come from outside the model have a schedule
//! that is planned before the batch, a pure function of the sample's `due`. It
//! is specified with test vectors in `docs/PROTOCOL.md`.

use serde::{Deserialize, Serialize};

use crate::base::clock::Nanos;
use crate::base::seed::{draw, unit};

/// How orders of a scenario come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// Order `i` starts no earlier than `i` times this after the gate, ns; 0
    /// where orders start as soon as a unit is free.
    pub period_ns: f64,
    /// Length of the ring of turns; 0 where results count as they complete.
    pub turns: usize,
}

/// When orders are due.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// How times are spaced.
    pub kind: DueKind,
    /// Orders per second.
    pub rate: f64,
    /// Seed of the spacing's draws.
    #[serde(default, with = "crate::base::hexadecimal")]
    pub seed: u64,
    /// Orders that come together, for [`DueKind::Burst`].
    #[serde(default = "one")]
    pub burst: u64,
}

fn one() -> u64 {
    1
}

/// How due times are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueKind {
    /// Order `i` is due at `floor(i · 1e9 / rate)` ns after the gate, on the
    /// model's own timer.
    Shared,
    /// Open loop: order `i` comes `floor(i · 1e9 / rate)` ns after the first.
    Constant,
    /// Open loop: the times between orders are exponential, from the seed.
    Poisson,
    /// Open loop: `burst` orders come at once, at equal distances that keep
    /// the rate.
    Burst,
}

/// From the gate's opening to the first planned start, ns: in this time the
/// pacer's thread is made.
pub const LEAD: Nanos = 2_000_000;

/// The lane of draws that the times between orders come from; the workloads'
/// own lanes count from 0.
const LANE: u64 = u64::MAX;

/// Planned starts of `orders` orders, ns after the gate's opening, ascending;
/// `None` where orders do not come from outside the model.
#[must_use]
pub fn planned(due: &Due, orders: u64) -> Option<Vec<Nanos>> {
    let period = 1e9 / due.rate;
    let evenly = |index: u64, together: u64| (index / together * together) as f64 * period;
    let after_first: Box<dyn FnMut(u64) -> f64> = match due.kind {
        DueKind::Shared => return None,
        DueKind::Constant => Box::new(move |index| evenly(index, 1)),
        DueKind::Burst => Box::new(move |index| evenly(index, due.burst)),
        DueKind::Poisson => {
            // Times between arrivals that know nothing of each other are
            // exponential: by the inverse of its distribution function.
            let mut sum = 0.0;
            Box::new(move |index| {
                sum -= unit(draw(due.seed, index, LANE)).ln() * period;
                sum
            })
        }
    };
    Some(
        (0..orders)
            .map(after_first)
            .map(|after| LEAD.saturating_add(after as Nanos))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn due(kind: DueKind, rate: f64, burst: u64) -> Due {
        Due {
            kind,
            rate,
            seed: 7,
            burst,
        }
    }

    #[test]
    fn the_models_own_timer_plans_nothing() {
        assert_eq!(planned(&due(DueKind::Shared, 10.0, 1), 3), None);
    }

    #[test]
    fn even_arrivals_and_bursts_keep_the_rate() {
        let after = |kind, burst| -> Vec<u64> {
            let planned = planned(&due(kind, 3000.0, burst), 5).unwrap();
            planned.into_iter().map(|at| at - LEAD).collect()
        };
        assert_eq!(
            after(DueKind::Constant, 1),
            [0, 333_333, 666_666, 1_000_000, 1_333_333]
        );
        assert_eq!(
            after(DueKind::Burst, 2),
            [0, 0, 666_666, 666_666, 1_333_333]
        );
    }

    #[test]
    fn independent_arrivals_are_as_variable_as_their_name_says() {
        let planned = planned(&due(DueKind::Poisson, 1e6, 1), 100_000).unwrap();
        let gaps: Vec<f64> = planned
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64)
            .collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        // An exponential distribution's deviation is its mean.
        assert!((mean - 1000.0).abs() < 15.0, "{mean}");
        assert!((variance.sqrt() - mean).abs() < 15.0, "{variance}");
    }

    proptest! {
        #[test]
        fn starts_ascend_and_a_longer_schedule_begins_alike(
            rate in 1.0..1e6f64, burst in 1u64..50, orders in 1u64..300,
        ) {
            for kind in [DueKind::Constant, DueKind::Poisson, DueKind::Burst] {
                let due = due(kind, rate, burst);
                let planned_starts = planned(&due, orders).unwrap();
                prop_assert!(planned_starts.is_sorted());
                let longer = planned(&due, orders + 10).unwrap();
                prop_assert_eq!(&longer[..orders as usize], &planned_starts[..]);
            }
        }
    }
}
