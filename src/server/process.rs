//! What the server asks of its own process: its core, its descriptors, its
//! timers, its end.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::{Error, Result};

/// Raises the limit on descriptors as far as it may go, and returns it.
pub(super) fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, what there is has to do.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    );
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Binds this process to one CPU.
///
/// # Errors
/// The CPU does not exist or is not this process's to use.
#[cfg(target_os = "linux")]
pub(super) fn pin(cpu: usize) -> Result<()> {
    use rustix::thread::{CpuSet, sched_setaffinity};

    let refused =
        |why: &dyn std::fmt::Display| Error::Usage(format!("cannot run on CPU {cpu}: {why}"));
    if cpu >= CpuSet::MAX_CPU {
        return Err(refused(&"there is no such CPU"));
    }
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).map_err(|error| refused(&error))
}

/// Refuses: this system binds no process to a CPU.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub(super) fn pin(_cpu: usize) -> Result<()> {
    Err(Error::Usage("--cpu works on Linux only".to_owned()))
}

/// Whether the machine has a CPU besides the one that this process is on, even
/// where it is bound to that one.
pub(super) fn is_multiprocessor() -> bool {
    match std::fs::read_to_string("/sys/devices/system/cpu/online") {
        Ok(online) => online.trim() != "0",
        Err(_) => std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 1),
    }
}

/// Asks for timers that fire when they are due, rather than up to 50 µs
/// later so that the kernel may wake less often.
pub(super) fn sharpen_timers() {
    #[cfg(target_os = "linux")]
    {
        // Refused at worst: delays are then as late as the kernel likes.
        let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
    }
}

/// Dies with the process that started this one, which has the only other end
/// of the control path. The end of standard input tells the same, but not
/// where a sibling inherited that pipe.
///
/// # Errors
/// The parent is gone already.
pub(super) fn die_with_parent() -> Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};

        let parent = getppid();
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
        // It may have died in between, and then no signal comes.
        if getppid() != parent {
            return Err(Error::Failed("the starting process is gone".to_owned()));
        }
    }
    Ok(())
}

/// CPU time of this process so far, user and system, ns.
pub(super) fn cpu_ns() -> u64 {
    use nix::sys::resource::{UsageWho, getrusage};

    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| {
        [usage.user_time(), usage.system_time()]
            .iter()
            .map(|time| time.tv_sec() as u64 * 1_000_000_000 + time.tv_usec() as u64 * 1_000)
            .sum()
    })
}
