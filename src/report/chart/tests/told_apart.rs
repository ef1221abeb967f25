//! What has one colour is told apart: a model on two hosts, and with another client.

use roxmltree::Document;

use super::super::Frame;
use super::{assert_readable, caption, charts, described, one};
use crate::record::hosts;
use crate::record::row::Row;
use crate::report::fixture::{open_loop, ranked_by_tail, swept};

/// The same rows from two hosts, as they come into one chart.
fn two_hosts(rows: &[Row]) -> Vec<Row> {
    let on = |host: &str| -> Vec<Row> {
        let put = |row: &Row| {
            let mut row = row.clone();
            for name in [&mut row.run, &mut row.cell, &mut row.model] {
                hosts::put(name, host);
            }
            row
        };
        rows.iter().map(put).collect()
    };
    [on("kiln"), on("oven")].concat()
}

/// The shapes of these models' figures: tag, fill, and how many points they have.
fn shapes(svg: &str, whose: impl Fn(&str) -> bool) -> Vec<(String, String, usize)> {
    let document = Document::parse(svg).unwrap();
    let mut shapes: Vec<(String, String, usize)> = document
        .descendants()
        .filter(|node| node.attribute("data-model").is_some_and(&whose))
        .flat_map(|group| group.children())
        .filter(|node| node.is_element() && !node.has_tag_name("title"))
        .map(|node| {
            let points = node.attribute("points").unwrap_or_default();
            (
                node.tag_name().name().to_owned(),
                node.attribute("fill").unwrap_or_default().to_owned(),
                points.split_whitespace().count(),
            )
        })
        .collect();
    shapes.sort();
    shapes
}

#[test]
fn hosts_are_told_apart_and_nothing_is_said_of_ties_between_them() {
    let rows = two_hosts(&[ranked_by_tail(), open_loop(), swept()].concat());
    for (name, chart) in charts(&rows, &Frame::of(&caption())) {
        assert_readable(&chart.svg);
        let desc = described(&chart.svg);
        for word in ["undecided", " tie", "shown to differ", "slower"] {
            assert!(!desc.contains(word), "{name}: {word}: {desc}");
        }
        if !["latency", "cdf", "tradeoff", "load"]
            .iter()
            .any(|of| name.starts_with(of))
        {
            continue;
        }
        assert!(
            desc.contains(": kiln. ") && desc.contains(": oven."),
            "{name}: {desc}"
        );
        let count = |host: &str, which: &dyn Fn(&(String, String, usize)) -> bool| {
            let shapes = shapes(&chart.svg, |label| label.ends_with(host));
            shapes.iter().filter(|shape| which(shape)).count()
        };
        if name.starts_with("tradeoff") {
            let rings = |host| count(host, &|(tag, fill, _)| tag == "circle" && fill == "none");
            assert!(rings(" on oven") > rings(" on kiln"), "{name}");
        } else {
            let strokes = |host| count(host, &|(tag, _, _)| tag == "polyline");
            assert!(strokes(" on oven") > 2 * strokes(" on kiln"), "{name}");
        }
    }
    assert!(one(&rows, "throughput fetch/calm").contains("smol@reqwest on oven"));
}

#[test]
fn another_client_has_hollow_marks() {
    for name in ["latency", "cdf", "tradeoff"] {
        let svg = one(&ranked_by_tail(), &format!("{name} fetch/calm"));
        let hollow = |own: &str| {
            // How many it has in flight may stand behind its name.
            let shapes = shapes(&svg, |label| label.split(" (").next() == Some(own));
            shapes.iter().any(|(_, fill, _)| fill == "#FFFFFF")
        };
        assert!(hollow("smol@reqwest") && !hollow("smol"), "{name}");
        assert!(svg.contains("Hollow marks: with reqwest, not ranked."));
    }
}
