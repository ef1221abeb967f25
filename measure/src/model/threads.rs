//! OS threads.

mod gate;
mod kit;
pub mod per_order;
#[cfg(feature = "idioms")]
pub mod pool;
mod queue;
mod start;
pub mod units;

pub use gate::{AtWork, EndGate, Gate};
pub use kit::ThreadKit;
#[cfg(feature = "crossbeam")]
pub(crate) use start::started;
