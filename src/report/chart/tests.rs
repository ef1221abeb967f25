//! Charts are read back as a reader sees them: lengths of bars, and texts that
//! neither overlap nor leave the picture.

use proptest::prelude::*;

use super::super::fixture::{cell, failed, run};
use super::super::palette::colour;
use super::super::panel::panels;
use super::super::row::Row;
use super::super::summary::summarise;
use super::canvas::text_width;
use super::{Caption, overview, throughput};

/// An attribute of an SVG element's line.
fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    let start = line.find(&format!(" {name}=\"")).expect(name) + name.len() + 3;
    &line[start..start + line[start..].find('"').unwrap()]
}

fn pixels(line: &str, name: &str) -> i32 {
    attribute(line, name).parse::<f64>().unwrap().round() as i32
}

/// Widths of the filled boxes of this model's colour and this height.
fn bars(svg: &str, model: &str, height: i32) -> Vec<i32> {
    let (r, g, b) = colour(model);
    svg.lines()
        .filter(|line| line.starts_with("<rect"))
        .filter(|line| attribute(line, "fill") == format!("#{r:02X}{g:02X}{b:02X}"))
        .filter(|line| pixels(line, "height") == height)
        .map(|line| pixels(line, "width"))
        .collect()
}

/// Every text with the box that it takes: left, top, right, bottom.
fn texts(svg: &str) -> Vec<(String, [i32; 4])> {
    let lines: Vec<&str> = svg.lines().collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("<text"))
        .map(|pair| {
            let size = pixels(pair[0], "font-size");
            let (x, y) = (pixels(pair[0], "x"), pixels(pair[0], "y"));
            let text = pair[1]
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
            let width = text_width(&text, size);
            let left = match attribute(pair[0], "text-anchor") {
                "start" => x,
                "end" => x - width,
                _ => x - width / 2,
            };
            (text, [left, y - size / 2, left + width, y + size / 2])
        })
        .collect()
}

fn assert_readable(svg: &str) {
    let size = svg.lines().next().unwrap();
    let (width, height) = (pixels(size, "width"), pixels(size, "height"));
    let texts = texts(svg);
    for (at, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
        assert!(
            *left >= 0 && *top >= 0 && *right <= width && *bottom <= height,
            "'{text}' leaves the picture: {left} {top} {right} {bottom}"
        );
        for (other, [l, t, r, b]) in &texts[..at] {
            assert!(
                right <= l || r <= left || bottom <= t || b <= top,
                "'{text}' overlaps '{other}'"
            );
        }
    }
}

fn charts(rows: &[Row]) -> (Vec<String>, String) {
    let summaries = summarise(rows);
    let panels = panels(&summaries);
    let each = panels
        .iter()
        .map(|panel| throughput(panel, &caption()))
        .collect();
    (each, overview(&panels, &caption()))
}

#[test]
fn bars_are_as_long_as_their_numbers() {
    let rows: Vec<Row> = [
        ("smol", 50_000.0),
        ("os-threads", 100_000.0),
        ("sequential", 1000.0),
    ]
    .into_iter()
    .flat_map(|(model, rate)| {
        let mut rows = cell("fetch", "rush", model, rate, 100);
        for row in &mut rows {
            row.orders_per_s = Some(rate);
        }
        rows
    })
    .collect();
    let (each, all) = charts(&rows);
    for (svg, height) in [(&each[0], 18), (&all, 11)] {
        let bar = |model| match bars(svg, model, height)[..] {
            [width] => f64::from(width),
            ref other => panic!("{model} has bars {other:?}"),
        };
        let longest = bar("os-threads");
        assert!((bar("smol") - longest / 2.0).abs() <= 1.0);
        assert!((bar("sequential") - longest / 100.0).abs() <= 1.0);
    }
    assert!(all.contains("\n100 %\n") && all.contains("\n50 %\n") && all.contains("\n1 %\n"));
    assert!(each[0].contains("\n50.0k\n") && each[0].contains("\n100k\n"));
}

#[test]
fn everything_that_a_reader_needs_is_written() {
    let (each, all) = charts(&run());
    let fetch = each
        .iter()
        .find(|svg| svg.contains("\nfetch/rush\n"))
        .unwrap();
    for text in [
        "orders per second",
        "median of 10 samples in 5 rounds",
        "first to third quartile",
        "tokio-mt@reqwest",
        "with reqwest, not ranked",
        "failed: order 17: wrong answer",
        "oven: AMD EPYC",
        "bakeoff 0.1.0, tokio",
        "&lt;nil&gt;",
    ] {
        assert!(fetch.contains(text), "{text}");
    }
    assert!(!all.contains("@reqwest"));
    assert!(all.contains("100 % = ") && all.contains("\nfailed\n"));
    assert_eq!(
        charts(&run()),
        (each, all),
        "the same rows give the same bytes"
    );
}

#[test]
fn nothing_measured_still_draws() {
    let (each, all) = charts(&failed("fetch", "rush", "smol", "refused"));
    assert!(each[0].contains("failed: refused") && all.contains("nothing measured"));
    let summaries = summarise(&[]);
    assert_readable(&overview(&panels(&summaries), &Caption::default()));
}

#[test]
fn no_text_overlaps() {
    let (each, all) = charts(&run());
    each.iter()
        .chain([&all])
        .for_each(|svg| assert_readable(svg));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_text_overlaps_whatever_the_cells(
        cells in prop::collection::vec(("[a-c]{1,30}", "[a-z]{1,24}", 0.001f64..1e9), 1..40),
    ) {
        let rows: Vec<Row> = cells
            .iter()
            .flat_map(|(scenario, model, rate)| {
                let mut rows = cell("bakery", scenario, model, *rate, 10);
                rows.truncate(2);
                rows
            })
            .collect();
        let (each, all) = charts(&rows);
        each.iter().chain([&all]).for_each(|svg| assert_readable(svg));
    }
}
fn caption() -> Caption {
    Caption {
        host: "oven: AMD EPYC 7B13, 2 CPUs in use, Linux 6.1.0, governor performance, virtual machine".into(),
        versions: "bakeoff 0.1.0, tokio 1.54.0, smol 2.0.2, async-std 1.13.2, rayon 1.12.0, crossbeam 0.8.5, \
            reqwest 0.13.1, rustc 1.95.0; measured 2026-11-20"
            .into(),
    }
}
