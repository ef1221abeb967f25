//! What a run measures of itself.

use std::fs;
use std::path::Path;

use bakeoff::record::control::{self, Kind, Reading};

use super::{done, rows};

fn readings(dir: &Path) -> Vec<Reading> {
    let read = control::read(dir).unwrap();
    assert!(read.warnings.is_empty(), "{:?}", read.warnings);
    read.readings
}

const TWO: [&str; 7] = [
    "run",
    "nothing/orders",
    "--models",
    "sequential,os-threads",
    "--set",
    "orders=8",
    "--warm-up=0s",
];

#[test]
fn one_cell_is_its_own_control_in_each_round() {
    let dir = tempfile::tempdir().unwrap();
    let rest = ["--rounds", "8", "--out", "mine"];
    let ran = done(&[&TWO[..], &rest].concat(), dir.path());
    let mine = dir.path().join("mine");
    assert_eq!(rows(&mine).len(), 16);
    let found = readings(&mine);
    let mut of: Vec<(u32, Kind)> = found.iter().map(|of| (of.round, of.kind)).collect();
    of.sort_unstable();
    let kinds = [Kind::Plain, Kind::Same, Kind::Slower];
    let due = (1..=8).flat_map(|round| kinds.map(|kind| (round, kind)));
    assert_eq!(of, due.collect::<Vec<_>>());
    let cell = &found[0].cell;
    assert!(
        found
            .iter()
            .all(|of| of.cell == *cell && of.time_ns.is_some())
    );
    assert!(
        ran.out.contains(&format!("Controls ({cell} ")),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("resolution: "), "{}", ran.out);
    let tables = fs::read_to_string(mine.join("tables.md")).unwrap();
    assert!(tables.contains("the same again: time"), "{tables}");
    let page = fs::read_to_string(mine.join("report.html")).unwrap();
    assert!(page.contains("id=\"controls\""));
}

#[test]
fn there_are_none_where_they_could_show_nothing_or_nobody_wants_them() {
    let dir = tempfile::tempdir().unwrap();
    let few = [&TWO[..], &["--rounds", "2", "--out", "few"]].concat();
    done(&few, dir.path());
    // Rounds that are over are not controlled later.
    done(&["run", "--resume", "few", "--rounds", "8"], dir.path());
    let rounds: Vec<u32> = readings(&dir.path().join("few"))
        .iter()
        .map(|of| of.round)
        .collect();
    assert!(
        rounds.len() == 18 && rounds.iter().all(|round| *round > 2),
        "{rounds:?}"
    );
    let rest = ["--rounds", "8", "--no-controls", "--out", "none"];
    done(&[&TWO[..], &rest].concat(), dir.path());
    assert!(readings(&dir.path().join("none")).is_empty());
}
