//! A cake as `bakery/hundred-bakers` asks for it: mixed, 20 ms in the oven, and frosted
//! with a frosting that is made meanwhile.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bakeoff_measure::workload::bakery::knead;

/// How long a cake is in the oven.
const OVEN: Duration = Duration::from_millis(20);
/// Iterations of arithmetic in each of the other steps.
const WORK: u32 = 500;

/// A cake in the oven.
pub(crate) struct Cake {
    dough: u64,
    /// When it is done.
    pub(crate) out: Instant,
}

impl Cake {
    /// Mixes it, puts it into the oven, and makes the frosting.
    pub(crate) fn mixed(number: u64) -> Self {
        let dough = knead(number, WORK);
        let out = Instant::now() + OVEN;
        black_box(knead(!number, WORK));
        Cake { dough, out }
    }

    /// Time that it still needs.
    pub(crate) fn left(&self) -> Duration {
        self.out.saturating_duration_since(Instant::now())
    }

    /// Frosts it.
    pub(crate) fn frost(self) {
        black_box(knead(self.dough, WORK));
    }
}
