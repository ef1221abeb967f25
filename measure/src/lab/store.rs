//! The directory with the files of orders: made for a cell, and removed with it.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rustix::fs::{FlockOperation, flock};

use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot_in_order;
use crate::host::{self, FileSystem};
use crate::workload::Stored;

/// How the directories are named, in front of the harness's process id and a number.
const NAME: &str = "bakeoff-files-";
/// How they are named until they are locked.
const UNLOCKED: &str = "bakeoff-new-";

/// A directory among the temporary ones, with the files that orders read or write. Dropping
/// it removes it. A harness that is killed leaves it behind, unlocked, and the next one
/// removes it.
pub(super) struct Store {
    path: PathBuf,
    file_system: Option<FileSystem>,
    /// Holds the lock that says that somebody uses it; `None` where there are no locks.
    _lock: Option<File>,
}

impl Store {
    /// Refuses what there is no room for. `why` begins the error's sentence.
    pub(super) fn require_room(stored: &dyn Stored, why: &str) -> Result<()> {
        host::require_room_for_files(&std::env::temp_dir(), stored.bytes(), why)
    }

    /// Makes the directory and the files in it.
    pub(super) fn new(stored: &dyn Stored) -> Result<Self> {
        static SWEPT: Once = Once::new();
        let parent = std::env::temp_dir();
        SWEPT.call_once(|| sweep(&parent));
        let store = Self::empty(&parent).map_err(|error| {
            Error::Failed(cannot_in_order("make a directory in", &parent, &error))
        })?;
        stored.lay_out(&store.path)?;
        Ok(store)
    }

    /// A directory of our own, which no other user can look into. It has its name only when
    /// it is locked, so that nobody takes it for one that was left behind.
    fn empty(parent: &Path) -> io::Result<Self> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Relaxed);
        let behind = format!("{}-{number}", std::process::id());
        let (unlocked, path) = (
            parent.join(format!("{UNLOCKED}{behind}")),
            parent.join(format!("{NAME}{behind}")),
        );
        match DirBuilder::new().mode(0o700).create(&unlocked) {
            // Of a process of the same number that was killed in between.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::remove_dir(&unlocked)
                .and_then(|()| DirBuilder::new().mode(0o700).create(&unlocked))?,
            made => made?,
        }
        let lock = lock(&unlocked);
        fs::rename(&unlocked, &path)?;
        Ok(Store {
            file_system: FileSystem::of(&path),
            path,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it lies on; `None` where the operating system does not say.
    pub(super) fn file_system(&self) -> Option<&FileSystem> {
        self.file_system.as_ref()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            crate::note!("cannot remove {}: {error}", self.path.display());
        }
    }
}

/// Locks a directory for as long as the file is open; `None` where somebody else has it, or
/// there are no locks.
fn lock(directory: &Path) -> Option<File> {
    let file = File::open(directory).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(file)
}

/// Removes what harnesses left behind that were killed: nobody has it locked.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        let ours = |name: &str| name.starts_with(NAME);
        if entry.file_name().to_str().is_some_and(ours)
            && let Some(_lock) = lock(&entry.path())
        {
            // Somebody else's stays.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_has_locked_is_swept_away() {
        let parent = tempfile::tempdir().unwrap();
        let used = Store::empty(parent.path()).unwrap();
        let left = parent.path().join(format!("{NAME}1-0"));
        fs::create_dir(&left).unwrap();
        fs::write(left.join("0"), "x").unwrap();
        let other = parent.path().join("others");
        fs::create_dir(&other).unwrap();
        sweep(parent.path());
        assert!(used.path().exists() && other.exists() && !left.exists());
        let path = used.path().to_owned();
        drop(used);
        assert!(!path.exists());
    }
}
