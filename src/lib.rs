//! Which concurrency model, for which work, at what cost?

pub mod base;
pub mod campaign;
pub mod cli;
pub mod engine;
pub mod host;
pub mod http1;
pub mod kit;
pub mod lab;
pub mod model;
pub mod protocol;
pub mod record;
pub mod registry;
pub mod report;
pub mod results;
pub mod runner;
pub mod scenarios;
pub mod selection;
pub mod server;
pub mod stats;
pub mod workload;
