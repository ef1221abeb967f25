//! What differences between models are worth: pure functions of numbers,
//! without clocks, files or chance.
//!
//! The unit is the **round**: samples of one round share a process and a
//! moment, so a round counts once, by the median of its samples, and models
//! are compared within rounds. `docs/STATISTICS.md` tells how to read what
//! comes out.

mod binomial;
pub mod bootstrap;
pub mod change_point;
pub mod enough;
pub mod holm;
pub mod knee;
pub mod order_effect;
pub mod paired;
pub mod quantile;
pub mod ratio;
pub mod two_speeds;
pub mod unpaired;
pub mod verdict;

#[cfg(test)]
mod simulation;

/// Rounds that a verdict needs at least.
pub const ROUNDS: usize = 8;

/// The part of families of comparisons (all pairs of models of one scenario by
/// one metric) in which a difference may be claimed where there is none: level
/// 99.5 %.
pub const ALPHA: f64 = 0.005;

/// Ratios between `1 / MARGIN` and `MARGIN` are of no practical weight: an
/// interval that lies within is a tie.
pub const MARGIN: f64 = 1.03;
