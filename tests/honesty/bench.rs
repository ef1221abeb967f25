//! Cells to measure, and liars to measure them with.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bakeoff::base::seed::SEED;
use bakeoff::base::word::{Named as _, Word};
use bakeoff::lab::Lab;
use bakeoff::record::flag::Flag;
use bakeoff::record::row::Row;
use bakeoff::selection::resolved::ResolvedCell;
use tempfile::{TempDir, TempPath};

use crate::conformance::cell::ranked;

pub(crate) const HONEST: &str = env!("CARGO_BIN_EXE_bakeoff");

/// A cell with parameters as on the command line, by its ranked client.
pub(crate) fn cell(workload: &str, model: &str, params: &[&str]) -> ResolvedCell {
    crate::conformance::cell::cell(workload, model, ranked(workload), params)
}

/// The cell's second sample in this laboratory.
pub(crate) fn row(lab: &mut Lab, cell: &ResolvedCell) -> Row {
    let mut open = lab.open(cell).unwrap();
    let first = open.sample(lab, SEED, 0, 0);
    if first.error.is_some() {
        return first;
    }
    let row = open.sample(lab, SEED, 0, 0);
    open.close().unwrap();
    row
}

/// As [`row`], of a sample that must have held.
pub(crate) fn held(lab: &mut Lab, cell: &ResolvedCell) -> Row {
    let row = row(lab, cell);
    assert_eq!(row.error, None, "{}", row.cell);
    row
}

pub(crate) fn flagged(row: &Row, flag: &str) -> bool {
    row.flagged(Flag::named(flag).expect(flag))
}

/// A program that does what the real one does and misreports it.
pub(crate) struct Liar {
    path: TempPath,
    _dir: TempDir,
}

impl Liar {
    /// Falsifies what the real program says, by a script of `sed`.
    pub(crate) fn saying(script: &str) -> Self {
        Liar::through(&format!("| sed -u '{script}'"), "")
    }

    /// Falsifies what the real program is asked.
    pub(crate) fn asking(script: &str) -> Self {
        Liar::through("", &format!("sed -u '{script}' | "))
    }

    /// Falsifies the arguments that the real program is started with.
    pub(crate) fn starting(script: &str) -> Self {
        Liar::through("", &format!("set -- $(echo \"$@\" | sed '{script}')\n"))
    }

    fn through(behind: &str, before: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut file = tempfile::NamedTempFile::new_in(dir.path()).unwrap();
        // A runner looks whether its parent is the one that it was told.
        let script = format!(
            "#!/bin/sh\nif [ \"$2\" = --parent ]; then set -- runner --parent $$; fi\n\
             {before}'{HONEST}' \"$@\" {behind}\n"
        );
        file.write_all(script.as_bytes()).unwrap();
        let path = file.into_temp_path();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Liar { path, _dir: dir }
    }

    pub(crate) fn lab(&self) -> Lab {
        let path: &Path = &self.path;
        Lab::new(path)
    }
}

/// Measures honestly, and is not given that flag. Where other programs keep the
/// machine busy, a flag may be the truth: then it tries again.
pub(crate) fn spared(flag: &str, cell: &ResolvedCell) {
    let mut lab = Lab::new(HONEST);
    let flags: Vec<Vec<Word<Flag>>> = (0..10)
        .map(|_| held(&mut lab, cell))
        .map_while(|row| flagged(&row, flag).then_some(row.flags))
        .collect();
    assert!(flags.len() < 10, "{flags:?}");
}

/// The same cell, measured honestly and by a liar: only the liar is flagged.
pub(crate) fn only_the_liar(flag: &str, cell: &ResolvedCell, script: &str) {
    spared(flag, cell);
    let liar = Liar::saying(script);
    let lied = held(&mut liar.lab(), cell);
    assert!(flagged(&lied, flag), "{lied:?}");
}
