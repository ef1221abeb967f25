//! When an adaptive run may stop adding rounds to a scenario: once each pair of neighbours
//! is decided or futile.
//!
//! Stopping as soon as something is significant finds, given time, a difference between
//! any two equal models (Armitage, McPherson and Rowe 1969). So looks are **stricter** than
//! the end (Haybittle 1971; Peto et al. 1976): to stop for it, a difference or a tie must be
//! shown at a tenth of the error rate that it is held to afterwards. What is
//! shown at the end without having been shown so plainly has been looked at once.
//!
//! A pair is **futile** where [`MOST_ROUNDS`](super::MOST_ROUNDS) rounds that waver as those
//! so far would hardly decide it. To give up errs on the side of "undecided", never of a
//! difference. `simulation.rs` counts how often verdicts err under both rules.

use std::collections::BTreeMap;

use super::interval::median_interval;
use super::verdict::{Contender, Pairs, Verdict, middle};
use super::{ALPHA, CPU_MARGIN, MARGIN, ROUNDS};

/// How many times less than at the end may go wrong by a look.
const STRICTER: f64 = 10.0;

/// What more rounds of one scenario may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Every pair of neighbours is decided.
    Decided,
    /// Those that are not decided are futile.
    Futile,
    /// So many rounds more may decide the next pair of neighbours, at the soonest.
    Open(usize),
}

/// What more rounds of `models`, all of one scenario, may bring.
///
/// Leave out models that cannot be measured: they are always open.
///
/// Neighbours are two models that the server bounds, by CPU per order, or two
/// that it does not, by time per order, where no third of their kind has its median
/// between theirs. Others are further apart than these.
#[must_use]
pub fn outlook<K: Ord>(models: &[Contender<K>]) -> Outlook {
    let fewest = models.iter().map(|model| cost(model).len()).min();
    if let Some(lacking) = fewest.and_then(|rounds| ROUNDS.checked_sub(rounds))
        && lacking > 0
    {
        return Outlook::Open(lacking);
    }
    let costs: Vec<_> = models.iter().map(cost).collect();
    // Two models of one kind rank by one cost, which has one margin.
    let by = |alpha: f64| {
        [(false, MARGIN), (true, CPU_MARGIN)].map(|(bounded, margin)| {
            let any = models.iter().any(|model| model.bounded == bounded);
            any.then(|| Pairs::at(&costs, margin, alpha))
        })
    };
    let (looks, ends) = (by(ALPHA / STRICTER), by(ALPHA));
    let mut futile = false;
    let mut soonest: Option<usize> = None;
    for (a, b) in neighbours(models) {
        let at = usize::from(models[a].bounded);
        let (Some(look), Some(end)) = (&looks[at], &ends[at]) else {
            continue;
        };
        if look.get(a, b).verdict != Verdict::Undecided {
            continue;
        }
        let end = end.get(a, b);
        if end.futile() {
            futile = true;
            continue;
        }
        let shared = end.ratio.map_or(0, |ratio| ratio.rounds);
        // What is shown at the end's level is next to being shown at that of looks.
        let more = end.needs.map_or(1, |needs| needs - shared);
        soonest = Some(soonest.map_or(more, |soonest| soonest.min(more)));
    }
    match soonest {
        Some(more) => Outlook::Open(more),
        None if futile => Outlook::Futile,
        None => Outlook::Decided,
    }
}

/// Pairs of `models`, as indices, the one of the lower median cost first.
fn neighbours<K: Ord>(models: &[Contender<K>]) -> Vec<(usize, usize)> {
    let middles: Vec<f64> = models.iter().map(|model| middle(cost(model))).collect();
    let group = |of: usize| {
        let bounded = models[of].bounded;
        (0..models.len()).filter(move |&at| models[at].bounded == bounded)
    };
    let between = |a: usize, b: usize, c: usize| middles[a] < middles[c] && middles[c] < middles[b];
    let pairs = (0..models.len()).flat_map(|a| group(a).map(move |b| (a, b)));
    pairs
        .filter(|&(a, b)| {
            // Equal medians go by index, so that each pair comes once.
            let ordered = middles[a] < middles[b] || (middles[a] == middles[b] && a < b);
            ordered && !group(a).any(|c| between(a, b, c))
        })
        .collect()
}

/// Upper end over lower end of the [interval of the median](median_interval) ratio whose
/// `logs` are one a round, at error rate `alpha`, or of their whole range where they are too
/// few for that; infinite where there are fewer than [`ROUNDS`].
///
/// It looks at how wide an interval is, never at where it lies: stopped at a width that was
/// fixed beforehand it keeps its level in the limit of many rounds (Chow and Robbins 1965).
/// A t interval would not do: it is narrow where rounds agree by luck.
#[must_use]
pub fn width(logs: &[f64], alpha: f64) -> f64 {
    median_interval(logs, alpha)
        .filter(|_| logs.len() >= ROUNDS)
        .map_or(f64::INFINITY, |of| (of.high - of.low).exp())
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

    fn open(outlook: Outlook) -> bool {
        matches!(outlook, Outlook::Open(_))
    }

    #[test]
    fn only_neighbours_of_one_kind_decide() {
        let calm = |middle: f64, seed| model(middle, 0.001, 14, seed);
        let mut models = [calm(3.0, 1), calm(1.0, 2), calm(2.0, 3), calm(2.0, 4)];
        assert_eq!(outlook(&models), Outlook::Decided);
        // What wavers is open against the neighbour that it may not differ from.
        models[3] = model(2.0, 0.1, 14, 5);
        assert!(open(outlook(&models)));
        models[3] = model(9.0, 0.1, 14, 5);
        assert_eq!(outlook(&models), Outlook::Decided);
        // By CPU, which wavers more, once the server bounds both.
        models[2] = model(2.0, 0.02, 14, 3);
        models[3] = model(2.0, 0.02, 14, 5);
        models[2].bounded = true;
        assert_eq!(outlook(&models), Outlook::Decided);
        models[3].bounded = true;
        assert!(open(outlook(&models)));
        assert_eq!(outlook(&models[..1]), Outlook::Decided);
    }

    #[test]
    fn what_could_not_be_decided_is_futile_and_what_could_is_open() {
        let wild = |by: f64| {
            let off = |round| if round % 2 == 0 { by } else { -by };
            let time = (0..12).map(|round| (round, f64::exp(off(round)))).collect();
            Contender {
                time,
                ..Contender::default()
            }
        };
        let wild = [wild(0.5), wild(-0.5)];
        assert_eq!(outlook(&wild), Outlook::Futile);
        let decided = [model(5.0, 0.01, 12, 3), model(50.0, 0.01, 12, 4)];
        let mut models = wild.to_vec();
        models.extend(decided);
        assert_eq!(outlook(&models), Outlook::Futile);
        models.push(model(50.5, 0.05, 12, 5));
        assert!(open(outlook(&models)));
    }

    #[test]
    fn few_shared_rounds_are_not_enough() {
        let long = model(1.0, 0.001, 12, 1);
        let short = |rounds| outlook(&[long.clone(), model(2.0, 0.001, rounds, 2)]);
        assert_eq!(short(6), Outlook::Open(2));
        assert_eq!(short(8), Outlook::Decided);
        let mut apart = model(2.0, 0.001, 12, 2);
        apart.time = apart.time.into_iter().map(|(k, v)| (k + 5, v)).collect();
        assert!(open(outlook(&[long, apart])));
    }

    #[test]
    fn of_equal_medians_none_is_passed_over() {
        let mut wavering = model(1.0, 0.0, 9, 4);
        for round in 0..8 {
            let off = if round < 4 { 0.8 } else { 1.25 };
            wavering.time.insert(round, off);
        }
        let mut models = vec![model(1.0, 0.0, 9, 1); 3];
        assert_eq!(outlook(&models), Outlook::Decided);
        models.push(wavering);
        for _ in 0..4 {
            models.rotate_left(1);
            assert!(outlook(&models) != Outlook::Decided);
        }
    }

    #[test]
    fn a_width_is_of_rounds_enough() {
        let logs: Vec<f64> = (0..12).map(|at| 0.01 * f64::from(at % 3)).collect();
        assert_eq!(width(&logs[..7], 0.01), f64::INFINITY);
        let (narrow, wide) = (width(&logs, 0.01), width(&logs, 0.001));
        assert!(
            1.0 < narrow && narrow <= wide && wide < 1.03,
            "{narrow} {wide}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn order_and_unit_do_not_matter(
            middles in prop::collection::vec((1.0..1.2f64, any::<bool>()), 1..6),
            spread in 0.005..0.2f64, turn in 0usize..6, scale in 0.01..100.0f64,
        ) {
            let models: Vec<_> = middles.iter().zip(0..).map(|(&(middle, bounded), seed)| {
                Contender { bounded, ..model(middle, spread, 10, seed) }
            }).collect();
            let turn = turn % models.len();
            let scaled = |of: &BTreeMap<u64, f64>| of.iter().map(|(k, v)| (*k, v * scale)).collect();
            let mut turned: Vec<_> = models.iter().map(|model| Contender {
                time: scaled(&model.time),
                cpu: scaled(&model.cpu),
                bounded: model.bounded,
            }).collect();
            turned.rotate_left(turn);
            prop_assert_eq!(outlook(&turned), outlook(&models));
        }
    }
}
