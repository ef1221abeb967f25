//! Charts are read back as a reader sees them: lengths of bars, and texts that
//! neither overlap nor leave the picture.

mod asked;
mod on_page;
mod told_apart;

use std::collections::BTreeSet;

use proptest::prelude::*;
use roxmltree::{Document, Node};

use super::super::analysis::panel::panels;
use super::super::analysis::summary::summarise_folded;
use super::super::contents::Contents;
use super::super::pick::{Pick, pick};
use super::drawing::canvas::text_width;
use super::{Caption, Chart, Frame, Kind, Subject, Theme};
use crate::record::fold::Digest;
use crate::record::palette::colour;
use crate::record::row::Row;
use crate::report::fixture::{cell, failed, many, open_loop, ranked, run, swept};

fn pixels(node: &Node<'_, '_>, name: &str) -> i32 {
    let value = node.attribute(name).unwrap_or_else(|| panic!("no {name}"));
    value.parse::<f64>().unwrap().round() as i32
}

/// Widths of the filled boxes of this model's colour and this height.
fn bars(svg: &str, model: &str, height: i32) -> Vec<i32> {
    let (r, g, b) = colour(model);
    let fill = format!("#{r:02X}{g:02X}{b:02X}");
    let document = Document::parse(svg).unwrap();
    document
        .descendants()
        .filter(|node| node.has_tag_name("rect") && node.attribute("fill") == Some(&fill))
        .filter(|node| pixels(node, "height") == height)
        .map(|node| pixels(&node, "width"))
        .collect()
}

/// Every text with the box that it takes: left, top, right, bottom.
fn texts(document: &Document<'_>) -> Vec<(String, [i32; 4])> {
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .map(|node| {
            let text = node.text().unwrap_or_default().trim().to_owned();
            let size = pixels(&node, "font-size");
            let (x, y) = (pixels(&node, "x"), pixels(&node, "y"));
            let width = text_width(&text, size);
            if let Some(turn) = node.attribute("transform") {
                assert!(turn.starts_with("rotate(270"), "{turn}");
                return (text, [x - size / 2, y - width, x + size / 2, y]);
            }
            let left = match node.attribute("text-anchor") {
                None => x,
                Some("end") => x - width,
                _ => x - width / 2,
            };
            (text, [left, y - size / 2, left + width, y + size / 2])
        })
        .collect()
}

/// What a screen reader would find nothing in.
fn silent(document: &Document<'_>) -> Vec<&'static str> {
    let root = document.root_element();
    let says = |name: &str| {
        let said = root.children().find(|node| node.has_tag_name(name));
        let said = said.and_then(|node| node.text()).unwrap_or_default();
        // Words of a sentence, not what is left of one that has none.
        said.starts_with(char::is_alphanumeric) && said.split_whitespace().count() >= 3
    };
    let mut names = vec!["title", "desc"];
    names.retain(|name| !says(name));
    names
}

/// It parses, says what it is, and every text can be read.
pub(crate) fn assert_readable(svg: &str) {
    let document = Document::parse(svg).unwrap();
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert_eq!(silent(&document), Vec::<&str>::new());
    let area: Vec<i32> = root
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|side| side.parse().unwrap())
        .collect();
    let texts = texts(&document);
    for (at, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
        assert!(
            *left >= 0 && *top >= 0 && *right <= area[2] && *bottom <= area[3],
            "'{text}' leaves the picture: {left} {top} {right} {bottom} of {area:?}"
        );
        for (other, [l, t, r, b]) in &texts[..at] {
            assert!(
                right <= l || r <= left || bottom <= t || b <= top,
                "'{text}' overlaps '{other}'"
            );
        }
    }
}

/// Every chart that these rows make.
fn charts(rows: &[Row], frame: &Frame) -> Vec<(String, Chart)> {
    let mut all = Vec::new();
    drawn(rows, &mut |name, draw| all.push((name, draw(frame))));
    all
}

/// What draws a chart.
type Draw<'d> = &'d dyn Fn(&Frame) -> Chart;

/// Calls `each` with the name of every chart that these rows make, and what draws it.
fn drawn(rows: &[Row], each: &mut dyn FnMut(String, Draw<'_>)) {
    let digest: Digest = rows.iter().cloned().collect();
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    let panels = panels(&summaries);
    let contents = Contents::of(&panels, &digest);
    let mut subjects = vec![(Subject::All(&contents.studies), String::new())];
    for study in &contents.studies {
        subjects.push((Subject::Scenario(study), format!(" {}", study.panel.title)));
    }
    for sweep in &contents.sweeps {
        let subject = Subject::Sweep(sweep, &contents.index);
        subjects.push((subject, format!(" {}", sweep.title())));
    }
    for (subject, of) in subjects {
        for kind in Kind::ALL {
            if let Some(draw) = kind.drawing(subject) {
                each(format!("{}{of}", kind.name()), &draw);
            }
        }
    }
}

fn one(rows: &[Row], name: &str) -> String {
    one_in(rows, name, &Frame::of(&caption()))
}

/// That one of all charts, drawn alone.
fn one_in(rows: &[Row], name: &str, frame: &Frame) -> String {
    let (mut found, mut names) = (None, Vec::new());
    drawn(rows, &mut |own, draw| {
        if own == name {
            found.get_or_insert_with(|| draw(frame).svg);
        }
        names.push(own);
    });
    found.unwrap_or_else(|| panic!("{name} of {names:?}"))
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
    let each = one(&rows, "throughput fetch/rush");
    let all = one(&rows, "overview");
    for (svg, height) in [(&each, 18), (&all, 11)] {
        let bar = |model| match bars(svg, model, height)[..] {
            [width] => f64::from(width),
            ref other => panic!("{model} has bars {other:?}"),
        };
        let longest = bar("os-threads");
        assert!((bar("smol") - longest / 2.0).abs() <= 1.0);
        assert!((bar("sequential") - longest / 100.0).abs() <= 1.0);
    }
    assert!(all.contains("\n100 %\n") && all.contains("\n50 %\n") && all.contains("\n1 %\n"));
    assert!(each.contains("\n50.0k\n") && each.contains("\n100k\n"));
}

#[test]
fn a_chart_without_a_title_or_a_description_would_be_found_out() {
    let svg = one(&run(), "latency fetch/rush");
    assert_readable(&svg);
    for name in ["title", "desc"] {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let (before, rest) = svg.split_once(&open).unwrap();
        let (_, after) = rest.split_once(&close).unwrap();
        for said in ["", &open, &format!("{open}. {close}")] {
            let closed = if said == open { &close } else { "" };
            let cut = format!("{before}{said}{closed}{after}");
            assert_eq!(silent(&Document::parse(&cut).unwrap()), [name], "{said}");
        }
    }
}

#[test]
fn everything_that_a_reader_needs_is_written() {
    let fetch = one(&run(), "throughput fetch/rush");
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
        "no ranks: 5 rounds, 8 are needed",
    ] {
        assert!(fetch.contains(text), "{text}");
    }
    let all = one(&run(), "overview");
    assert!(!all.contains("@reqwest"));
    assert!(!all.contains("\n0 %\n"), "what is little is not nothing");
    assert!(all.contains("100 % = ") && all.contains("\nfailed\n"));
    let frame = Frame::of(&caption());
    assert_eq!(
        charts(&run(), &frame),
        charts(&run(), &frame),
        "the same rows give the same bytes"
    );
}

#[test]
fn charts_tell_what_ties_and_what_is_undecided() {
    let rows = ranked();
    let throughput = one(&rows, "throughput fetch/calm");
    assert!(throughput.contains("median over rounds at 99.5 %"));
    assert!(
        throughput.contains(" tie") && throughput.contains("undecided"),
        "{throughput}"
    );
    let cpu = one(&rows, "cpu fetch/calm");
    assert!(cpu.contains("has the least CPU time per order"), "{cpu}");
    assert!(one(&rows, "efficiency fetch/calm").contains("100 % is the bound"));
}

#[test]
fn what_was_not_compared_is_named_and_not_said_to_differ() {
    let mut rows = ranked();
    // Four orders a sample state no median; all samples together do.
    let few: Vec<Row> = rows
        .iter()
        .filter(|row| row.cell == "fetch/calm/smol")
        .map(|row| Row {
            cell: "fetch/calm/sequential".into(),
            model: "sequential".into(),
            service: crate::record::latency::from_values([100; 4]),
            ..row.clone()
        })
        .collect();
    rows.extend(few);
    // A rate that all share: how many are in flight keeps nobody from being compared.
    for row in &mut rows {
        row.allowed_per_s = Some(1000.0);
    }
    for chart in ["latency", "cdf"] {
        let svg = one(&rows, &format!("{chart} fetch/calm"));
        let desc = described(&svg);
        assert!(svg.contains("data-model=\"sequential\""), "it is drawn");
        for text in [
            "Of those compared, ",
            "not compared: sequential (no sample states p50)",
            "too few rounds state p50: crossbeam (5)",
        ] {
            assert!(desc.contains(text), "{text}: {desc}");
        }
        assert!(!desc.contains("; the others are shown"), "{desc}");
    }
}

fn described(svg: &str) -> String {
    let document = Document::parse(svg).unwrap();
    let desc = document
        .descendants()
        .find(|node| node.has_tag_name("desc"));
    desc.and_then(|node| node.text())
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn times_are_response_in_an_open_loop_and_service_elsewhere() {
    let open = one(&open_loop(), "latency fetch/open-loop");
    for text in [
        "Response time (open loop)",
        "processes (overloaded)",
        "\np99\n",
        "log scale",
        "response time p99",
    ] {
        assert!(open.contains(text), "{text}");
    }
    let closed = one(&ranked(), "latency fetch/calm");
    assert!(closed.contains("Service time (closed loop)") && closed.contains("\np90\n"));
    // 12,000 orders state a p99.9 and no more.
    assert!(
        closed.contains("\np99.9\n") && !closed.contains("p99.99"),
        "{closed}"
    );
}

#[test]
fn a_sweep_shows_its_knees() {
    let svg = one(&swept(), "load fetch/open-loop");
    for text in ["over rate", "smol", "none up to 10k/s", "≈ ", "orders/s"] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn models_keep_their_hue_in_the_dark() {
    let draw = |theme| {
        let asked = Pick {
            name: "throughput".into(),
            scenario: Some("fetch/rush".into()),
            theme,
            ..Pick::default()
        };
        pick(&run().into_iter().collect(), &caption(), &asked)
            .unwrap()
            .svg
    };
    let (light, dark) = (draw(Theme::Light), draw(Theme::Dark));
    // Orange is bright enough on both grounds, wine red is not.
    assert!(light.contains("#CC79A7") && dark.contains("#CC79A7"));
    assert!(light.contains("#882255") && !dark.contains("\"#882255\""));
    assert!(light.contains("#FFFFFF") && dark.contains("#0D1117"));
    assert_readable(&dark);
}

#[test]
fn forty_models_can_be_read_in_either_theme_on_a_desk_and_on_a_phone() {
    let rows = many();
    let models: BTreeSet<&str> = rows.iter().map(|row| row.model.as_str()).collect();
    assert!(models.len() > 40);
    for theme in [Theme::Light, Theme::Dark] {
        for width in [390, 960, 1280] {
            let frame = Frame {
                width,
                theme,
                ..Frame::of(&caption())
            };
            for (name, chart) in charts(&rows, &frame) {
                assert_readable(&chart.svg);
                let document = Document::parse(&chart.svg).unwrap();
                let shown: BTreeSet<&str> = document
                    .descendants()
                    .filter_map(|node| node.attribute("data-model"))
                    .collect();
                if name.starts_with("latency") || name.starts_with("throughput") {
                    assert_eq!(shown, models, "{name} at {width}");
                }
                // What their program asks for is seen in the dark as well.
                let asked = chart.svg.contains("#1F5F6");
                assert!(!(theme == Theme::Dark && asked), "{name} at {width}");
            }
        }
    }
}

#[test]
fn of_many_models_each_has_a_line_from_its_median_to_its_tail() {
    let svg = one(&many(), "latency fetch/crowd");
    let document = Document::parse(&svg).unwrap();
    let lines = document.descendants().filter(|node| {
        let figure = node.attribute("data-model").is_some();
        figure && node.parent().is_some_and(|of| of.has_tag_name("svg"))
    });
    let starts: Vec<i32> = lines
        .map(|figure| {
            let line = figure.children().find(|of| of.has_tag_name("polyline"));
            let points = line.and_then(|line| line.attribute("points")).unwrap();
            points.split(',').next().unwrap().trim().parse().unwrap()
        })
        .collect();
    assert!(starts.len() > 40 && starts.is_sorted(), "{starts:?}");
    assert!(svg.contains("a mark at p50, strokes at p90 and p99"));
    // Few models are curves, which show more.
    assert!(!one(&ranked(), "latency fetch/calm").contains("strokes at p90"));
}

#[test]
fn nothing_measured_still_draws() {
    let rows = failed("fetch", "rush", "smol", "refused");
    assert!(one(&rows, "throughput fetch/rush").contains("failed: refused"));
    assert!(one(&rows, "overview").contains("nothing measured"));
    for (_, chart) in charts(&rows, &Frame::default()) {
        assert_readable(&chart.svg);
    }
    assert_eq!(
        charts(&[], &Frame::default()),
        [],
        "there is nothing to draw"
    );
}

#[test]
fn no_text_overlaps() {
    for rows in [run(), ranked(), open_loop(), swept()] {
        drawn(&rows, &mut |_, draw| {
            for width in [400, 640, 960] {
                let frame = Frame {
                    width,
                    ..Frame::of(&caption())
                };
                assert_readable(&draw(&frame).svg);
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn no_text_overlaps_whatever_the_cells(
        cells in prop::collection::vec(("[a-c]{1,30}", "[a-z]{1,24}", 0.001f64..1e9), 1..40),
    ) {
        let template = cell("bakery", "scenario", "smol", 1000.0, 10);
        let rows: Vec<Row> = cells
            .iter()
            .flat_map(|(scenario, model, rate)| {
                template[..2].iter().map(move |row| Row {
                    cell: format!("bakery/{scenario}/{model}"),
                    scenario: scenario.clone(),
                    model: model.clone(),
                    orders_per_s: Some(*rate),
                    ..row.clone()
                })
            })
            .collect();
        for (_, chart) in charts(&rows, &Frame::of(&caption())) {
            assert_readable(&chart.svg);
        }
    }
}

pub(crate) fn caption() -> Caption {
    Caption {
        host: "oven: AMD EPYC 7B13, 2 CPUs in use, Linux 6.1.0, governor performance, virtual machine".into(),
        versions: "bakeoff 0.1.0, tokio 1.54.0, smol 2.0.2, async-std 1.13.2, rayon 1.12.0, crossbeam 0.8.5, \
            reqwest 0.13.1, rustc 1.95.0; measured 2026-11-20, run 2026-11-20T08-15-00-oven-abc1234"
            .into(),
        brief: "oven, measured 2026-11-20, run 2026-11-20T08-15-00-oven-abc1234".into(),
    }
}
