//! How finely this machine tells time, and how late it wakes sleepers.

use std::time::Duration;

use crate::base::clock;
use crate::stats::quantile::{median, quantile};

/// How late sleepers woke, beyond the time that they asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lateness {
    /// Sleeps that were measured.
    pub sleeps: usize,
    /// The median, ns.
    pub p50_ns: f64,
    /// The 99th percentile, ns; absent where fewer than ten sleeps lie beyond it.
    pub p99_ns: Option<f64>,
    /// The latest, ns.
    pub max_ns: f64,
}

impl Lateness {
    /// Of each sleep's own; `None` of nothing.
    #[must_use]
    pub fn of(late_ns: &[f64]) -> Option<Self> {
        let enough = late_ns.len() >= 1000;
        Some(Lateness {
            sleeps: late_ns.len(),
            p50_ns: median(late_ns)?,
            p99_ns: quantile(late_ns, 0.99).filter(|_| enough),
            max_ns: quantile(late_ns, 1.0)?,
        })
    }
}

/// Least step that the clock was seen to make, ns. Where the clock is finer
/// than one reading takes, it is what that reading takes.
#[must_use]
pub fn clock_step_ns() -> u64 {
    clock_step_in(20_000)
}

/// As [`clock_step_ns`], in so many readings, and in as many more as it takes
/// to see one step.
#[must_use]
pub fn clock_step_in(reads: usize) -> u64 {
    let mut least = u64::MAX;
    let mut before = clock::now();
    let mut read = 0;
    while read < reads || least == u64::MAX {
        let now = clock::now();
        if now > before {
            least = least.min(now - before);
        }
        before = now;
        read += 1;
    }
    least
}

/// How far apart the kernel's ticks lie, ns, at which it adds to the CPU time of what
/// is running. Where it does not say, 10 ms, which is the most that is usual.
#[must_use]
pub fn tick_ns() -> u64 {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_getres};
        // The coarse clock steps at ticks.
        let step = clock_getres(ClockId::MonotonicCoarse);
        step.tv_sec as u64 * 1_000_000_000 + step.tv_nsec as u64
    }
    #[cfg(not(target_os = "linux"))]
    10_000_000
}

/// Asks for timers of the calling thread that fire when they are due, rather
/// than up to 50 µs later so that the kernel may wake less often.
pub fn sharpen_timers() {
    #[cfg(target_os = "linux")]
    {
        // Refused at worst: timers are then as late as the kernel likes.
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    }
}

/// Sleeps for `each` so many times, or until `budget` is spent: how late the
/// wakes came. `None` where not even one fits.
#[must_use]
pub fn sleep_lateness(each: Duration, times: usize, budget: Duration) -> Option<Lateness> {
    let begun = clock::now();
    let asked = each.as_nanos() as u64;
    let mut late = Vec::with_capacity(times);
    while late.len() < times && u128::from(clock::now() - begun) < budget.as_nanos() {
        let start = clock::now();
        std::thread::sleep(each);
        late.push((clock::now() - start).saturating_sub(asked) as f64);
    }
    Lateness::of(&late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_of_too_few_is_not_stated() {
        assert_eq!(Lateness::of(&[]), None);
        let few = Lateness::of(&[1.0, 3.0, 2.0]).unwrap();
        assert_eq!((few.p50_ns, few.p99_ns, few.max_ns), (2.0, None, 3.0));
        let many: Vec<f64> = (0..=1000).map(f64::from).collect();
        assert_eq!(Lateness::of(&many).unwrap().p99_ns, Some(990.0));
    }

    #[test]
    fn clock_and_sleep_are_measured() {
        for step in [clock_step_ns(), clock_step_in(0)] {
            assert!((1..1_000_000_000).contains(&step));
        }
        let brief = Duration::from_micros(100);
        let late = sleep_lateness(brief, 3, Duration::from_secs(60)).unwrap();
        assert!(late.sleeps == 3 && late.p50_ns <= late.max_ns, "{late:?}");
        assert_eq!(sleep_lateness(brief, 3, Duration::ZERO), None);
    }
}
