//! The peer that `docs/PEERS.md` begins with is one.

use std::path::Path;
use std::process::Command;

use bakeoff::base::seed::SEED;
use bakeoff::lab::Lab;

use crate::fakes::cell;

pub(crate) const FOLDER: &str = "docs/examples/peers";

/// Whether there is a Python to run it by. Where CI runs these tests there is one.
pub(crate) fn python() -> bool {
    let found = Command::new("python3").arg("--version").output();
    let there = found.is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "CI has no python3");
        bakeoff::note!("without a python3, docs/examples/peers is not tested here");
    }
    there
}

#[test]
fn the_minimal_peer_serves_the_bakery() {
    if !python() {
        return;
    }
    let sets = ["orders=40", "concurrency=8", "mix_cpu=300", "bake_wait=2ms"];
    let cell = cell(
        Path::new(FOLDER),
        "bakery/hundred-bakers",
        "minimal-threads",
        &sets,
    );
    let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    let mut open = lab.open(&cell).unwrap();
    for seed in [SEED, SEED + 1] {
        let row = open.sample(&mut lab, seed, 0, 0);
        assert_eq!(row.error, None);
        assert!(row.wall_ns.unwrap() >= 10_000_000);
        if cfg!(target_os = "linux") {
            assert_eq!((row.threads, row.processes), (Some(9), Some(1)));
        }
    }
    open.close().unwrap();
}
