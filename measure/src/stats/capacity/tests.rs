//! Searches over curves whose capacity is known.

use proptest::prelude::*;

use super::*;
use crate::base::seed::{draw, unit};

/// How a quantile grows with the rate, and how much it scatters.
struct Curve {
    /// The rate at which half of the samples keep the objective.
    capacity: f64,
    /// By which power of the rate the quantile grows.
    power: f64,
    /// Standard deviation of the logarithm of a sample's quantile.
    noise: f64,
    /// The part of samples that something else disturbs, which makes them five times as
    /// slow.
    disturbed: f64,
}

impl Curve {
    /// A sample's quantile over the limit. `seed` and `at` draw it.
    fn over(&self, rate: f64, seed: u64, at: u64) -> f64 {
        let draw = |lane| unit(draw(seed, at, lane));
        // Box and Muller 1958.
        let normal = (-2.0 * draw(0).ln()).sqrt() * (std::f64::consts::TAU * draw(1)).cos();
        let disturbed = if draw(2) <= self.disturbed {
            5.0_f64.ln()
        } else {
            0.0
        };
        (self.power * (rate / self.capacity).ln() + self.noise * normal + disturbed).exp()
            / self.median()
    }

    /// The median of the scatter: with a part p that is always too slow, half of all
    /// samples are below where ½ / (1 − p) of the others are.
    fn median(&self) -> f64 {
        if self.disturbed == 0.0 {
            return 1.0;
        }
        // Normal quantile just above the middle, to first order; disturbances are many
        // deviations off.
        let beyond = 0.5 / (1.0 - self.disturbed) - 0.5;
        (self.noise * beyond * std::f64::consts::TAU.sqrt()).exp()
    }

    fn search(&self, from: f64, seed: u64) -> Search {
        let mut search = Search::from(from);
        let mut at = 0;
        while let Some(rate) = search.next() {
            // As the harness offers it.
            let rate = rate.round().max(1.0);
            search.answer(rate, self.over(rate, seed, at));
            at += 1;
        }
        search
    }
}

/// What a kind of curve comes to, over many searches.
#[derive(Debug)]
struct Outcome {
    /// The part of searches whose interval holds the capacity.
    covered: f64,
    /// The part that knows it to [`NARROW`].
    narrow: f64,
    /// Median width of those intervals that have two ends, as a factor.
    width: Option<f64>,
    /// Median distance of the estimate from the truth, as a factor.
    off: f64,
    /// Mean number of samples.
    samples: f64,
}

fn outcome(power: f64, noise: f64, disturbed: f64) -> Outcome {
    let all = 400;
    let (mut covered, mut narrow, mut samples) = (0, 0, 0);
    let (mut widths, mut offs) = (Vec::new(), Vec::new());
    for seed in 0..all {
        let curve = Curve {
            capacity: 3000.0 + 40.0 * unit(draw(seed, 0, 9)) * 100.0,
            power,
            noise,
            disturbed,
        };
        let search = curve.search(2000.0, seed);
        let known = search.known();
        let low = known.low.is_none_or(|low| low <= curve.capacity);
        let high = known.high.is_none_or(|high| high >= curve.capacity);
        covered += usize::from(low && high);
        narrow += usize::from(known.is_narrow());
        samples += search.samples.len();
        widths.extend(known.low.zip(known.high).map(|(low, high)| high / low));
        offs.extend(
            known
                .estimate
                .map(|found| (found / curve.capacity).ln().abs().exp()),
        );
    }
    let part = |count: usize| count as f64 / all as f64;
    let middle = |of: &[f64]| crate::stats::quantile::median(of);
    Outcome {
        covered: part(covered),
        narrow: part(narrow),
        width: middle(&widths),
        off: middle(&offs).unwrap(),
        samples: part(samples),
    }
}

#[test]
fn intervals_hold_the_capacity_as_often_as_they_say() {
    for (curve, power, noise, disturbed) in [
        ("steep", 40.0, 0.2, 0.0),
        ("steep, disturbed", 40.0, 0.2, 0.05),
        ("bent", 8.0, 0.1, 0.0),
        ("bent, disturbed", 8.0, 0.2, 0.05),
        ("flat", 1.0, 0.1, 0.0),
        ("flat, noisy", 1.0, 0.3, 0.0),
        ("very flat, disturbed", 0.5, 0.2, 0.05),
    ] {
        let found = outcome(power, noise, disturbed);
        println!("{curve}: {found:.3?}");
        // Of 400 searches, chance takes 0.95 to 0.92 once in 150 times.
        assert!(found.covered >= 0.92, "{curve}: {found:?}");
        if power >= 40.0 {
            assert!(
                found.narrow >= 0.8 && found.off <= 1.02,
                "{curve}: {found:?}"
            );
        }
        assert!(
            found.off <= 1.2 && found.samples <= 60.0,
            "{curve}: {found:?}"
        );
        assert!(
            found.width.is_none_or(|width| width <= 4.0),
            "{curve}: {found:?}"
        );
    }
}

/// Asks a system whose answers are as plain as can be.
fn plain(from: f64, capacity: f64) -> Search {
    let mut search = Search::from(from);
    while let Some(rate) = search.next() {
        search.answer(rate, if rate <= capacity { 0.1 } else { f64::INFINITY });
    }
    search
}

#[test]
fn a_miss_is_asked_again_before_it_is_believed() {
    let mut search = Search::from(100.0);
    search.answer(100.0, 0.5);
    assert_eq!(search.next(), Some(200.0));
    search.answer(200.0, f64::INFINITY);
    assert_eq!(search.next(), Some(200.0));
    // It was the machine's.
    search.answer(200.0, 0.2);
    search.answer(200.0, 0.2);
    assert_eq!(search.next(), Some(400.0));
}

#[test]
fn what_lies_beyond_all_rates_ends_the_search() {
    let high = plain(100.0, 1e9).known();
    assert_eq!((high.kept, high.missed), (Some(MOST_RATE), None));
    assert_eq!((high.estimate, high.high), (None, None));
    let low = plain(100.0, 0.5).known();
    assert_eq!((low.kept, low.missed), (None, Some(LEAST_RATE)));
    assert_eq!((low.estimate, low.low), (None, None));
}

#[test]
fn a_fit_never_falls_and_one_bad_moment_is_outweighed() {
    let mut search = Search::from(100.0);
    for (rate, over) in [
        (100.0, 0.5),
        (200.0, 50.0),
        (200.0, 0.5),
        (200.0, 0.5),
        (400.0, 0.6),
        (800.0, 2.0),
    ] {
        search.answer(rate, over);
    }
    let fit = search.fit();
    assert!(fit.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{fit:?}");
    let known = search.known();
    assert_eq!((known.kept, known.missed), (Some(400.0), Some(800.0)));
    assert!((400.0..800.0).contains(&known.estimate.unwrap()));
    // So few samples show nothing.
    assert_eq!((known.low, known.high), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_capacity_is_enclosed_and_found(from in 1.0..1e5f64, capacity in 2.0..9e5f64) {
        let search = plain(from, capacity);
        let known = search.known();
        let (low, high) = (known.low.unwrap(), known.high.unwrap());
        prop_assert!(low <= capacity && capacity < high);
        prop_assert!(known.is_narrow());
        let asked = search.samples.len();
        prop_assert!((LEAST_SAMPLES as usize..=60).contains(&asked), "{asked}");
        prop_assert_eq!(search.left(), 0);
    }
}
