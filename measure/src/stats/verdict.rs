//! What may be said of models that did the same work: slower, a tie, or
//! undecided; and their ranks.

use std::collections::BTreeMap;
use std::fmt;

use super::holm::{Step, holm};
use super::paired::{Paired, Quantiles, paired};
use super::quantile::median;
use super::ratio::{Ratio, log_ratios};
use super::{ALPHA, CPU_MARGIN, MARGIN, ROUNDS};

/// What is shown of one model's cost against another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It costs less: the mirror image of [`Verdict::Slower`].
    Faster,
    /// It costs more: the tests (`paired.rs`) reject "no difference" after
    /// [Holm's correction](super::holm), so that their interval at the same corrected
    /// level lies above 1.
    Slower,
    /// Neither, and two one-sided tests at [`ALPHA`] each (Schuirmann 1987) reject that it
    /// lies beyond the margin: their interval, at twice [`ALPHA`], lies within the margin.
    Tie,
    /// None of these.
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
    /// of this comparison within its family, of a tie the one at twice [`ALPHA`] that makes
    /// it one; `None` where they share fewer than [`ROUNDS`] rounds.
    pub ratio: Option<Ratio>,
    /// Where it is undecided: how many rounds may decide it at the soonest, by the spread so
    /// far. `None` where it is futile: [`MOST_ROUNDS`](super::MOST_ROUNDS) would hardly do.
    pub needs: Option<usize>,
}

impl Comparison {
    /// Not compared: too few rounds are shared.
    pub(super) const NONE: Comparison = Comparison {
        verdict: Verdict::Undecided,
        ratio: None,
        needs: Some(ROUNDS),
    };

    /// Whether it is undecided, and [`MOST_ROUNDS`](super::MOST_ROUNDS) would hardly decide it.
    #[must_use]
    pub fn futile(&self) -> bool {
        self.verdict == Verdict::Undecided && self.needs.is_none()
    }

    fn inverse(&self) -> Self {
        Comparison {
            verdict: self.verdict.inverse(),
            ratio: self.ratio.map(|ratio| ratio.inverse()),
            needs: self.needs,
        }
    }
}

/// All pairs of some models by one cost, corrected as one family.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// Of the first model over the second, first < second.
    of: BTreeMap<(usize, usize), Comparison>,
    least: Option<f64>,
}

impl Pairs {
    /// Compares every pair of `models`, each with its cost (time or CPU per
    /// order, so less is better) by round. Ratios between 1 / `margin` and `margin` are
    /// of no weight.
    ///
    /// The family is all pairs that share [`ROUNDS`] rounds: with probability
    /// 1 − [`ALPHA`] none of those that do not differ is called different.
    #[must_use]
    pub fn new<K: Ord>(models: &[&BTreeMap<K, f64>], margin: f64) -> Self {
        Pairs::at(models, margin, ALPHA)
    }

    /// The same with the error rate `alpha` for the whole family, and for each of a tie's
    /// two tests.
    pub(super) fn at<K: Ord>(models: &[&BTreeMap<K, f64>], margin: f64, alpha: f64) -> Self {
        let pairs: Vec<(usize, usize)> = (0..models.len())
            .flat_map(|second| (0..second).map(move |first| (first, second)))
            .collect();
        let logs: Vec<Vec<f64>> = pairs
            .iter()
            .map(|&(a, b)| log_ratios(models[a], models[b]))
            .collect();
        let tests = paired(&logs, models.len());
        let found = decided(&logs, &tests, margin, alpha);
        Pairs {
            of: pairs.into_iter().zip(found).collect(),
            least: least_shown(&tests, alpha),
        }
    }

    /// The least true difference that half of the pairs would have shown with a probability of
    /// 95 %, as a ratio above 1, at the strictest step of the correction. `None` where no pair
    /// has rounds enough.
    #[must_use]
    pub fn least_shown(&self) -> Option<f64> {
        self.least
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

    /// What is not excluded of `model`'s rank among `among`: those shown faster are before
    /// it, those shown slower behind.
    #[must_use]
    pub fn rank(&self, model: usize, among: &[usize]) -> Rank {
        let shown = |verdict| {
            let others = among.iter().filter(|&&other| other != model);
            others
                .filter(|&&other| self.get(other, model).verdict == verdict)
                .count()
        };
        Rank {
            first: 1 + shown(Verdict::Faster),
            last: among.len() - shown(Verdict::Slower),
        }
    }
}

/// The ranks that a model may have, both ends included, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// 1 + how many are shown faster.
    pub first: usize,
    /// How many there are, less those shown slower.
    pub last: usize,
}

impl Rank {
    /// The same behind so many others.
    fn behind(self, others: usize) -> Self {
        Rank {
            first: others + self.first,
            last: others + self.last,
        }
    }
}

/// `3`, or `1–8`.
impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(f);
        }
        write!(f, "{}–{}", self.first, self.last)
    }
}

/// Compares costs in several ways at once, each by the log ratios of its rounds. They share
/// no cells, so each stands by its own spread.
///
/// Ratios between 1 / `margin` and `margin` are of no weight; where it is 1, nothing ties.
///
/// The family is all that have [`ROUNDS`] of them: with probability 1 − [`ALPHA`]
/// none of those that do not differ is called different.
#[must_use]
pub fn family(logs: &[Vec<f64>], margin: f64) -> Vec<Comparison> {
    decided(logs, &paired(logs, 0), margin, ALPHA)
}

/// [`Pairs::least_shown`] of these `tests`.
fn least_shown(tests: &[Paired<'_>], alpha: f64) -> Option<f64> {
    let quantiles = &mut Quantiles::default();
    let strictest = alpha / tests.len().max(1) as f64;
    let each = tests
        .iter()
        .map(|test| test.least_shown(strictest, quantiles));
    median(&each.collect::<Vec<_>>()).map(f64::exp)
}

/// The verdicts on `logs`, whose `tests` are of those with rounds enough.
fn decided(logs: &[Vec<f64>], tests: &[Paired<'_>], margin: f64, alpha: f64) -> Vec<Comparison> {
    let p: Vec<f64> = tests.iter().map(Paired::p_value).collect();
    let quantiles = &mut Quantiles::default();
    let mut found = tests
        .iter()
        .zip(holm(&p, alpha))
        .map(|(test, step)| decide(test, step, margin.ln(), alpha, quantiles));
    logs.iter()
        .map(|logs| {
            let enough = logs.len() >= ROUNDS;
            enough
                .then(|| found.next())
                .flatten()
                .unwrap_or(Comparison::NONE)
        })
        .collect()
}

/// `margin` is on the log scale.
fn decide(
    test: &Paired<'_>,
    step: Step,
    margin: f64,
    alpha: f64,
    quantiles: &mut Quantiles,
) -> Comparison {
    let found = |verdict, interval| Comparison {
        verdict,
        ratio: Some(Ratio::within(interval, test.rounds())),
        needs: None,
    };
    let interval = test.interval(step.alpha, quantiles);
    if step.rejected && interval.low > 0.0 {
        return found(Verdict::Slower, interval);
    }
    if step.rejected && interval.high < 0.0 {
        return found(Verdict::Faster, interval);
    }
    let close = test.interval(2.0 * alpha, quantiles);
    if -margin <= close.low && close.high <= margin {
        return found(Verdict::Tie, close);
    }
    Comparison {
        needs: test.needs([step.alpha, 2.0 * alpha], margin, quantiles),
        ..found(Verdict::Undecided, interval)
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
    /// What is not excluded of each model's rank.
    pub ranks: Vec<Rank>,
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
/// A model's rank is a range: before it are those shown faster, behind it those shown
/// slower. Those that the server bounds come before all others and rank among themselves
/// by CPU per order: how much faster they are cannot be seen. Time and CPU are a family of
/// comparisons each, with [`MARGIN`] and [`CPU_MARGIN`]. "Best first" is by the first rank
/// of the range, then by the last, so that of models with none before them the one that is
/// shown faster than most comes first, then by the median cost that the rank goes by.
#[must_use]
pub fn standing<K: Ord>(models: &[Contender<K>]) -> Standing {
    let time = Pairs::new(&models.iter().map(|m| &m.time).collect::<Vec<_>>(), MARGIN);
    let cpu = models.iter().map(|m| &m.cpu).collect::<Vec<_>>();
    let cpu = Pairs::new(&cpu, CPU_MARGIN);
    let (mut bounded, mut free): (Vec<usize>, Vec<usize>) =
        (0..models.len()).partition(|&at| models[at].bounded);
    let mut ranks = vec![Rank::default(); models.len()];
    for &at in &bounded {
        ranks[at] = cpu.rank(at, &bounded);
    }
    for &at in &free {
        ranks[at] = time.rank(at, &free).behind(bounded.len());
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
        // The last one is shown faster than the third only.
        let pairs = Pairs::new(&models.iter().collect::<Vec<_>>(), MARGIN);
        assert_eq!(pairs.get(1, 0).verdict, Verdict::Tie);
        assert_eq!(pairs.get(2, 0).verdict, Verdict::Slower);
        assert_eq!(pairs.get(0, 2).verdict, Verdict::Faster);
        assert_eq!(pairs.get(3, 0).verdict, Verdict::Undecided);
        let ratio = pairs.get(2, 1).ratio.unwrap();
        assert!((ratio.middle - 1.3).abs() < 0.02 && ratio.rounds == 12);
        let rank = |model| pairs.rank(model, &[0, 1, 2, 3]).to_string();
        assert_eq!([0, 1, 2, 3].map(rank), ["1–3", "1–3", "4", "1–3"]);
        assert_eq!(pairs.rank(2, &[0, 1, 2]).to_string(), "3");
    }

    #[test]
    fn a_tie_is_within_the_margin_and_its_interval_too() {
        let models = [about(1.0, 0.02, 12, 1), about(1.03, 0.02, 12, 2)];
        let by = |margin| {
            let found = Pairs::new(&models.each_ref(), margin).get(1, 0);
            (found.verdict, found.ratio.unwrap().interval)
        };
        let (verdict, interval) = by(CPU_MARGIN);
        assert!(verdict != Verdict::Undecided, "{verdict:?} {interval:?}");
        let wide = [about(1.0, 0.05, 12, 1), about(1.0, 0.05, 12, 2)];
        let found = Pairs::new(&wide.each_ref(), CPU_MARGIN).get(1, 0);
        assert_eq!(found.verdict, Verdict::Tie);
        let interval = found.ratio.unwrap().interval;
        assert!(1.0 / CPU_MARGIN <= interval.low && interval.high <= CPU_MARGIN);
        let found = Pairs::new(&wide.each_ref(), MARGIN).get(1, 0);
        assert_eq!(found.verdict, Verdict::Undecided);
        assert!(found.needs.is_some_and(|rounds| rounds > 12) && !found.futile());
    }

    #[test]
    fn what_wavers_too_much_is_futile() {
        let wild = |by: f64| -> BTreeMap<u64, f64> {
            let off = |round| if round % 2 == 0 { by } else { -by };
            (0..12).map(|round| (round, f64::exp(off(round)))).collect()
        };
        let models = [wild(0.5), wild(-0.5)];
        let found = Pairs::new(&models.each_ref(), MARGIN).get(0, 1);
        assert!(found.futile(), "{found:?}");
        assert!(!Comparison::NONE.futile());
    }

    #[test]
    fn seven_shared_rounds_say_nothing() {
        let (a, b) = (about(1.0, 0.01, 7, 1), about(2.0, 0.01, 20, 2));
        assert_eq!(Pairs::new(&[&a, &b], MARGIN).get(0, 1), Comparison::NONE);
        let a = about(1.0, 0.01, 8, 1);
        let pairs = Pairs::new(&[&a, &b], MARGIN);
        assert_eq!(pairs.get(0, 1).verdict, Verdict::Faster);
    }

    #[test]
    fn one_round_that_disagrees_of_eight_leaves_it_open() {
        let (mut a, b) = (about(1.3, 0.01, 8, 1), about(1.0, 0.01, 8, 2));
        a.insert(3, 0.7);
        let pairs = Pairs::new(&[&a, &b], MARGIN);
        assert_eq!(pairs.get(0, 1).verdict, Verdict::Undecided);
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
        let ranks: Vec<String> = standing.ranks.iter().map(Rank::to_string).collect();
        assert_eq!(ranks, ["2", "3–4", "1", "5", "3–4"]);
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
            let (one, other) = (Pairs::new(&[&a, &b], MARGIN), Pairs::new(&[&b, &a], MARGIN));
            prop_assert_eq!(one.get(0, 1).verdict, other.get(1, 0).verdict);
            prop_assert_eq!(one.get(0, 1).verdict, other.get(0, 1).verdict.inverse());
        }
    }
}
