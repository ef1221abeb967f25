//! How work is measured: the clock, the batch that models drive, the slots
//! that orders fill, the laboratory that turns cells into rows, the directory
//! that keeps them, and what the harness measures of itself.

pub mod arrivals;
pub mod batch;
pub mod campaign;
pub mod capacity;
pub mod clock;
pub mod lab;
pub mod notebook;
pub mod overhead;
pub mod pacer;
pub mod reference;
pub mod results;
pub mod selftest;
pub mod slots;
