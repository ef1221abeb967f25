//! What orders of the other workloads do: calls that block, one that hogs the CPU,
//! arithmetic alone. Numbers are those of `offload/pool`, `responsive/hog` and
//! `compute/even`.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use bakeoff_measure::workload::bakery::knead;

/// How long an order of `offload/pool` waits.
pub(crate) const WAIT: Duration = Duration::from_millis(10);
/// How long one of `responsive/hog` does.
pub(crate) const BEAT: Duration = Duration::from_millis(5);

/// One order in so many makes a call that blocks.
const CALLS: u64 = 10;
/// How long it blocks.
const BLOCKED: Duration = Duration::from_millis(5);
/// One order in so many hogs the CPU.
const HOGS: u64 = 1000;
/// Iterations of one that does.
const HOG: u32 = 25_000_000;
/// Iterations of the others.
const SMALL: u32 = 500;
/// Iterations of an order of `compute/even`.
const EVEN: u32 = 50_000;

/// Whether order `number` makes a call that blocks.
pub(crate) fn calls(number: u64) -> bool {
    number.is_multiple_of(CALLS)
}

/// The call, which blocks its thread.
pub(crate) fn call() {
    let end = Instant::now() + BLOCKED;
    thread::sleep(end.saturating_duration_since(Instant::now()));
}

/// What order `number` of `responsive/hog` does after its wait.
pub(crate) fn beat(number: u64) {
    let hogs = number.is_multiple_of(HOGS);
    black_box(knead(number, if hogs { HOG } else { SMALL }));
}

/// What order `number` of `compute/even` does.
pub(crate) fn compute(number: u64) {
    black_box(knead(number, EVEN));
}
