//! Comma-separated values, read by the crate of that name.

use std::collections::{BTreeMap, BTreeSet};

use bakeoff::kit::Class;
use bakeoff::record::latency;
use bakeoff::record::row::{Ledger, Peer, Row};
use bakeoff::report::export::csv;
use serde_json::Value;

use crate::run::{every, run};
use crate::written;

/// Every leaf of a row that has all its parts.
fn leaves(value: &Value, name: &str, found: &mut BTreeSet<String>) {
    let open = [
        "",
        "service",
        "response",
        "pacer_lateness",
        "overshoot",
        "ledger",
        "peer",
    ]
    .contains(&name);
    match value {
        Value::Object(members) if open => {
            for (key, value) in members {
                let sub = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}_{key}")
                };
                leaves(value, &sub, found);
            }
        }
        _ => {
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn every_field_is_a_column_and_every_column_is_documented() {
    let times = latency::from_values([1]);
    let full = Row {
        service: times.clone(),
        response: times.clone(),
        pacer_lateness: times.clone(),
        overshoot: times,
        ledger: Some(Ledger::default()),
        peer: Some(Peer::default()),
        ..Row::default()
    };
    let mut expected = BTreeSet::new();
    leaves(&serde_json::to_value(full).unwrap(), "", &mut expected);
    // Histograms are what hlog is for.
    expected.retain(|name| !name.ends_with("_hdr"));
    let columns: Vec<String> = csv::columns().collect();
    assert_eq!(columns.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(columns.len(), expected.len());
    let docs = include_str!("../../docs/EXPORT.md");
    for column in columns {
        assert!(
            docs.contains(&format!("`{column}`")),
            "docs/EXPORT.md lacks {column}"
        );
    }
}

#[test]
fn csv_holds_what_rows_hold() {
    for rows in every() {
        let text = written(|out| csv::write(&rows, out));
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let header: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        assert!(header.iter().eq(csv::columns().collect::<Vec<_>>().iter()));
        let lines: Vec<BTreeMap<String, String>> =
            reader.deserialize().collect::<Result<_, _>>().unwrap();
        assert_eq!(lines.len(), rows.len());
        for (line, row) in lines.iter().zip(&rows) {
            assert_eq!(line["cell"], row.cell);
            assert_eq!(line["error"], row.error.clone().unwrap_or_default());
            assert_eq!(line["orders"].parse(), Ok(row.orders));
            assert_eq!(line["orders_per_s"].parse().ok(), row.orders_per_s);
            let p50 = row.service.as_ref().and_then(|times| times.p50_ns);
            assert_eq!(line["service_p50_ns"].parse().ok(), p50);
            assert_eq!(line["flags"], row.flags.join(";"));
        }
    }
}

#[test]
fn csv_is_quoted_where_it_must_be_and_ends_lines_as_rfc_4180_does() {
    let mut rows = run();
    rows.retain(|row| row.error.is_some() || row.class == Class::Shipped);
    rows.dedup_by_key(|row| row.cell.clone());
    rows[0].orders_per_s = Some(1.5e-7);
    rows[0].seed = u64::MAX;
    rows[0].service = None;
    insta::assert_snapshot!(written(|out| csv::write(&rows, out)).replace("\r\n", "␍␊\n"));
}
