//! Comma-separated values, one line a row, as RFC 4180 has them: for
//! spreadsheets, data frames and databases.

use std::io::{self, Write};

use serde_json::Value;

use crate::record::row::Row;

/// Where a column's value stands in a row, as a JSON pointer (RFC 6901); its name
/// is the same with underscores. The order is part of the format: new ones come
/// last.
const COLUMNS: &[&str] = &[
    "/schema",
    "/run",
    "/cell",
    "/workload",
    "/scenario",
    "/scenario_version",
    "/model",
    "/client",
    "/class",
    "/shape",
    "/round",
    "/position",
    "/seed",
    "/orders",
    "/concurrency",
    "/workers",
    "/placement",
    "/cpus",
    "/server_cpu",
    "/set",
    "/offered_per_s",
    "/wall_ns",
    "/orders_per_s",
    "/service/mean_ns",
    "/service/p50_ns",
    "/service/p90_ns",
    "/service/p99_ns",
    "/service/p999_ns",
    "/service/max_ns",
    "/response/mean_ns",
    "/response/p50_ns",
    "/response/p90_ns",
    "/response/p99_ns",
    "/response/p999_ns",
    "/response/max_ns",
    "/pacer_lateness/mean_ns",
    "/pacer_lateness/p50_ns",
    "/pacer_lateness/p90_ns",
    "/pacer_lateness/p99_ns",
    "/pacer_lateness/p999_ns",
    "/pacer_lateness/max_ns",
    "/pacer_cpu_ns",
    "/cpu_ns",
    "/cpu_user_ns",
    "/cpu_sys_ns",
    "/memory_bytes",
    "/unit_memory_bytes",
    "/kernel_stack_bytes",
    "/peak_rss_bytes",
    "/voluntary_switches",
    "/involuntary_switches",
    "/threads",
    "/processes",
    "/startup_ns",
    "/shutdown_ns",
    "/bound_ns",
    "/efficiency",
    "/answer",
    "/ledger/requests",
    "/ledger/distinct",
    "/ledger/body_bytes",
    "/ledger/connections",
    "/ledger/peak_in_flight",
    "/ledger/in_flight_ns",
    "/server_cpu_ns",
    "/versions",
    "/flags",
    "/error",
    "/reconnects",
    "/failures",
    "/target",
    "/run_delay_ns",
    "/read_calls",
    "/write_calls",
    "/allowed_per_s",
    "/warm_up_ns",
    "/peer/name",
    "/peer/language",
    "/peer/about",
    "/peer/family",
    "/peer/colour",
    "/lag/mean_ns",
    "/lag/p50_ns",
    "/lag/p90_ns",
    "/lag/p99_ns",
    "/lag/p999_ns",
    "/lag/max_ns",
    "/fairness",
    "/page_table_bytes",
    "/file_system",
];

/// The names of all columns, in their order.
pub fn columns() -> impl Iterator<Item = String> {
    COLUMNS.iter().map(|at| at[1..].replace('/', "_"))
}

/// Writes a line of names and one for each of `rows`; what was not measured is
/// empty.
///
/// # Errors
/// Those of `out`.
pub fn write(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    line(columns(), out)?;
    for row in rows {
        let row = serde_json::to_value(row)?;
        line(
            COLUMNS
                .iter()
                .map(|at| row.pointer(at).map_or_else(String::new, text)),
            out,
        )?;
    }
    Ok(())
}

fn line(fields: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let fields: Vec<String> = fields.map(|field| quoted(&field)).collect();
    write!(out, "{}\r\n", fields.join(","))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::String(value) => value.clone(),
        // Whole numbers as they are; others without the exponent that JSON has.
        Value::Number(value) => match value.as_f64() {
            Some(fraction) if value.is_f64() => fraction.to_string(),
            _ => value.to_string(),
        },
        Value::Array(values) => joined(values.iter().map(text)),
        Value::Object(values) => joined(
            values
                .iter()
                .map(|(key, value)| format!("{key}={}", text(value))),
        ),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(";")
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
