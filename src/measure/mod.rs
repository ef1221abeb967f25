//! How work is measured.

pub mod clock;
