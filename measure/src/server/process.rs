//! What the server asks of its own process: its core, its descriptors, its
//! timers, its end.

use rustix::process::{Resource, getrlimit};

use crate::base::error::{Error, Result};
use crate::host;

/// Raises the limit on descriptors as far as it may go, and returns it.
pub(super) fn raise_descriptor_limit() -> u64 {
    // Where it cannot be raised, what there is has to do.
    host::raise_descriptor_limit()
        .unwrap_or_else(|_| getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

/// Binds this process to one CPU.
///
/// # Errors
/// The CPU does not exist or is not this process's to use, or this system
/// binds no process to a CPU.
pub(super) fn pin(cpu: usize) -> Result<()> {
    host::set_affinity(&[cpu])
        .map_err(|error| Error::Usage(format!("cannot run on CPU {cpu}: {error}")))
}

/// Whether the machine has a CPU besides the one that this process is on, even
/// where it is bound to that one.
pub(super) fn is_multiprocessor() -> bool {
    match std::fs::read_to_string("/sys/devices/system/cpu/online") {
        Ok(online) => online.trim() != "0",
        Err(_) => std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 1),
    }
}

/// Dies with the process that started this one, which has the only other end
/// of the control path. The end of standard input tells the same, but not
/// where a sibling inherited that pipe.
///
/// # Errors
/// The parent is gone already.
pub(super) fn die_with_parent() -> Result<()> {
    Ok(host::die_with_parent(std::os::unix::process::parent_id())?)
}

/// CPU time of this process so far, user and system, ns.
pub(super) fn cpu_ns() -> u64 {
    host::rusage().cpu_ns()
}
