//! What charts show on a page: points that failed, figures that were compared, and no
//! sentence that stands beside them already.

use super::super::{Frame, Kind};
use super::{assert_readable, caption, charts, described, one, one_in};
use crate::record::row::Row;
use crate::report::fixture::{cell, failed, ranked, ranked_by_tail, swept};

fn on_page(rows: &[Row], name: &str) -> String {
    let frame = Frame {
        width: 400,
        ..Frame::on_page(&caption())
    };
    one_in(rows, name, &frame)
}

#[test]
fn failed_points_of_a_sweep_are_marked_and_named() {
    let mut rows = swept();
    // os-threads falls silent at the two highest values.
    for row in &mut rows {
        let high = row
            .set
            .get("concurrency")
            .is_some_and(|value| matches!(value.as_str(), "1000" | "50000"));
        if row.model == "os-threads" && high {
            let lost = failed("fetch", "no-delay", "os-threads", "no answer in 10 s").remove(0);
            *row = Row {
                error: lost.error,
                orders_per_s: None,
                service: None,
                cpu_ns: None,
                ..row.clone()
            };
        }
    }
    for svg in [
        one(&rows, "load fetch/no-delay"),
        on_page(&rows, "load fetch/no-delay"),
    ] {
        assert_readable(&svg);
        assert!(
            described(&svg)
                .contains("every sample failed: os-threads at 1k, 50k; tokio-mt at 50k;"),
            "{}",
            described(&svg)
        );
        assert!(svg.contains("os-threads at concurrency = 1k: failed: no answer in 10 s"));
    }
}

#[test]
fn a_trade_off_draws_what_it_compares_and_nothing_else() {
    let mut rows = ranked_by_tail();
    // Four orders a sample state no p99.
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
    let svg = one(&rows, "tradeoff fetch/calm");
    assert!(described(&svg).contains("sequential (no sample states p99)"));
    assert!(!svg.contains("data-model=\"sequential\""), "{svg}");
    assert!(svg.contains("data-model=\"smol\""));
}

#[test]
fn a_page_tells_ranks_once() {
    let rows = ranked();
    let ranks = "undecided";
    assert!(described(&one(&rows, "throughput fetch/calm")).contains(ranks));
    assert!(!described(&on_page(&rows, "throughput fetch/calm")).contains(ranks));
}

#[test]
fn memory_of_one_unit_does_not_flatten_the_others() {
    let rows: Vec<Row> = [("sequential", 740e3), ("smol", 1e3), ("tokio-mt", 2e3)]
        .into_iter()
        .flat_map(|(model, bytes)| {
            let mut rows = cell("fetch", "rush", model, 1000.0, 100);
            for row in &mut rows {
                row.unit_memory_bytes = Some(bytes);
            }
            rows
        })
        .collect();
    let svg = one(&rows, "memory fetch/rush");
    assert!(svg.contains("log scale"));
    assert_readable(&svg);
}

#[test]
fn every_chart_says_in_its_title_what_it_shows() {
    let all = charts(&ranked_by_tail(), &Frame::of(&caption()));
    let titles: Vec<&str> = all
        .iter()
        .map(|(_, chart)| chart.heading.as_str())
        .collect();
    let distinct: std::collections::BTreeSet<&str> = titles.iter().copied().collect();
    assert_eq!(titles.len(), distinct.len(), "{titles:?}");
    assert!(titles.len() > Kind::ALL.len() / 2);
}
