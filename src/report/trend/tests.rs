//! Which runs make which histories, and that the page holds together.

use std::collections::BTreeSet;

use super::*;
use crate::host::HostFacts;
use crate::record::quantity::{Quantity, RESPONSE_P50, RESPONSE_P99};
use crate::record::row::{Row, SCHEMA};

/// One sample a round of a cell in run `number`.
fn rows(number: u32, model: &str, change: impl Fn(&mut Row)) -> Vec<Row> {
    let row = |round: u32| {
        let wavers = 1.0 + 0.003 * f64::from((number * 7 + round) % 5);
        let mut row = Row {
            schema: SCHEMA,
            run: number.to_string(),
            cell: format!("fetch/rush/{model}"),
            workload: "fetch".into(),
            scenario: "rush".into(),
            scenario_version: 1,
            model: model.into(),
            client: "wire".into(),
            class: "equal".into(),
            placement: "own-core".into(),
            concurrency: 64,
            round,
            orders: 10,
            orders_per_s: Some(1000.0 * wavers),
            ..Row::default()
        };
        change(&mut row);
        row
    };
    (1..=2).map(row).collect()
}

fn run(number: u32, rows: Vec<Row>) -> Run {
    let host = HostFacts {
        at: format!("2026-10-{:02}T08:15:00+00:00", number + 1),
        hostname: "<oven>".into(),
        ..HostFacts::default()
    };
    Run::of(
        &format!("run-{number}"),
        &rows.into_iter().collect(),
        &[],
        Some(host),
    )
}

fn names(trend: &Trend) -> Vec<String> {
    let series = trend.sections.iter().flat_map(|section| &section.series);
    series.map(|series| series.key.name()).collect()
}

#[test]
fn a_cell_is_followed_by_all_that_was_asked_of_it() {
    let runs = |change: fn(u32, &mut Row)| {
        let runs =
            (0..4).map(|number| run(number, rows(number, "smol", |row| change(number, row))));
        names(&Trend::of(runs.collect(), false))
    };
    let one = ["fetch/rush/smol".to_owned()];
    // A new version may have another concurrency; a load comes to another rate each time.
    assert_eq!(
        runs(|number, row| {
            if number > 1 {
                (row.scenario_version, row.concurrency) = (2, 100);
            }
        }),
        one
    );
    assert_eq!(
        runs(|number, row| {
            row.set.insert("load".into(), "0.7".into());
            row.set.insert("rate".into(), format!("{}", 4000 + number));
        }),
        ["fetch/rush/smol (load = 0.7)"]
    );
    // What failed before it was placed is the same cell.
    assert_eq!(
        runs(|number, row| {
            if number == 2 {
                (row.error, row.orders_per_s) = (Some("refused".into()), None);
                row.placement = Default::default();
            }
        }),
        one
    );
    assert_eq!(
        runs(|number, row| row.class = if number > 1 { "shipped" } else { "equal" }.into()),
        ["fetch/rush/smol", "fetch/rush/smol (shipped)"]
    );
}

#[test]
fn what_an_open_loop_is_followed_by_is_the_response() {
    let latency = |p50, p99| {
        Some(crate::record::row::Latency {
            p50_ns: Some(p50),
            p99_ns: p99,
            ..Default::default()
        })
    };
    let figures = |change: &dyn Fn(u32, &mut Row)| -> Vec<Quantity> {
        let runs = (0..3).map(|number| {
            run(
                number,
                rows(number, "smol", |row| {
                    row.offered_per_s = Some(1000.0);
                    row.response = latency(1_000_000, Some(9_000_000));
                    change(number, row);
                }),
            )
        });
        let trend = Trend::of(runs.collect(), false);
        trend.sections[0]
            .series
            .iter()
            .map(|series| series.figure)
            .collect()
    };
    assert_eq!(figures(&|_, _| {}), [RESPONSE_P99]);
    let lacking = figures(&|number, row| {
        if number == 1 {
            row.response = latency(1_000_000, None);
        }
    });
    assert_eq!(lacking, [RESPONSE_P50]);
}

#[test]
fn every_link_within_leads_somewhere_and_nothing_is_from_elsewhere() {
    let runs = (0..24).map(|number| {
        let slow = |row: &mut Row| {
            let rate = row
                .orders_per_s
                .map(|rate| if number < 12 { rate } else { rate * 0.8 });
            row.orders_per_s = rate;
        };
        let also = |row: &mut Row| {
            row.scenario = "ru-sh".into();
            row.cell = "fetch/ru-sh/smol".into();
        };
        let all = [
            rows(number, "smol", slow),
            rows(number, "tokio-mt", |_| {}),
            rows(number, "smol", also),
        ];
        run(number, all.concat())
    });
    let trend = Trend::of(runs.collect(), false);
    assert_eq!(trend.line(), "24 runs, 3 cells: 1 change point, 0 drifts");
    let files = trend.files(&Words::default());
    let page = &files
        .iter()
        .find(|(name, _)| name == "trend.html")
        .unwrap()
        .1;
    let named = |attribute: &str| -> Vec<String> {
        let attribute = format!(" {attribute}=\"");
        let parts = page.split(&attribute).skip(1);
        parts
            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
            .collect()
    };
    let ids = named("id");
    assert_eq!(
        ids.iter().collect::<BTreeSet<_>>().len(),
        ids.len(),
        "{ids:?}"
    );
    let links = named("href");
    let within = links.iter().filter_map(|link| link.strip_prefix('#'));
    for target in within {
        assert!(ids.iter().any(|id| id == target), "#{target}");
    }
    assert!(
        links.iter().any(|link| link == "#trend-fetch-rush"),
        "{links:?}"
    );
    for outside in ["src=", "@import", "url(", "https://", "<oven>"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // The same runs give the same bytes.
    assert_eq!(files, trend.files(&Words::default()));
}

#[test]
fn names_that_differ_in_punctuation_share_no_file() {
    let runs = (0..2).map(|number| {
        let named = |scenario: &'static str| {
            rows(number, "smol", move |row| {
                row.scenario = scenario.into();
                row.cell = format!("fetch/{scenario}/smol");
                row.cpu_ns = Some(5);
            })
        };
        run(
            number,
            [named("rush"), named("rush-cpu"), named("rush_cpu")].concat(),
        )
    });
    let files = Trend::of(runs.collect(), false).files(&Words::default());
    let names: BTreeSet<&String> = files.iter().map(|(name, _)| name).collect();
    assert_eq!((names.len(), files.len()), (8, 8), "{names:?}");
}

#[test]
fn nothing_but_failures_is_drawn_too() {
    let failed = |row: &mut Row| {
        (row.error, row.orders_per_s) = (Some("refused".into()), None);
    };
    let runs = (0..2).map(|number| run(number, rows(number, "smol", failed)));
    let files = Trend::of(runs.collect(), false).files(&Words::default());
    let text = &files.iter().find(|(name, _)| name == "trend.md").unwrap().1;
    assert!(
        text.contains("smol: no figure of 2 runs from run-0 to run-1: failed: refused"),
        "{text}"
    );
    assert!(
        files
            .iter()
            .any(|(name, svg)| name.ends_with("rush.svg") && svg.contains("no figure"))
    );
}
