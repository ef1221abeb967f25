//! A cell that stands in no file of scenarios.

use bakeoff::base::error::Result;
use bakeoff::selection::CellSpec;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::workload::params::Params;
use bakeoff::workload::scenario::Scenario;

/// A cell of `workload` with `params` as on the command line.
pub(crate) fn cell(workload: &str, model: &str, client: &str, params: &[&str]) -> ResolvedCell {
    try_cell(workload, model, client, params).unwrap()
}

/// The same, or why there is none.
pub(crate) fn try_cell(
    workload: &str,
    model: &str,
    client: &str,
    params: &[&str],
) -> Result<ResolvedCell> {
    let mut table = Params {
        name: format!("{workload}/test"),
        ..Params::default()
    };
    for text in params {
        table.set(text).unwrap();
    }
    let spec = CellSpec {
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
        peer: None,
        set: Default::default(),
    };
    spec.resolve()
}

/// The client that ranks on this workload.
pub(crate) fn ranked(workload: &str) -> &'static str {
    if workload == "fetch" { "wire" } else { "none" }
}
