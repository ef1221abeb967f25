//! Whether rounds of a run are independent, as all tests of pairs take them to be: where a
//! round resembles the one before it, as where a disturbance lasts for several, equal models
//! are called different more often than is stated.
//!
//! The lag-1 autocorrelation of each cell's log costs, after what a round has in common for
//! all cells is taken out, because that divides out of every ratio too. A scenario's cells
//! are added up: one cell of ten rounds shows next to nothing.
//!
//! Where rounds are independent, any other order of them was as likely, so the p-value is
//! the part of orders, the same for all cells of a scenario, with a sum at least as great
//! (Wald and Wolfowitz 1943). That takes nothing for granted of how costs are distributed,
//! nor of what the cells of a round share. Orders are drawn, and drawing ends once 20 were
//! as great (Besag and Clifford 1991).

use std::collections::{BTreeMap, BTreeSet};

use super::holm::holm;
use super::{ALPHA, ROUNDS};
use crate::base::seed::shuffle;

/// Orders at least as great as what was seen, after which it is chance.
const GREATER: u64 = 20;

/// How many times finer than the rate that they are held to p-values are.
const FINENESS: f64 = 4.0;

/// Of the orders: the same rounds give the same p-value.
const SEED: u64 = 0x006c_6167_5f31;

/// Which of `scenarios` have rounds that resemble the one before: each is the logarithms of
/// its cells' costs by round. Rejected at [`ALPHA`] after [Holm's correction](super::holm)
/// over all that have [`ROUNDS`] rounds.
#[must_use]
pub fn autocorrelated<K: Ord>(scenarios: &[Vec<BTreeMap<K, f64>>]) -> Vec<bool> {
    let paths: Vec<Paths> = scenarios.iter().map(|cells| Paths::of(cells)).collect();
    let tested = |paths: &&Paths| paths.rounds >= ROUNDS && !paths.cells.is_empty();
    let tests: Vec<&Paths> = paths.iter().filter(tested).collect();
    let most = (FINENESS * tests.len() as f64 / ALPHA).ceil() as u64;
    let p: Vec<f64> = tests.iter().map(|paths| paths.p_value(most)).collect();
    let mut steps = holm(&p, ALPHA).into_iter();
    paths
        .iter()
        .map(|paths| tested(&paths) && steps.next().is_some_and(|step| step.rejected))
        .collect()
}

/// What is left of a scenario's log costs.
struct Paths {
    rounds: usize,
    /// By cell and round, in the order of rounds, with a sum of squares of 1; 0 where a
    /// round has none. Cells that do not vary are left out.
    cells: Vec<Vec<f64>>,
}

impl Paths {
    fn of<K: Ord>(cells: &[BTreeMap<K, f64>]) -> Self {
        let rounds: BTreeSet<&K> = cells.iter().flat_map(BTreeMap::keys).collect();
        let mut paths: Vec<Vec<Option<f64>>> = cells
            .iter()
            .map(|cell| {
                let finite = |round: &&K| cell.get(*round).copied().filter(|log| log.is_finite());
                rounds.iter().map(finite).collect()
            })
            .collect();
        // A cell alone has nothing in common with others, and keeps all.
        if cells.len() > 1 {
            for round in 0..rounds.len() {
                centre(paths.iter_mut().map(|path| &mut path[round]));
            }
        }
        for path in &mut paths {
            centre(path.iter_mut());
        }
        let kept = paths.into_iter().filter_map(|path| {
            let path: Vec<f64> = path.into_iter().map(Option::unwrap_or_default).collect();
            let size = path.iter().map(|left| left * left).sum::<f64>().sqrt();
            // What is left of equal costs is what their logarithms are rounded by.
            (size > 1e-9).then(|| path.iter().map(|left| left / size).collect())
        });
        Paths {
            rounds: rounds.len(),
            cells: kept.collect(),
        }
    }

    /// The autocorrelations of all cells, added up, where rounds come in this `order`.
    fn sum(&self, order: &[usize]) -> f64 {
        let of = |cell: &Vec<f64>| -> f64 {
            order
                .windows(2)
                .map(|two| cell[two[0]] * cell[two[1]])
                .sum()
        };
        self.cells.iter().map(of).sum()
    }

    /// The one-sided p-value from up to `most` orders.
    fn p_value(&self, most: u64) -> f64 {
        let mut order: Vec<usize> = (0..self.rounds).collect();
        // Equal sums may come out a little apart.
        let seen = self.sum(&order) - 1e-9;
        let mut greater = 0;
        for drawn in 1..=most {
            shuffle(&mut order, SEED, drawn);
            greater += u64::from(self.sum(&order) >= seen);
            if greater == GREATER {
                return greater as f64 / drawn as f64;
            }
        }
        (greater + 1) as f64 / (most + 1) as f64
    }
}

/// Takes from each value the mean of those that there are.
fn centre<'a>(values: impl Iterator<Item = &'a mut Option<f64>>) {
    let mut known: Vec<&mut f64> = values.flatten().collect();
    let mean = known.iter().map(|value| **value).sum::<f64>() / known.len() as f64;
    for value in &mut known {
        **value -= mean;
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::normal;
    use super::*;
    use crate::base::seed::draw;

    /// `cells` cells over `rounds` rounds that drift together and waver each by itself, what
    /// a round has of its own being `phi` of the last one's and chance.
    fn scenario(cells: u64, rounds: u64, phi: f64, seed: u64) -> Vec<BTreeMap<u64, f64>> {
        let cell = |cell: u64| {
            let (mut own, mut common) = (normal(seed, 1000, 10 * cell + 10), 0.0);
            (0..rounds)
                .map(|round| {
                    let chance = normal(seed, round, 10 * cell + 10);
                    own = phi * own + (1.0 - phi * phi).sqrt() * chance;
                    common += 0.1 * normal(seed, round, 0);
                    (round, common + 0.02 * own)
                })
                .collect()
        };
        (0..cells).map(cell).collect()
    }

    #[test]
    fn what_a_round_has_from_the_one_before_is_seen() {
        for (rounds, least) in [(10, 12), (15, 18), (30, 20)] {
            let seen = (0..20)
                .filter(|&run| {
                    let scenarios: Vec<_> = (0..4)
                        .map(|lane| scenario(8, rounds, 0.5, draw(1, run, lane)))
                        .collect();
                    autocorrelated(&scenarios).contains(&true)
                })
                .count();
            println!("φ = 0.5, {rounds} rounds of 4 scenarios: seen in {seen} of 20 runs");
            assert!(seen >= least, "{rounds} rounds: {seen} of 20");
        }
    }

    #[test]
    fn independent_rounds_are_spared_whatever_all_cells_share() {
        let wrong = (0..100)
            .filter(|&run| {
                let scenarios: Vec<_> = (0..4)
                    .map(|lane| scenario(6, 12, 0.0, draw(2, run, lane)))
                    .collect();
                autocorrelated(&scenarios).contains(&true)
            })
            .count();
        println!("independent rounds: {wrong} of 100 runs flagged");
        // Half a run is what 0.5 % would be.
        assert!(wrong <= 3, "{wrong} of 100 runs");
    }

    #[test]
    fn only_the_scenario_that_it_is_of_is_named() {
        let mut scenarios: Vec<_> = (0..5).map(|seed| scenario(6, 20, 0.0, seed)).collect();
        scenarios[2] = scenario(6, 20, 0.8, 77);
        let found = autocorrelated(&scenarios);
        assert_eq!(found, [false, false, true, false, false]);
        // Rounds in another order tell nothing.
        for cell in &mut scenarios[2] {
            *cell = cell
                .iter()
                .map(|(round, log)| (round * 7 % 20, *log))
                .collect();
        }
        assert!(!autocorrelated(&scenarios).contains(&true));
    }

    #[test]
    fn few_rounds_constant_cells_and_gaps_are_no_trouble() {
        let mut scenarios = vec![scenario(3, 7, 0.9, 1), vec![], scenario(1, 40, 0.9, 2)];
        scenarios.push(vec![(0..9).map(|round| (round, 0.5)).collect(); 2]);
        scenarios[2][0].remove(&5);
        scenarios[2][0].insert(7, f64::NEG_INFINITY);
        assert_eq!(autocorrelated(&scenarios), [false, false, true, false]);
    }
}
