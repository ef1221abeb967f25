//! Rows and their renderers.

pub mod latency;
pub mod row;
