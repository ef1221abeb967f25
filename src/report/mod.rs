//! Rows and their renderers: pure functions of rows, so that every table and
//! chart can be made again from `rows.jsonl` alone.

mod at_once;
mod below;
mod grid;
pub(crate) mod hosts;
mod metric;
pub(crate) mod open_loop;
mod order;
pub(crate) mod palette;
mod rounds;
mod scenario;
mod setting;
mod sparse;
pub(crate) mod standing;
mod sweep;
mod ties;

pub mod ab;
pub mod capacity;
pub mod chart;
pub mod claims;
pub mod comparison;
pub mod export;
pub mod flags;
pub mod fold;
pub mod identity;
pub mod latency;
pub mod machine;
pub mod objective;
mod page;
pub mod panel;
pub mod pick;
#[cfg(feature = "png")]
pub mod raster;
pub mod rendering;
pub mod row;
pub mod rows;
pub mod si;
pub mod sound;
pub mod splice;
pub mod study;
pub mod summary;
pub mod table;
pub mod trend;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
