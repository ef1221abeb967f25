//! Rows and their renderers: pure functions of rows, so that every table and
//! chart can be made again from `rows.jsonl` alone.

mod below;
mod grid;
pub(crate) mod open_loop;
mod order;
mod palette;
mod rounds;
mod scenario;
mod setting;
pub(crate) mod standing;
mod sweep;

pub mod ab;
pub mod capacity;
pub mod chart;
pub mod comparison;
pub mod export;
pub mod flags;
pub mod latency;
pub mod machine;
pub mod panel;
pub mod row;
pub mod rows;
pub mod si;
pub mod summary;
pub mod table;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
