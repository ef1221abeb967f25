//! The machine: what it is, what it allows, what was used of it.
//!
//! Whatever is specific to an operating system stays here. Linux is the first
//! tier; elsewhere, what cannot be known is `None` or empty.

mod accounts;
mod affinity;
mod cgroup;
mod facts;
mod file_limit;
mod file_system;
mod kernel_stacks;
mod limits;
mod local_ports;
mod outside;
mod spoilers;
mod threads;
mod timing;
pub mod tracer;
mod tree;
#[cfg(all(feature = "completion", target_os = "linux"))]
mod uring;
mod usage;

pub use accounts::{FileCalls, Threads};
pub use affinity::{affinity, affinity_of, set_affinity, started_on};
pub use facts::{HostFacts, facts, revision};
pub use file_limit::take_file_limit_as_error;
pub use file_system::{FileSystem, require_room_for_files};
pub use kernel_stacks::kernel_stack_bytes;
pub use limits::{
    descriptor_limit, die_with_parent, raise_descriptor_limit, require_descriptors, require_memory,
};
pub use local_ports::{local_ports_used_up, with_local_ports};
pub use outside::{Holding, Spent, Used};
pub use spoilers::{Spoiler, Topic, spoilers};
pub use threads::{require_mappings, require_threads};
pub use timing::{Lateness, clock_step_in, clock_step_ns, sharpen_timers, sleep_lateness, tick_ns};
pub use tree::{Family, children_of, family, left_of, pss_bytes, threads_of};
#[cfg(all(feature = "completion", target_os = "linux"))]
pub use uring::require_io_uring;
pub use usage::{Usage, children_rusage, peak_rss_bytes, rusage, usage_at_end, usage_at_gate};

use std::path::Path;

/// The file's first line; `None` where there is no such file, or nothing in it.
fn first_line(path: impl AsRef<Path>) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().next()?.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// The number in the file's first line.
fn number<T: std::str::FromStr>(path: impl AsRef<Path>) -> Option<T> {
    first_line(path)?.parse().ok()
}

/// What stands behind `key` and a colon in a file of such lines.
fn field(path: impl AsRef<Path>, key: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })
}

/// A number of kibibytes behind `key`, in bytes.
fn kibibytes(path: impl AsRef<Path>, key: &str) -> Option<u64> {
    let value = field(path, key)?;
    let number: u64 = value.strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}
