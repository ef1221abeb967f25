//! One clock for everything: nanoseconds of `CLOCK_MONOTONIC`, which every
//! process of a machine shares.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of `CLOCK_MONOTONIC`.
pub type Nanos = u64;

/// The time now.
#[inline]
#[must_use]
pub fn now() -> Nanos {
    nanos(ClockId::Monotonic)
}

#[inline]
fn nanos(clock: ClockId) -> Nanos {
    let time = clock_gettime(clock);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The same moment as the standard library's opaque [`Instant`], which the
/// runtimes' timers ask for.
#[inline]
#[must_use]
pub fn instant(at: Nanos) -> Instant {
    static BASE: OnceLock<(Instant, Nanos)> = OnceLock::new();
    let (instant, nanos) = *BASE.get_or_init(base);
    if at >= nanos {
        instant + Duration::from_nanos(at - nanos)
    } else {
        instant - Duration::from_nanos(nanos - at)
    }
}

/// One moment on both clocks, of several pairs the one that was read fastest.
/// Ours is read first: a gap makes timers late, never early.
fn base() -> (Instant, Nanos) {
    let pair = |_| {
        let nanos = now();
        let instant = Instant::now();
        (now() - nanos, instant, nanos)
    };
    let (_, instant, nanos) = (0..8)
        .map(pair)
        .min_by_key(|(gap, _, _)| *gap)
        .expect("eight pairs");
    (instant, nanos)
}

/// Sleeps until `at`: to the moment where the system can be told it, else for
/// the time that is left.
pub fn sleep_until(at: Nanos) {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::clock_nanosleep_absolute;
        let moment = rustix::time::Timespec {
            tv_sec: (at / 1_000_000_000) as i64,
            tv_nsec: (at % 1_000_000_000) as i64,
        };
        // A signal may wake it early.
        while clock_nanosleep_absolute(ClockId::Monotonic, &moment).is_err() {}
    }
    #[cfg(not(target_os = "linux"))]
    std::thread::sleep(until(at));
}

/// CPU time that the calling thread has used since it began, ns.
#[must_use]
pub fn thread_cpu() -> Nanos {
    nanos(ClockId::ThreadCPUTime)
}

/// Time left until `at`; zero where it has passed.
#[inline]
#[must_use]
pub fn until(at: Nanos) -> Duration {
    Duration::from_nanos(at.saturating_sub(now()))
}
