//! What github-action-benchmark reads.

use std::collections::BTreeSet;

use bakeoff::report::export::cell::cells;
use bakeoff::report::export::github::{self, Better};
use serde::Deserialize;

use crate::run::{every, run};
use crate::{read, written};

/// What `tests/schemas/github.json` says of an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    unit: String,
    value: f64,
    range: Option<String>,
    extra: Option<String>,
}

#[test]
fn entries_for_github_are_all_figures_each_in_the_file_of_its_direction() {
    for rows in every() {
        let cells = cells(&rows);
        let mut names = BTreeSet::new();
        let mut count = 0;
        for better in [Better::Smaller, Better::Bigger] {
            let entries: Vec<Entry> = read(|out| github::write(&cells, better, out));
            for entry in entries {
                assert_eq!(
                    entry.name.ends_with(" throughput"),
                    better == Better::Bigger
                );
                assert!(
                    entry.value > 0.0 && !entry.unit.is_empty(),
                    "{}",
                    entry.name
                );
                if let Some(range) = entry.range {
                    // What the tool takes for a width.
                    let half: f64 = range.strip_prefix("± ").unwrap().parse().unwrap();
                    assert!(half >= 0.0, "{}: {range}", entry.name);
                }
                assert!(entry.extra.unwrap().contains(" rounds, "));
                names.insert(entry.name);
                count += 1;
            }
        }
        assert_eq!(names.len(), count);
        let figures: usize = cells.iter().map(|cell| cell.metrics.len()).sum();
        assert_eq!(count, figures);
    }
}

#[test]
fn entries_for_github_of_a_run() {
    let cells = cells(&run());
    for better in [Better::Smaller, Better::Bigger] {
        insta::assert_snapshot!(written(|out| github::write(&cells, better, out)));
    }
}
