//! What everything stands on: time, chance, errors, and a few small things more.

pub mod at_once;
pub mod bounded;
pub mod clock;
pub mod counted;
pub mod error;
pub mod fault_in;
pub mod hexadecimal;
pub mod interrupt;
pub mod nearest;
#[cfg_attr(not(feature = "server"), allow(dead_code))]
pub mod poll;
pub mod seed;
pub mod si;
pub mod streams;
pub mod unwritable;
pub mod versions;
pub mod visible;
pub mod word;
