//! A process and all that descend from it, seen from outside: what they hold, and what
//! they have used. It is read from the kernel's files in the same way whatever program
//! they run, so that it can be held against what a program says of itself.

use std::collections::BTreeSet;
use std::path::Path;

use super::tree::{children_of, page_table_bytes, pss_bytes, threads_of};

/// Most threads that are looked at one by one.
const MOST: usize = 4096;

/// What a process tree holds at one moment. What cannot be known is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Proportional share of memory, bytes.
    pub pss_bytes: Option<u64>,
    /// Page tables, bytes.
    pub page_table_bytes: Option<u64>,
    /// Most memory in RAM that the process has had, where it is alone, bytes.
    pub peak_rss_bytes: Option<u64>,
    /// OS threads.
    pub threads: Option<u64>,
    /// Processes.
    pub processes: Option<u64>,
}

/// What a process tree has used by now.
#[derive(Clone, Debug, Default)]
pub struct Spent {
    /// CPU time of all processes that live, of their threads that have ended too, and of
    /// their children that they have waited for, ns.
    cpu_ns: Option<u64>,
    /// Calls for reading and writing, likewise.
    calls: Option<(u64, u64)>,
    /// What the threads that live have had; `None` where there are too many.
    threads: Option<OfThreads>,
}

#[derive(Clone, Debug, Default)]
struct OfThreads {
    ids: BTreeSet<u32>,
    voluntary: u64,
    involuntary: u64,
    waited_ns: u64,
}

/// What a process tree used between two moments. What cannot be known is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// CPU time, ns.
    pub cpu_ns: Option<u64>,
    /// Context switches that were asked for; not known where threads ended meanwhile, as
    /// the two that follow.
    pub voluntary: Option<u64>,
    /// Those that the kernel forced.
    pub involuntary: Option<u64>,
    /// How long threads that could run waited for a CPU, ns.
    pub run_delay_ns: Option<u64>,
    /// System calls that read through a file descriptor.
    pub reads: Option<u64>,
    /// Those that write.
    pub writes: Option<u64>,
}

impl Holding {
    /// Of process `pid` and all that descend from it.
    #[must_use]
    pub fn of(pid: u32) -> Self {
        let all = with_children(pid);
        let threads = all.iter().map(|pid| threads_of(*pid)).sum::<Option<u64>>();
        let alone = all.len() == 1;
        let peak = || super::kibibytes(format!("/proc/{pid}/status"), "VmHWM");
        Holding {
            pss_bytes: all.iter().map(|pid| pss_bytes(*pid)).sum(),
            page_table_bytes: all.iter().map(|pid| page_table_bytes(*pid)).sum(),
            peak_rss_bytes: if alone { peak() } else { None },
            threads,
            processes: threads.map(|_| all.len() as u64),
        }
    }
}

impl Spent {
    /// Of process `pid` and all that descend from it; CPU time is read first.
    #[must_use]
    pub fn at_end(pid: u32) -> Self {
        let all = with_children(pid);
        let cpu_ns = cpu_of(&all);
        Spent {
            cpu_ns,
            calls: calls_of(&all),
            threads: OfThreads::of(&all),
        }
    }

    /// The same with CPU time read last, for the moment before orders begin.
    #[must_use]
    pub fn at_gate(pid: u32) -> Self {
        let all = with_children(pid);
        let (calls, threads) = (calls_of(&all), OfThreads::of(&all));
        Spent {
            calls,
            threads,
            cpu_ns: cpu_of(&all),
        }
    }

    /// What was used from `earlier` until now.
    #[must_use]
    pub fn since(&self, earlier: &Spent) -> Used {
        let less = |now: u64, then: u64| now.saturating_sub(then);
        let calls = self.calls.zip(earlier.calls);
        let threads = self.threads.as_ref().zip(earlier.threads.as_ref());
        // What a thread had is gone with it.
        let threads = threads.filter(|(now, then)| then.ids.is_subset(&now.ids));
        let of = |figure: fn(&OfThreads) -> u64| {
            threads.map(|(now, then)| less(figure(now), figure(then)))
        };
        Used {
            cpu_ns: self
                .cpu_ns
                .zip(earlier.cpu_ns)
                .map(|(now, then)| less(now, then)),
            voluntary: of(|threads| threads.voluntary),
            involuntary: of(|threads| threads.involuntary),
            run_delay_ns: of(|threads| threads.waited_ns),
            reads: calls.map(|(now, then)| less(now.0, then.0)),
            writes: calls.map(|(now, then)| less(now.1, then.1)),
        }
    }
}

fn with_children(pid: u32) -> Vec<u32> {
    let mut all = children_of(pid);
    all.push(pid);
    all
}

/// CPU time of these processes and of the children that they have waited for, ns. What a
/// child had goes to its parent when it is waited for, so the sum loses nothing then.
#[cfg(target_os = "linux")]
fn cpu_of(all: &[u32]) -> Option<u64> {
    use nix::time::{clock_getcpuclockid, clock_gettime};

    let tick_ns = 1_000_000_000 / rustix::param::clock_ticks_per_second().max(1);
    let of = |pid: u32| {
        // The kernel's own account of the process, in nanoseconds; its files have ticks.
        let clock = clock_getcpuclockid(nix::unistd::Pid::from_raw(pid.try_into().ok()?)).ok()?;
        let own = clock_gettime(clock).ok()?;
        let own = own.tv_sec() as u64 * 1_000_000_000 + own.tv_nsec() as u64;
        Some(own + ticks_of_children(pid)? * tick_ns)
    };
    // One that ended this moment is its parent's by now.
    let known: Vec<u64> = all.iter().filter_map(|pid| of(*pid)).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

#[cfg(not(target_os = "linux"))]
fn cpu_of(_: &[u32]) -> Option<u64> {
    None
}

/// CPU time of children that were waited for, ticks.
#[cfg(target_os = "linux")]
fn ticks_of_children(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name: state, parent, …; `cutime` and `cstime` are the 14th and 15th.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let user: u64 = fields.next()?.parse().ok()?;
    Some(user + fields.next()?.parse::<u64>().ok()?)
}

fn calls_of(all: &[u32]) -> Option<(u64, u64)> {
    let of = |pid: u32| {
        let file = format!("/proc/{pid}/io");
        let number = |key| super::field(&file, key)?.parse::<u64>().ok();
        Some((number("syscr")?, number("syscw")?))
    };
    all.iter()
        .map(|pid| of(*pid))
        .try_fold((0, 0), |(reads, writes), of| {
            of.map(|(read, written)| (reads + read, writes + written))
        })
}

impl OfThreads {
    fn of(all: &[u32]) -> Option<Self> {
        let mut had = OfThreads::default();
        for pid in all {
            for entry in std::fs::read_dir(format!("/proc/{pid}/task")).ok()? {
                let entry = entry.ok()?;
                if had.ids.len() >= MOST {
                    return None;
                }
                // One that has just ended is none that lives.
                let _ = had.add(&entry.path());
            }
        }
        Some(had)
    }

    fn add(&mut self, folder: &Path) -> Option<()> {
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key))?;
            line.trim().parse::<u64>().ok()
        };
        let schedstat = std::fs::read_to_string(folder.join("schedstat")).ok()?;
        let waited: u64 = schedstat.split_whitespace().nth(1)?.parse().ok()?;
        let (asked, forced) = (
            number("voluntary_ctxt_switches:")?,
            number("nonvoluntary_ctxt_switches:")?,
        );
        self.ids.insert(id);
        self.voluntary += asked;
        self.involuntary += forced;
        self.waited_ns += waited;
        Some(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    /// A shell that does what it is told and says so.
    #[test]
    fn what_a_tree_did_is_seen_from_outside() {
        let mut shell = Command::new("sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut to, from) = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        let mut from = std::io::BufReader::new(from);
        let mut tell = |line: &str| {
            writeln!(to, "{line}; echo done").unwrap();
            let mut said = String::new();
            std::io::BufRead::read_line(&mut from, &mut said).unwrap();
            assert_eq!(said, "done\n");
        };
        tell("sleep 30 & :");
        let holding = Holding::of(shell.id());
        assert_eq!((holding.threads, holding.processes), (Some(2), Some(2)));
        assert!(holding.pss_bytes.unwrap() > 1 << 10);
        assert!(holding.page_table_bytes.unwrap() > 1 << 10);
        assert_eq!(holding.peak_rss_bytes, None);
        let gate = Spent::at_gate(shell.id());
        // A child works and is waited for: what it had is its parent's.
        tell("(i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done) | cat");
        let used = Spent::at_end(shell.id()).since(&gate);
        assert!(used.cpu_ns.unwrap() > 10_000_000, "{used:?}");
        assert!(used.voluntary.unwrap() > 0 && used.writes.unwrap() > 0);
        tell("kill $!; wait");
        assert_eq!(Holding::of(shell.id()).processes, Some(1));
        // A thread of the gate has ended.
        let used = Spent::at_end(shell.id()).since(&gate);
        assert_eq!((used.voluntary, used.run_delay_ns), (None, None));
        drop(to);
        shell.wait().unwrap();
        assert_eq!(Holding::of(shell.id()).threads, None);
        assert_eq!(Spent::at_end(shell.id()).since(&gate).cpu_ns, None);
    }
}
