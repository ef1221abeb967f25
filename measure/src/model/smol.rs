//! smol: its own executor on a set number of threads.

#[cfg(feature = "portable")]
pub mod compat;
mod kit;
pub mod local;
pub mod per_order;
mod pool;
pub mod units;

pub use kit::SmolKit;
