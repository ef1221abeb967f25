//! What is done.

pub mod items;
pub mod seed;
pub mod spread;
