//! One of the two runs that are compared: what its directory holds.

use crate::host::HostFacts;
use crate::report::capacity;
use crate::report::machine::Reading;
use crate::report::row::Row;

/// A run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Side {
    /// Where it lies, for people.
    pub place: String,
    /// Its rows.
    pub rows: Vec<Row>,
    /// What the machine itself did meanwhile; none where nobody looked.
    pub readings: Vec<Reading>,
    /// The machine; `None` where that is not known.
    pub host: Option<HostFacts>,
}

/// The rows that can be compared, and a line on each kind of what cannot.
/// `place` names the file whose lines `rows` are, the first being 1.
#[must_use]
pub fn usable(rows: Vec<Row>, place: &str) -> (Vec<Row>, Vec<String>) {
    let mut warnings = Vec::new();
    let mut searched = 0;
    let mut kept = Vec::with_capacity(rows.len());
    for (line, row) in (1..).zip(rows) {
        if let Some((name, value)) = impossible(&row) {
            warnings.push(format!(
                "{place}:{line}: skipped: {name} is {value}, which cannot be: restore the file"
            ));
        } else if capacity::searched(&row) {
            searched += 1;
        } else {
            kept.push(row);
        }
    }
    if searched > 0 {
        warnings.push(format!(
            "{place}: left out {searched} rows of searches for a capacity, which have rates of their own"
        ));
    }
    (kept, warnings)
}

/// A figure that no measurement can give.
fn impossible(row: &Row) -> Option<(&'static str, f64)> {
    let mean = |latency: &Option<crate::report::row::Latency>| latency.as_ref().map(|l| l.mean_ns);
    [
        ("orders_per_s", row.orders_per_s),
        ("offered_per_s", row.offered_per_s),
        ("efficiency", row.efficiency),
        ("service.mean_ns", mean(&row.service)),
        ("response.mean_ns", mean(&row.response)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .find(|(_, value)| !value.is_finite() || *value < 0.0)
}
