//! Worker processes: each order crosses a pipe there, its answer one back.

mod arrivals;
mod kit;
mod link;
pub mod per_order;
pub mod pool;

pub use kit::{PipeKit, PipeNumbers, Pipes};
