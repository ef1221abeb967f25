//! What is written down of a measurement, and how it is read again.

pub mod control;
pub mod flag;
pub mod fold;
mod hdr;
pub mod hosts;
pub mod identity;
pub mod latency;
pub mod machine;
pub mod objective;
pub mod palette;
pub mod placement;
pub mod quantiles;
pub mod quantity;
pub mod readings;
pub mod rounds;
pub mod row;
pub mod rows;
pub mod setting;
pub mod sound;
pub mod sparse;
