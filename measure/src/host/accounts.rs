//! What the kernel keeps of a process besides its CPU time, and shows to its owner: how
//! long its threads waited for a CPU, and how often it called for reading and writing.

use std::fs::File;
use std::io::Read;

use serde::{Deserialize, Serialize};

/// Most threads that are looked at one by one: each takes a file to open, some
/// microseconds.
const MOST: usize = 4096;
/// Longest of these files, bytes.
const ROOM: usize = 512;

/// What the threads of a process have had by now, those alone that live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threads {
    /// Processes that they are of.
    pub processes: u64,
    /// How many there are.
    pub count: u64,
    /// Time on a CPU, ns.
    pub ran_ns: u64,
    /// Time in which they could have run and another had the CPU, ns.
    pub waited_ns: u64,
}

/// System calls that read or write through a file descriptor, of all threads that the
/// process ever had, and of all children that it has waited for. Linux counts `read`,
/// `write` and their like (`readv`, `pwrite`, `sendfile`, …) whether or not they fail,
/// and none that are for sockets alone (`recvfrom`, `sendto`, `recvmsg`, `sendmsg`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCalls {
    /// That read.
    pub reads: u64,
    /// That write.
    pub writes: u64,
}

/// What the threads of this process have had, but for the calling one. `None` where the
/// operating system does not say, or where there are too many to look at each.
pub(super) fn others() -> Option<Threads> {
    let own = rustix::thread::gettid().as_raw_pid().to_string();
    let mut ids = Vec::new();
    for entry in std::fs::read_dir("/proc/self/task").ok()? {
        ids.push(entry.ok()?.file_name());
        if ids.len() > MOST {
            return None;
        }
    }
    let mut all = Threads::default();
    for id in ids.iter().filter(|id| id.to_str() != Some(&own)) {
        // One that has just ended is none that lives.
        let folder = format!("/proc/self/task/{}", id.display());
        if let Some([ran_ns, waited_ns]) = schedstat(&folder) {
            all.count += 1;
            all.ran_ns += ran_ns;
            all.waited_ns += waited_ns;
        }
    }
    Some(all)
}

/// What the calling thread has had.
pub(super) fn own() -> Option<Threads> {
    let [ran_ns, waited_ns] = schedstat("/proc/thread-self")?;
    Some(Threads {
        processes: 1,
        count: 1,
        ran_ns,
        waited_ns,
    })
}

/// All of them together, where all are known.
pub(super) fn together(a: Option<Threads>, b: Option<Threads>) -> Option<Threads> {
    a.zip(b).map(|(a, b)| Threads {
        processes: a.processes + b.processes,
        count: a.count + b.count,
        ran_ns: a.ran_ns + b.ran_ns,
        waited_ns: a.waited_ns + b.waited_ns,
    })
}

/// Time on a CPU and time waiting for one, ns, of the thread whose folder this is.
fn schedstat(folder: &str) -> Option<[u64; 2]> {
    let mut room = [0; ROOM];
    let text = read_once(&format!("{folder}/schedstat"), &mut room)?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
}

/// How often this process has called for reading and writing, up to and without the
/// one call that this takes, which reads.
pub(super) fn calls() -> Option<FileCalls> {
    let mut room = [0; ROOM];
    let text = read_once("/proc/self/io", &mut room)?;
    let of = |key| {
        let mut fields = text.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(name, _)| *name == key)?.1.parse().ok()
    };
    Some(FileCalls {
        reads: of("syscr")?,
        writes: of("syscw")?,
    })
}

/// What a file of the kernel's holds, by a single call for reading.
fn read_once<'a>(path: &str, room: &'a mut [u8]) -> Option<&'a str> {
    let length = File::open(path).ok()?.read(room).ok()?;
    std::str::from_utf8(&room[..length]).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_read_and_written_is_counted_and_what_threads_had() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(folder.path().join("cake")).unwrap();
        let calls_before = calls().unwrap();
        for _ in 0..100 {
            file.write_all(b"cake").unwrap();
        }
        // A thread that has ended still counts among the calls.
        let copy = folder.path().join("cake");
        let read = std::thread::spawn(move || std::fs::read(copy).unwrap().len());
        assert_eq!(read.join().unwrap(), 400);
        let calls_after = calls().unwrap();
        // Other tests of this process read and write as well.
        assert!(calls_after.writes >= calls_before.writes + 100);
        assert!(calls_after.reads > calls_before.reads);
        let own = own().unwrap();
        assert!(
            (own.processes, own.count) == (1, 1) && own.ran_ns > 0,
            "{own:?}"
        );
        let all = together(others(), Some(own)).unwrap();
        assert!(all.count > 1 && all.ran_ns > own.ran_ns, "{all:?}");
    }
}
