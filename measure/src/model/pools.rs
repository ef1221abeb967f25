//! Thread pools from crates.

#[cfg(feature = "crossbeam")]
pub mod crossbeam;
#[cfg(feature = "rayon")]
pub mod rayon;
