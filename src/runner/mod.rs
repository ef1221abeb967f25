//! The process in which one cell runs, and how the harness talks to it.

pub mod cell;
pub mod frames;
pub mod harness;
pub mod mock;
pub mod plausible;
pub mod protocol;
pub mod serve;
pub mod worker;
