//! When an adaptive run may stop adding rounds: once intervals are narrow.
//!
//! The rule looks at how **wide** intervals are, never at where they lie or at what
//! a test says. Stopping as soon as something is significant finds, given time, a
//! difference between any two equal models (Armitage, McPherson and Rowe 1969),
//! whereas an interval that is stopped at a width fixed beforehand keeps its level
//! in the limit of many rounds (Chow and Robbins 1965). At few rounds that is no
//! proof: rounds that agree by luck look narrow too. Hence at least [`ROUNDS`] of
//! them, and the level of the whole family: there the interval of few rounds is
//! their whole range. `simulation.rs` counts how often verdicts err under this rule.
//!
//! Narrow enough is `high / low` ≤ [`MARGIN`]²: so wide is the interval from
//! 1 / [`MARGIN`] to [`MARGIN`], in which a tie could be said.

use std::collections::BTreeMap;

use super::ratio::{Ratio, log_ratios};
use super::verdict::{Contender, middle};
use super::{ALPHA, MARGIN, ROUNDS};

/// How well two neighbours are known against each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Width {
    /// Both models as indices, the one of the lower median cost first.
    pub pair: (usize, usize),
    /// Upper end over lower end of the interval of their median ratio; infinite
    /// where they share fewer than [`ROUNDS`] rounds.
    pub high_over_low: f64,
}

impl Width {
    /// Whether a tie could be said: `high / low` is at most [`MARGIN`]².
    #[must_use]
    pub fn narrow(&self) -> bool {
        self.high_over_low <= MARGIN * MARGIN
    }
}

/// Whether `models`, all of one scenario, have been measured in enough rounds:
/// each in [`ROUNDS`], and the [widest] pair of neighbours is [narrow](Width::narrow).
///
/// Leave out models that cannot be measured: they never have enough.
#[must_use]
pub fn enough<K: Ord>(models: &[Contender<K>]) -> bool {
    let rounds = |model: &Contender<K>| cost(model).len() >= ROUNDS;
    models.iter().all(rounds) && widest(models).is_none_or(|width| width.narrow())
}

/// The neighbours whose ratio is known least; `None` where no two models are
/// neighbours.
///
/// Neighbours are two models that the server bounds, by CPU per order, or two
/// that it does not, by time per order, where no third of their kind has its median
/// between theirs. Others are further apart than these.
///
/// The interval is the one of the median ratio at [`ALPHA`] over the number of
/// all pairs of `models` (Bonferroni), which is where [Holm's
/// correction](super::holm) starts. Where it leaves more to a pair, that depends on
/// what has been rejected, which must not decide when to stop.
#[must_use]
pub fn widest<K: Ord>(models: &[Contender<K>]) -> Option<Width> {
    let middles: Vec<f64> = models.iter().map(|model| middle(cost(model))).collect();
    let pairs = models.len() * models.len().saturating_sub(1) / 2;
    let alpha = ALPHA / pairs as f64;
    let group = |of: usize| {
        let bounded = models[of].bounded;
        (0..models.len()).filter(move |&at| models[at].bounded == bounded)
    };
    let between = |a: usize, b: usize, c: usize| middles[a] < middles[c] && middles[c] < middles[b];
    let neighbours = (0..models.len())
        .flat_map(|a| group(a).map(move |b| (a, b)))
        .filter(|&(a, b)| {
            // Equal medians go by index, so that each pair comes once.
            let ordered = middles[a] < middles[b] || (middles[a] == middles[b] && a < b);
            ordered && !group(a).any(|c| between(a, b, c))
        });
    neighbours
        .map(|(a, b)| {
            let logs = log_ratios(cost(&models[a]), cost(&models[b]));
            Width {
                pair: (a, b),
                high_over_low: width(&logs, alpha),
            }
        })
        .max_by(|a, b| a.high_over_low.total_cmp(&b.high_over_low))
}

/// Upper end over lower end of the interval of the median of `exp(logs)`, one a
/// round, at error rate `alpha`; infinite where there are fewer than [`ROUNDS`].
#[must_use]
pub fn width(logs: &[f64], alpha: f64) -> f64 {
    let ratio = Ratio::of(logs, alpha).filter(|ratio| ratio.rounds >= ROUNDS);
    ratio.map_or(f64::INFINITY, |of| of.interval.high / of.interval.low)
}

/// The cost that a model ranks by.
fn cost<K: Ord>(model: &Contender<K>) -> &BTreeMap<K, f64> {
    if model.bounded {
        &model.cpu
    } else {
        &model.time
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::{draw, unit};

    /// A model about `middle`, within `spread` of it on the log scale; its CPU
    /// wavers ten times as much.
    fn model(middle: f64, spread: f64, rounds: u64, seed: u64) -> Contender<u64> {
        let about = |spread: f64, lane| {
            let noise = |round| spread * (2.0 * unit(draw(seed, round, lane)) - 1.0);
            (0..rounds)
                .map(|round| (round, middle * noise(round).exp()))
                .collect()
        };
        Contender {
            time: about(spread, 0),
            cpu: about(10.0 * spread, 1),
            bounded: false,
        }
    }

    fn scaled(model: &Contender<u64>, by: f64) -> Contender<u64> {
        let of = |costs: &BTreeMap<u64, f64>| costs.iter().map(|(k, v)| (*k, v * by)).collect();
        Contender {
            time: of(&model.time),
            cpu: of(&model.cpu),
            bounded: model.bounded,
        }
    }

    #[test]
    fn only_neighbours_of_one_kind_decide() {
        let mut models = [3.0, 1.0, 2.0, 9.0].map(|middle| model(middle, 0.001, 14, middle as u64));
        models[1] = model(1.0, 0.025, 14, 1);
        // What wavers against the first is further from it than its neighbour.
        models[3].time = models[1].time.iter().map(|(k, v)| (*k, 9.0 / v)).collect();
        models[0].time = models[0]
            .time
            .iter()
            .map(|(k, v)| (*k, v / models[1].time[k].sqrt()))
            .collect();
        let found = widest(&models).unwrap();
        assert_eq!(found.pair, (1, 2));
        assert!(found.high_over_low > 1.035 && found.narrow() && enough(&models));
        // Fourteen rounds at 0.005 / 6 leave out one at each end, at 0.005 two.
        let ratio = |k| models[1].time[&k] / models[2].time[&k];
        let mut all: Vec<f64> = (0..14).map(ratio).collect();
        all.sort_by(f64::total_cmp);
        assert!((found.high_over_low - all[12] / all[1]).abs() < 1e-12);
        // By CPU, which wavers more, once the server bounds both.
        models[0].bounded = true;
        models[3].bounded = true;
        models[1] = model(1.0, 0.001, 14, 1);
        assert_eq!(widest(&models).unwrap().pair, (0, 3));
        models[3].bounded = false;
        assert_eq!(widest(&models[..1]), None);
        assert_eq!(widest(&models[..2]), None);
    }

    #[test]
    fn few_shared_rounds_are_not_enough() {
        let long = model(1.0, 0.001, 12, 1);
        assert!(!enough(&[long.clone(), model(2.0, 0.001, 7, 2)]));
        assert!(enough(&[long.clone(), model(2.0, 0.001, 8, 2)]));
        let mut apart = model(2.0, 0.001, 12, 2);
        apart.time = apart.time.into_iter().map(|(k, v)| (k + 5, v)).collect();
        let found = widest(&[long.clone(), apart]).unwrap();
        assert_eq!(found.high_over_low, f64::INFINITY);
        assert!(!enough(&[model(1.0, 0.001, 7, 1)]) && enough(&[long]));
    }

    #[test]
    fn of_equal_medians_none_is_passed_over() {
        let mut wavering = model(1.0, 0.0, 9, 4);
        for round in 0..8 {
            let off = if round < 4 { 0.7 } else { 1.3 };
            wavering.time.insert(round, off);
        }
        let mut models = vec![model(1.0, 0.0, 9, 1); 3];
        assert!(enough(&models));
        models.push(wavering);
        for _ in 0..4 {
            models.rotate_left(1);
            assert!(!enough(&models));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn order_and_unit_do_not_matter(
            middles in prop::collection::vec((1.0..1.2f64, any::<bool>()), 1..7),
            spread in 0.005..0.04f64, turn in 0usize..7, scale in 0.01..100.0f64,
        ) {
            let models: Vec<_> = middles.iter().zip(0..).map(|(&(middle, bounded), seed)| {
                Contender { bounded, ..model(middle, spread, 10, seed) }
            }).collect();
            let turn = turn % models.len();
            let mut turned: Vec<_> = models.iter().map(|model| scaled(model, scale)).collect();
            turned.rotate_left(turn);
            prop_assert_eq!(enough(&turned), enough(&models));
            match (widest(&models), widest(&turned)) {
                (Some(one), Some(other)) => {
                    let back = |at: usize| (at + turn) % models.len();
                    prop_assert_eq!((back(other.pair.0), back(other.pair.1)), one.pair);
                    prop_assert!((one.high_over_low / other.high_over_low - 1.0).abs() < 1e-9);
                }
                (one, other) => prop_assert_eq!(one, other),
            }
        }

        #[test]
        fn differences_do_not_matter(
            spread in 0.005..0.04f64, rounds in 8u64..20, seed: u64,
            gaps in prop::collection::vec(1.0..3.0f64, 4), shift in 0.1..2.0f64,
        ) {
            // Models far enough apart that none overtakes its neighbour.
            let at = |gaps: &[f64]| -> Option<Width> {
                let mut middle = 1.0;
                let models: Vec<_> = gaps.iter().zip(0..).map(|(gap, lane)| {
                    middle *= 1.1 * gap;
                    scaled(&model(1.0, spread, rounds, draw(seed, lane, 0)), middle)
                }).collect();
                widest(&models)
            };
            let mut moved = gaps.clone();
            moved[1] *= 1.0 + shift;
            let (one, other) = (at(&gaps).unwrap(), at(&moved).unwrap());
            prop_assert_eq!(one.pair, other.pair);
            prop_assert!((one.high_over_low / other.high_over_low - 1.0).abs() < 1e-9);
        }
    }
}
