//! What differences between models are worth: pure functions of numbers,
//! without clocks, files or chance.
//!
//! The unit is the **round**: samples of one round share a process and a
//! moment, so a round counts once, by the median of its samples, and models
//! are compared within rounds. `docs/STATISTICS.md` tells how to read what
//! comes out.

pub mod autocorrelation;
mod binomial;
pub mod capacity;
pub mod change_point;
pub mod enough;
pub mod fairness;
pub mod holm;
pub mod interval;
pub mod knee;
mod moderation;
pub mod order_effect;
mod paired;
pub mod quantile;
pub mod ratio;
pub mod two_speeds;
pub mod unpaired;
pub mod verdict;

#[cfg(test)]
mod simulation;

/// Rounds that a verdict needs at least.
pub const ROUNDS: usize = 8;

/// Most rounds of a run whose number of rounds was not asked for: what these would not
/// decide is futile.
pub const MOST_ROUNDS: usize = 100;

/// The part of families of comparisons (all pairs of models of one scenario by
/// one metric) in which a difference may be claimed where there is none: level
/// 99.5 %.
pub const ALPHA: f64 = 0.005;

/// Ratios between `1 / MARGIN` and `MARGIN` are of no practical weight: an
/// interval that lies within is a tie.
pub const MARGIN: f64 = 1.03;

/// The same of CPU time per order, which wavers more than time does and is read beside it:
/// between models of one scenario ratios within ±10 % are of no weight.
pub const CPU_MARGIN: f64 = 1.1;
