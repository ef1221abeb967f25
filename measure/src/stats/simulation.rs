//! How often verdicts are wrong and how often they see: simulated runs whose
//! truth is known. Seeded, so that the figures stay; `--nocapture` shows them.

use std::collections::BTreeMap;

use super::enough::enough;
use super::verdict::{Contender, Pairs, Verdict};
use crate::base::seed::{draw, unit};

/// How a model's rounds vary about its own middle, on the log scale.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Log-normal.
    Normal(f64),
    /// Log-normal, and one round in twelve a third slower: a neighbour came by.
    Disturbed(f64),
    /// One of two speeds by chance, as memory happens to be laid out.
    TwoSpeeds(f64),
}

/// A standard normal draw (Box and Muller 1958).
pub(super) fn normal(seed: u64, index: u64, lane: u64) -> f64 {
    let of = |lane| unit(draw(seed, index, lane));
    (-2.0 * of(lane).ln()).sqrt() * (std::f64::consts::TAU * of(lane + 1)).cos()
}

/// For each of `slowdowns` a model that is so many times slower, over rounds that
/// drift and waver for all alike.
fn models(slowdowns: &[f64], rounds: u64, noise: Noise, seed: u64) -> Vec<BTreeMap<u64, f64>> {
    slowdowns
        .iter()
        .enumerate()
        .map(|(model, slowdown)| {
            let lane = 10 + 10 * model as u64;
            let value = |round| {
                let drift = 0.3 * round as f64 / rounds as f64 + 0.1 * normal(seed, round, 0);
                let own = normal(seed, round, lane);
                let luck = unit(draw(seed, round, lane + 2));
                let noise = match noise {
                    Noise::Normal(sigma) => sigma * own,
                    Noise::Disturbed(sigma) if luck < 1.0 / 12.0 => sigma * own + 0.3,
                    Noise::Disturbed(sigma) => sigma * own,
                    Noise::TwoSpeeds(sigma) => sigma * (luck - 0.5).signum() + 0.002 * own,
                };
                slowdown * (drift + noise).exp()
            };
            (0..rounds).map(|round| (round, value(round))).collect()
        })
        .collect()
}

/// One run of such models, compared.
fn run(slowdowns: &[f64], rounds: u64, noise: Noise, seed: u64) -> Pairs {
    compare(&models(slowdowns, rounds, noise, seed))
}

fn compare(models: &[BTreeMap<u64, f64>]) -> Pairs {
    Pairs::new(&models.iter().collect::<Vec<_>>())
}

fn differs(pairs: &Pairs, a: usize, b: usize) -> bool {
    matches!(pairs.get(a, b).verdict, Verdict::Faster | Verdict::Slower)
}

const NOISES: [Noise; 3] = [
    Noise::Normal(0.02),
    Noise::Disturbed(0.02),
    Noise::TwoSpeeds(0.02),
];

#[test]
fn a_model_does_not_differ_from_itself() {
    for noise in NOISES {
        for rounds in [8, 10, 20] {
            // At a true rate of 0.5 %, 400 would come out above 1 % one time in
            // twenty; 2000 hardly ever do.
            let wrong = (0..2000)
                .filter(|&seed| differs(&run(&[1.0, 1.0], rounds, noise, seed), 0, 1))
                .count();
            println!("A/A, {noise:?}, {rounds} rounds: {wrong} of 2000 called different");
            assert!(wrong <= 20, "{noise:?}, {rounds} rounds: {wrong} of 2000");
        }
    }
}

#[test]
fn nor_do_nine_models_that_are_one() {
    for noise in NOISES {
        for rounds in [8, 10, 20] {
            let wrong = (0..600)
                .filter(|&seed| {
                    let pairs = run(&[1.0; 9], rounds, noise, seed);
                    (0..9).any(|a| (0..a).any(|b| differs(&pairs, a, b)))
                })
                .count();
            println!("A/A, nine models, {noise:?}, {rounds} rounds: {wrong} of 600 runs");
            // 3 are what 0.5 % of runs would be.
            assert!(
                wrong <= 9,
                "{noise:?}, {rounds} rounds: {wrong} of 600 runs"
            );
        }
    }
}

#[test]
fn five_per_cent_are_seen() {
    for (noise, rounds) in [(Noise::Normal(0.02), 20), (Noise::Disturbed(0.015), 40)] {
        let seen = (0..400)
            .filter(|&seed| {
                let pairs = run(&[1.0, 1.05], rounds, noise, seed);
                pairs.get(1, 0).verdict == Verdict::Slower
            })
            .count();
        println!("5 % slower, {noise:?}, {rounds} rounds: seen in {seen} of 400");
        assert!(seen >= 380, "{noise:?}: {seen} of 400");
    }
}

#[test]
fn ties_are_seen_and_are_none_where_models_differ() {
    let ties = |slowdown: f64| {
        (0..200)
            .filter(|&seed| {
                let pairs = run(&[1.0, slowdown], 20, Noise::Normal(0.01), seed);
                pairs.get(1, 0).verdict == Verdict::Tie
            })
            .count()
    };
    let (same, apart) = (ties(1.0), ties(1.03));
    println!("ties of 200: {same} of a model with itself, {apart} with one 3 % slower");
    assert!(same >= 180 && apart <= 2, "{same}, {apart}");
}

/// Of `tries` runs of `count` equal models, stopped after the first of 8 to 60
/// rounds at which `stop` says so: how many call any two of them different, and how
/// many rounds they take in the mean.
fn adaptive(
    count: usize,
    noise: Noise,
    tries: u64,
    stop: impl Fn(&[BTreeMap<u64, f64>]) -> bool,
) -> (usize, f64) {
    let mut spent = 0;
    let wrong = (0..tries)
        .filter(|&seed| {
            let all = models(&vec![1.0; count], 60, noise, seed);
            let after = |rounds| {
                let until = |model: &BTreeMap<u64, f64>| {
                    model.range(..rounds).map(|(k, v)| (*k, *v)).collect()
                };
                all.iter().map(until).collect::<Vec<_>>()
            };
            let rounds = (8..60).find(|&rounds| stop(&after(rounds))).unwrap_or(60);
            spent += rounds;
            let pairs = compare(&after(rounds));
            (0..count).any(|a| (0..a).any(|b| differs(&pairs, a, b)))
        })
        .count();
    (wrong, spent as f64 / tries as f64)
}

fn narrow(models: &[BTreeMap<u64, f64>]) -> bool {
    let contender = |time: &BTreeMap<u64, f64>| Contender {
        time: time.clone(),
        ..Contender::default()
    };
    enough(&models.iter().map(contender).collect::<Vec<_>>())
}

#[test]
fn stopping_at_a_width_keeps_the_level() {
    for (count, tries, most) in [(2, 2000, 20), (4, 400, 4)] {
        for noise in NOISES.into_iter().chain([Noise::Normal(0.012)]) {
            let (wrong, rounds) = adaptive(count, noise, tries, narrow);
            println!(
                "stopped at a width, {count} models, {noise:?}: {wrong} of {tries}, {rounds} rounds"
            );
            assert!(
                wrong <= most,
                "{count} models, {noise:?}: {wrong} of {tries}"
            );
        }
    }
}

#[test]
fn stopping_at_a_difference_would_not() {
    let different = |models: &[BTreeMap<u64, f64>]| differs(&compare(models), 0, 1);
    let (wrong, _) = adaptive(2, Noise::Normal(0.02), 400, different);
    println!("stopped at a difference: {wrong} of 400 called different");
    assert!(wrong > 4, "{wrong} of 400");
}
