//! The bench at which the tests of this suite stand.

use std::time::Duration;

use bakeoff::measure::lab::{Lab, OpenCell, SEED};
use bakeoff::report::row::Row;
use bakeoff::selection::CellSpec;
use bakeoff::workload::params::Params;
use bakeoff::workload::scenario::Scenario;

/// A laboratory with little patience, whose runners trace.
pub(crate) fn lab() -> Lab {
    let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    lab.patience = Duration::from_secs(3);
    lab.trace = true;
    lab
}

/// A cell of `workload` with `params` as on the command line.
pub(crate) fn cell(workload: &str, model: &str, client: &str, params: &[&str]) -> CellSpec {
    let mut table = Params {
        name: format!("{workload}/test"),
        ..Params::default()
    };
    for text in params {
        table.set(text).unwrap();
    }
    CellSpec {
        scenario: Scenario {
            workload: workload.into(),
            name: "test".into(),
            about: String::new(),
            resembles: String::new(),
            version: 1,
            default: Vec::new(),
            quick: Vec::new(),
            service_time: false,
            params: table,
        },
        model: bakeoff::registry::model(model).unwrap(),
        client: client.into(),
        set: Default::default(),
    }
}

/// The client that ranks on this workload.
pub(crate) fn ranked(workload: &str) -> &'static str {
    if workload == "fetch" { "wire" } else { "none" }
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
