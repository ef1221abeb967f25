//! Which concurrency model, for which work, at what cost?

pub mod bounded;
pub mod cli;
pub mod counted;
pub mod error;
pub mod host;
pub mod http1;
pub mod interrupt;
pub mod kit;
pub mod measure;
pub mod model;
pub mod nearest;
#[cfg_attr(not(feature = "server"), allow(dead_code))]
mod poll;
pub mod registry;
pub mod report;
pub mod runner;
pub mod selection;
pub mod server;
pub mod stats;
pub mod streams;
pub mod versions;
pub mod visible;
pub mod workload;
