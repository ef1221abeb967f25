//! What rows say: summaries, ranks, ties, sweeps.

pub(crate) mod decided;
pub(crate) mod in_flight;
pub(super) mod independence;
pub(crate) mod open_loop;
pub(super) mod order;
pub mod panel;
pub(super) mod speeds;
pub(crate) mod standing;
pub mod study;
pub mod summary;
pub(super) mod sweeps;
pub(super) mod ties;
