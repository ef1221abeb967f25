//! Which concurrency model, for which work, at what cost?
//!
//! scaffold

pub mod error;
pub mod host;
pub mod http1;
pub mod measure;
pub mod report;
pub mod workload;
