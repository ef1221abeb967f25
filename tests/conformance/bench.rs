//! The bench at which the tests of this suite stand.

use std::time::Duration;

use bakeoff::base::seed::SEED;
use bakeoff::lab::{Lab, OpenCell};
use bakeoff::record::row::Row;

use crate::conformance::cell::{cell, ranked};

/// A laboratory whose runners trace. Only a hang meets the end of its patience, also on a
/// machine where each process takes a tenth of a second to start.
pub(crate) fn lab() -> Lab {
    let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    lab.patience = Duration::from_secs(10);
    lab.trace = true;
    lab
}

/// Opens a cell in a laboratory.
pub(crate) fn open(lab: &mut Lab, workload: &str, model: &str, params: &[&str]) -> OpenCell {
    lab.open(&cell(workload, model, ranked(workload), params))
        .unwrap()
}

/// Two samples with different seeds, since the second meets a model that has served before; both
/// must hold, and the runner must end.
pub(crate) fn holds(workload: &str, model: &str, params: &[&str]) -> Row {
    holds_with(workload, model, ranked(workload), params)
}

/// As [`holds`], with a client.
pub(crate) fn holds_with(workload: &str, model: &str, client: &str, params: &[&str]) -> Row {
    let mut lab = lab();
    let mut open = lab.open(&cell(workload, model, client, params)).unwrap();
    let first = open.sample(&mut lab, SEED, 0, 0);
    assert_eq!(first.error, None, "{model}: first sample");
    let second = open.sample(&mut lab, SEED + 1, 0, 0);
    assert_eq!(second.error, None, "{model}: second sample");
    open.close().unwrap();
    second
}
