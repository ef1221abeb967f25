//! Where response time leaves its plateau as load rises.
//!
//! The **plateau** is the least median response of any load. It is usually that of
//! the lowest one, but an idle processor sleeps deep and clocks down, so the first
//! orders of a quiet host may answer later than those of a busy one, and a knee
//! against that would come out too late. What lies above the knee cannot be the
//! least, so looking at all loads is the same as looking at those before it.
//!
//! Response has **left** the plateau from the first load on that it and all higher
//! loads answer slower than [`LEAVES`] times the plateau. A bump that goes back is
//! no knee. Between the last load before that and the first one after, the **knee**
//! is where the straight line between both, in log load and log response, crosses
//! that level.

use std::collections::{BTreeMap, BTreeSet};

use super::interval::Interval;
use super::quantile::median;
use super::{ALPHA, ROUNDS};
use crate::base::seed::draw;

/// How many times the plateau a response is that has left it.
pub const LEAVES: f64 = 1.5;

/// Loads that a knee takes at least.
const LOADS: usize = 3;

/// Resamples behind an interval, so that five are left in each tail.
const RESAMPLES: u64 = 2000;

/// Of the resamples: the same rounds give the same interval.
const SEED: u64 = 0x006b_6e65_6500;

/// Where response time leaves its plateau. Loads are in the unit that they came
/// in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Knee {
    /// At this load.
    At {
        /// The load, between two of those measured.
        load: f64,
        /// What it may be; `None` where a load has fewer than [`ROUNDS`] rounds.
        interval: Option<Censored>,
    },
    /// Not within what was measured.
    Beyond {
        /// The highest load measured.
        last: f64,
        /// What it may be: the lower end tells from where on it is uncertain
        /// whether response has left. `None` as above.
        interval: Option<Censored>,
    },
    /// Fewer than 3 loads have a response: no knee can be told.
    TooFew,
}

/// An interval of which the upper end may lie beyond what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Censored {
    /// The interval, up to the highest load at most.
    pub interval: Interval,
    /// Whether its upper end is the highest load only because nothing higher
    /// was measured: read "or more".
    pub open_above: bool,
}

/// The knee of `curve`: loads (orders/s, or orders in flight) with the response
/// time of each round, in any unit of time.
///
/// The response at a load is the median over its rounds. Loads may come in any
/// order. What has no logarithm, load or response, counts as missing, and so does a
/// load without a response.
///
/// The interval is the percentile bootstrap (Efron 1979) at 1 − [`ALPHA`] over
/// rounds, drawn with replacement for all loads at once, since loads of one round
/// share a moment. A resample that never leaves its plateau has its knee above
/// all others. Of few rounds it is somewhat narrow: simulated queues of 8 rounds
/// lie within it 98 times in 100, of 12 and more about as often as they should.
#[must_use]
pub fn knee<K: Ord>(curve: &[(f64, BTreeMap<K, f64>)]) -> Knee {
    let measured = |value: &f64| value.ln().is_finite();
    let mut curve: Vec<_> = curve.iter().filter(|(load, _)| measured(load)).collect();
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all = curve.iter().flat_map(|(_, of)| of);
    let rounds: BTreeSet<&K> = all.filter(|(_, r)| measured(r)).map(|(k, _)| k).collect();
    let mut rows: Vec<Row> = curve
        .iter()
        .map(|(load, of)| {
            let response = |round: &&K| of.get(round).copied().filter(measured);
            (*load, rounds.iter().map(response).collect())
        })
        .collect();
    let known = |row: &Row| row.1.iter().flatten().count();
    rows.retain(|row| known(row) > 0);
    let Some(&(last, _)) = rows.last().filter(|_| rows.len() >= LOADS) else {
        return Knee::TooFew;
    };
    let enough = rows.iter().all(|row| known(row) >= ROUNDS);
    let interval = enough.then(|| bootstrap(&rows, rounds.len(), last));
    match crossing(&rows, &(0..rounds.len()).collect::<Vec<_>>()) {
        Some(load) => Knee::At { load, interval },
        None => Knee::Beyond { last, interval },
    }
}

/// A load with its response in each round, where it has one.
type Row = (f64, Vec<Option<f64>>);

/// Where the line through the median responses of the `drawn` rounds, by
/// ascending load, leaves the level for good; `None` where the last has not left.
fn crossing(rows: &[Row], drawn: &[usize]) -> Option<f64> {
    let points: Vec<(f64, f64)> = rows
        .iter()
        .filter_map(|(load, row)| {
            let responses: Vec<f64> = drawn.iter().filter_map(|&at| row[at]).collect();
            Some((*load, median(&responses)?))
        })
        .collect();
    let plateau = points.iter().map(|point| point.1).reduce(f64::min)?;
    let level = LEAVES * plateau;
    // The plateau itself is a point that has not left.
    let within = points.iter().rposition(|point| point.1 <= level)?;
    let (before, after) = (points[within], points.get(within + 1)?);
    let part = (level / before.1).ln() / (after.1 / before.1).ln();
    Some(before.0 * (after.0 / before.0).powf(part))
}

/// The interval of the knee over resamples of `rounds` rounds; `last` is the
/// highest load.
fn bootstrap(rows: &[Row], rounds: usize, last: f64) -> Censored {
    let mut knees: Vec<f64> = (0..RESAMPLES)
        .map(|resample| {
            let pick = |lane| (draw(SEED, resample, lane) % rounds as u64) as usize;
            let drawn: Vec<usize> = (0..rounds as u64).map(pick).collect();
            crossing(rows, &drawn).unwrap_or(f64::INFINITY)
        })
        .collect();
    knees.sort_by(f64::total_cmp);
    let cut = (ALPHA / 2.0 * RESAMPLES as f64) as usize;
    let (low, high) = (knees[cut], knees[knees.len() - 1 - cut]);
    Censored {
        interval: Interval { low, high }.map(|knee| knee.min(last)),
        open_above: high > last,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::unit;

    /// Loads with the same response in each of `rounds` rounds.
    fn steady(points: &[(f64, f64)], rounds: u32) -> Vec<(f64, BTreeMap<u32, f64>)> {
        let all = |response| (0..rounds).map(|round| (round, response)).collect();
        points.iter().map(|&(load, r)| (load, all(r))).collect()
    }

    fn at(knee: Knee) -> f64 {
        match knee {
            Knee::At { load, .. } => load,
            other => panic!("{other:?}"),
        }
    }

    fn reach(knee: Knee) -> Censored {
        match knee {
            Knee::At { interval, .. } | Knee::Beyond { interval, .. } => interval.unwrap(),
            Knee::TooFew => panic!("too few"),
        }
    }

    /// One server, random arrivals: R = S / (1 − ρ) with S = 1, each round with a
    /// factor of its own and each value with one of up to `noise`.
    fn queue(loads: &[f64], rounds: u64, noise: f64, seed: u64) -> Vec<(f64, BTreeMap<u64, f64>)> {
        let luck = |round, lane| (noise * (2.0 * unit(draw(seed, round, lane)) - 1.0)).exp();
        let at = |load: f64, lane| {
            let response = |round| luck(round, 0) * luck(round, lane) / (1.0 - load);
            (0..rounds).map(|round| (round, response(round))).collect()
        };
        loads
            .iter()
            .zip(1..)
            .map(|(&load, lane)| (load, at(load, lane)))
            .collect()
    }

    #[test]
    fn a_queue_leaves_where_it_should() {
        // 1 / (1 − ρ) is 1.5 times 1 / (1 − 0.1) at ρ = 0.4.
        let fine: Vec<f64> = (10..95).map(|percent| f64::from(percent) / 100.0).collect();
        assert!((at(knee(&queue(&fine, 1, 0.0, 1))) - 0.4).abs() < 1e-3);
        // Between coarse loads it is where their line crosses, a little lower.
        let coarse = [0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9];
        let truth = at(knee(&queue(&coarse, 1, 0.0, 1)));
        assert!(truth > 0.38 && truth < 0.4, "{truth}");
        let found = (0..60).map(|seed| reach(knee(&queue(&coarse, 12, 0.1, seed))));
        let covered = found.filter(|found| {
            let Interval { low, high } = found.interval;
            assert!(low > 0.25 && high < 0.55 && !found.open_above, "{found:?}");
            found.interval.contains(truth)
        });
        let covered = covered.count();
        assert!(covered >= 58, "{covered} of 60");
    }

    #[test]
    fn a_bump_is_no_knee_and_a_slow_start_no_plateau() {
        let bump = [(1.0, 10.0), (2.0, 20.0), (4.0, 11.0), (8.0, 40.0)];
        let expected = 4.0 * 2f64.powf((15f64 / 11.0).ln() / (40f64 / 11.0).ln());
        assert!((at(knee(&steady(&bump, 3))) - expected).abs() < 1e-9);
        let slow = [(1.0, 14.0), (2.0, 10.0), (4.0, 10.0), (8.0, 16.0)];
        let found = at(knee(&steady(&slow, 3)));
        assert!(found > 4.0 && found < 8.0, "{found}");
    }

    #[test]
    fn few_loads_few_rounds_and_no_knee() {
        let flat = [(1.0, 10.0), (2.0, 11.0), (4.0, 15.0)];
        let none = knee(&steady(&flat, 7));
        assert!(matches!(
            none,
            Knee::Beyond {
                last: 4.0,
                interval: None
            }
        ));
        let Censored {
            interval,
            open_above,
        } = reach(knee(&steady(&flat, 8)));
        assert_eq!((interval.low, interval.high, open_above), (4.0, 4.0, true));
        assert_eq!(knee(&steady(&flat[..2], 20)), Knee::TooFew);
        let mut lost = steady(&flat, 20);
        lost[1].1 = BTreeMap::from([(0, f64::NAN), (1, 0.0)]);
        assert_eq!(knee(&lost), Knee::TooFew);
    }

    #[test]
    fn an_end_that_was_not_seen_is_open() {
        // Four of ten rounds never leave, so that some resamples do not.
        let mut curve = steady(&[(1.0, 10.0), (2.0, 10.0), (4.0, 30.0)], 10);
        curve[2].1.extend((0..4).map(|round| (round, 12.0)));
        assert!(at(knee(&curve)) < 4.0);
        let found = reach(knee(&curve));
        assert!(found.open_above && found.interval.high == 4.0 && found.interval.low < 3.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_is_what_walking_down_the_line_finds(
            responses in prop::collection::vec(1.0..3.0f64, 3..9), unit in 0.01..100.0f64,
        ) {
            let points: Vec<(f64, f64)> =
                responses.iter().enumerate().map(|(at, r)| (2f64.powi(at as i32), *r)).collect();
            let least = responses.iter().copied().fold(f64::INFINITY, f64::min);
            let last = points.len() - 1;
            let line = |step: usize| {
                let (from, part) = ((step / 1000).min(last - 1), step as f64 / 1000.0);
                let part = part - from as f64;
                responses[from].powf(1.0 - part) * responses[from + 1].powf(part)
            };
            let seen = (0..=1000 * last).rev().find(|&step| line(step) <= 1.5 * least).unwrap();
            let mut scaled: Vec<_> = points.iter().map(|p| (p.0, p.1 * unit)).collect();
            scaled.reverse();
            match knee(&steady(&scaled, 1)) {
                Knee::At { load, .. } => {
                    prop_assert!((load.log2() * 1000.0 - seen as f64).abs() <= 1.01, "{load} {seen}");
                }
                other => prop_assert!(seen == 1000 * last, "{other:?}"),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn the_moment_of_a_round_and_what_is_missing_do_not_move_it(
            factors in prop::collection::vec(0.5..2.0f64, 10), gap in 0usize..10,
        ) {
            // A factor that all loads of a round share would divide out within the
            // round; drawn together, medians of all loads move alike.
            let mut curve = steady(&[(1.0, 10.0), (2.0, 12.0), (4.0, 40.0), (8.0, 90.0)], 10);
            let plain = at(knee(&curve));
            for (round, factor) in factors.iter().enumerate() {
                curve.iter_mut().for_each(|(_, of)| *of.get_mut(&(round as u32)).unwrap() *= factor);
            }
            let Censored { interval, open_above } = reach(knee(&curve));
            let near = |found: f64| (found / plain - 1.0).abs() < 1e-9;
            prop_assert!(near(interval.low) && near(interval.high) && !open_above);
            let keep: Vec<_> = curve.into_iter().map(|(load, mut of)| {
                of.remove(&(gap as u32));
                (load, of)
            }).collect();
            prop_assert!(near(at(knee(&keep))));
        }
    }
}
