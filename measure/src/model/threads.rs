//! OS threads.

mod gate;
mod kit;
pub mod per_order;
mod queue;
pub mod units;

pub use gate::Gate;
pub use kit::ThreadKit;
