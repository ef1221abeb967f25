//! agnostic: one body over a runtime behind traits. What is generic over the runtime is in
//! `kit` and `units`; a model is what starts a runtime and names it.

mod kit;
pub mod smol;
pub mod tokio;
mod units;

pub use kit::AgnosticKit;
