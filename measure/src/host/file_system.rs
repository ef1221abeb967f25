//! The file system that a directory lies on.

use std::fs;
use std::path::Path;

use crate::base::error::{Error, Result};
use crate::base::visible::visible;

/// A file system that is mounted here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Its type, as the kernel names it: `ext4`.
    pub kind: String,
    /// Where it is mounted.
    pub at: String,
}

impl FileSystem {
    /// That of `path`; `None` where the operating system does not say.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        holding(&fs::read_to_string("/proc/self/mountinfo").ok()?, &path)
    }

    /// Whether its files lie in memory alone, so that none of them ever reaches a disk.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        ["tmpfs", "ramfs", "devtmpfs"].contains(&self.kind.as_str())
    }

    /// Both in a few words, as in `ext4 at /`.
    #[must_use]
    pub fn words(&self) -> String {
        visible(&format!("{} at {}", self.kind, self.at)).into_owned()
    }
}

/// The file system that holds `path`, where `/proc/self/mountinfo` reads `mounts`
/// (proc_pid_mountinfo(5)): the innermost, and of several at one place the last.
fn holding(mounts: &str, path: &Path) -> Option<FileSystem> {
    let mount = |line: &str| {
        let (fields, behind) = line.split_once(" - ")?;
        let at = unescaped(fields.split(' ').nth(4)?);
        let kind = behind.split(' ').next()?.to_owned();
        path.starts_with(&at).then_some(FileSystem { kind, at })
    };
    // Of equals the last is taken.
    mounts
        .lines()
        .filter_map(mount)
        .max_by_key(|found| found.at.len())
}

/// A mount point's name, in which the kernel writes blanks and the like in octal.
fn unescaped(name: &str) -> String {
    let mut out = name.to_owned();
    for (octal, meant) in [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ] {
        out = out.replace(octal, meant);
    }
    out
}

/// Makes sure that files of `needed` bytes fit into the directory, as far as its file system
/// says. `why` begins the error's sentence.
///
/// # Errors
/// [`Error::Usage`] naming what is free and what is needed.
pub fn require_room_for_files(directory: &Path, needed: u64, why: &str) -> Result<()> {
    let Ok(stat) = rustix::fs::statvfs(directory) else {
        // Whoever writes there will say what is wrong.
        return Ok(());
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    if free >= needed {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{why} needs {} MB for its files, and {} MB are free in {}: lower files or size, or \
         name another place with the variable TMPDIR",
        needed / 1_000_000,
        free / 1_000_000,
        directory.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /tmp rw,nosuid shared:2 - tmpfs tmpfs rw
24 23 0:22 / /tmp/a\\040disk rw - xfs /dev/vdb rw
25 23 0:23 / /tmp/twice rw - ext4 /dev/vdc rw
26 25 0:24 / /tmp/twice rw master:1 - btrfs /dev/vdd rw
";

    #[test]
    fn the_innermost_mount_holds_a_path() {
        for (path, words, in_memory) in [
            ("/home", "ext4 at /", false),
            ("/tmpfile", "ext4 at /", false),
            ("/tmp/x", "tmpfs at /tmp", true),
            ("/tmp/a disk/x", "xfs at /tmp/a disk", false),
            ("/tmp/twice/x", "btrfs at /tmp/twice", false),
        ] {
            let found = holding(MOUNTS, Path::new(path)).unwrap();
            assert_eq!(found.words(), words, "{path}");
            assert_eq!(found.is_in_memory(), in_memory, "{path}");
        }
        assert_eq!(holding("what is this", Path::new("/")), None);
    }

    #[test]
    fn files_that_do_not_fit_are_refused_with_the_mend() {
        let directory = std::env::temp_dir();
        assert!(require_room_for_files(&directory, 1, "a/b/c").is_ok());
        let refused = require_room_for_files(&directory, u64::MAX, "a/b/c").unwrap_err();
        assert_eq!(refused.exit_code(), 2);
        let line = refused.to_string();
        assert!(
            line.starts_with("a/b/c needs ") && line.contains("TMPDIR"),
            "{line}"
        );
    }
}
