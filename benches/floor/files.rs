//! The files of a directory, and what is done with the bytes of one: whoever reads a file
//! looks at what it holds.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Files that are read in turn.
pub(crate) struct Files {
    paths: Vec<PathBuf>,
    /// All checksums together, so that none can be left out.
    sums: AtomicU32,
}

impl Files {
    /// All files of `directory`.
    pub(crate) fn of(directory: &str) -> io::Result<Self> {
        let entries = std::fs::read_dir(directory)?;
        let paths: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        if paths.is_empty() {
            return Err(io::Error::other(format!("{directory} is empty")));
        }
        Ok(Files {
            paths,
            sums: AtomicU32::new(0),
        })
    }

    /// The file that read number `number` is of.
    pub(crate) fn path(&self, number: u64) -> &Path {
        &self.paths[number as usize % self.paths.len()]
    }

    /// The checksum of what was read.
    pub(crate) fn sum(bytes: &[u8]) -> u32 {
        crc32fast::hash(bytes)
    }

    /// Keeps what a unit's checksums came to.
    pub(crate) fn keep(&self, sums: u32) {
        self.sums.fetch_xor(sums, Relaxed);
    }
}
