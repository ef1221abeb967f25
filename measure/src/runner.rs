//! The process in which one cell runs, and how the harness talks to it.

pub mod cell;
mod lines;
mod observed;
pub mod overhead;
pub mod serve;
