//! What is measured, and what measures it: the lower layers of `bakeoff`.
//!
//! The table of layers stands in the documentation of the crate `bakeoff`.

pub mod base;
pub mod engine;
pub mod host;
pub mod http1;
pub mod kit;
pub mod lab;
pub mod model;
pub mod peers;
pub mod protocol;
pub mod record;
pub mod registry;
pub mod runner;
pub mod scenarios;
pub mod selection;
pub mod server;
pub mod stats;
pub mod workload;
