//! Rows and their renderers.

pub mod row;
