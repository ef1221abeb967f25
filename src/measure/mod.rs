//! How work is measured.

pub mod clock;
pub mod results;
