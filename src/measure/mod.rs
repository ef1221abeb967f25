//! How work is measured: the clock, the batch that models drive, the slots
//! that orders fill, and the laboratory that turns cells into rows.

pub mod batch;
pub mod clock;
pub mod lab;
pub mod slots;
