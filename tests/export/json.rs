//! The JSON document.

use bakeoff::host::HostFacts;
use bakeoff::record::row::Row;
use bakeoff::report::export::cell::cells;
use bakeoff::report::export::json;
use serde::Deserialize;
use serde_json::Value;

use crate::read;
use crate::run::{every, host, run};

/// What `tests/schemas/export.json` says of the document, but for the cells.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    export: u32,
    level: f64,
    host: Option<HostFacts>,
    cells: Vec<Value>,
    rows: Vec<Row>,
}

/// The same but for what reading a number from its text may cost: a unit in the last
/// place.
fn same(one: &Row, other: &Row) -> bool {
    let near = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= one.abs() * 1e-15,
        (one, other) => one == other,
    };
    let efficiency = other.efficiency;
    near(one.orders_per_s, other.orders_per_s)
        && near(one.efficiency, efficiency)
        && one.service.as_ref().map(|times| &times.hdr)
            == other.service.as_ref().map(|times| &times.hdr)
        && one.response.as_ref().map(|times| &times.hdr)
            == other.response.as_ref().map(|times| &times.hdr)
        && (&one.cell, one.round, one.wall_ns, &one.flags, &one.error)
            == (
                &other.cell,
                other.round,
                other.wall_ns,
                &other.flags,
                &other.error,
            )
}

#[test]
fn the_json_document_holds_host_cells_and_every_row() {
    for rows in every() {
        for host in [None, Some(host())] {
            let document: Document = read(|out| json::write(&rows, host.as_ref(), out));
            assert_eq!((document.export, document.level), (json::VERSION, 0.995));
            assert_eq!(document.host, host);
            assert_eq!(document.cells.len(), cells(&rows).len());
            assert_eq!(document.rows.len(), rows.len());
            let pairs = document.rows.iter().zip(&rows);
            for (found, row) in pairs {
                assert!(same(found, row), "{found:?} is not {row:?}");
            }
        }
    }
}

#[test]
fn the_json_document_tells_of_each_cell() {
    let document: Document = read(|out| json::write(&run(), None, out));
    let text = serde_json::to_string_pretty(&document.cells).unwrap();
    insta::assert_snapshot!(text);
}
