//! What the operating system allows this process.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::base::error::{Error, Result};

/// Raises the soft limit of file descriptors to the hard one, and returns
/// what is allowed then; [`u64::MAX`] is no limit.
///
/// # Errors
/// [`Error::Failed`] where the kernel refuses.
pub fn raise_descriptor_limit() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return Ok(limit.current.unwrap_or(u64::MAX));
    }
    let raise = |current: Option<u64>| {
        let maximum = limit.maximum;
        setrlimit(Resource::Nofile, Rlimit { current, maximum })
            .map(|()| current.unwrap_or(u64::MAX))
    };
    raise(limit.maximum)
        // macOS says "no limit" and grants no more than this.
        .or_else(|error| match limit.current {
            Some(current) if current < 10_240 => raise(Some(10_240)),
            _ => Err(error),
        })
        .map_err(|error| {
            Error::Failed(format!(
                "cannot raise the limit of file descriptors: {}",
                io::Error::from(error)
            ))
        })
}

/// File descriptors that this process may have open at once; [`u64::MAX`] is
/// no limit.
#[must_use]
pub fn descriptor_limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Makes sure that `needed` file descriptors may be open at once, and raises
/// the soft limit if that helps. `why` begins the error's sentence, as in
/// "fetch/rush/os-threads".
///
/// # Errors
/// [`Error::Usage`] naming what is allowed, what is needed and the mend.
pub fn require_descriptors(needed: u64, why: &str) -> Result<()> {
    let mut have = descriptor_limit();
    if have < needed {
        // A refusal leaves the limit as it is, which the next lines report.
        have = raise_descriptor_limit().unwrap_or(have);
    }
    if have < needed {
        return Err(Error::Usage(format!(
            "{why} needs {needed} open file descriptors, and {have} are allowed here: \
             raise the hard limit, as root with `ulimit -n {needed}` before the start"
        )));
    }
    Ok(())
}

/// Makes sure that `needed` bytes of memory can be had without driving anything else
/// out, as far as this machine says. `why` begins the error's sentence.
///
/// # Errors
/// [`Error::Usage`] naming what is available and what is needed.
pub fn require_memory(needed: u64, why: &str) -> Result<()> {
    let available = super::facts::memory_available().unwrap_or(u64::MAX);
    if available < needed {
        return Err(Error::Usage(format!(
            "{why} needs {} MB of memory for its orders and their payloads, and {} MB are \
             available here: lower orders, payload or concurrency",
            needed / 1_000_000,
            available / 1_000_000
        )));
    }
    Ok(())
}

/// Has the kernel end this process when its parent dies, so that no worker
/// outlives a runner that was killed. Call it first thing, from the main
/// thread, with the id that the parent passed down. The parent's thread that
/// started this process counts as the parent.
///
/// # Errors
/// `BrokenPipe` where the parent is gone already: end this process.
/// Whatever the kernel refuses. Outside Linux, only the check is made.
pub fn die_with_parent(parent: u32) -> io::Result<()> {
    still_there(parent)?;
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        // It may have died before the kernel was told.
        still_there(parent)?;
    }
    Ok(())
}

fn still_there(parent: u32) -> io::Result<()> {
    if std::os::unix::process::parent_id() == parent {
        return Ok(());
    }
    let fault = "the process that started this one is gone";
    Err(io::Error::new(io::ErrorKind::BrokenPipe, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_meets_the_hard_one() {
        let raised = raise_descriptor_limit().unwrap();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(raised, limit.current.unwrap_or(u64::MAX));
        assert_eq!(raised, raise_descriptor_limit().unwrap());
    }

    #[test]
    fn too_few_descriptors_are_a_matter_of_usage() {
        require_descriptors(3, "anything").unwrap();
        if getrlimit(Resource::Nofile).maximum.is_some() {
            let error = require_descriptors(u64::MAX, "fetch/rush/os-threads").unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(error.starts_with("fetch/rush/os-threads needs"), "{error}");
            assert!(error.contains("ulimit -n"), "{error}");
        }
    }

    #[test]
    fn more_memory_than_there_is_is_a_matter_of_usage() {
        require_memory(1, "anything").unwrap();
        if cfg!(target_os = "linux") {
            let error = require_memory(u64::MAX, "fetch/rush/processes").unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(error.starts_with("fetch/rush/processes needs"), "{error}");
        }
    }

    #[test]
    fn a_parent_that_is_gone_is_noticed() {
        // This process's own id is never its parent's.
        let error = die_with_parent(std::process::id()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
