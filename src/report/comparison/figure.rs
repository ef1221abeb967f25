//! The figures that two runs are compared by.

use crate::base::error::Result;
use crate::record::quantity::{CPU, MEMORY, P50, P99, Quantity, THROUGHPUT, named};
use crate::record::row::Row;

/// All of them, in the order of tables.
pub const FIGURES: [Quantity; 5] = [THROUGHPUT, P50, P99, CPU, MEMORY];

/// The one of that name.
///
/// # Errors
/// A name that is not known, with the nearest.
pub fn figure(name: &str) -> Result<Quantity> {
    named(name, &FIGURES)
}

/// What a sample costs: more is worse. A schedule's throughput is its own, so what
/// counts there is the part of it that was kept up with.
pub(super) fn cost(figure: Quantity, row: &Row) -> Option<f64> {
    match row.offered_per_s.filter(|_| figure == THROUGHPUT) {
        Some(offered) => Some(offered / figure.of_row(row)?),
        None => figure.cost(row),
    }
}
