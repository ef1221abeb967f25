//! Thread pools from crates.

#[cfg(feature = "crossbeam")]
pub mod crossbeam;
#[cfg(feature = "idioms")]
pub mod deque;
#[cfg(feature = "idioms")]
pub mod oneshot;
#[cfg(feature = "rayon")]
pub mod rayon;
