//! How often verdicts are wrong and how often they see: simulated runs whose
//! truth is known. Seeded, so that the figures stay; `--nocapture` shows them.

use std::collections::BTreeMap;

use super::enough::{Outlook, outlook, width};
use super::quantile::median;
use super::verdict::{Contender, Pairs, Verdict, family};
use super::{ALPHA, MARGIN};
use crate::base::seed::{draw, unit};

/// How a model's rounds vary about its own middle, on the log scale.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Log-normal.
    Normal,
    /// Student's t with 2 degrees of freedom: its variance is infinite.
    T2,
    /// Pareto's with index 1.5: never below its least, and far above now and then.
    Pareto,
    /// One of two speeds by chance, as memory happens to be laid out.
    TwoSpeeds,
    /// Log-normal, and one round in twelve a third slower: a neighbour came by.
    Disturbed,
    /// Log-normal, and some models waver several times as much as others.
    Uneven,
}

const NOISES: [Noise; 6] = [
    Noise::Normal,
    Noise::T2,
    Noise::Pareto,
    Noise::TwoSpeeds,
    Noise::Disturbed,
    Noise::Uneven,
];

const ROUNDS: [u64; 4] = [8, 10, 15, 30];

/// A standard normal draw (Box and Muller 1958).
pub(super) fn normal(seed: u64, index: u64, lane: u64) -> f64 {
    let of = |lane| unit(draw(seed, index, lane));
    (-2.0 * of(lane).ln()).sqrt() * (std::f64::consts::TAU * of(lane + 1)).cos()
}

/// What one round of a model has of its own, at a spread of `sigma`.
fn own(noise: Noise, sigma: f64, seed: u64, round: u64, lane: u64) -> f64 {
    let gauss = |at| normal(seed, round, lane + at);
    let luck = unit(draw(seed, round, lane + 2));
    sigma
        * match noise {
            Noise::Normal => gauss(0),
            // χ² with 2 degrees of freedom is exponential.
            Noise::T2 => gauss(0) / (-luck.ln()).sqrt(),
            Noise::Pareto => luck.powf(-1.0 / 1.5) - 1.0,
            Noise::TwoSpeeds => (luck - 0.5).signum() + 0.1 * gauss(0),
            Noise::Disturbed if luck < 1.0 / 12.0 => gauss(0) + 15.0,
            Noise::Disturbed => gauss(0),
            Noise::Uneven => gauss(0) * (0.7 * normal(seed, 1 << 32, lane)).exp(),
        }
}

type Costs = BTreeMap<u64, f64>;

/// For each of `slowdowns` a model that is so many times slower, over rounds that
/// drift and waver for all alike, and by about 2 % of their own.
fn models(slowdowns: &[f64], rounds: u64, noise: Noise, seed: u64) -> Vec<Costs> {
    models_that_waver(0.02, slowdowns, rounds, noise, seed)
}

fn models_that_waver(
    sigma: f64,
    slowdowns: &[f64],
    rounds: u64,
    noise: Noise,
    seed: u64,
) -> Vec<Costs> {
    let model = |(lane, slowdown): (u64, &f64)| {
        let value = |round| {
            let drift = 0.3 * round as f64 / rounds as f64 + 0.1 * normal(seed, round, 0);
            slowdown * (drift + own(noise, sigma, seed, round, 10 + 10 * lane)).exp()
        };
        (0..rounds).map(|round| (round, value(round))).collect()
    };
    (0..).zip(slowdowns).map(model).collect()
}

fn compare(models: &[Costs]) -> Pairs {
    Pairs::new(&models.iter().collect::<Vec<_>>(), MARGIN)
}

fn differs(pairs: &Pairs, a: usize, b: usize) -> bool {
    matches!(pairs.get(a, b).verdict, Verdict::Faster | Verdict::Slower)
}

fn any_differ(models: &[Costs]) -> bool {
    let pairs = compare(models);
    let count = models.len();
    (0..count).any(|a| (0..a).any(|b| differs(&pairs, a, b)))
}

/// Of so many runs of `count` equal models those that call any two of them different.
fn wrong(count: usize, rounds: u64, noise: Noise, runs: u64) -> usize {
    let seeds = (0..runs).map(|seed| draw(seed, count as u64, rounds));
    seeds
        .filter(|&seed| any_differ(&models(&vec![1.0; count], rounds, noise, seed)))
        .count()
}

#[test]
fn equal_models_do_not_differ() {
    // At a true rate of 0.5 %, more than these, of one number of rounds or of all four,
    // would come out by chance once in some thousand times.
    for (count, runs, most, all) in [(2, 600, 10, 25), (4, 200, 6, 12), (9, 80, 4, 7)] {
        for noise in NOISES {
            let found = ROUNDS.map(|rounds| wrong(count, rounds, noise, runs));
            println!(
                "{count} equal models, {noise:?}: {found:?} of {runs} runs (8, 10, 15, 30 rounds)"
            );
            assert!(
                found.iter().all(|wrong| *wrong <= most) && found.iter().sum::<usize>() <= all,
                "{count} {noise:?}: {found:?}"
            );
        }
    }
}

#[test]
fn nor_do_comparisons_that_share_no_cells() {
    // As `ab` and claims have them: eight, of figures that waver unlike each other.
    for noise in NOISES {
        let wrong = (0..200)
            .filter(|&seed| {
                let logs: Vec<Vec<f64>> = (0..8)
                    .map(|lane| {
                        let sigma = 0.005 * 2f64.powi(lane);
                        let own = |round, lane| own(noise, sigma, seed, round, lane);
                        let lane = 100 * u64::from(lane.unsigned_abs());
                        (0..10)
                            .map(|round| own(round, lane) - own(round, lane + 50))
                            .collect()
                    })
                    .collect();
                let differ = |of: &Verdict| matches!(of, Verdict::Faster | Verdict::Slower);
                family(&logs, MARGIN)
                    .iter()
                    .any(|found| differ(&found.verdict))
            })
            .count();
        println!("eight comparisons of the same, {noise:?}, 10 rounds: {wrong} of 200 families");
        assert!(wrong <= 5, "{noise:?}: {wrong} of 200");
    }
}

/// Of 100 in how many runs of these models, all five per cent apart, the first two are told
/// apart, by [`ROUNDS`].
fn seen(count: i32, noise: Noise, runs: u64) -> [usize; 4] {
    let slowdowns: Vec<f64> = (0..count).map(|at| 1.05f64.powi(at)).collect();
    ROUNDS.map(|rounds| {
        let tells = |seed: &u64| {
            let pairs = compare(&models(&slowdowns, rounds, noise, draw(*seed, 7, rounds)));
            pairs.get(1, 0).verdict == Verdict::Slower
        };
        100 * (0..runs).filter(tells).count() / runs as usize
    })
}

#[test]
fn five_per_cent_are_seen() {
    // Least of 100 by rounds: two models, and nine.
    let least = [
        (Noise::Normal, [65, 88, 98, 100], [88, 95, 99, 100]),
        (Noise::T2, [14, 24, 40, 82], [3, 10, 25, 75]),
        (Noise::Pareto, [18, 20, 30, 82], [3, 6, 12, 72]),
        (Noise::TwoSpeeds, [62, 88, 98, 100], [88, 95, 99, 100]),
        (Noise::Disturbed, [8, 8, 12, 82], [0, 0, 0, 68]),
        (Noise::Uneven, [40, 52, 65, 86], [35, 48, 65, 86]),
    ];
    for (noise, two, nine) in least {
        for (count, runs, least) in [(2, 100, two), (9, 40, nine)] {
            let seen = seen(count, noise, runs);
            println!(
                "{count} models 5 % apart, {noise:?}: seen in {seen:?} of 100 (8, 10, 15, 30 rounds)"
            );
            let enough = seen.iter().zip(least).all(|(seen, least)| *seen >= least);
            assert!(enough, "{count} models, {noise:?}: {seen:?}, {least:?}");
        }
    }
}

#[test]
fn the_least_difference_that_is_called_shown_is() {
    for (count, rounds) in [(2, 8), (2, 15), (4, 10)] {
        let run = |slowdown: f64, seed: u64| {
            let mut slowdowns = vec![1.0; count];
            slowdowns[1] = slowdown;
            compare(&models(
                &slowdowns,
                rounds,
                Noise::Normal,
                draw(seed, 9, rounds),
            ))
        };
        let said: Vec<f64> = (0..100)
            .filter_map(|seed| run(1.0, seed).least_shown())
            .collect();
        let least = median(&said).unwrap_or(f64::NAN);
        let shown = |slowdown: f64| {
            let slower = |seed: &u64| run(slowdown, *seed).get(1, 0).verdict == Verdict::Slower;
            (100..300).filter(slower).count() / 2
        };
        let (at, half) = (shown(least), shown(least.sqrt()));
        println!(
            "{count} models, {rounds} rounds: {least} is shown in {at} of 100, half of it in {half}"
        );
        assert!(
            at >= 85 && half <= 60,
            "{count} models, {rounds} rounds: {at}, {half}"
        );
    }
}

#[test]
fn ties_are_seen_and_are_none_where_models_differ() {
    for noise in [
        Noise::Normal,
        Noise::TwoSpeeds,
        Noise::Disturbed,
        Noise::Uneven,
    ] {
        let ties = |slowdown: f64, sigma, runs: u64| {
            let tie = |seed: &u64| {
                let models = models_that_waver(sigma, &[1.0, slowdown], 12, noise, *seed);
                compare(&models).get(1, 0).verdict == Verdict::Tie
            };
            (0..runs).filter(tie).count()
        };
        let (same, apart) = (ties(1.0, 0.01, 100), ties(MARGIN, 0.01, 500));
        println!(
            "ties, {noise:?}, 12 rounds: {same} of 100 of a model with itself, {apart} of 500 with one 3 % slower"
        );
        assert!(apart <= 8, "{noise:?}: {apart}");
        let calm = matches!(noise, Noise::Normal | Noise::TwoSpeeds);
        assert!(!calm || same >= 90, "{noise:?}: {same}");
    }
}

/// Of `tries` runs of these models, stopped after the first of 8 to 60 rounds at which
/// `stop` says so: of how many `found` is true, and how many rounds they take in the mean.
fn adaptive(
    slowdowns: &[f64],
    noise: Noise,
    tries: u64,
    stop: impl Fn(&[Costs]) -> bool,
    found: impl Fn(&[Costs]) -> bool,
) -> (usize, f64) {
    let mut spent = 0;
    let wrong = (0..tries)
        .filter(|&seed| {
            let all = models(slowdowns, 60, noise, seed);
            let after = |rounds| {
                let until = |model: &Costs| model.range(..rounds).map(|(k, v)| (*k, *v)).collect();
                all.iter().map(until).collect::<Vec<_>>()
            };
            let rounds = (8..60).find(|&rounds| stop(&after(rounds))).unwrap_or(60);
            spent += rounds;
            found(&after(rounds))
        })
        .count();
    (wrong, spent as f64 / tries as f64)
}

fn finished(models: &[Costs]) -> bool {
    let contender = |time: &Costs| Contender {
        time: time.clone(),
        ..Contender::default()
    };
    let models: Vec<_> = models.iter().map(contender).collect();
    !matches!(outlook(&models), Outlook::Open(_))
}

#[test]
fn stopping_where_pairs_are_decided_or_futile_keeps_the_level() {
    for (count, tries, most) in [(2, 150, 4), (4, 20, 2)] {
        for noise in NOISES {
            let (wrong, rounds) = adaptive(&vec![1.0; count], noise, tries, finished, any_differ);
            println!(
                "stopped when finished, {count} equal models, {noise:?}: {wrong} of {tries}, {rounds} rounds"
            );
            assert!(
                wrong <= most,
                "{count} models, {noise:?}: {wrong} of {tries}"
            );
        }
    }
}

#[test]
fn nor_does_it_find_ties_where_models_differ() {
    let tie = |models: &[Costs]| compare(models).get(1, 0).verdict == Verdict::Tie;
    for noise in [Noise::Normal, Noise::TwoSpeeds] {
        let (wrong, rounds) = adaptive(&[1.0, MARGIN], noise, 120, finished, tie);
        println!(
            "stopped when finished, 3 % apart, {noise:?}: {wrong} ties of 120, {rounds} rounds"
        );
        assert!(wrong <= 4, "{noise:?}: {wrong} of 120");
    }
}

#[test]
fn stopping_at_a_width_keeps_the_level() {
    // As `ab` does.
    let narrow = |models: &[Costs]| {
        let logs: Vec<f64> = models[0]
            .iter()
            .map(|(round, cost)| (cost / models[1][round]).ln())
            .collect();
        width(&logs, ALPHA / 2.0) <= MARGIN * MARGIN
    };
    for noise in NOISES {
        let (wrong, rounds) = adaptive(&[1.0; 2], noise, 300, narrow, any_differ);
        println!("stopped at a width, {noise:?}: {wrong} of 300, {rounds} rounds");
        assert!(wrong <= 6, "{noise:?}: {wrong} of 300");
    }
}

#[test]
fn stopping_at_a_difference_would_not() {
    let (wrong, _) = adaptive(&[1.0; 2], Noise::Normal, 150, any_differ, any_differ);
    println!("stopped at a difference: {wrong} of 150 called different");
    assert!(wrong > 3, "{wrong} of 150");
}
