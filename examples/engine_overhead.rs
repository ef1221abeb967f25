//! What the engine costs per order beyond its two clock reads: orders that do
//! nothing through `sequential`, against a hand-written loop of the same shape,
//! in alternating pairs.
//!
//! ```sh
//! cargo run --release --example engine_overhead
//! ```
//!
//! Exits 1 where the median of the pairs' differences is above 50 ns.

use std::process::ExitCode;

use bakeoff::base::error::Result;
use bakeoff::base::streams::say;
use bakeoff::runner::overhead::{self, MOST_NS, Overhead};

const ORDERS: u64 = 200_000;
const PAIRS: usize = 51;

fn main() -> Result<ExitCode> {
    let Overhead {
        engine_ns,
        by_hand_ns,
        difference_ns,
        ..
    } = overhead::measure(ORDERS, PAIRS)?;
    say(&format!(
        "per order: engine {engine_ns:.1} ns, hand-written loop with two clock reads {by_hand_ns:.1} ns, \
         difference {difference_ns:.1} ns (medians of {PAIRS} pairs of {ORDERS} orders; at most {MOST_NS} ns)\n"
    ))?;
    Ok(if difference_ns <= MOST_NS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
