//! OS threads.

mod gate;
mod kit;
pub mod per_order;
pub mod units;

pub use gate::Gate;
pub use kit::ThreadKit;
