//! Whether the rounds of a cell fall into two groups of different speed, so that no
//! single median tells it.
//!
//! **The statistic.** Of the sorted logarithms of time per order, each split that leaves
//! three rounds or more on either side is looked at: the gap between the two sides over
//! the mean distance of rounds from the median of their own side,
//! `gap · (n − 2) / Σ |x − median of its side|`. The split with the greatest counts. Three
//! a side, because one or two rounds that stand apart are disturbances and no speed.
//! Distances are not squared, so that such a round does not hide two levels.
//!
//! **The level.** A split is more than chance where its statistic is greater than what
//! one level exceeds at 0.1 % or 1 %. These critical values were simulated, 400,000 draws
//! for each number of rounds and each of three shapes, and the greatest of the three is
//! taken: the uniform distribution, which of all symmetric ones with one peak looks the
//! most like two (the reason why Hartigan and Hartigan 1985 measure their dip against
//! it); the exponential, which logarithms of times with Pareto's tail have; and Student's
//! t with two degrees of freedom, whose tails are heavy on both sides. Under the normal
//! distribution the rate of false findings is a tenth of the level or so.
//!
//! Two speeds are found at 0.1 %; and at 1 % where something that was counted of the
//! same rounds, as context switches, [separates](Split::separated_by) the two sides: by a
//! factor of two or more, without overlap, which by chance alone would come once in
//! C(n, k) / 2 times.

use crate::stats::quantile::median;

/// Rounds that each of the two speeds has at least.
pub const LEAST: usize = 3;
/// What a cause differs by between the two sides.
const FACTOR: f64 = 2.0;
/// By number of rounds, what one level exceeds at 1 % and at 0.1 %. Between two lines
/// the greater holds.
const CRITICAL: [(usize, f64, f64); 23] = [
    (8, 7.39, 13.14),
    (9, 6.66, 11.36),
    (10, 6.02, 9.96),
    (11, 5.52, 9.22),
    (12, 5.28, 8.69),
    (13, 5.09, 8.18),
    (14, 4.98, 8.06),
    (15, 4.81, 7.67),
    (16, 4.66, 7.29),
    (17, 4.54, 7.16),
    (18, 4.45, 6.91),
    (19, 4.32, 6.73),
    (20, 4.23, 6.47),
    (21, 4.19, 6.42),
    (22, 4.10, 6.30),
    (23, 4.03, 6.01),
    (24, 3.97, 6.10),
    (28, 3.74, 5.57),
    (32, 3.62, 5.49),
    (36, 3.48, 5.66),
    (40, 3.38, 5.75),
    (60, 3.90, 6.87),
    (100, 4.82, 8.38),
];

/// The best split of values into a lower and an upper side.
#[derive(Clone, Debug, PartialEq)]
pub struct Split {
    /// Places of the values on the lower side, in their order.
    pub lower: Vec<usize>,
    /// Likewise of the upper one.
    pub upper: Vec<usize>,
    /// How far apart they are; see the module.
    statistic: f64,
}

impl Split {
    /// The best split; `None` of fewer than eight values, of such as are not finite, and
    /// where all are the same.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
        let sorted: Vec<f64> = order.iter().map(|&at| values[at]).collect();
        if sorted.len() < CRITICAL[0].0 || !sorted.iter().all(|value| value.is_finite()) {
            return None;
        }
        let (statistic, at) = best(&sorted)?;
        let (mut lower, mut upper) = (order[..at].to_vec(), order[at..].to_vec());
        lower.sort_unstable();
        upper.sort_unstable();
        Some(Split {
            lower,
            upper,
            statistic,
        })
    }

    /// Whether the values show two levels; `separated` tells that a cause
    /// [separates](Split::separated_by) the sides.
    #[must_use]
    pub fn is_more_than_chance(&self, separated: bool) -> bool {
        let count = self.lower.len() + self.upper.len();
        let next = CRITICAL.partition_point(|(rounds, ..)| *rounds < count);
        let lines = &CRITICAL[next.saturating_sub(1)..CRITICAL.len().min(next + 1)];
        let exact = lines.iter().find(|(rounds, ..)| *rounds == count);
        let lines = exact.map_or(lines, std::slice::from_ref);
        let critical = lines.iter().map(
            |(_, with_cause, alone)| {
                if separated { *with_cause } else { *alone }
            },
        );
        self.statistic > critical.fold(0.0, f64::max)
    }

    /// Medians of what was counted of the same rounds, on the lower and the upper side,
    /// where that separates the two: no round of one side has as much as any of the
    /// other, by a factor of two.
    #[must_use]
    pub fn separated_by(&self, counted: &[f64]) -> Option<(f64, f64)> {
        let side = |of: &[usize]| -> Option<Vec<f64>> {
            let values = of.iter().map(|&at| counted.get(at).copied());
            values
                .map(|value| value.filter(|v| v.is_finite() && *v >= 0.0))
                .collect()
        };
        let (lower, upper) = (side(&self.lower)?, side(&self.upper)?);
        let least = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
        let most = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
        let below = |a: &[f64], b: &[f64]| most(a) * FACTOR <= least(b) && least(b) > 0.0;
        (below(&lower, &upper) || below(&upper, &lower))
            .then(|| Some((median(&lower)?, median(&upper)?)))
            .flatten()
    }
}

/// The greatest statistic of sorted values, and where their upper side begins.
fn best(sorted: &[f64]) -> Option<(f64, usize)> {
    let count = sorted.len();
    let distances = |side: &[f64]| -> f64 {
        let middle = side[side.len() / 2];
        side.iter().map(|value| (value - middle).abs()).sum()
    };
    (LEAST..=count.checked_sub(LEAST)?)
        .map(|at| {
            let (lower, upper) = sorted.split_at(at);
            let gap = upper[0] - lower[at - 1];
            let spread = (distances(lower) + distances(upper)) / (count - 2) as f64;
            // Levels without any spread are as far apart as can be.
            let apart = if gap > 0.0 { gap / spread } else { 0.0 };
            (apart, at)
        })
        .filter(|(apart, _)| *apart > 0.0)
        .max_by(|a, b| a.0.total_cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::{draw, unit};

    /// What a round of a run is off by.
    type Noise<'n> = &'n dyn Fn(u64, u64) -> f64;

    /// Normal by Box and Muller (1958).
    fn normal(seed: u64, index: u64) -> f64 {
        let part = |lane| unit(draw(seed, index, lane)).clamp(1e-12, 1.0);
        (-2.0 * part(0).ln()).sqrt() * (std::f64::consts::TAU * part(1)).cos()
    }

    fn found(values: &[f64]) -> bool {
        Split::of(values).is_some_and(|split| split.is_more_than_chance(false))
    }

    /// Of so many runs of `rounds` rounds how many show two levels.
    fn findings(runs: u64, rounds: u64, value: impl Fn(u64, u64) -> f64) -> usize {
        let run = |run| -> Vec<f64> { (0..rounds).map(|round| value(run, round)).collect() };
        (0..runs).filter(|&seed| found(&run(seed))).count()
    }

    #[test]
    fn one_level_is_not_taken_for_two() {
        let u = |run, round| unit(draw(run, round, 7)).clamp(1e-12, 1.0 - 1e-12);
        for rounds in [8, 10, 20] {
            let noises: [(&str, Noise<'_>); 4] = [
                ("normal", &|run, round| normal(run, round)),
                ("uniform", &|run, round| u(run, round)),
                ("exponential", &|run, round| -u(run, round).ln()),
                ("t2", &|run, round| {
                    let u = u(run, round);
                    (2.0 * u - 1.0) / (2.0 * u * (1.0 - u)).sqrt()
                }),
            ];
            for (name, noise) in noises {
                let wrong = findings(4000, rounds, noise);
                // At 0.1 % four are due; more than eleven come once in a thousand times.
                assert!(wrong <= 11, "{name}, {rounds} rounds: {wrong} of 4000");
            }
        }
    }

    #[test]
    fn two_levels_are_found_from_ten_rounds_on() {
        // A third faster, as smol with its reactor's helper; 3 % of noise.
        let value = |run: u64, round: u64| {
            let fast = (round + run).is_multiple_of(3);
            0.03 * normal(run, round) - if fast { 0.4 } else { 0.0 }
        };
        let seen = findings(300, 12, value);
        assert!(seen >= 240, "{seen} of 300");
        let seen = findings(300, 24, value);
        assert!(seen >= 297, "{seen} of 300");
    }

    #[test]
    fn a_cause_that_separates_the_sides_is_told_and_lowers_the_bar() {
        // The async-std of a run of eight rounds: time per order, and switches.
        let times = [
            -10.57, -10.60, -10.61, -10.72, -10.78, -11.50, -11.53, -11.57,
        ];
        let switches = [947.0, 935.0, 1021.0, 831.0, 805.0, 11.0, 63.0, 4.0];
        let split = Split::of(&times).unwrap();
        assert_eq!(split.lower, [5, 6, 7]);
        assert_eq!(split.separated_by(&switches), Some((11.0, 935.0)));
        assert!(split.is_more_than_chance(true));
        assert!(!split.is_more_than_chance(false));
        // Neither overlap, nor a small difference, nor absence separates.
        let with = |at: usize, value| {
            let mut switches = switches;
            switches[at] = value;
            split.separated_by(&switches)
        };
        assert_eq!(with(6, 900.0), None);
        assert_eq!(with(6, 500.0), None);
        assert_eq!(with(6, f64::NAN), None);
        assert_eq!(split.separated_by(&[1.0; 3]), None);
        assert_eq!(split.separated_by(&[0.0; 8]), None);
    }

    #[test]
    fn few_rounds_or_few_on_a_side_are_no_level() {
        assert_eq!(Split::of(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]), None);
        assert_eq!(Split::of(&[1.0; 12]), None);
        assert_eq!(Split::of(&[f64::NAN; 12]), None);
        // Two rounds that stand apart.
        let mut values: Vec<f64> = (0..12).map(|at| 0.01 * normal(3, at)).collect();
        (values[2], values[9]) = (1.0, 1.01);
        assert!(!found(&values));
        values[5] = 1.02;
        assert!(found(&values));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn scale_place_and_direction_do_not_matter(
            values in prop::collection::vec(-1.0..1.0f64, 8..20),
        ) {
            let turned: Vec<f64> = values.iter().map(|value| 5.0 - 3.0 * value).collect();
            let (one, other) = (Split::of(&values).unwrap(), Split::of(&turned).unwrap());
            let pair = [one.statistic, other.statistic];
            // Which of two middle values is the median depends on the direction.
            prop_assert!(pair[0] / pair[1] < 1.5 && pair[1] / pair[0] < 1.5, "{pair:?}");
            prop_assert_eq!(one.lower.len() + one.upper.len(), values.len());
            let most = one.lower.iter().map(|&at| values[at]).fold(f64::MIN, f64::max);
            prop_assert!(one.upper.iter().all(|&at| values[at] > most));
        }
    }
}
