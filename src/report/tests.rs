//! What people read, compared with reviewed snapshots; and what must hold of
//! it whatever the rows.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::fixture::{cell, failed, notes, ranked, run};
use super::row::Row;
use super::summary::{panels, summarise};
use super::table::{self, Style};

const COLOR: Style = Style {
    color: true,
    ..Style::PLAIN
};

fn widest(text: &str) -> usize {
    text.lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0)
}

#[test]
fn overview_in_plain_text() {
    assert_snapshot!(table::overview(&run(), &notes(), &Style::PLAIN));
}

#[test]
fn overview_in_markdown() {
    assert_snapshot!(table::overview(&run(), &notes(), &Style::MARKDOWN));
}

#[test]
fn scenarios_in_plain_text() {
    assert_snapshot!(table::scenarios(&run(), &notes(), &Style::PLAIN));
}

#[test]
fn scenarios_in_markdown() {
    assert_snapshot!(table::scenarios(&run(), &notes(), &Style::MARKDOWN));
}

#[test]
fn ranks_in_plain_text() {
    assert_snapshot!(table::scenarios(&ranked(), &notes(), &Style::PLAIN));
}

#[test]
fn ranks_in_markdown() {
    assert_snapshot!(table::scenarios(&ranked(), &notes(), &Style::MARKDOWN));
}

#[test]
fn ranks_need_rounds_of_what_compares() {
    let text = |change: &dyn Fn(&mut Row)| {
        let mut rows = ranked();
        rows.retain(|row| row.scenario == "calm" && row.round <= 8);
        rows.iter_mut().for_each(change);
        table::scenarios(&rows, &BTreeMap::new(), &Style::PLAIN)
    };
    assert!(text(&|_| ()).contains("\nrank  model"));
    // Criterion's rows: no ranks, and no word on them here.
    let bench = text(&|row| row.round = 0);
    assert!(
        !bench.contains("rank") && !bench.contains("slower"),
        "{bench}"
    );
    let few = text(&|row| row.round = row.round.min(7));
    assert!(
        few.contains("\nno ranks: 7 rounds, 8 are needed\n"),
        "{few}"
    );
    let apart = text(&|row| {
        if row.model == "smol" {
            row.concurrency = 1;
        }
    });
    assert!(
        apart.contains("\nno ranks: its cells differ in concurrency\n"),
        "{apart}"
    );
    let alone = text(&|row| {
        if row.model != "smol" {
            row.error = Some("no ovens".into());
        }
    });
    assert!(!alone.contains("rank"), "{alone}");
}

#[test]
fn colour_changes_emphasis_alone() {
    for render in [table::overview, table::scenarios] {
        let plain = render(&run(), &notes(), &Style::PLAIN);
        let lit = render(&run(), &notes(), &COLOR);
        assert!(lit.contains("\x1b[1m159k\x1b[0m"), "{lit}");
        let mut bare = lit;
        for code in [
            "\x1b[1m",
            "\x1b[31m",
            "\x1b[0m",
            "bold: highest of its column (no rank); ",
        ] {
            bare = bare.replace(code, "");
        }
        assert_eq!(bare, plain);
    }
}

#[test]
fn wide_tables_are_split_to_fit() {
    let rows: Vec<Row> = (0..30)
        .flat_map(|n| {
            cell(
                "bakery",
                &format!("scenario-number-{n}"),
                "smol",
                100.0 + n as f64,
                10,
            )
        })
        .collect();
    for markdown in [false, true] {
        let style = Style {
            markdown,
            ..Style::PLAIN
        };
        let text = table::overview(&rows, &BTreeMap::new(), &style);
        assert!(widest(&text) <= 120, "{text}");
        for n in 0..30 {
            assert!(text.contains(&format!("scenario-number-{n}")));
        }
        let text = table::scenarios(
            &run(),
            &notes(),
            &Style {
                width: 60,
                ..Style::PLAIN
            },
        );
        let ranks = table::scenarios(
            &ranked(),
            &notes(),
            &Style {
                width: 60,
                ..Style::PLAIN
            },
        );
        // Every piece names its rows; verdicts are broken between clauses.
        assert_eq!(ranks.matches("rank  model").count() % 2, 0);
        assert!(ranks.matches("rank  model").count() > 2, "{ranks}");
        assert!(widest(&ranks) <= 90, "{ranks}");
        let table = |line: &&str| line.starts_with(['|', '─']);
        assert!(
            text.lines()
                .filter(table)
                .all(|line| line.chars().count() <= 62),
            "{text}"
        );
    }
}

#[test]
fn nothing_measured_is_nothing_said() {
    assert_eq!(table::overview(&[], &notes(), &Style::PLAIN), "");
    assert_eq!(table::scenarios(&[], &notes(), &Style::PLAIN), "");
    let rows = failed("bakery", "rush", "smol", "no ovens");
    let text = table::scenarios(&rows, &BTreeMap::new(), &Style::PLAIN);
    assert!(
        text.contains("error: smol: no ovens (10 of 10 samples)"),
        "{text}"
    );
    assert!(text.contains("no samples in no rounds"), "{text}");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = run();
    let mut shuffled = rows.clone();
    shuffled.reverse();
    shuffled.rotate_left(37);
    let text = |rows: &[Row]| {
        table::overview(rows, &notes(), &Style::PLAIN)
            + &table::scenarios(rows, &notes(), &Style::PLAIN)
    };
    assert_eq!(text(&rows), text(&shuffled));
}

#[test]
fn medians_and_sums() {
    let mut rows = cell("bakery", "rush", "smol", 1000.0, 100);
    rows.truncate(3);
    for (row, (rate, cpu, memory)) in
        rows.iter_mut()
            .zip([(10.0, 100, 5), (30.0, 200, 7), (20.0, 600, 6)])
    {
        row.orders_per_s = Some(rate);
        row.cpu_ns = Some(cpu);
        row.orders = 100;
        row.memory_bytes = Some(memory);
    }
    let summaries = summarise(&rows);
    let summary = &summaries[0];
    assert_eq!(summaries.len(), 1);
    assert_eq!((summary.samples, summary.rounds), (3, 2));
    assert_eq!(summary.orders_per_s, Some(20.0));
    assert_eq!(summary.quartiles, Some((15.0, 25.0)));
    assert_eq!(summary.cpu_ns_per_order, Some(3.0));
    assert_eq!(summary.memory_bytes, Some(6.0));
    // 400 orders state no p99, 1200 do.
    assert!(
        rows.iter()
            .all(|row| row.service.as_ref().unwrap().p99_ns.is_none())
    );
    assert!(summary.service.as_ref().unwrap().p99_ns.is_some());
    assert!(summary.service.as_ref().unwrap().p999_ns.is_none());
}

#[test]
fn failed_samples_count_for_nothing_but_are_named() {
    let mut rows = cell("bakery", "rush", "smol", 1000.0, 100);
    rows[0].error = Some("wrong answer".into());
    rows[0].orders_per_s = Some(1e12);
    rows[1].service.as_mut().unwrap().hdr = "!".into();
    let summary = &summarise(&rows)[0];
    assert_eq!(summary.samples, 9);
    assert!(summary.orders_per_s.unwrap() < 2000.0);
    assert_eq!(summary.errors["wrong answer"], 1);
    assert!(
        summary
            .errors
            .keys()
            .any(|error| error.starts_with("service times: "))
    );
}

#[test]
fn what_does_not_compare_stands_apart() {
    let of = |class: &str, version, concurrency| {
        let mut rows = cell("bakery", "rush", "smol", 1000.0, 100);
        for row in &mut rows {
            row.class = class.into();
            row.scenario_version = version;
            row.concurrency = concurrency;
        }
        rows
    };
    let titles = |rows: &[Vec<Row>]| -> Vec<(String, String)> {
        let summaries = summarise(&rows.concat());
        panels(&summaries)
            .iter()
            .map(|panel| (panel.title.clone(), panel.slug()))
            .collect()
    };
    assert_eq!(
        titles(&[of("equal", 1, 64)]),
        [("bakery/rush".to_owned(), "bakery-rush".to_owned())]
    );
    let swept = titles(&[of("equal", 1, 64), of("equal", 1, 256)]);
    assert_eq!(swept[0].0, "bakery/rush (concurrency 64)");
    assert_eq!(swept[1].1, "bakery-rush-concurrency-256");
    let classes = titles(&[of("equal", 1, 64), of("shipped", 1, 64)]);
    assert_eq!(classes[1].0, "bakery/rush (shipped)");
    let versions = titles(&[of("equal", 1, 64), of("equal", 2, 64)]);
    assert_eq!(versions[1].0, "bakery/rush (version 2)");
    // A model that carries fewer orders at once still stands beside others.
    let mut few = of("equal", 1, 1);
    for row in &mut few {
        row.model = "sequential".into();
        row.cell = "bakery/rush/sequential".into();
    }
    assert_eq!(titles(&[of("equal", 1, 64), few]).len(), 1);
}
