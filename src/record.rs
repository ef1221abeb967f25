//! What is written down of a measurement, and how it is read again.

#[cfg(test)]
pub(crate) mod fixture;
pub mod flag;
pub mod fold;
pub(crate) mod hosts;
pub mod identity;
pub mod latency;
pub mod machine;
pub mod objective;
pub(crate) mod palette;
pub mod placement;
pub mod quantity;
pub(crate) mod rounds;
pub mod row;
pub mod rows;
pub(crate) mod setting;
pub mod sound;
pub(crate) mod sparse;
