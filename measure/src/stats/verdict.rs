//! What may be said of models that did the same work: slower, a tie, or
//! undecided; and their ranks.

use std::collections::BTreeMap;

use super::holm::holm;
use super::paired::p_value;
use super::quantile::median;
use super::ratio::{Ratio, log_ratios};
use super::{ALPHA, MARGIN, ROUNDS};

/// What is shown of one model's cost against another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It costs less: the mirror image of [`Verdict::Slower`].
    Faster,
    /// It costs more: the [test](super::paired) rejects "no difference" after
    /// [Holm's correction](super::holm), and the interval of the median ratio at
    /// the same corrected level lies above 1.
    Slower,
    /// Neither, and the interval lies within [`MARGIN`] of 1.
    Tie,
    /// None of these: more rounds may tell.
    Undecided,
}

impl Verdict {
    /// What holds the other way round.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Verdict::Faster => Verdict::Slower,
            Verdict::Slower => Verdict::Faster,
            same => same,
        }
    }
}

/// One model against another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// What is shown.
    pub verdict: Verdict,
    /// The first model's cost over the second's, with the interval at the level
    /// of this comparison within its family; `None` where they share fewer than
    /// [`ROUNDS`] rounds.
    pub ratio: Option<Ratio>,
}

impl Comparison {
    /// Not compared: too few rounds are shared.
    pub(super) const NONE: Comparison = Comparison {
        verdict: Verdict::Undecided,
        ratio: None,
    };

    fn inverse(&self) -> Self {
        Comparison {
            verdict: self.verdict.inverse(),
            ratio: self.ratio.map(|ratio| ratio.inverse()),
        }
    }
}

/// All pairs of some models by one cost, corrected as one family.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// Of the first model over the second, first < second.
    of: BTreeMap<(usize, usize), Comparison>,
}

impl Pairs {
    /// Compares every pair of `models`, each with its cost (time or CPU per
    /// order, so less is better) by round.
    ///
    /// The family is all pairs that share [`ROUNDS`] rounds: with probability
    /// 1 − [`ALPHA`] none of those that do not differ is called different.
    #[must_use]
    pub fn new<K: Ord>(models: &[&BTreeMap<K, f64>]) -> Self {
        let pairs: Vec<(usize, usize)> = (0..models.len())
            .flat_map(|second| (0..second).map(move |first| (first, second)))
            .collect();
        let logs: Vec<Vec<f64>> = pairs
            .iter()
            .map(|&(a, b)| log_ratios(models[a], models[b]))
            .collect();
        Pairs {
            of: pairs.into_iter().zip(family(&logs)).collect(),
        }
    }

    /// Model `a` against model `b`, both as indices.
    #[must_use]
    pub fn get(&self, a: usize, b: usize) -> Comparison {
        let known = |pair: (usize, usize)| self.of.get(&pair).copied();
        if a < b {
            known((a, b)).unwrap_or(Comparison::NONE)
        } else {
            known((b, a)).map_or(Comparison::NONE, |found| found.inverse())
        }
    }

    /// 1 + how many of `among` are shown faster than `model`.
    #[must_use]
    pub fn rank(&self, model: usize, among: &[usize]) -> usize {
        let faster =
            |&&other: &&usize| other != model && self.get(other, model).verdict == Verdict::Faster;
        1 + among.iter().filter(faster).count()
    }
}

/// Compares costs in several ways at once, each by the log ratios of its rounds.
///
/// The family is all that have [`ROUNDS`] of them: with probability 1 − [`ALPHA`]
/// none of those that do not differ is called different.
#[must_use]
pub fn family(logs: &[Vec<f64>]) -> Vec<Comparison> {
    let mut enough: Vec<usize> = (0..logs.len()).collect();
    enough.retain(|&at| logs[at].len() >= ROUNDS);
    let p: Vec<f64> = enough.iter().map(|&at| p_value(&logs[at])).collect();
    let mut found = vec![Comparison::NONE; logs.len()];
    for (at, step) in enough.into_iter().zip(holm(&p, ALPHA)) {
        let ratio = Ratio::of(&logs[at], step.alpha);
        let verdict = ratio.map_or(Verdict::Undecided, |ratio| judge(step.rejected, &ratio));
        found[at] = Comparison { verdict, ratio };
    }
    found
}

/// A difference takes both: the test, which bounds the error but at few rounds
/// leans on normality, and the interval, which leans on nothing and there asks for
/// (nearly) every round on one side.
pub(super) fn judge(rejected: bool, ratio: &Ratio) -> Verdict {
    let interval = ratio.interval;
    if rejected && interval.low > 1.0 {
        Verdict::Slower
    } else if rejected && interval.high < 1.0 {
        Verdict::Faster
    } else if interval.low >= MARGIN.recip() && interval.high <= MARGIN {
        Verdict::Tie
    } else {
        Verdict::Undecided
    }
}

/// What one model took in a scenario, by round: one value a round, the median of
/// its samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contender<K: Ord> {
    /// Time per order: the inverse of throughput.
    pub time: BTreeMap<K, f64>,
    /// CPU time per order.
    pub cpu: BTreeMap<K, f64>,
    /// Whether the server bounded it, so that its throughput reads "at least".
    pub bounded: bool,
}

/// The median of a model's costs over rounds; of none, infinite.
pub fn middle<K>(costs: &BTreeMap<K, f64>) -> f64 {
    let costs: Vec<f64> = costs.values().copied().collect();
    median(&costs).unwrap_or(f64::INFINITY)
}

/// The models of one scenario, compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Rank of each model, from 1; equal ones have not been told apart.
    pub ranks: Vec<usize>,
    /// Those that the server bounds, best first: the top group.
    pub bounded: Vec<usize>,
    /// All others, best first.
    pub free: Vec<usize>,
    /// All pairs by time per order.
    pub time: Pairs,
    /// All pairs by CPU per order.
    pub cpu: Pairs,
}

/// Compares the models of one scenario, given in any order.
///
/// A model's rank is 1 + the number of models shown faster. Those that the
/// server bounds come before all others and rank among themselves by CPU per
/// order: how much faster they are cannot be seen. Time and CPU are a family of
/// comparisons each. "Best first" is by rank, then by the median cost that the
/// rank goes by.
#[must_use]
pub fn standing<K: Ord>(models: &[Contender<K>]) -> Standing {
    let time = Pairs::new(&models.iter().map(|m| &m.time).collect::<Vec<_>>());
    let cpu = Pairs::new(&models.iter().map(|m| &m.cpu).collect::<Vec<_>>());
    let (mut bounded, mut free): (Vec<usize>, Vec<usize>) =
        (0..models.len()).partition(|&at| models[at].bounded);
    let mut ranks = vec![0; models.len()];
    for &at in &bounded {
        ranks[at] = cpu.rank(at, &bounded);
    }
    for &at in &free {
        ranks[at] = bounded.len() + time.rank(at, &free);
    }
    let best_first = |group: &mut Vec<usize>, cost: fn(&Contender<K>) -> &BTreeMap<K, f64>| {
        group.sort_by(|&a, &b| {
            let by_cost = middle(cost(&models[a])).total_cmp(&middle(cost(&models[b])));
            ranks[a].cmp(&ranks[b]).then(by_cost)
        });
    };
    best_first(&mut bounded, |model| &model.cpu);
    best_first(&mut free, |model| &model.time);
    Standing {
        ranks,
        bounded,
        free,
        time,
        cpu,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::{draw, unit};

    /// `rounds` values about `middle`, within `spread` of it.
    fn about(middle: f64, spread: f64, rounds: u64, seed: u64) -> BTreeMap<u64, f64> {
        (0..rounds)
            .map(|round| {
                let noise = 2.0 * unit(draw(seed, round, 0)) - 1.0;
                (round, middle * (1.0 + spread * noise))
            })
            .collect()
    }

    fn contender(time: f64, cpu: f64, seed: u64) -> Contender<u64> {
        Contender {
            time: about(time, 0.01, 12, seed),
            cpu: about(cpu, 0.01, 12, seed + 1000),
            bounded: false,
        }
    }

    #[test]
    fn slower_ties_and_undecided() {
        let models = [
            about(1.0, 0.01, 12, 1),
            about(1.0, 0.01, 12, 2),
            about(1.3, 0.01, 12, 3),
            about(1.02, 0.2, 12, 5),
        ];
        let pairs = Pairs::new(&models.iter().collect::<Vec<_>>());
        assert_eq!(pairs.get(1, 0).verdict, Verdict::Tie);
        assert_eq!(pairs.get(2, 0).verdict, Verdict::Slower);
        assert_eq!(pairs.get(0, 2).verdict, Verdict::Faster);
        assert_eq!(pairs.get(3, 0).verdict, Verdict::Undecided);
        let ratio = pairs.get(2, 1).ratio.unwrap();
        assert!((ratio.median - 1.3).abs() < 0.02 && ratio.rounds == 12);
        assert_eq!(pairs.rank(2, &[0, 1, 2]), 3);
        assert_eq!(pairs.rank(0, &[0, 1, 2, 3]), 1);
    }

    #[test]
    fn seven_shared_rounds_say_nothing() {
        let (a, b) = (about(1.0, 0.01, 7, 1), about(2.0, 0.01, 20, 2));
        assert_eq!(Pairs::new(&[&a, &b]).get(0, 1), Comparison::NONE);
        let a = about(1.0, 0.01, 8, 1);
        assert_eq!(Pairs::new(&[&a, &b]).get(0, 1).verdict, Verdict::Faster);
    }

    #[test]
    fn one_round_that_disagrees_of_eight_leaves_it_open() {
        let (mut a, b) = (about(1.3, 0.01, 8, 1), about(1.0, 0.01, 8, 2));
        a.insert(3, 0.99);
        assert_eq!(Pairs::new(&[&a, &b]).get(0, 1).verdict, Verdict::Undecided);
    }

    #[test]
    fn what_the_server_bounds_comes_first_and_ranks_by_cpu() {
        let mut models = [
            contender(1.0, 9.0, 1),
            contender(1.5, 5.0, 2),
            contender(1.1, 7.0, 3),
            contender(1.9, 1.0, 4),
            contender(1.5, 9.0, 5),
        ];
        for at in [0, 2] {
            models[at].bounded = true;
        }
        let standing = standing(&models);
        assert_eq!(standing.bounded, [2, 0]);
        assert_eq!(standing.free[2], 3);
        assert_eq!(standing.ranks, [2, 3, 1, 5, 3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn ranks_do_not_depend_on_order_or_unit(
            middles in prop::collection::vec(1.0..1.2f64, 2..6),
            turn in 0usize..6, scale in 0.1..10.0f64,
        ) {
            let models: Vec<_> = middles.iter().enumerate()
                .map(|(at, middle)| contender(*middle, *middle, at as u64)).collect();
            let turn = turn % models.len();
            let mut turned: Vec<_> = models.iter().map(|model| {
                let scaled = model.time.iter().map(|(k, v)| (*k, v * scale)).collect();
                Contender { time: scaled, ..model.clone() }
            }).collect();
            turned.rotate_left(turn);
            let mut ranks = standing(&models).ranks;
            ranks.rotate_left(turn);
            prop_assert_eq!(standing(&turned).ranks, ranks);
        }

        #[test]
        fn swapping_inverts(a in 1.0..1.1f64, b in 1.0..1.1f64, seed in 0u64..1000) {
            let (a, b) = (about(a, 0.02, 10, seed), about(b, 0.02, 10, seed + 5000));
            let (one, other) = (Pairs::new(&[&a, &b]), Pairs::new(&[&b, &a]));
            prop_assert_eq!(one.get(0, 1).verdict, other.get(1, 0).verdict);
            prop_assert_eq!(one.get(0, 1).verdict, other.get(0, 1).verdict.inverse());
        }
    }
}
