//! Whether a cell's place within its round's order shows in its times: where it
//! does, what ran before it (heat, caches, ports that linger) is part of the figure.
//!
//! Spearman's rank correlation (1904) of place and time: it sees whatever grows or
//! falls throughout, on whatever scale, and one disturbed round is one rank.
//!
//! Places come from a shuffle that knows nothing of times, so where they do not
//! matter, any other assignment of the same places to the rounds was as likely: the
//! p-value is the part of permutations with a correlation at least as strong
//! (Fisher 1935), which takes nothing for granted of how times are distributed,
//! drifting from round to round included. Student's approximation would not do: at
//! 8 rounds the strongest correlation has p = 2 / 8!, and Student's t says 0.
//!
//! Permutations are drawn, and a cell stops drawing once 20 of them were as
//! strong (Besag and Clifford 1991), since no more are needed to see nothing there.

use std::collections::BTreeSet;

use super::holm::holm;
use super::{ALPHA, ROUNDS};
use crate::base::seed::shuffle;

/// Permutations at least as strong as what was seen, after which it is chance.
const STRONGER: u64 = 20;

/// How many times finer than the rate that they are held to p-values are.
const FINENESS: f64 = 4.0;

/// Of the permutations: the same rounds give the same p-value.
const SEED: u64 = 0x006f_7264_6572;

/// How place and time of one cell go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Spearman's rank correlation, −1 to 1: above 0, later is slower.
    pub rho: f64,
    /// Whether that is more than chance: rejected at [`ALPHA`] after [Holm's
    /// correction](super::holm) over all cells with a correlation.
    pub significant: bool,
}

/// The effect of order in each of `cells`, each given by round as its place
/// within the round's order (0 first, 1 last) and the logarithm of its time per
/// order.
///
/// `None` where fewer than [`ROUNDS`] rounds have both as finite numbers, or where
/// all of their places or all of their times are the same.
#[must_use]
pub fn order_effect(cells: &[Vec<(f64, f64)>]) -> Vec<Option<Effect>> {
    let ranked: Vec<Option<Ranked>> = cells.iter().map(|cell| Ranked::of(cell)).collect();
    let tests: Vec<&Ranked> = ranked.iter().flatten().collect();
    let p = p_values(&tests, permutations(ALPHA / tests.len() as f64));
    let mut steps = holm(&p, ALPHA).into_iter();
    ranked
        .iter()
        .map(|ranked| {
            let (ranked, step) = (ranked.as_ref()?, steps.next()?);
            Some(Effect {
                rho: ranked.rho(),
                significant: step.rejected,
            })
        })
        .collect()
}

/// The two-sided p-value of no correlation of both sides of each of `cells`, fine
/// enough to be held to the error rate `alpha`; 1 where there is
/// [nothing to tell](order_effect).
#[must_use]
pub(super) fn correlated(cells: &[Vec<(f64, f64)>], alpha: f64) -> Vec<f64> {
    let ranked: Vec<Option<Ranked>> = cells.iter().map(|cell| Ranked::of(cell)).collect();
    let tests: Vec<&Ranked> = ranked.iter().flatten().collect();
    let mut p = p_values(&tests, permutations(alpha)).into_iter();
    ranked
        .iter()
        .map(|ranked| ranked.as_ref().and_then(|_| p.next()).unwrap_or(1.0))
        .collect()
}

/// How many permutations make p-values fine enough for this error rate.
fn permutations(alpha: f64) -> u64 {
    (FINENESS / alpha).ceil() as u64
}

/// The ranks of both sides of one cell's rounds, neither all the same.
struct Ranked {
    places: Vec<i64>,
    times: Vec<i64>,
}

impl Ranked {
    fn of(cell: &[(f64, f64)]) -> Option<Self> {
        let finite = cell
            .iter()
            .filter(|(place, time)| (place + time).is_finite());
        let (places, times): (Vec<f64>, Vec<f64>) = finite.copied().unzip();
        let (places, times) = (ranks(&places), ranks(&times));
        let vary = |ranks: &[i64]| ranks.iter().any(|&rank| rank != 0);
        (places.len() >= ROUNDS && vary(&places) && vary(&times))
            .then_some(Ranked { places, times })
    }

    /// Pearson's correlation of the ranks, which is Spearman's of the values, ties
    /// included.
    fn rho(&self) -> f64 {
        let squares = product(&self.places, &self.places) as f64;
        let squares = squares * product(&self.times, &self.times) as f64;
        product(&self.places, &self.times) as f64 / squares.sqrt()
    }

    /// How strong the correlation is, in either direction, where times meet the
    /// places in this `order`. Ranks are whole numbers, so equally strong ones are
    /// exactly equal.
    fn strength(&self, order: &[usize]) -> i64 {
        let products = order
            .iter()
            .zip(&self.times)
            .map(|(&at, time)| self.places[at] * time);
        products.sum::<i64>().abs()
    }
}

/// The two-sided p-value of each of `cells` from up to `most` permutations: of those
/// drawn, the part that is at least as strong, with what was seen counted among them
/// where all were drawn (so never 0).
fn p_values(cells: &[&Ranked], most: u64) -> Vec<f64> {
    let mut p = vec![1.0; cells.len()];
    let rounds = |at: usize| cells[at].times.len();
    for count in (0..cells.len()).map(rounds).collect::<BTreeSet<_>>() {
        // Cells of as many rounds share permutations, which cost the most.
        let mut order: Vec<usize> = (0..count).collect();
        let alike = (0..cells.len()).filter(|&at| rounds(at) == count);
        let mut open: Vec<_> = alike
            .map(|at| (at, cells[at].strength(&order), 0))
            .collect();
        for permutation in 1..=most {
            shuffle(&mut order, SEED, permutation);
            open.retain_mut(|(at, seen, stronger)| {
                *stronger += u64::from(cells[*at].strength(&order) >= *seen);
                p[*at] = *stronger as f64 / permutation as f64;
                *stronger < STRONGER
            });
            if open.is_empty() {
                break;
            }
        }
        for (at, _, stronger) in open {
            p[at] = (stronger + 1) as f64 / (most + 1) as f64;
        }
    }
    p
}

/// Of each value twice its rank (ties share the middle one), less what makes the
/// sum 0: how many values are below it less how many are above.
fn ranks(values: &[f64]) -> Vec<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = |of: &dyn Fn(&f64) -> bool| sorted.partition_point(of) as i64;
    values
        .iter()
        .map(|value| {
            let above = values.len() as i64 - count(&|other| other <= value);
            count(&|other| other < value) - above
        })
        .collect()
}

fn product(a: &[i64], b: &[i64]) -> i64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::{draw, unit};

    /// A cell of `rounds` rounds whose time grows by the factor exp(`effect`) from
    /// first to last place, drifts, and wavers by up to `noise`.
    fn cell(rounds: u64, effect: f64, noise: f64, seed: u64) -> Vec<(f64, f64)> {
        (0..rounds)
            .map(|round| {
                let place = (draw(seed, round, 0) % 12) as f64 / 11.0;
                let waver = noise * (2.0 * unit(draw(seed, round, 1)) - 1.0);
                (place, effect * place + waver + 0.002 * round as f64)
            })
            .collect()
    }

    fn rho(places: &[f64], times: &[f64]) -> f64 {
        let cell = places.iter().copied().zip(times.iter().copied()).collect();
        order_effect(&[cell])[0].unwrap().rho
    }

    #[test]
    fn known_correlations() {
        // Ten distinct pairs: 1 − 6·Σd² / (n(n² − 1)) with Σd² = 194.
        let a = [
            106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0,
        ];
        let b = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        assert!((rho(&a, &b) + 29.0 / 165.0).abs() < 1e-12);
        // Ranks 1.5, 1.5, 3, …, 8: the squares sum to 41.5 and 42, the products too.
        let (tied, plain) = (
            [1.0, 1.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            [1, 2, 3, 4, 5, 6, 7, 8],
        );
        let plain = plain.map(f64::from);
        assert!((rho(&tied, &plain) - 41.5 / (41.5f64 * 42.0).sqrt()).abs() < 1e-12);
        assert_eq!(rho(&plain, &plain.map(f64::exp)), 1.0);
        assert_eq!(rho(&plain, &plain.map(|v| -v)), -1.0);
    }

    #[test]
    fn few_rounds_or_constant_ones_have_no_effect_to_tell() {
        let mut cells = vec![
            cell(7, 1.0, 0.0, 1),
            cell(8, 1.0, 0.0, 1),
            cell(8, 1.0, 0.0, 2),
        ];
        cells[2].iter_mut().for_each(|(_, time)| *time = 0.1);
        cells.push(cell(8, 1.0, 0.0, 3));
        cells[3][4].1 = f64::NEG_INFINITY;
        let told: Vec<bool> = order_effect(&cells).iter().map(Option::is_some).collect();
        assert_eq!(told, [false, true, false, false]);
        assert_eq!(order_effect(&[]), []);
    }

    #[test]
    fn eight_rounds_show_it_alone_but_not_among_150_cells() {
        // The strongest of 8! orders has p = 5.0e-5; 0.005 / 150 is less.
        let mut cells = vec![(0..8).map(|i| (f64::from(i), f64::from(i))).collect()];
        assert!(order_effect(&cells)[0].unwrap().significant);
        cells.extend((1..150).map(|seed| cell(8, 0.0, 0.02, seed)));
        assert!(!order_effect(&cells)[0].unwrap().significant);
        cells[0].extend((8..12).map(|i| (f64::from(i), f64::from(i))));
        assert!(order_effect(&cells)[0].unwrap().significant);
    }

    #[test]
    fn chance_is_no_effect() {
        let wrong = (0..200)
            .filter(|run| {
                let cells: Vec<_> = (0..9)
                    .map(|lane| cell(12, 0.0, 0.02, draw(9, *run, lane)))
                    .collect();
                order_effect(&cells)
                    .iter()
                    .flatten()
                    .any(|effect| effect.significant)
            })
            .count();
        // One run is what 0.5 % would be; five come by chance once in 300 times.
        assert!(wrong <= 4, "{wrong} of 200 runs");
    }

    #[test]
    fn an_effect_is_found_among_cells_without() {
        let mut cells: Vec<_> = (0..20).map(|seed| cell(20, 0.0, 0.02, seed)).collect();
        cells[3] = cell(20, 0.2, 0.01, 77);
        cells[11] = cell(20, -0.2, 0.01, 78);
        for (at, effect) in order_effect(&cells).into_iter().enumerate() {
            let effect = effect.unwrap();
            assert_eq!(effect.significant, at == 3 || at == 11, "{at}: {effect:?}");
            assert!(at != 3 || effect.rho > 0.8);
            assert!(at != 11 || effect.rho < -0.8);
        }
    }

    /// All permutations of `values` from `from` on.
    fn permutations(values: &mut Vec<i64>, from: usize, seen: &mut impl FnMut(&[i64])) {
        if from == values.len() {
            seen(values);
        }
        for at in from..values.len() {
            values.swap(from, at);
            permutations(values, from + 1, seen);
            values.swap(from, at);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn p_is_the_part_of_all_permutations(
            cell in prop::collection::vec((0u8..9, 0u8..30), 8),
        ) {
            let cell: Vec<_> = cell.iter().map(|(a, b)| (f64::from(*a), f64::from(*b))).collect();
            let Some(ranked) = Ranked::of(&cell) else { return Ok(()) };
            let seen = product(&ranked.places, &ranked.times).abs();
            let (mut all, mut stronger) = (0, 0);
            permutations(&mut ranked.places.clone(), 0, &mut |places| {
                all += 1;
                stronger += i32::from(product(places, &ranked.times).abs() >= seen);
            });
            let (exact, drawn) = (f64::from(stronger) / f64::from(all), p_values(&[&ranked], 20_000)[0]);
            // Twenty of what is counted waver by a fifth or so.
            prop_assert!(drawn < 3.0 * exact + 1e-3 && exact < 3.0 * drawn, "{exact} {drawn}");
        }

        #[test]
        fn scale_order_and_direction_do_not_matter(
            cells in prop::collection::vec(
                prop::collection::vec((0.0..1.0f64, -1.0..1.0f64), 8..20), 1..4),
        ) {
            let turned: Vec<Vec<_>> = cells.iter().rev().map(|cell| {
                cell.iter().map(|(place, time)| (*place, -3.0 * time.exp())).collect()
            }).collect();
            let (one, other) = (order_effect(&cells), order_effect(&turned));
            for (one, other) in one.into_iter().zip(other.into_iter().rev()) {
                let (one, other) = (one.unwrap(), other.unwrap());
                prop_assert_eq!(one.significant, other.significant);
                prop_assert!((one.rho + other.rho).abs() < 1e-12);
            }
        }
    }
}
