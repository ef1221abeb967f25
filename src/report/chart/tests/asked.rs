//! One chart by its name: as it was asked for, or refused with what to ask for.

use super::super::super::pick::{Pick, pick};
use super::super::Kind;
use super::{assert_readable, caption};
use crate::record::fold::Digest;
use crate::report::fixture::{open_loop, ranked_by_tail, run};

#[test]
fn a_chart_has_the_size_that_was_asked_for_and_nothing_overlaps() {
    let digest: Digest = [run(), ranked_by_tail()].concat().into_iter().collect();
    for (name, scenario) in [
        ("throughput", Some("bakery/stand-by")),
        ("latency", Some("fetch/rush")),
        ("cdf", Some("fetch/rush")),
        ("tradeoff", Some("fetch/calm")),
        ("heatmap", None),
        ("overview", None),
    ] {
        for size in [(1200, 675), (600, 600), (675, 1200)] {
            let asked = Pick {
                name: name.into(),
                scenario: scenario.map(str::to_owned),
                size: Some(size),
                ..Pick::default()
            };
            let chart = pick(&digest, &caption(), &asked).unwrap();
            let root = format!("<svg width=\"{}\" height=\"{}\"", size.0, size.1);
            assert!(chart.svg.starts_with(&root), "{name}");
            assert_readable(&chart.svg);
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let refused = |name: &str, scenario: Option<&str>| {
        let asked = Pick {
            name: name.into(),
            scenario: scenario.map(str::to_owned),
            ..Pick::default()
        };
        let error = pick(&run().into_iter().collect(), &caption(), &asked).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        error.to_string()
    };
    assert!(refused("latncy", None).contains("did you mean 'latency'"));
    assert!(refused("cpu", None).contains("--scenario"));
    assert!(refused("cpu", Some("fetch/rusch")).contains("did you mean 'fetch/rush'"));
    assert!(refused("memory", Some("fetch/rush")).contains("no such figures"));
    assert!(refused("load", None).contains("no scenario for it"));
    for chart in ["heatmap", "overview"] {
        let why = refused(chart, Some("fetch/rush"));
        assert!(why.contains("--scenario fetch/rush") && why.contains("all scenarios"));
    }
}

#[test]
fn a_chart_of_figures_that_no_row_has_is_refused() {
    let digest: Digest = open_loop().into_iter().collect();
    let asked = Pick {
        name: "overview".into(),
        ..Pick::default()
    };
    let why = pick(&digest, &caption(), &asked).unwrap_err().to_string();
    assert!(why.contains("no overview chart of all scenarios"), "{why}");
}

#[test]
fn every_chart_has_a_name_of_its_own_by_which_it_is_found() {
    let mut names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    for name in &names {
        assert_eq!(Kind::named(name).unwrap().name(), *name);
    }
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    let others = Kind::ALL.iter().filter(|kind| kind.alt().is_some());
    let others: Vec<&str> = others.map(|kind| kind.name()).collect();
    assert_eq!(
        others,
        ["overview", "heatmap"],
        "the others are of one scenario"
    );
}

#[test]
fn what_could_not_be_read_is_refused_with_a_size_that_can() {
    let digest: Digest = run().into_iter().collect();
    for (name, scenario) in [("latency", Some("fetch/rush")), ("heatmap", None)] {
        for size in [(100, 100), (300, 900), (900, 200)] {
            let draw = |size| {
                let asked = Pick {
                    name: name.into(),
                    scenario: scenario.map(str::to_owned),
                    size: Some(size),
                    ..Pick::default()
                };
                pick(&digest, &caption(), &asked)
            };
            let error = draw(size).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(
                error.contains(&format!("--size {}x{}", size.0, size.1)),
                "{error}"
            );
            let least = error.split_once("give ").unwrap().1;
            let least = least.split_once(' ').unwrap().0;
            let (wide, high) = least.split_once('x').unwrap();
            let least = (wide.parse().unwrap(), high.parse().unwrap());
            assert_eq!(draw(least).unwrap().size, least, "{error}");
        }
    }
}
