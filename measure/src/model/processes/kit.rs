//! Leaf operations across processes. A station is a pipe that holds one byte
//! per free place: taking a place is reading a byte, freeing it writing one.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::pipe::pipe;
use serde::{Deserialize, Serialize};

use crate::base::clock::Nanos;
use crate::base::error::{Error, Result};
use crate::kit::{DirectKit, Setup, Station, standard};

/// The pipes of all stations and turns, as their parent holds them: open
/// across `exec`, so that workers find them under the same numbers.
pub struct Pipes {
    /// None where the station has no limit: nobody waits there.
    stations: Vec<Option<Pipe>>,
    turns: Vec<Pipe>,
}

/// A pipe that workers inherit.
pub(super) struct Pipe {
    pub(super) read: File,
    pub(super) write: File,
}

/// Descriptor numbers of the pipes' ends, read and write, for a worker.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PipeNumbers {
    stations: Vec<Option<(i32, i32)>>,
    turns: Vec<(i32, i32)>,
}

impl Pipes {
    /// A pipe for each station that has a limit, filled with its places.
    pub(super) fn new(setup: &Setup) -> Result<Self> {
        let station = |&places: &usize| (places > 0).then(|| Pipe::new(places)).transpose();
        let turns = std::iter::repeat_with(|| Pipe::new(0)).take(setup.turns);
        Ok(Pipes {
            stations: setup.stations.iter().map(station).collect::<Result<_>>()?,
            turns: turns.collect::<Result<_>>()?,
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
        PipeNumbers {
            stations: self
                .stations
                .iter()
                .map(|pipe| pipe.as_ref().map(Pipe::numbers))
                .collect(),
            turns: self.turns.iter().map(Pipe::numbers).collect(),
        }
    }
}

impl Pipe {
    /// One with so many bytes in it.
    pub(super) fn new(places: usize) -> Result<Self> {
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

    pub(super) fn numbers(&self) -> (i32, i32) {
        (self.read.as_raw_fd(), self.write.as_raw_fd())
    }
}

/// Opens an inherited descriptor anew, by its number: a safe way to one's own
/// handle of it, with flags of its own.
pub(super) fn reopen(number: i32, flags: OFlags) -> io::Result<File> {
    let path = format!("/dev/fd/{number}");
    let end: OwnedFd = rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::empty())?;
    Ok(File::from(end))
}

/// The stations as a worker process sees them.
pub struct PipeKit {
    /// None where the station has no limit.
    stations: Vec<Option<Ends>>,
    turns: Vec<Ends>,
}

/// Both ends of a pipe that the parent left open. Each is opened when it is first asked
/// for: a worker that serves one order needs few of them.
pub(super) struct Ends {
    read: End,
    /// A second handle that never waits, for `try_acquire`.
    read_now: End,
    write: End,
}

/// One end, by its number and how it is opened.
struct End {
    number: i32,
    flags: OFlags,
    file: OnceLock<File>,
}

impl End {
    fn new(number: i32, flags: OFlags) -> Self {
        End {
            number,
            flags,
            file: OnceLock::new(),
        }
    }

    fn file(&self) -> io::Result<&File> {
        match self.file.get() {
            Some(file) => Ok(file),
            None => {
                let file = reopen(self.number, self.flags)?;
                Ok(self.file.get_or_init(|| file))
            }
        }
    }
}

impl PipeKit {
    /// Stations at the pipes that the parent left open.
    #[must_use]
    pub fn new(numbers: &PipeNumbers) -> Self {
        let station = |numbers: &Option<_>| numbers.map(Ends::new);
        PipeKit {
            stations: numbers.stations.iter().map(station).collect(),
            turns: numbers.turns.iter().copied().map(Ends::new).collect(),
        }
    }

    /// The pipe of a station, of which only those with a limit have one.
    fn station(&self, station: Station) -> io::Result<&Ends> {
        self.stations[station].as_ref().ok_or_else(|| {
            let why = format!("station number {station} has no limit and no pipe");
            io::Error::new(io::ErrorKind::NotFound, why)
        })
    }
}

impl Ends {
    pub(super) fn new((read, write): (i32, i32)) -> Self {
        Ends {
            read: End::new(read, OFlags::RDONLY),
            read_now: End::new(read, OFlags::RDONLY | OFlags::NONBLOCK),
            write: End::new(write, OFlags::WRONLY),
        }
    }

    pub(super) fn take(&self) -> io::Result<()> {
        self.read.file()?.read_exact(&mut [0])
    }

    pub(super) fn give(&self) -> io::Result<()> {
        self.write.file()?.write_all(&[0])
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
    type Conn = TcpStream;
    type Permit<'a> = Permit<'a>;

    fn sleep_until(&self, at: Nanos) {
        standard::sleep_until(at);
    }

    fn connect(&self, address: SocketAddr, limit: Option<Duration>) -> io::Result<TcpStream> {
        standard::connect(address, limit)
    }

    fn limit_read(&self, conn: &TcpStream, limit: Duration) -> io::Result<()> {
        conn.set_read_timeout(Some(limit))
    }

    fn limit_write(&self, conn: &TcpStream, limit: Duration) -> io::Result<()> {
        conn.set_write_timeout(Some(limit))
    }

    fn acquire(&self, station: Station) -> io::Result<Permit<'_>> {
        let station = self.station(station)?;
        station.take()?;
        Ok(Permit(station))
    }

    fn try_acquire(&self, station: Station) -> io::Result<Option<Permit<'_>>> {
        let station = self.station(station)?;
        match station.read_now.file()?.read(&mut [0]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_without_a_limit_has_no_pipe() {
        let setup = Setup {
            stations: vec![0, 2],
            ..Setup::default()
        };
        let pipes = Pipes::new(&setup).unwrap();
        let numbers = pipes.numbers();
        assert!(numbers.stations[0].is_none() && numbers.stations[1].is_some());
        let kit = PipeKit::new(&numbers);
        assert!(kit.acquire(0).is_err());
        let first = kit.acquire(1).unwrap();
        let second = kit.try_acquire(1).unwrap();
        assert!(second.is_some() && kit.try_acquire(1).unwrap().is_none());
        drop(first);
        assert!(kit.try_acquire(1).unwrap().is_some());
    }
}
