//! One of the two runs that are compared: what its directory holds.

use crate::host::HostFacts;
use crate::record::machine::Reading;
use crate::record::objective;
use crate::record::row::Row;

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

/// The rows that can be compared, and a line on those that cannot; `place` names
/// their file.
#[must_use]
pub fn comparable(mut rows: Vec<Row>, place: &str) -> (Vec<Row>, Option<String>) {
    let all = rows.len();
    rows.retain(|row| !objective::searched(row));
    let searched = all - rows.len();
    let warning = (searched > 0).then(|| {
        format!(
            "{place}: left out {searched} rows of searches for a capacity, which have rates of their own"
        )
    });
    (rows, warning)
}
