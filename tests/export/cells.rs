//! Cells: their names and figures.

use std::collections::BTreeSet;

use bakeoff::kit::Class;
use bakeoff::record::quantity::{
    CPU, MEMORY, Quantity, RESPONSE_P50, RESPONSE_P99, SERVICE_P99, THROUGHPUT,
};
use bakeoff::record::row::Row;
use bakeoff::report::export::cell::{Cell, cells};
use bakeoff::stats::ALPHA;
use bakeoff::stats::interval::median_interval;

use crate::run::{cell_of, every, open_loop, run};

/// The cell of that name, which must be there.
pub(crate) fn named<'a>(cells: &'a [Cell], name: &str) -> &'a Cell {
    let found = cells.iter().find(|cell| cell.name == name);
    found.unwrap_or_else(|| panic!("no cell {name}"))
}

fn figure(cell: &Cell, quantity: Quantity) -> (f64, Option<(f64, f64)>) {
    let found = cell
        .metrics
        .iter()
        .find(|metric| metric.quantity == quantity);
    let metric = found.unwrap_or_else(|| panic!("{} has no {quantity}", cell.name));
    (metric.value, metric.interval.map(|i| (i.low, i.high)))
}

#[test]
fn a_figure_is_the_median_over_rounds_with_its_bootstrap_interval() {
    let cells = cells(&run());
    let cell = named(&cells, "bakery/arrivals/tokio-mt");
    let rounds: Vec<f64> = (1..=10).map(|round| f64::from(5000 + 10 * round)).collect();
    let interval = median_interval(&rounds, ALPHA).unwrap();
    assert!(interval.low < 5055.0 && 5055.0 < interval.high);
    assert_eq!(
        figure(cell, CPU),
        (5055.0, Some((interval.low, interval.high)))
    );
    // Of the last round one sample failed, and the other stands for it.
    let cell = named(&cells, "bakery/rush/smol");
    assert_eq!((cell.summary.taken, cell.summary.samples), (20, 19));
    assert_eq!(figure(cell, THROUGHPUT).0, 1055.5);
}

#[test]
fn a_quantile_that_samples_are_too_small_for_is_stated_by_all_of_them() {
    let cells = cells(&run());
    let cell = named(&cells, "bakery/rush/smol");
    let (p99, interval) = figure(cell, SERVICE_P99);
    assert!((1_980_000.0..2_010_000.0).contains(&p99), "{p99}");
    assert_eq!(interval, None);
}

#[test]
fn a_schedule_decides_the_throughput_of_an_open_loop_which_is_no_figure() {
    let cells = cells(&run());
    let of = |name: &str| -> BTreeSet<Quantity> {
        let metrics = &named(&cells, name).metrics;
        metrics.iter().map(|metric| metric.quantity).collect()
    };
    assert_eq!(
        of("bakery/arrivals/tokio-mt"),
        BTreeSet::from([RESPONSE_P50, RESPONSE_P99, CPU, MEMORY])
    );
    assert!(of("bakery/rush/smol").contains(&THROUGHPUT));
    assert!(of("bakery/rush/rayon").is_empty());
}

#[test]
fn a_name_tells_what_is_out_of_the_ordinary_and_nothing_else_of_the_run() {
    let rows = run();
    let shipped = "bakery/rush/tokio-mt[bake=uniform:1ms, 2ms;orders=100;shipped;v2]";
    named(&cells(&rows), shipped);
    let alone: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.class == Class::Shipped)
        .collect();
    named(&cells(&alone), shipped);
    for rows in every() {
        let cells = cells(&rows);
        let names: BTreeSet<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
        assert_eq!(names.len(), cells.len());
    }
}

#[test]
fn cells_of_one_name_are_told_apart() {
    let mut rows = cell_of("rush", "smol", 1000.0);
    let mut more = cell_of("rush", "smol", 2000.0);
    more.iter_mut().for_each(|row| row.concurrency = 32);
    rows.extend(more);
    let cells = cells(&rows);
    let names: Vec<&str> = cells.iter().map(|cell| cell.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "bakery/rush/smol[class=equal;concurrency=16;placement=alone]",
            "bakery/rush/smol[class=equal;concurrency=32;placement=alone]",
        ]
    );
}

#[test]
fn cells_of_other_targets_or_workers_have_other_names() {
    let names = |change: fn(&mut Row, bool)| -> BTreeSet<String> {
        let mut rows = cell_of("rush", "smol", 1000.0);
        let half = rows.len() / 2;
        for (at, row) in rows.iter_mut().enumerate() {
            change(row, at < half);
        }
        cells(&rows).into_iter().map(|cell| cell.name).collect()
    };
    assert_eq!(
        names(|row, first| row.target = first.then(|| "http://a/".to_owned())),
        ["bakery/rush/smol", "bakery/rush/smol[target=http://a/]"]
            .map(str::to_owned)
            .into()
    );
    let by_workers = names(|row, first| row.workers = Some(if first { 1 } else { 2 }));
    assert_eq!(by_workers.len(), 2, "{by_workers:?}");
    assert!(by_workers.iter().all(|name| name.contains("[workers=")));
}

#[test]
fn sides_of_one_file_are_cells_of_their_own() {
    let mut rows = cell_of("rush", "smol", 1000.0);
    let mut head = cell_of("rush", "smol", 2000.0);
    rows.iter_mut().for_each(|row| row.run = "base".into());
    head.iter_mut().for_each(|row| row.run = "head".into());
    rows.extend(head);
    // As they come: side by side.
    rows.sort_by_key(|row| row.round);
    let cells = cells(&rows);
    assert_eq!(cells.len(), 2);
    for (run, throughput) in [("base", 1055.5), ("head", 2055.5)] {
        let cell = named(&cells, &format!("bakery/rush/smol[run={run}]"));
        assert_eq!(cell.run, run);
        assert_eq!(figure(cell, THROUGHPUT).0, throughput);
    }
}

#[test]
fn few_rounds_support_no_interval() {
    let mut rows = cell_of("rush", "smol", 1000.0);
    rows.retain(|row| row.round < 8);
    let (value, interval) = figure(&cells(&rows)[0], THROUGHPUT);
    assert_eq!((value, interval), (1040.5, None));
    // Rows of criterion know no rounds.
    rows.iter_mut().for_each(|row| row.round = 0);
    let (value, interval) = figure(&cells(&rows)[0], THROUGHPUT);
    assert_eq!((value, interval), (1040.5, None));
}

#[test]
fn a_search_for_a_capacity_is_no_cell_to_track() {
    let mut rows = run();
    let before = cells(&rows).len();
    for mut row in open_loop(cell_of("arrivals", "smol", 1000.0)) {
        row.set.insert("slo".into(), "p99<10ms".into());
        rows.push(row);
    }
    assert_eq!(cells(&rows).len(), before);
}
