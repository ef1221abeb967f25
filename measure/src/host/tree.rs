//! Other processes: what a model with workers owns in all.

/// Proportional share of the memory of process `pid`, bytes: pages that
/// several processes share are divided among them, so shares of a process
/// tree add up. Walks all its mappings: not for timed moments.
#[must_use]
pub fn pss_bytes(pid: u32) -> Option<u64> {
    super::kibibytes(format!("/proc/{pid}/smaps_rollup"), "Pss")
}

/// Page tables of process `pid`, bytes: what the kernel keeps for it to know where its
/// memory is, which no share of memory holds.
#[must_use]
pub(super) fn page_table_bytes(pid: u32) -> Option<u64> {
    super::kibibytes(format!("/proc/{pid}/status"), "VmPTE")
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
    let mut found = descendants(pid, &stats());
    found.sort_unstable();
    found
}

/// Those of `all` that descend from process `pid`.
fn descendants(pid: u32, all: &[(u32, Stat)]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut next = vec![pid];
    while let Some(parent) = next.pop() {
        for (child, _) in all.iter().filter(|(_, stat)| stat.parent == parent) {
            if *child != pid && !found.contains(child) {
                found.push(*child);
                next.push(*child);
            }
        }
    }
    found
}

/// Processes that live and that `leader` has started, itself or by others, but for
/// `leader`: those that descend from it, those of its process group, and those that have
/// `mark`, as in `NAME=value`, in their environment, whoever their parent is by now.
#[must_use]
pub fn left_of(leader: u32, mark: &str) -> Vec<u32> {
    let all = stats();
    let family = descendants(leader, &all);
    let own = std::process::id();
    let left = all.iter().filter(|(pid, stat)| {
        // What has ended and was not looked after yet is nothing that runs.
        let other = *pid != leader && *pid != own && !stat.ended;
        other && (family.contains(pid) || stat.group == leader || has_mark(*pid, mark))
    });
    left.map(|(pid, _)| *pid).collect()
}

fn has_mark(pid: u32, mark: &str) -> bool {
    std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|text| {
        text.split(|byte| *byte == 0)
            .any(|word| word == mark.as_bytes())
    })
}

/// What this process and all its descendants own together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Proportional share of memory, bytes.
    pub pss_bytes: Option<u64>,
    /// Page tables, bytes.
    pub page_table_bytes: Option<u64>,
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
        page_table_bytes: all.iter().map(|pid| page_table_bytes(*pid)).sum(),
        threads,
        processes: threads.map(|_| all.len() as u64),
    }
}

/// What the kernel says of a process in one line.
#[derive(Clone, Copy)]
struct Stat {
    parent: u32,
    group: u32,
    /// Whether it has ended, and was not waited for.
    ended: bool,
}

/// Of every process.
#[cfg(target_os = "linux")]
fn stats() -> Vec<(u32, Stat)> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, stat_of(pid)?))).collect()
}

#[cfg(not(target_os = "linux"))]
fn stats() -> Vec<(u32, Stat)> {
    Vec::new()
}

#[cfg(target_os = "linux")]
fn stat_of(pid: u32) -> Option<Stat> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses and may hold anything, so fields
    // count from the last one: state, then parent, then group.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let ended = matches!(fields.next()?, "Z" | "X");
    Some(Stat {
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        ended,
    })
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

    #[test]
    fn what_left_its_parent_and_its_group_is_found_by_its_mark() {
        let mark = format!("BAKEOFF_TEST_MARK=of-{}", std::process::id());
        let (name, value) = mark.split_once('=').unwrap();
        // The shell ends at once, and `sleep` has nobody left and a session of its own.
        let mut shell = Command::new("sh")
            .args(["-c", "setsid sleep 60 >/dev/null & "])
            .env(name, value)
            .spawn()
            .unwrap();
        let leader = shell.id();
        shell.wait().unwrap();
        let left = left_of(leader, &mark);
        assert_eq!(left.len(), 1, "{left:?}");
        let kill = Command::new("kill").arg(left[0].to_string()).status();
        assert!(kill.unwrap().success());
        let start = std::time::Instant::now();
        while !left_of(leader, &mark).is_empty() {
            assert!(start.elapsed().as_secs() < 10);
        }
    }
}
