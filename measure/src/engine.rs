//! What runs while the clock runs: the batch that models drive, the slots that
//! orders fill, and the pacer that hands over what comes from outside.

pub mod batch;
pub mod pacer;
pub mod slots;
