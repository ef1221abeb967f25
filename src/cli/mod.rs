//! The command line: one file a verb.

#[cfg(feature = "server")]
pub mod serve;
