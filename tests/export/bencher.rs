//! Bencher Metric Format.

use std::collections::BTreeMap;

use bakeoff::report::export::bencher;
use bakeoff::report::export::cell::cells;
use serde::Deserialize;

use crate::cells::named;
use crate::run::{every, run};
use crate::{read, written};

/// What `tests/schemas/bencher.json` says of a metric.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bmf {
    value: f64,
    lower_value: Option<f64>,
    upper_value: Option<f64>,
}

#[test]
fn bencher_metrics_are_the_figures_of_all_cells() {
    for rows in every() {
        let cells = cells(&rows);
        let benchmarks: BTreeMap<String, BTreeMap<String, Bmf>> =
            read(|out| bencher::write(&cells, out));
        let with_figures = cells.iter().filter(|cell| !cell.metrics.is_empty());
        assert_eq!(benchmarks.len(), with_figures.count());
        for (name, metrics) in benchmarks {
            assert_eq!(metrics.len(), named(&cells, &name).metrics.len());
            for (slug, metric) in metrics {
                let value = metric.value;
                assert!(value > 0.0, "{name}, {slug}: {value}");
                match (metric.lower_value, metric.upper_value) {
                    (Some(lower), Some(upper)) => {
                        assert!(lower <= value && value <= upper, "{name}, {slug}");
                    }
                    (lower, upper) => assert_eq!(lower, upper, "{name}, {slug}"),
                }
                assert!(slug.len() <= 64, "{slug}");
                let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(slug.chars().all(kebab), "{slug}");
            }
        }
    }
}

#[test]
fn bencher_metrics_of_a_run() {
    insta::assert_snapshot!(written(|out| bencher::write(&cells(&run()), out)));
}
