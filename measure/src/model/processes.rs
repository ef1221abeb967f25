//! Worker processes: each order crosses a pipe there, its answer one back.

mod arrivals;
pub mod frames;
mod kit;
mod link;
pub mod per_order;
pub mod pool;
#[cfg(feature = "idioms")]
pub mod prefork;
mod queue;
mod team;
pub mod worker;

pub use kit::{PipeKit, PipeNumbers, Pipes};
pub use queue::QueueNumbers;
