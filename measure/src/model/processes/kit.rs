//! Leaf operations across processes. A station is a pipe that holds one byte
//! per free place: taking a place is reading a byte, freeing it writing one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::pipe::pipe;
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::kit::{DirectKit, Setup, Station};

/// The pipes of all stations and turns, as their parent holds them: open
/// across `exec`, so that workers find them under the same numbers.
pub struct Pipes {
    stations: Vec<Pipe>,
    turns: Vec<Pipe>,
}

struct Pipe {
    read: File,
    write: File,
}

/// Descriptor numbers of the pipes' ends, read and write, for a worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PipeNumbers {
    stations: Vec<(i32, i32)>,
    turns: Vec<(i32, i32)>,
}

impl Pipes {
    /// A pipe for each station, filled with its places.
    pub(super) fn new(setup: &Setup) -> Result<Self> {
        let pipes = |places: &mut dyn Iterator<Item = usize>| -> Result<Vec<Pipe>> {
            places.map(Pipe::new).collect()
        };
        Ok(Pipes {
            stations: pipes(&mut setup.stations.iter().copied())?,
            turns: pipes(&mut std::iter::repeat_n(0, setup.turns))?,
        })
    }

    /// Puts the one token back to the first order's slot, before a new batch.
    pub(super) fn reset_turns(&mut self) -> Result<()> {
        for turn in &self.turns {
            let mut drain = reopen(turn.read.as_raw_fd(), OFlags::RDONLY | OFlags::NONBLOCK)?;
            while matches!(drain.read(&mut [0; 64]), Ok(1..)) {}
        }
        if let Some(first) = self.turns.first_mut() {
            first.write.write_all(&[0])?;
        }
        Ok(())
    }

    pub(super) fn numbers(&self) -> PipeNumbers {
        let numbers = |pipes: &[Pipe]| {
            pipes
                .iter()
                .map(|pipe| (pipe.read.as_raw_fd(), pipe.write.as_raw_fd()))
                .collect()
        };
        PipeNumbers {
            stations: numbers(&self.stations),
            turns: numbers(&self.turns),
        }
    }
}

impl Pipe {
    fn new(places: usize) -> Result<Self> {
        // Inherited by children, without which no worker would find it.
        let (read, write) = pipe().map_err(io::Error::from)?;
        let pipe = Pipe {
            read: File::from(read),
            write: File::from(write),
        };
        // Without waiting: a pipe that is too small would never take them all.
        let mut fill = reopen(pipe.write.as_raw_fd(), OFlags::WRONLY | OFlags::NONBLOCK)?;
        fill.write_all(&vec![0; places]).map_err(|error| {
            Error::Failed(format!(
                "a pipe does not hold the {places} places of a station: {error}"
            ))
        })?;
        Ok(pipe)
    }
}

/// Opens an inherited descriptor anew, by its number: a safe way to one's own
/// handle of it, with flags of its own.
fn reopen(number: i32, flags: OFlags) -> io::Result<File> {
    let path = format!("/dev/fd/{number}");
    let end: OwnedFd = rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty())?;
    Ok(File::from(end))
}

/// The stations as a worker process sees them.
pub struct PipeKit {
    stations: Vec<Ends>,
    turns: Vec<Ends>,
}

struct Ends {
    read: File,
    /// A second handle that never waits, for `try_acquire`.
    read_now: File,
    write: File,
}

impl PipeKit {
    /// Opens the pipes that the parent left open.
    ///
    /// # Errors
    /// A number under which there is no pipe.
    pub fn new(numbers: &PipeNumbers) -> io::Result<Self> {
        let ends = |&(read, write): &(i32, i32)| -> io::Result<Ends> {
            Ok(Ends {
                read: reopen(read, OFlags::RDONLY)?,
                read_now: reopen(read, OFlags::RDONLY | OFlags::NONBLOCK)?,
                write: reopen(write, OFlags::WRONLY)?,
            })
        };
        Ok(PipeKit {
            stations: numbers
                .stations
                .iter()
                .map(ends)
                .collect::<io::Result<_>>()?,
            turns: numbers.turns.iter().map(ends).collect::<io::Result<_>>()?,
        })
    }
}

impl Ends {
    fn take(&self) -> io::Result<()> {
        (&self.read).read_exact(&mut [0])
    }

    fn give(&self) -> io::Result<()> {
        (&self.write).write_all(&[0])
    }
}

/// A place at a station; dropping it frees the place.
pub struct Permit<'a>(&'a Ends);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // It fails only when every other process is gone, and then nobody waits.
        let _ = self.0.give();
    }
}

impl DirectKit for PipeKit {
    type Permit<'a> = Permit<'a>;

    fn acquire(&self, station: Station) -> io::Result<Permit<'_>> {
        self.stations[station].take()?;
        Ok(Permit(&self.stations[station]))
    }

    fn try_acquire(&self, station: Station) -> io::Result<Option<Permit<'_>>> {
        let station = &self.stations[station];
        match (&station.read_now).read(&mut [0]) {
            Ok(1) => Ok(Some(Permit(station))),
            Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn take_turn(&self, slot: usize) -> io::Result<()> {
        self.turns[slot].take()
    }

    fn give_turn(&self, slot: usize) -> io::Result<()> {
        self.turns[slot].give()
    }
}
