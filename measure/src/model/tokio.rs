//! tokio: multi-threaded, current-thread, and a task per order.

pub mod ct;
mod kit;
pub mod mt;
pub mod per_order;
mod units;

pub use kit::TokioKit;
