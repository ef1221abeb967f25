//! What this process has used.

use std::ops::Add;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

use super::accounts::{self, FileCalls, Threads};

/// Resources that this process has used since it began, all threads together.
///
/// The kernel accounts the sum of both times precisely, and splits it by
/// sampling: read the split over many samples only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time in user mode, ns.
    pub user_ns: u64,
    /// CPU time in the kernel, ns.
    pub sys_ns: u64,
    /// Context switches by waiting.
    pub voluntary: u64,
    /// Context switches by being interrupted.
    pub involuntary: u64,
    /// What the threads had that live; `None` where that is not known.
    pub threads: Option<Threads>,
    /// System calls that read or write; `None` where they are not known.
    pub calls: Option<FileCalls>,
}

/// Nothing, all of it known.
impl Default for Usage {
    fn default() -> Self {
        Usage {
            user_ns: 0,
            sys_ns: 0,
            voluntary: 0,
            involuntary: 0,
            threads: Some(Threads::default()),
            calls: Some(FileCalls::default()),
        }
    }
}

/// CPU time of a process that may be missing from what its living threads had without
/// one of them having ended, ns: both are read one after the other.
const READING: u64 = 50_000;
/// CPU time of a process that its threads may have had meanwhile, ns: some go on for a
/// moment when the last order is done.
const MEANWHILE: u64 = 1_000_000;

impl Usage {
    /// What was used from `earlier` until now. Of threads it is known only where none of
    /// them ended meanwhile: what it had is gone with it.
    #[must_use]
    pub fn since(&self, earlier: &Usage) -> Usage {
        let (user_ns, sys_ns) = (
            self.user_ns.saturating_sub(earlier.user_ns),
            self.sys_ns.saturating_sub(earlier.sys_ns),
        );
        let threads = self.threads.zip(earlier.threads);
        let threads = threads.and_then(|(now, then)| {
            // All CPU time, also of what has ended, is in the times above. So where
            // living threads had less, some are missing; where they had more, they went
            // on while they were looked at.
            let ran_ns = now.ran_ns.checked_sub(then.ran_ns)?;
            let cpu_ns = user_ns + sys_ns;
            let whole = ran_ns + cpu_ns / 50 + READING * now.processes >= cpu_ns
                && ran_ns <= cpu_ns + cpu_ns / 10 + MEANWHILE * now.processes;
            (whole && now.count >= then.count).then_some(Threads {
                ran_ns,
                waited_ns: now.waited_ns.saturating_sub(then.waited_ns),
                ..now
            })
        });
        let calls = self.calls.zip(earlier.calls);
        Usage {
            user_ns,
            sys_ns,
            voluntary: self.voluntary.saturating_sub(earlier.voluntary),
            involuntary: self.involuntary.saturating_sub(earlier.involuntary),
            threads,
            calls: calls.map(|(now, then)| FileCalls {
                reads: now.reads.saturating_sub(then.reads),
                writes: now.writes.saturating_sub(then.writes),
            }),
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
            threads: accounts::together(self.threads, other.threads),
            calls: self.calls.zip(other.calls).map(|(a, b)| FileCalls {
                reads: a.reads + b.reads,
                writes: a.writes + b.writes,
            }),
        }
    }
}

/// What this process has used until now, without what its threads and its calls are;
/// one system call.
#[must_use]
pub fn rusage() -> Usage {
    of(UsageWho::RUSAGE_SELF)
}

/// What this process has used until now, for the moment before a clock starts: all that
/// takes time to find out is read first, and CPU time last.
// By its name `benches/instructions` leaves it out of its counts, as the next.
#[inline(never)]
#[must_use]
pub fn usage_at_gate() -> Usage {
    let others = accounts::others();
    let calls = accounts::calls().map(|calls| FileCalls {
        // Of this call, and of the one for the calling thread.
        reads: calls.reads + 2,
        ..calls
    });
    // The kernel brings the calling thread's own figures up to date by this.
    let _ = rusage();
    let own = accounts::own();
    Usage {
        threads: accounts::together(others, own),
        calls,
        ..rusage()
    }
}

/// The same for the moment after a clock has stopped: CPU time is read first.
#[inline(never)]
#[must_use]
pub fn usage_at_end() -> Usage {
    let used = rusage();
    let own = accounts::own();
    let calls = accounts::calls().map(|calls| FileCalls {
        // Without the one for the calling thread.
        reads: calls.reads.saturating_sub(1),
        ..calls
    });
    Usage {
        threads: accounts::together(accounts::others(), own),
        calls,
        ..used
    }
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
            ..Usage::default()
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

    fn used(cpu_ns: u64, count: u64, ran_ns: u64, waited_ns: u64) -> Usage {
        Usage {
            user_ns: cpu_ns,
            threads: Some(Threads {
                processes: 1,
                count,
                ran_ns,
                waited_ns,
            }),
            ..Usage::default()
        }
    }

    #[test]
    fn waiting_for_a_cpu_is_known_where_no_thread_ended() {
        let ms = 1_000_000;
        let gate = used(500 * ms, 3, 400 * ms, 7 * ms);
        let waited = |end: Usage| end.since(&gate).threads.map(|of| of.waited_ns);
        assert_eq!(waited(used(600 * ms, 3, 500 * ms, 9 * ms)), Some(2 * ms));
        // One that came meanwhile began with nothing.
        assert_eq!(waited(used(600 * ms, 4, 499 * ms, 9 * ms)), Some(2 * ms));
        // One that ended took what it had, and so did one that came and went.
        assert_eq!(waited(used(600 * ms, 2, 500 * ms, 9 * ms)), None);
        assert_eq!(waited(used(600 * ms, 3, 490 * ms, 9 * ms)), None);
        assert_eq!(waited(used(600 * ms, 3, 390 * ms, 5 * ms)), None);
        // Those that go on for long when all is done wait for no order.
        assert_eq!(waited(used(600 * ms, 3, 510 * ms, 9 * ms)), Some(2 * ms));
        assert_eq!(waited(used(600 * ms, 3, 520 * ms, 9 * ms)), None);
        let unknown = Usage {
            threads: None,
            ..gate
        };
        assert_eq!(waited(unknown), None);
        let all = used(600 * ms, 3, 500 * ms, 9 * ms) + Usage::default();
        assert_eq!(waited(all), Some(2 * ms));
        assert_eq!((all + unknown).threads, None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_moments_of_gate_and_end_agree_on_what_threads_had() {
        let gate = usage_at_gate();
        let used = usage_at_end().since(&gate);
        // What this reads itself is no part of it.
        let calls = used.calls.unwrap();
        assert_eq!(gate.threads.map(|of| of.count > 0), Some(true));
        assert!(calls.reads < 1000 && calls.writes < 1000, "{calls:?}");
    }
}
