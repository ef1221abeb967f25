//! `bakeoff doctor`: what on this host would spoil a measurement.

mod report;

use std::io::IsTerminal;
use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use self::report::Checkup;
use super::{program, say};
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::host;
use crate::lab::Lab;
use crate::lab::selftest;
use crate::runner::overhead;

/// Tells what on this host would spoil a measurement, and how to mend it.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff doctor
  bakeoff doctor --quick                              fewer samples
  bakeoff doctor --json | jq .checks.noise_floor      least difference to believe in
  bakeoff doctor --json | jq -r '.checks | map_values(select(.grade == \"warning\")) | keys[]'

ok: nothing to do. note: know it when you read results. warning: mend it before
you measure. Progress goes to standard error, the report to standard output.

Exit status: 0 when it ran, whatever it found; 2 bad usage; 130 interrupted.")]
pub(super) struct DoctorArgs {
    /// One JSON document with the same values; times in ns
    #[arg(long)]
    json: bool,

    /// Fewer samples: the noise floor is coarser
    #[arg(long)]
    quick: bool,
}

/// How much is measured.
struct Effort {
    overhead_orders: u64,
    overhead_pairs: usize,
    ceiling_samples: usize,
    floor_orders: u64,
    floor_pairs: RangeInclusive<usize>,
    floor_budget: Duration,
}

impl Effort {
    const FULL: Effort = Effort {
        overhead_orders: 100_000,
        overhead_pairs: 21,
        ceiling_samples: 9,
        floor_orders: 400,
        floor_pairs: 20..=60,
        floor_budget: Duration::from_secs(6),
    };
    const QUICK: Effort = Effort {
        overhead_orders: 20_000,
        overhead_pairs: 5,
        ceiling_samples: 3,
        floor_orders: 200,
        floor_pairs: 20..=20,
        floor_budget: Duration::ZERO,
    };
}

impl DoctorArgs {
    pub(super) fn run(self) -> Result<()> {
        interrupt::catch()?;
        let effort = if self.quick {
            Effort::QUICK
        } else {
            Effort::FULL
        };
        let checks = report::checks(&examine(&effort)?);
        if self.json {
            return say(&format!("{:#}\n", report::as_json(&checks, self.quick)));
        }
        let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        say(&report::as_text(&checks, color))
    }
}

/// Looks at everything; what cannot be measured is found too.
fn examine(effort: &Effort) -> Result<Checkup> {
    let step = |number: u32, what: &str| {
        if interrupt::requested() {
            return Err(Error::Interrupted("interrupted".into()));
        }
        crate::note!("{number}/5 {what}");
        Ok(())
    };
    step(1, "the machine and its limits")?;
    let facts = host::facts();
    step(2, "the clock and a thousand sleeps")?;
    let step_ns = host::clock_step_ns();
    let budget = Duration::from_secs(2);
    let lateness = host::sleep_lateness(Duration::from_millis(1), 1000, budget);
    step(3, "the engine's cost per order")?;
    let overhead = overhead::measure(effort.overhead_orders, effort.overhead_pairs);
    let mut lab = Lab::new(program()?);
    step(4, "how much the mock server gives")?;
    let ceiling = selftest::ceiling(&mut lab, effort.ceiling_samples);
    step(5, "a cell against itself: the noise floor")?;
    let pairs = effort.floor_pairs.clone();
    let floor = selftest::floor(&mut lab, effort.floor_orders, pairs, effort.floor_budget);
    if interrupt::requested() {
        return Err(Error::Interrupted("interrupted".into()));
    }
    let told = |error: Error| error.to_string();
    Ok(Checkup {
        facts,
        clock_step_ns: step_ns,
        lateness,
        overhead: overhead.map_err(told),
        ceiling: ceiling.map_err(told),
        floor: floor.map_err(told),
    })
}
