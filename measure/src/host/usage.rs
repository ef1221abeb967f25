//! What this process has used.

use std::ops::Add;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

/// Resources that this process has used since it began, all threads together.
///
/// The kernel accounts the sum of both times precisely, and splits it by
/// sampling: read the split over many samples only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time in user mode, ns.
    pub user_ns: u64,
    /// CPU time in the kernel, ns.
    pub sys_ns: u64,
    /// Context switches by waiting.
    pub voluntary: u64,
    /// Context switches by being interrupted.
    pub involuntary: u64,
}

impl Usage {
    /// What was used from `earlier` until now.
    #[must_use]
    pub fn since(&self, earlier: &Usage) -> Usage {
        Usage {
            user_ns: self.user_ns.saturating_sub(earlier.user_ns),
            sys_ns: self.sys_ns.saturating_sub(earlier.sys_ns),
            voluntary: self.voluntary.saturating_sub(earlier.voluntary),
            involuntary: self.involuntary.saturating_sub(earlier.involuntary),
        }
    }

    /// User and system time together, ns.
    #[must_use]
    pub fn cpu_ns(&self) -> u64 {
        self.user_ns + self.sys_ns
    }
}

/// The usage of several processes together.
impl Add for Usage {
    type Output = Usage;

    fn add(self, other: Usage) -> Usage {
        Usage {
            user_ns: self.user_ns + other.user_ns,
            sys_ns: self.sys_ns + other.sys_ns,
            voluntary: self.voluntary + other.voluntary,
            involuntary: self.involuntary + other.involuntary,
        }
    }
}

/// What this process has used until now; one system call.
#[must_use]
pub fn rusage() -> Usage {
    of(UsageWho::RUSAGE_SELF)
}

/// What child processes have used that have ended and been waited for.
#[must_use]
pub fn children_rusage() -> Usage {
    of(UsageWho::RUSAGE_CHILDREN)
}

fn of(who: UsageWho) -> Usage {
    // It fails for a bad `who` alone.
    getrusage(who).map_or_else(
        |_| Usage::default(),
        |usage| Usage {
            user_ns: nanos(usage.user_time()),
            sys_ns: nanos(usage.system_time()),
            voluntary: usage.voluntary_context_switches().max(0) as u64,
            involuntary: usage.involuntary_context_switches().max(0) as u64,
        },
    )
}

fn nanos(time: TimeVal) -> u64 {
    time.tv_sec() as u64 * 1_000_000_000 + time.tv_usec() as u64 * 1000
}

/// Most memory that this process has had in RAM at once, bytes.
#[must_use]
pub fn peak_rss_bytes() -> Option<u64> {
    #[cfg(target_os = "linux")]
    return super::kibibytes("/proc/self/status", "VmHWM");
    // macOS counts in bytes what Linux counts in kibibytes.
    #[cfg(target_os = "macos")]
    return getrusage(UsageWho::RUSAGE_SELF)
        .ok()
        .map(|usage| usage.max_rss() as u64);
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_accounted() {
        let before = rusage();
        let start = std::time::Instant::now();
        let mut n = 0u64;
        while start.elapsed().as_millis() < 50 {
            n = std::hint::black_box(n.wrapping_mul(31) + 1);
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
        let used = rusage().since(&before);
        // Other tests share the CPUs and this process's account.
        assert!(used.cpu_ns() > 5_000_000, "{used:?}");
        assert!(used.voluntary > 0, "{used:?}");
        assert!(peak_rss_bytes().is_some_and(|bytes| bytes > 1 << 20));
    }
}
