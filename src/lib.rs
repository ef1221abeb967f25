//! Which concurrency model, for which work, at what cost?
//!
//! scaffold

pub mod cli;
pub mod error;
pub mod measure;
pub mod report;
pub mod server;
pub mod workload;
