//! Many files at once: read whole, read line by line, or written down to the disk; by each
//! runtime's own calls, or by the standard library's on its threads for calls that block.
//!
//! The harness makes the files just before, so the kernel has them in memory: what is
//! compared is how a model asks for a file, not how fast a disk is. Only orders that write
//! wait for the disk, until it has what they wrote (`fsync`).

mod contents;
mod plan;

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use self::contents::{Contents, Sum};
use super::params::Params;
use super::spread::Spread;
use super::{Workload, World};
use crate::base::error::{Error, Result};
use crate::base::seed::{SEED, draw, mix};
use crate::base::unwritable::cannot_in_order;
use crate::kit::{self, DirectKit};

/// What an order does with its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Reads it whole.
    Read,
    /// Reads it line by line.
    Lines,
    /// Writes it anew and waits until that is on the disk.
    Write,
}

impl What {
    const ALL: [What; 3] = [What::Read, What::Lines, What::Write];
    const WORDS: [&'static str; 3] = ["read", "lines", "write"];
}

/// Whose calls an async runtime makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Those of its own library.
    Own,
    /// Those of the standard library, on threads that it keeps for calls that block.
    Pool,
}

impl By {
    const ALL: [By; 2] = [By::Own, By::Pool];
    const WORDS: [&'static str; 2] = ["own", "pool"];
}

/// Work with files.
pub struct Files {
    what: What,
    by: By,
    files: u64,
    size: Spread,
    contents: Contents,
    /// Path of each file; empty where no directory is known.
    paths: Vec<PathBuf>,
    /// What reading each file comes to: known to who judges answers alone.
    sums: OnceLock<Vec<u64>>,
}

const KEYS: [&str; 4] = ["what", "by", "files", "size"];

/// Most files: a directory with more is another subject.
const MAX_FILES: i64 = 100_000;
/// Largest file, bytes.
const MAX_SIZE: u64 = 100_000_000;
/// Bytes of a file where a scenario does not say.
const SIZE: Spread = Spread::Fixed(16_384);

/// Draw lanes.
const FILE: u64 = 0;
const FILE_SIZE: u64 = 8;
const WRITTEN: u64 = 16;
const ANSWER: u64 = 17;

/// One order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Order {
    seed: u64,
    sample: u64,
    index: u64,
}

/// An order's calls as the standard library makes them: by a thread of its own, or by one of
/// a runtime's pool, for which it owns what it needs.
enum Calls {
    Read(PathBuf),
    Lines(PathBuf),
    Write(PathBuf, Vec<u8>),
}

impl Calls {
    fn make(self) -> io::Result<u64> {
        match self {
            Calls::Read(path) => fs::read(path).map(|bytes| contents::sum(&bytes)),
            Calls::Lines(path) => {
                let mut sum = Sum::default();
                for line in BufReader::new(fs::File::open(path)?).lines() {
                    sum.line(&line?);
                }
                Ok(sum.finish())
            }
            Calls::Write(path, bytes) => {
                let mut file = fs::File::create(path)?;
                file.write_all(&bytes)?;
                file.sync_all()?;
                Ok(bytes.len() as u64)
            }
        }
    }
}

impl Workload for Files {
    type Spec = Order;

    fn new(params: &Params, world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        let what = What::ALL[params.choice("what", "read", &What::WORDS)?];
        let files = params.int("files", 200, 1, MAX_FILES)? as u64;
        let size = params.sizes("size", SIZE, MAX_SIZE)?;
        let concurrency = params.shared()?.concurrency as u64;
        if what == What::Write && files < concurrency {
            return Err(Error::Usage(format!(
                "{}: files = {files} is less than its concurrency of {concurrency}: orders that write would share a file",
                params.name
            )));
        }
        let contents = Contents::new(size.max() as usize);
        if what == What::Write && world.directory.is_some() {
            contents.make();
        }
        let path = |directory: &PathBuf| (0..files).map(|file| named(directory, file)).collect();
        Ok(Files {
            what,
            by: By::ALL[params.choice("by", "own", &By::WORDS)?],
            files,
            size,
            contents,
            paths: world.directory.as_ref().map(path).unwrap_or_default(),
            sums: OnceLock::new(),
        })
    }

    #[inline]
    fn spec(&self, seed: u64, sample: u64, index: u64) -> Order {
        Order {
            seed,
            sample,
            index,
        }
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }

    fn starts_threads(&self) -> bool {
        true
    }
}

/// The path of file number `file`.
fn named(directory: &Path, file: u64) -> PathBuf {
    directory.join(file.to_string())
}

impl Files {
    /// The file that an order is about. Those who write take turns, so that no two in flight
    /// are at one; those who read draw one.
    fn file(&self, order: Order) -> u64 {
        match self.what {
            What::Read | What::Lines => draw(order.seed, order.index, FILE) % self.files,
            What::Write => order.index % self.files,
        }
    }

    /// Its size is the same in every sample: who writes it anew changes what it holds, not
    /// how much.
    fn size(&self, file: u64) -> usize {
        self.size.value(SEED, file, FILE_SIZE) as usize
    }

    /// What an order writes.
    fn written(&self, order: Order) -> Vec<u8> {
        let number = mix(draw(order.seed, order.index, WRITTEN) ^ order.sample);
        self.contents.of(number, self.size(self.file(order)))
    }

    fn path(&self, order: Order) -> &Path {
        &self.paths[self.file(order) as usize]
    }

    fn calls(&self, order: Order) -> Calls {
        let path = self.path(order).to_owned();
        match self.what {
            What::Read => Calls::Read(path),
            What::Lines => Calls::Lines(path),
            What::Write => Calls::Write(path, self.written(order)),
        }
    }

    /// The order's answer, where its file came to `sum`.
    fn answer(order: Order, sum: u64) -> u64 {
        mix(sum ^ draw(order.seed, order.index, ANSWER))
    }

    /// Names the file of an order that failed, and what can be done about it.
    fn explained(&self, order: Order, error: &io::Error) -> io::Error {
        let what = match self.what {
            What::Read | What::Lines => "read",
            What::Write => "write",
        };
        io::Error::new(error.kind(), cannot_in_order(what, self.path(order), error))
    }

    fn require_files(&self) -> io::Result<()> {
        if self.paths.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "'prepare' names no 'directory' with the files of orders",
            ));
        }
        Ok(())
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// A harness that named no directory.
    pub async fn open_asynch<K: kit::Files>(&self, _kit: K) -> io::Result<()> {
        self.require_files()
    }

    /// An order on an async runtime.
    pub async fn asynch<K: kit::Files>(
        &self,
        kit: K,
        session: (),
        order: Order,
    ) -> ((), io::Result<u64>) {
        let sum = match self.by {
            By::Own => self.own(kit, order).await,
            By::Pool => {
                let calls = self.calls(order);
                let made = kit.offload(move || calls.make()).await;
                made.and_then(|sum| sum)
            }
        };
        (session, self.done(order, sum))
    }

    async fn own<K: kit::Files>(&self, kit: K, order: Order) -> io::Result<u64> {
        let path = self.path(order);
        match self.what {
            What::Read => Ok(contents::sum(&kit.read_file(path).await?)),
            What::Lines => {
                let mut sum = Sum::default();
                kit.each_line(path, |line| sum.line(&line)).await?;
                Ok(sum.finish())
            }
            What::Write => {
                let bytes = self.written(order);
                let size = bytes.len() as u64;
                kit.write_synced(path, bytes).await?;
                Ok(size)
            }
        }
    }

    fn done(&self, order: Order, sum: io::Result<u64>) -> io::Result<u64> {
        match sum {
            Ok(sum) => Ok(Self::answer(order, sum)),
            Err(error) => Err(self.explained(order, &error)),
        }
    }

    /// Opens nothing.
    ///
    /// # Errors
    /// As [`Files::open_asynch`].
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        self.require_files()
    }

    /// An order on a thread, which makes its calls itself.
    ///
    /// # Errors
    /// Those of its file.
    pub fn direct<K: DirectKit>(
        &self,
        _kit: &K,
        _session: &mut (),
        order: Order,
    ) -> io::Result<u64> {
        let sum = self.calls(order).make();
        self.done(order, sum)
    }
}

#[cfg(test)]
mod tests;
