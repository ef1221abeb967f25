//! tokio: multi-threaded, current-thread, a runtime on each worker, a task per
//! order, and the ways in which people keep many futures under way.

#[cfg(feature = "idioms")]
pub mod buffered;
pub mod ct;
#[cfg(feature = "idioms")]
pub mod join_all;
mod kit;
pub mod local;
pub mod mt;
pub mod per_order;
#[cfg(feature = "idioms")]
pub mod semaphore;
#[cfg(feature = "idioms")]
mod sessions;
pub(super) mod units;
#[cfg(feature = "idioms")]
pub mod unordered;

pub use kit::TokioKit;
