//! Which CPUs this process may run on.

use std::io;

/// CPUs that this process may run on, ascending; empty where the operating
/// system does not say.
#[must_use]
pub fn affinity() -> Vec<usize> {
    system::get()
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

#[cfg(target_os = "linux")]
mod system {
    use std::io;

    use rustix::process::Pid;
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(super) fn get() -> Vec<usize> {
        let Ok(set) = sched_getaffinity(None) else {
            return Vec::new();
        };
        (0..CpuSet::MAX_CPU)
            .filter(|&cpu| set.is_set(cpu))
            .collect()
    }

    pub(super) fn set(cpus: &[usize]) -> io::Result<()> {
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

    pub(super) fn get() -> Vec<usize> {
        Vec::new()
    }

    pub(super) fn set(_: &[usize]) -> io::Result<()> {
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
}
