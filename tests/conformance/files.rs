//! Every file is read or written once, whole, whoever's calls do it; nothing of it stays,
//! and a disk that takes no more is an error that says so.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use bakeoff::base::seed::SEED;
use bakeoff::kit::capability::Capability;
use bakeoff::registry;

use crate::conformance::bench::{holds, lab, open};
use crate::conformance::cell::{cell, try_cell};

/// As many files as orders, so that what each order wrote is looked at.
const SHAPE: [&str; 4] = [
    "orders=24",
    "concurrency=6",
    "files=24",
    "size=uniform:1,9000",
];

pub(crate) fn reads_and_writes_every_file(model: &str) {
    let offers = registry::offers(model);
    // On a pool every order makes the calls that threads make.
    let own = ["what=read", "what=lines", "what=write"].map(|what| (what, "by=own"));
    for (what, by) in own.into_iter().chain([("what=write", "by=pool")]) {
        let params = [&SHAPE[..], &[what, by]].concat();
        let able = offers.contains(&Capability::Files)
            && (by == "by=own" || offers.contains(&Capability::Offload));
        if able {
            let row = holds("files", model, &params);
            assert!(row.file_system.is_some() && row.efficiency.is_none());
        } else {
            let refused = try_cell("files", model, "none", &params).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{refused}");
            assert!(refused.to_string().contains(model), "{refused}");
        }
    }
}

/// Directories of files that this process has made and that are still there.
fn directories() -> Vec<PathBuf> {
    let ours = format!("bakeoff-files-{}-", std::process::id());
    let entries = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    let named = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        name.starts_with(&ours)
    };
    entries.map(|entry| entry.path()).filter(named).collect()
}

/// The files of this cell, among those of tests beside it: it alone has one of this size.
fn directory_with(size: u64) -> Option<PathBuf> {
    directories()
        .into_iter()
        .find(|directory| fs::metadata(directory.join("0")).is_ok_and(|file| file.len() == size))
}

/// The size is the caller's own, so that tests beside it do not find its files.
fn survives(model: &str, size: u64, spoil: impl FnOnce(&PathBuf, u32), due: &str) {
    let size_text = format!("size={size}");
    let params = [
        "orders=8",
        "concurrency=2",
        "files=8",
        "what=write",
        &size_text,
    ];
    let mut lab = lab();
    let mut cell = open(&mut lab, "files", model, &params);
    let directory = directory_with(size).expect("its files are laid out");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 8);
    spoil(&directory, cell.runner().unwrap().id());
    let error = cell.sample(&mut lab, SEED, 0, 0).error.expect(due);
    assert!(error.contains(due), "{error}");
    drop(cell);
    assert!(
        !directory.exists(),
        "{} is still there",
        directory.display()
    );
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_nothing_stays() {
    let spoil = |directory: &PathBuf, _| {
        // What is no file cannot be written, not even by root.
        fs::remove_file(directory.join("3")).unwrap();
        fs::create_dir(directory.join("3")).unwrap();
    };
    survives("os-threads", 1011, spoil, "/3: Is a directory");
}

/// The device of that name refuses every byte, as a disk does that is full.
#[test]
fn a_full_disk_is_a_row_that_says_so() {
    for (model, size) in [("os-threads", 1012), ("processes", 1013)] {
        full_disk(model, size);
    }
    #[cfg(feature = "tokio")]
    full_disk("tokio-mt", 1014);
    #[cfg(feature = "smol")]
    full_disk("smol", 1015);
    #[cfg(feature = "async-std")]
    full_disk("async-std", 1016);
    #[cfg(all(feature = "completion", target_os = "linux"))]
    {
        full_disk("compio", 1017);
        full_disk("monoio", 1018);
    }
}

fn full_disk(model: &str, size: u64) {
    let spoil = |directory: &PathBuf, _| {
        fs::remove_file(directory.join("5")).unwrap();
        std::os::unix::fs::symlink("/dev/full", directory.join("5")).unwrap();
    };
    survives(model, size, spoil, "free some space there");
}

#[test]
fn files_of_a_killed_runner_are_removed() {
    let spoil = |_: &PathBuf, runner| crate::conformance::endings::kill(runner);
    survives("os-threads", 1019, spoil, "signal: 9");
}

/// A runner that may write no file of more than 1 kB goes on and says so, where the kernel
/// would end it.
#[test]
fn a_limit_on_the_size_of_files_is_a_row_that_says_so() {
    limited("os-threads");
    limited("processes");
    #[cfg(feature = "tokio")]
    limited("tokio-mt");
    #[cfg(feature = "smol")]
    limited("smol");
}

fn limited(model: &str) {
    let mut runner = Command::new("bash");
    runner.args([
        "-c",
        "ulimit -f 1; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_bakeoff"),
    ]);
    let params = [
        "orders=8",
        "concurrency=2",
        "files=8",
        "what=write",
        "size=3000",
    ];
    let mut lab = lab();
    let cell = cell("files", model, "none", &params);
    let mut open = lab.open_with(runner, &cell).unwrap();
    let error = open.sample(&mut lab, SEED, 0, 0).error.expect(model);
    for words in ["File too large", "`ulimit -f`", "cannot write "] {
        assert!(error.contains(words), "{model}: {error}");
    }
}
