//! Histories whose truth is known, and how often they are called changed that are
//! not. Seeded, so that the figures stay; `--nocapture` shows them.

use proptest::prelude::*;

use super::super::simulation::normal;
use super::*;
use crate::base::seed::{draw, unit};

/// How runs scatter about their level, on the log scale.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Log-normal.
    Normal(f64),
    /// Log-normal, and one run in twelve a third slower.
    Disturbed(f64),
    /// One of two speeds by chance.
    TwoSpeeds(f64),
}

fn noise(noise: Noise, seed: u64, run: u64) -> f64 {
    let own = normal(seed, run, 0);
    match noise {
        Noise::Normal(sigma) => sigma * own,
        Noise::Disturbed(sigma) if unit(draw(seed, run, 5)) < 1.0 / 12.0 => sigma * own + 0.3,
        Noise::Disturbed(sigma) => sigma * own,
        Noise::TwoSpeeds(sigma) => sigma * (unit(draw(seed, run, 5)) - 0.5).signum() + 0.002 * own,
    }
}

/// `truth` of each of so many runs, with noise.
fn history(runs: u64, of: Noise, seed: u64, truth: impl Fn(u64) -> f64) -> Vec<f64> {
    (0..runs)
        .map(|run| truth(run) + noise(of, seed, run))
        .collect()
}

fn found(values: &[f64]) -> History {
    histories(&[values.to_vec()]).remove(0).unwrap()
}

fn changed(history: &History) -> bool {
    !history.steps.is_empty() || history.pieces.iter().any(|piece| piece.drift.is_some())
}

const NOISES: [Noise; 3] = [
    Noise::Normal(0.02),
    Noise::Disturbed(0.02),
    Noise::TwoSpeeds(0.02),
];

#[test]
fn an_unchanged_history_has_no_change_points() {
    for of in NOISES {
        for (runs, tries) in [(10, 300), (14, 300), (30, 40)] {
            let wrong = (0..tries)
                .filter(|&seed| changed(&found(&history(runs, of, seed, |_| 7.0))))
                .count();
            println!("unchanged, {of:?}, {runs} runs: {wrong} of {tries} called changed");
            // 1.5 of 300 are what 0.5 % would be.
            assert!(wrong <= 4, "{of:?}, {runs} runs: {wrong} of {tries}");
        }
    }
}

#[test]
fn nor_have_twenty_of_one_page() {
    for of in NOISES {
        let wrong = (0..12)
            .filter(|page| {
                let all: Vec<_> = (0..20)
                    .map(|lane| history(16, of, draw(3, *page, lane), |_| 0.0))
                    .collect();
                histories(&all).iter().flatten().any(changed)
            })
            .count();
        println!("unchanged, 20 a page, {of:?}: {wrong} of 12 pages");
        assert!(wrong <= 1, "{of:?}: {wrong} of 12 pages");
    }
}

#[test]
fn a_step_is_found_where_it_is() {
    for (of, tries, least) in [
        (Noise::Normal(0.02), 24, 23),
        (Noise::Disturbed(0.01), 5, 3),
    ] {
        let (mut seen, mut near) = (0u64, 0u64);
        for seed in 0..tries {
            let step = |run: u64| if run < 11 { 0.0 } else { 0.1 };
            let steps = found(&history(20, of, seed, step)).steps;
            seen += u64::from(!steps.is_empty());
            near += u64::from(steps.iter().any(|step| step.at.abs_diff(11) <= 1));
        }
        println!("a step of 10 %, {of:?}: seen {seen}, within a run {near} of {tries}");
        assert!(
            5 * seen >= 4 * tries && near >= least,
            "{of:?}: {seen}, {near}"
        );
    }
}

#[test]
fn what_came_and_went_is_two_steps() {
    let truth = |run: u64| if (10..20).contains(&run) { 0.1 } else { 0.0 };
    let both = (0..16)
        .filter(|&seed| {
            let steps = found(&history(30, Noise::Normal(0.015), seed, truth)).steps;
            let at: Vec<usize> = steps.iter().map(|step| step.at).collect();
            matches!(at[..], [up, down] if up.abs_diff(10) <= 1 && down.abs_diff(20) <= 1)
        })
        .count();
    println!("10 % for ten runs: both ends in {both} of 16");
    assert!(both >= 14, "{both} of 16");
}

#[test]
fn a_slow_drift_is_a_drift_and_no_staircase() {
    let drifts = (0..40)
        .filter(|&seed| {
            let truth = |run: u64| 0.01 * run as f64;
            let history = found(&history(20, Noise::Normal(0.015), seed, truth));
            let all = &history.pieces[..];
            matches!(all, [one] if one.drift.is_some()) && history.steps.is_empty()
        })
        .count();
    println!("1 % a run: one drift in {drifts} of 40");
    assert!(drifts >= 36, "{drifts} of 40");
}

#[test]
fn a_step_is_a_step_and_no_drift() {
    let steps = (0..40)
        .filter(|&seed| {
            let truth = |run: u64| if run < 9 { 0.0 } else { -0.15 };
            let history = found(&history(18, Noise::Normal(0.01), seed, truth));
            history.steps.len() == 1 && history.pieces.iter().all(|piece| piece.drift.is_none())
        })
        .count();
    assert!(steps >= 39, "{steps} of 40");
}

#[test]
fn known_answers() {
    // A tenth up at the sixth run, with known wavering.
    let wavers = [0.001, -0.001, 0.002, 0.0, -0.002];
    let truth = |run: usize| if run < 5 { 1.0 } else { 1.1f64.ln() + 1.0 };
    let values: Vec<f64> = (0..10).map(|run| truth(run) + wavers[run % 5]).collect();
    let history = found(&values);
    let [step] = history.steps[..] else {
        panic!("{history:?}");
    };
    assert_eq!(step.at, 5);
    assert!((step.ratio.middle - 1.1).abs() < 1e-9, "{step:?}");
    assert!(step.ratio.interval.low < 1.1 && 1.1 < step.ratio.interval.high);
    // Two per cent are shown and count for nothing.
    let small: Vec<f64> = (0..20)
        .map(|run| if run < 10 { 0.0 } else { 0.02 } + wavers[run % 5] / 4.0)
        .collect();
    assert!(!changed(&found(&small)), "{small:?}");
    // A straight line.
    let line: Vec<f64> = (0..12).map(|run| 0.01 * f64::from(run)).collect();
    let history = found(&line);
    let drift = history.pieces[0].drift.unwrap();
    assert!((drift.middle - 0.11f64.exp()).abs() < 1e-9, "{drift:?}");
    assert_eq!(history.pieces[0].runs, 0..12);
}

#[test]
fn few_runs_or_constant_ones_show_nothing() {
    assert_eq!(histories(&[]), []);
    let few: Vec<f64> = (0..9).map(|run| f64::from(run / 4)).collect();
    assert_eq!(histories(&[few, vec![]]), [None, None]);
    assert!(!changed(&found(&[3.0; 12])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn pieces_cover_every_run_and_the_unit_does_not_matter(
        values in prop::collection::vec(prop_oneof![-0.02..0.02f64, 0.1..0.14f64], 10..24),
        shift in -5.0..5.0f64,
    ) {
        let history = found(&values);
        let mut next = 0;
        for piece in &history.pieces {
            prop_assert_eq!(piece.runs.start, next);
            prop_assert!(piece.runs.len() >= SIDE);
            next = piece.runs.end;
        }
        prop_assert_eq!(next, values.len());
        let moved: Vec<f64> = values.iter().map(|value| shift - value).collect();
        let moved = found(&moved);
        prop_assert_eq!(moved.steps.len(), history.steps.len());
        for (one, other) in history.steps.iter().zip(&moved.steps) {
            prop_assert_eq!(one.at, other.at);
            prop_assert!((one.ratio.middle * other.ratio.middle - 1.0).abs() < 1e-9);
        }
    }
}
