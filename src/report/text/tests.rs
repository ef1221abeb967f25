//! Tables and what stands below them at several widths of a terminal.

mod on_page;

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::grid::Style;
use super::lines::width;
use super::table;
use crate::record::row::Row;
use crate::report::fixture::{cell, notes, open_loop, ranked, run, swept};
use crate::workload::client::Client;

/// Ranks, ties, verdicts and errors; one model has a name of wide characters.
fn rows() -> Vec<Row> {
    let mut rows = ranked();
    rows.retain(|row| row.scenario == "calm");
    for row in rows.iter_mut().filter(|row| row.model == "processes") {
        row.model = "並行モデル".into();
        row.cell = "fetch/calm/並行モデル".into();
    }
    rows
}

fn at(width: usize, rows: &[Row]) -> String {
    let mut notes = notes();
    notes.insert(
        "並行モデル".into(),
        "各注文は専用プロセスで動作します a note of 日本語 and English words".into(),
    );
    table::whole(
        rows,
        &notes,
        &Style {
            width,
            ..Style::PLAIN
        },
    )
}

#[test]
fn at_60_columns() {
    assert_snapshot!(at(60, &rows()));
}

#[test]
fn at_80_columns() {
    assert_snapshot!(at(80, &rows()));
}

#[test]
fn at_120_columns() {
    assert_snapshot!(at(120, &rows()));
}

/// Of 120 in flight an order takes longer than of two, whatever runs it.
#[test]
fn service_times_with_fewer_in_flight_stand_in_parentheses() {
    let mut rows = cell("fetch", "no-delay", "tokio-mt", 100_000.0, 1200);
    rows.extend(cell("fetch", "no-delay", "smol", 96_000.0, 1200));
    rows.extend(cell("fetch", "no-delay", "processes", 20_000.0, 100));
    let line = |text: &str, model: &str| {
        let found = text.lines().find(|line| line.starts_with(model));
        found.map(str::to_owned).unwrap_or_default()
    };
    let text = at(120, &rows);
    assert!(line(&text, "processes").contains(" ("), "{text}");
    for model in ["tokio-mt", "smol"] {
        assert!(!line(&text, model).contains('('), "{text}");
    }
    assert!(
        text.contains("(time)") && text.contains("in flight"),
        "{text}"
    );
    // Where a rate sets how many come, how many are in flight is part of the result.
    for row in &mut rows {
        row.allowed_per_s = Some(100_000.0);
    }
    let text = at(120, &rows);
    assert!(!line(&text, "processes").contains('('), "{text}");
}

#[test]
fn the_pacers_cpu_is_told_once_and_is_in_no_figure() {
    let mut rows = open_loop();
    let before = at(120, &rows);
    assert!(
        !before.contains("pacer's, who hands orders over:"),
        "{before}"
    );
    for row in &mut rows {
        // 7 µs an order, more than before.
        let pacer = 7000 * row.orders;
        row.pacer_cpu_ns = Some(pacer);
        row.cpu_ns = row.cpu_ns.map(|cpu| cpu + pacer);
    }
    let after = at(120, &rows);
    let told: Vec<&str> = after
        .lines()
        .filter(|line| line.starts_with("CPU is without"))
        .collect();
    assert_eq!(told.len(), 1, "{after}");
    assert!(told[0].contains(" 7.00 µs per order"), "{told:?}");
    let rest: Vec<&str> = after
        .lines()
        .filter(|line| !line.starts_with("CPU is without"))
        .collect();
    assert_eq!(
        rest.join("\n"),
        before.trim_end().lines().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn nothing_is_wider_than_asked_and_no_word_is_broken() {
    let sets = [rows(), run(), ranked(), open_loop(), swept()];
    for rows in &sets {
        let words: BTreeMap<String, usize> = words(&at(10_000, rows));
        for columns in [60, 80, 100, 120, 160] {
            let text = at(columns, rows);
            for line in text.lines() {
                assert!(width(line) <= columns, "{columns}: {line}\n{text}");
            }
            // What is left out are columns, not parts of words.
            for word in words_of_sentences(&text) {
                assert!(words.contains_key(&word), "{columns}: {word}\n{text}");
            }
        }
    }
}

fn words(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in text.split_whitespace() {
        *counts.entry(bare(word)).or_default() += 1;
    }
    counts
}

/// Words of lines that are no rules and do not speak of the width itself.
fn words_of_sentences(text: &str) -> Vec<String> {
    let lines = text.split("No room in ").next().unwrap_or_default();
    let words = lines.split_whitespace().filter(|word| !word.contains('─'));
    words.map(bare).collect()
}

/// Without the colon that stands behind a name where there is little room.
fn bare(word: &str) -> String {
    word.trim_end_matches(':').to_owned()
}

#[test]
fn what_does_not_fit_is_left_out_by_importance_and_named_once() {
    let text = at(60, &[rows(), open_loop()].concat());
    assert_eq!(text.matches("No room in 60 columns, ").count(), 1, "{text}");
    for spared in ["threads", "processes"] {
        let line = text.split("No room in").nth(1).unwrap();
        assert!(line.contains(spared), "{text}");
    }
    let table = text.split("How to read this").next().unwrap();
    for kept in ["orders/s", "p99, ms", "CPU,"] {
        assert!(table.contains(kept), "{kept}: {text}");
    }
    let wide = at(160, &rows());
    assert!(!wide.contains("No room in"), "{wide}");
    assert!(
        wide.contains("processes\n") || wide.contains("processes  note\n"),
        "{wide}"
    );
}

#[test]
fn a_note_and_a_meaning_are_said_once_and_only_of_what_occurs() {
    let text = at(100, &[run(), ranked()].concat());
    for (model, note) in notes() {
        let start: String = note.split(' ').take(3).collect::<Vec<_>>().join(" ");
        let times = usize::from(text.contains(&model));
        assert_eq!(text.matches(&start).count(), times, "{model}: {text}");
    }
    assert_eq!(text.matches("How to read this").count(), 1);
    for absent in [
        "knee",
        "offered/s",
        "response",
        "overloaded",
        "hidden-thread",
    ] {
        assert!(
            !text.contains(&format!("\n  {absent} ")),
            "{absent}: {text}"
        );
    }
    let open = at(100, &open_loop());
    assert!(
        open.contains("  response") && !open.contains("efficiency"),
        "{open}"
    );
}

#[test]
fn models_are_grouped_by_rank_and_told_apart_in_per_cent() {
    let text = at(100, &rows());
    let lines: Vec<&str> = text.lines().collect();
    let group = lines.iter().find(|line| line.starts_with("fastest"));
    assert!(
        group.unwrap().starts_with("fastest, not told apart: "),
        "{text}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("  rayon: 3") && line.contains(" % slower [")),
        "{text}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("CPU per order against ")),
        "{text}"
    );
}

#[test]
fn where_figures_and_verdicts_differ_both_are_named() {
    let mut rows = rows();
    rows.retain(|row| {
        ["smol", "rayon"].contains(&row.model.as_str()) && row.client == Client::Wire
    });
    assert!(!at(100, &rows).contains("the two differ"));
    // The machine is slow in rounds that only one of them has: its median falls, and
    // pairs from the same round tell nothing of it.
    let mut slow: Vec<Row> = rows
        .iter()
        .filter(|row| row.model == "smol")
        .cloned()
        .collect();
    for row in &mut slow {
        row.round += 1000;
        row.orders_per_s = row.orders_per_s.map(|rate| rate / 10.0);
    }
    rows.extend(slow.iter().cloned());
    rows.extend(slow.into_iter().map(|mut row| {
        row.round += 1000;
        row
    }));
    let text = at(100, &rows);
    let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("medians over all samples: the two differ for rayon"),
        "{text}"
    );
}
