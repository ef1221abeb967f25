//! tokio: multi-threaded, current-thread, a runtime on each worker, and a task per order.

pub mod ct;
mod kit;
pub mod local;
pub mod mt;
pub mod per_order;
mod units;

pub use kit::TokioKit;
