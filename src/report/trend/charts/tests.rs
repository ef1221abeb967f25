//! Strips are held to what all charts are: whatever the history, texts neither overlap
//! nor leave the picture.

use proptest::prelude::*;

use super::super::super::trend::{Run, Trend};
use super::*;
use crate::base::seed::{draw, unit};
use crate::host::HostFacts;
use crate::record::row::{Row, SCHEMA};
use crate::report::chart::tests::{assert_readable, caption};

const MODELS: [&str; 10] = [
    "sequential",
    "processes-per-order",
    "os-threads-per-order",
    "crossbeam",
    "rayon-cores",
    "tokio-mt-per-order",
    "tokio-ct",
    "smol",
    "async-std",
    "a-model-that-is-a-command-in-another-language",
];

/// A history of so many models over so many runs: a step in every second model at two
/// thirds, another version and another host now and then, failed runs.
fn history(models: usize, runs: u32, breaks: u32, seed: u64) -> Vec<Run> {
    let run = |number: u32| {
        let rows = MODELS[..models].iter().enumerate().flat_map(|(at, model)| {
            let step = if at % 2 == 0 && 3 * number > 2 * runs {
                0.8
            } else {
                1.0
            };
            let luck = unit(draw(seed, u64::from(number), at as u64));
            let rate = 10f64.powi(at as i32) * step * (1.0 + 0.02 * luck);
            (1..=8).map(move |round| Row {
                schema: SCHEMA,
                run: number.to_string(),
                cell: format!("fetch/rush/{model}"),
                workload: "fetch".into(),
                scenario: "rush".into(),
                scenario_version: 1 + number.checked_div(breaks).unwrap_or(0),
                model: (*model).into(),
                class: "equal".into(),
                placement: "own-core".into(),
                round,
                orders: 10,
                orders_per_s: Some(rate * (1.0 + 0.002 * f64::from(round))),
                error: (luck < 0.03).then(|| "order 17: <nil>".into()),
                ..Row::default()
            })
        });
        let host = HostFacts {
            at: format!(
                "2026-{:02}-{:02}T08:15:00+00:00",
                1 + number / 28,
                1 + number % 28
            ),
            hostname: if number % 20 == 19 { "stove" } else { "oven" }.into(),
            revision: Some(format!("{:07x}", draw(seed, u64::from(number), 99) >> 36)),
            ..HostFacts::default()
        };
        let digest = rows.collect();
        Run::of(
            &format!("2026-11-20T08-15-00-oven-{number}"),
            &digest,
            &[],
            Some(host),
        )
    };
    (0..runs).map(run).collect()
}

/// The pictures of a history.
fn drawn(runs: Vec<Run>, width: u32) -> Vec<String> {
    let trend = Trend::of(runs, false);
    let frame = Frame {
        width,
        ..Frame::of(&caption())
    };
    let mut all = Vec::new();
    for section in trend.all() {
        for strips in section.charts() {
            all.push(super::trend(section, &strips, &trend.runs, &frame).svg);
        }
    }
    all
}

#[test]
fn sixty_runs_of_ten_models_can_be_read() {
    for width in [400, 640, 960] {
        let all = drawn(history(10, 60, 25, 1), width);
        assert_eq!(all.len(), 1);
        assert_readable(&all[0]);
        for text in [
            "data-row=",
            "scenario version 1 → 2",
            "host oven → stove",
            "failed: order 17",
        ] {
            assert!(all[0].contains(text), "{text}");
        }
    }
}

#[test]
fn a_phone_shows_names_and_last_figures_whole() {
    let svg = drawn(history(10, 12, 0, 4), 400).remove(0);
    assert!(
        svg.lines().any(|line| line == "processes-per-order"),
        "{svg}"
    );
    let heads = svg.lines().filter(|line| line.starts_with("last "));
    assert!(heads.clone().count() >= 10);
    for head in heads {
        assert!(head.ends_with("orders/s"), "{head}");
    }
}

#[test]
fn a_step_is_ringed_and_numbered() {
    let svg = drawn(history(2, 19, 0, 4), 960).remove(0);
    for text in [
        "fill=\"none\" stroke=\"#B31D28\"",
        "1 sequential: throughput −",
        "rev ",
        "processes-per-order: no change shown in 18 runs",
    ] {
        assert!(svg.contains(text), "{text} in {svg}");
    }
}

#[test]
fn an_axis_shows_five_per_cent_and_makes_no_noise_of_less() {
    let strip = |values: &[f64]| {
        let runs: Vec<Run> = values
            .iter()
            .zip(0..)
            .map(|(rate, number): (&f64, u32)| {
                let row = Row {
                    schema: SCHEMA,
                    run: number.to_string(),
                    cell: "fetch/rush/smol".into(),
                    model: "smol".into(),
                    round: 1,
                    orders: 1,
                    orders_per_s: Some(*rate),
                    ..Row::default()
                };
                Run::of(&number.to_string(), &[row].into_iter().collect(), &[], None)
            })
            .collect();
        let trend = Trend::of(runs, false);
        let strip = Strip::of(&trend.sections[0].series[0], &trend.runs);
        (strip.scales[0].low, strip.scales[0].high)
    };
    let (low, high) = strip(&[1000.0, 950.0]);
    assert!(50.0 / (high - low) > 0.5, "{low} {high}");
    let (low, high) = strip(&[1000.0, 1001.0]);
    assert!(1.0 / (high - low) < 0.05, "{low} {high}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_text_overlaps_whatever_the_history(
        models in 1usize..4, runs in 1u32..90, breaks in 0u32..9, seed: u64,
    ) {
        for svg in drawn(history(models, runs, breaks, seed), 960) {
            assert_readable(&svg);
        }
    }
}
