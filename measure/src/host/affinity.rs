//! Which CPUs this process may run on.

use std::io;

/// CPUs that this process may run on, ascending; empty where the operating
/// system does not say.
#[must_use]
pub fn affinity() -> Vec<usize> {
    system::get(None)
}

/// The same of process `pid`: of its first thread.
#[must_use]
pub fn affinity_of(pid: u32) -> Vec<usize> {
    system::get(Some(pid))
}

/// Lets this process run on `cpus` alone: all threads that it has, and those
/// that it will have. Models are compared under one mask, set per process;
/// call it before threads start, so that none escapes.
///
/// # Errors
/// `InvalidInput` where `cpus` is empty or names a CPU beyond what the kernel
/// can count, `Unsupported` where the operating system has no such call, and
/// whatever the kernel refuses.
pub fn set_affinity(cpus: &[usize]) -> io::Result<()> {
    if cpus.is_empty() {
        let fault = "no CPU to run on: name at least one";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
    }
    system::set(cpus)
}

/// Starts something with the calling thread on `cpus` alone, so that a process begins
/// there: some programs look at their mask once, before anyone could tell them of it.
/// Where the mask is refused, or `cpus` is empty, it begins where the caller is.
pub fn started_on<T>(cpus: &[usize], start: impl FnOnce() -> T) -> T {
    let before = affinity();
    let moved = !cpus.is_empty() && before != cpus && system::set_thread(cpus).is_ok();
    let started = start();
    if moved {
        // What was allowed a moment ago is allowed still.
        let _ = system::set_thread(&before);
    }
    started
}

#[cfg(target_os = "linux")]
mod system {
    use std::io;

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) fn get(pid: Option<u32>) -> Vec<usize> {
        let pid = match pid.map(|pid| i32::try_from(pid).ok().and_then(Pid::from_raw)) {
            // That is no process.
            Some(None) => return Vec::new(),
            Some(of) => of,
            None => None,
        };
        let Ok(set) = sched_getaffinity(pid) else {
            return Vec::new();
        };
        (0..CpuSet::MAX_CPU)
            .filter(|&cpu| set.is_set(cpu))
            .collect()
    }

    /// Of the calling thread.
    pub(super) fn set_thread(cpus: &[usize]) -> io::Result<()> {
        Ok(sched_setaffinity(None, &mask(cpus)?)?)
    }

    fn mask(cpus: &[usize]) -> io::Result<CpuSet> {
        let mut set = CpuSet::new();
        for &cpu in cpus {
            if cpu >= CpuSet::MAX_CPU {
                let fault = format!(
                    "CPU {cpu} is beyond the {} that a mask holds",
                    CpuSet::MAX_CPU
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
            }
            set.set(cpu);
        }
        Ok(set)
    }

    /// Of all threads of this process.
    pub(super) fn set(cpus: &[usize]) -> io::Result<()> {
        let set = mask(cpus)?;
        // The kernel keeps masks per thread; new threads take their maker's.
        for entry in std::fs::read_dir("/proc/self/task")? {
            let name = entry?.file_name();
            let thread = name
                .to_str()
                .and_then(|name| name.parse().ok())
                .and_then(Pid::from_raw);
            if let Some(thread) = thread {
                match sched_setaffinity(Some(thread), &set) {
                    // It ended meanwhile.
                    Ok(()) | Err(rustix::io::Errno::SRCH) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    pub(super) fn get(_: Option<u32>) -> Vec<usize> {
        Vec::new()
    }

    pub(super) fn set(_: &[usize]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn set_thread(_: &[usize]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_masks_are_refused() {
        let kind = |cpus: &[usize]| set_affinity(cpus).unwrap_err().kind();
        assert_eq!(kind(&[]), io::ErrorKind::InvalidInput);
        #[cfg(target_os = "linux")]
        assert_eq!(kind(&[usize::MAX]), io::ErrorKind::InvalidInput);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_mask_that_is_changes_nothing() {
        let cpus = affinity();
        assert!(!cpus.is_empty());
        set_affinity(&cpus).unwrap();
        assert_eq!(affinity(), cpus);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_started_on_a_cpu_begins_there_and_the_caller_goes_back() {
        let cpus = affinity();
        let of_child = |wanted: &[usize]| {
            let mut child = std::process::Command::new("cat");
            let child = child.arg("/proc/self/status");
            let output = started_on(wanted, || child.output()).unwrap();
            let status = String::from_utf8(output.stdout).unwrap();
            let list = status
                .lines()
                .find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
            list.unwrap().trim().to_owned()
        };
        let last = cpus[cpus.len() - 1];
        assert_eq!(of_child(&[last]), last.to_string());
        let all = of_child(&[]);
        assert_eq!(
            of_child(&[usize::MAX]),
            all,
            "what is refused changes nothing"
        );
        assert_eq!(affinity(), cpus);
        let own = std::process::id();
        assert!(!affinity_of(own).is_empty());
        assert_eq!(affinity_of(u32::MAX), Vec::<usize>::new());
    }
}
