//! Rows and their renderers: pure functions of rows, so that every table and
//! chart can be made again from `rows.jsonl` alone.

pub mod ab;
pub mod analysis;
pub mod chart;
pub mod claims;
pub mod comparison;
pub mod contents;
pub mod export;
#[cfg(test)]
mod fixture;
mod page;
pub mod pick;
pub mod rendering;
pub mod splice;
pub mod text;
pub mod trend;

#[cfg(test)]
mod tests;
