//! How many threads there can be here. A thread that the system refuses outright is an
//! error; one for which the mappings run out ends the process inside the standard
//! library, where nobody can catch it. So the limit is computed beforehand.

use std::fs;

use rustix::process::{Resource, geteuid, getrlimit};

use super::{cgroup, first_line, number};
use crate::base::error::{Error, Result};

/// Memory mappings of a Rust thread: its stack and its signal stack, with a guard page
/// at each.
pub(crate) const MAPPINGS: u64 = 4;
/// Mappings that a process has besides those of its threads' stacks, and those that
/// the allocator adds for threads.
const OTHER_MAPPINGS: u64 = 512;
/// Process ids that the kernel gives to none but itself.
const RESERVED_IDS: u64 = 300;

/// What bounds threads, and what of it is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Room {
    /// `vm.max_map_count`, of one process.
    mappings: Option<u64>,
    /// `kernel.pid_max`.
    ids: Option<u64>,
    /// `kernel.threads-max`.
    threads: Option<u64>,
    /// Tasks of the whole machine now.
    running: u64,
    /// `ulimit -u` without the tasks that its user has; `None` where it binds nobody.
    of_user: Option<u64>,
    /// Tasks that control groups leave.
    of_groups: Option<u64>,
}

impl Room {
    fn here() -> Self {
        Room {
            mappings: number("/proc/sys/vm/max_map_count"),
            ids: number("/proc/sys/kernel/pid_max"),
            threads: number("/proc/sys/kernel/threads-max"),
            running: running().unwrap_or(0),
            of_user: of_user(),
            of_groups: cgroup::grants().tasks_left,
        }
    }

    /// The fewest that are left, and what leaves no more, of threads in one process.
    fn in_process(&self) -> Option<(u64, &'static str)> {
        let mappings = self.mappings?.saturating_sub(OTHER_MAPPINGS) / MAPPINGS;
        Some((mappings, "vm.max_map_count"))
    }

    /// The same of threads and processes together.
    fn in_all(&self) -> Option<(u64, &'static str)> {
        let left = |of: Option<u64>, taken: u64| of.map(|of| of.saturating_sub(taken));
        let limits = [
            (
                left(self.ids, RESERVED_IDS + self.running),
                "kernel.pid_max",
            ),
            (left(self.threads, self.running), "kernel.threads-max"),
            (self.of_user, "ulimit -u"),
            (self.of_groups, "pids.max of the control group"),
        ];
        let known = limits
            .into_iter()
            .filter_map(|(left, name)| Some((left?, name)));
        known.min()
    }

    fn require(&self, in_process: u64, in_all: u64, why: &str) -> Result<()> {
        let bounds = [(in_process, self.in_process()), (in_all, self.in_all())];
        for (needed, bound) in bounds {
            if let Some((left, name)) = bound
                && needed > left
            {
                return Err(Error::Usage(format!(
                    "{why} needs {needed} threads, and {name} leaves {left} here: \
                     lower the concurrency, or raise {name}"
                )));
            }
        }
        Ok(())
    }
}

/// Makes sure that there can be so many threads more in one process, and so many
/// threads and processes in all. `why` begins the error's sentence.
///
/// # Errors
/// [`Error::Usage`] naming what is needed, what is left, and the limit.
pub fn require_threads(in_process: u64, in_all: u64, why: &str) -> Result<()> {
    // What every machine has need not be looked up: it takes some milliseconds.
    if in_all <= FEW {
        return Ok(());
    }
    Room::here().require(in_process, in_all, why)
}

/// Makes sure that one process can have so many memory mappings more; `why` begins the
/// error's sentence.
///
/// # Errors
/// [`Error::Usage`] naming what is needed, what is left, and the limit.
pub fn require_mappings(needed: u64, why: &str) -> Result<()> {
    match number("/proc/sys/vm/max_map_count").map(|all: u64| all.saturating_sub(OTHER_MAPPINGS)) {
        Some(left) if needed > left => Err(Error::Usage(format!(
            "{why} needs {needed} memory mappings, and vm.max_map_count leaves {left} here: \
             lower the concurrency, or raise vm.max_map_count"
        ))),
        _ => Ok(()),
    }
}

/// So few threads that a refusal is no abort: it comes as an error of the system.
const FEW: u64 = 64;

/// Tasks of the whole machine, from `0.01 0.02 0.03 2/345 6789`.
fn running() -> Option<u64> {
    let line = first_line("/proc/loadavg")?;
    let tasks = line.split_whitespace().nth(3)?;
    tasks.split_once('/')?.1.parse().ok()
}

/// What `ulimit -u` leaves this user; it binds no root.
fn of_user() -> Option<u64> {
    let limit = getrlimit(Resource::Nproc).current?;
    let user = geteuid();
    if user.is_root() {
        return None;
    }
    let id = user.as_raw().to_string();
    let processes = fs::read_dir("/proc").ok()?;
    let tasks = processes.filter_map(|entry| tasks_of(&id, &entry.ok()?.path()));
    Some(limit.saturating_sub(tasks.sum()))
}

/// Threads of the process in `path`, where it is this user's.
fn tasks_of(user: &str, path: &std::path::Path) -> Option<u64> {
    let status = fs::read_to_string(path.join("status")).ok()?;
    let field = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().next()
    };
    (field("Uid:")? == user).then(|| field("Threads:")?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tightest_limit_is_named_with_what_it_leaves() {
        let room = Room {
            mappings: Some(65_530),
            ids: Some(32_768),
            threads: Some(100_000),
            running: 400,
            of_user: None,
            of_groups: None,
        };
        // 65,530 mappings are not enough for 16,370 threads: they die of it.
        room.require(16_000, 16_000, "a cell").unwrap();
        let refused = |room: &Room, in_process, in_all, words: &str| {
            let error = room.require(in_process, in_all, "a cell").unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let line = error.to_string();
            assert!(
                line.starts_with("a cell needs ") && line.contains(words),
                "{line}"
            );
        };
        let words = "20001 threads, and vm.max_map_count leaves 16254 here";
        refused(&room, 20_001, 20_001, words);
        refused(&room, 16_300, 16_300, "vm.max_map_count");
        refused(&room, 1, 32_200, "kernel.pid_max leaves 32068");
        type Tighten = fn(&mut Room);
        let cases: [(Tighten, &str); 3] = [
            (
                |room| room.threads = Some(900),
                "kernel.threads-max leaves 500",
            ),
            (|room| room.of_user = Some(70), "raise ulimit -u"),
            (
                |room| room.of_groups = Some(5),
                "pids.max of the control group leaves 5",
            ),
        ];
        for (tighten, words) in cases {
            let mut room = room;
            tighten(&mut room);
            refused(&room, 600, 600, words);
        }
        Room::default()
            .require(1 << 40, 1 << 40, "anything")
            .unwrap();
    }

    #[test]
    fn what_few_threads_take_is_always_there() {
        require_threads(FEW, FEW, "anything").unwrap();
        #[cfg(target_os = "linux")]
        require_threads(1 << 40, 1 << 40, "a lot").unwrap_err();
        require_mappings(FEW, "anything").unwrap();
        let error = require_mappings(1 << 40, "a lot").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().starts_with("a lot needs"), "{error}");
        assert!(running().is_none_or(|tasks| tasks > 0));
    }
}
