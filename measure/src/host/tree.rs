//! Other processes: what a model with workers owns in all.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;

/// Proportional share of the memory of process `pid`, bytes: pages that
/// several processes share are divided among them, so shares of a process
/// tree add up. Walks all its mappings: not for timed moments.
#[must_use]
pub fn pss_bytes(pid: u32) -> Option<u64> {
    super::kibibytes(format!("/proc/{pid}/smaps_rollup"), "Pss")
}

/// OS threads of process `pid`.
#[must_use]
pub fn threads_of(pid: u32) -> Option<u64> {
    super::field(format!("/proc/{pid}/status"), "Threads")?
        .parse()
        .ok()
}

/// All descendants of process `pid`, ascending, without itself; empty where
/// the operating system does not say.
#[must_use]
pub fn children_of(pid: u32) -> Vec<u32> {
    // The kernel's own list of children is reliable only while they are
    // stopped (proc_pid_task_children(5)); parents are always right.
    let parents = parents();
    let mut found = Vec::new();
    let mut next = vec![pid];
    while let Some(parent) = next.pop() {
        for (&child, _) in parents.iter().filter(|(_, of)| **of == parent) {
            if child != pid && !found.contains(&child) {
                found.push(child);
                next.push(child);
            }
        }
    }
    found.sort_unstable();
    found
}

/// What this process and all its descendants own together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Proportional share of memory, bytes.
    pub pss_bytes: Option<u64>,
    /// OS threads.
    pub threads: Option<u64>,
    /// Processes; `None` where the operating system does not say.
    pub processes: Option<u64>,
}

/// Counts this process and all its descendants.
// By its name `benches/instructions` leaves it out of its counts, since it looks
// at every process of the machine.
#[inline(never)]
#[must_use]
pub fn family() -> Family {
    let own = std::process::id();
    let mut all = children_of(own);
    all.push(own);
    let threads = all.iter().map(|pid| threads_of(*pid)).sum::<Option<u64>>();
    Family {
        pss_bytes: all.iter().map(|pid| pss_bytes(*pid)).sum(),
        threads,
        processes: threads.map(|_| all.len() as u64),
    }
}

/// Every process and its parent.
#[cfg(target_os = "linux")]
fn parents() -> BTreeMap<u32, u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in parentheses and may hold anything, so fields
        // count from the last one: state, then parent.
        let (_, fields) = stat.rsplit_once(')')?;
        Some((pid, fields.split_whitespace().nth(1)?.parse().ok()?))
    })
    .collect()
}

#[cfg(not(target_os = "linux"))]
fn parents() -> std::collections::BTreeMap<u32, u32> {
    std::collections::BTreeMap::new()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn grandchildren_are_found_and_counted() {
        // `cat` waits for the end of its input, which comes when this test
        // drops it, whatever happens.
        let mut shell = Command::new("sh")
            .args(["-c", "cat; :"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let start = std::time::Instant::now();
        let family = loop {
            let family = children_of(shell.id());
            if !family.is_empty() || start.elapsed().as_secs() > 10 {
                break family;
            }
        };
        assert_eq!(family.len(), 1);
        assert!(children_of(std::process::id()).contains(&family[0]));
        assert_eq!(threads_of(family[0]), Some(1));
        assert!(pss_bytes(shell.id()).unwrap() > 0);
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert_eq!(threads_of(shell.id()), None);
        assert!(children_of(shell.id()).is_empty());
    }
}
