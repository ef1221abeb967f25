//! Each flag of a row, triggered: by a cell that deserves it where that is
//! cheap, and else by a liar, a program that runs the real binary and falsifies
//! a field of what it says. An honest program is never given that flag.

mod bench;
mod classes;
mod flags;
mod memory;
mod placement;
mod warm_up;
