//! The mock server.
pub mod control;
