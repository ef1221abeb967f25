//! How work is measured: the clock, the batch that models drive, the slots
//! that orders fill, the laboratory that turns cells into rows, and the
//! directory that keeps them.

pub mod batch;
pub mod clock;
pub mod lab;
pub mod notebook;
pub mod results;
pub mod slots;
