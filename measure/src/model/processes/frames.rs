//! What a runner and its worker processes say to each other: postcard
//! messages, each behind its length as four little-endian bytes.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::host::Usage;
use crate::workload::Hold;

/// Longest frame: a batch of orders with the largest payloads.
const MAX_FRAME: usize = 256 << 20;

/// To a worker. `S` is the workload's spec of an order.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWorker<'a, S> {
    /// Build the workload: the runner's `prepare` message and the numbers of
    /// the stations' pipes, as JSON.
    Brief(&'a str),
    /// Open a session and come to the gate. With it the length of the ring of
    /// turns; 0 where results count as they complete.
    Open(usize),
    /// Serve these, one after the other.
    #[serde(borrow)]
    Orders(Vec<WireOrder<'a, S>>),
    /// Report, and close the session.
    Close,
}

/// One order in a frame.
#[derive(Debug, Serialize, Deserialize)]
pub struct WireOrder<'a, S> {
    /// Which order.
    pub index: u64,
    /// When it may start.
    pub due: Option<u64>,
    /// What it is.
    pub spec: S,
    /// Bytes that go with it.
    #[serde(borrow)]
    pub payload: &'a [u8],
}

/// From a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWorker {
    /// The session is open, or why not; what the worker has used so far.
    Opened(Result<(), String>, Usage),
    /// Orders served.
    Served(Vec<WireDone>),
    /// What the worker has used by now, and where it stayed.
    Closed(Usage, Vec<Hold>),
}

/// One served order in a frame.
#[derive(Debug, Serialize, Deserialize)]
pub struct WireDone {
    /// Which order.
    pub index: u64,
    /// Its actual start.
    pub start: u64,
    /// Its end.
    pub end: u64,
    /// Its answer, or why there is none.
    pub answer: Result<u64, String>,
}

/// Appends one framed message to `out`.
///
/// # Errors
/// Only those of a message that cannot be serialised, which ours can.
pub fn put<M: Serialize>(out: &mut Vec<u8>, message: &M) -> io::Result<()> {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    postcard::to_io(message, &mut *out).map_err(io::Error::other)?;
    let length = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

/// Frames arriving in pieces: whole and part ones lie in `bytes[read..filled]`.
#[derive(Default)]
pub struct Inbox {
    bytes: Vec<u8>,
    filled: usize,
    read: usize,
}

/// Least room for a read.
const ROOM: usize = 16 << 10;

impl Inbox {
    /// Reads once; `false` at the end of the stream.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn fill(&mut self, from: &mut impl Read) -> io::Result<bool> {
        self.bytes.copy_within(self.read..self.filled, 0);
        self.filled -= self.read;
        self.read = 0;
        // Room for the rest of a long frame, so that it is read in few calls.
        let frame = self
            .length()
            .filter(|length| *length <= MAX_FRAME)
            .unwrap_or(0);
        let room = (frame + 4).max(self.filled + ROOM);
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        loop {
            match from.read(&mut self.bytes[self.filled..]) {
                Ok(n) => {
                    self.filled += n;
                    return Ok(n > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn length(&self) -> Option<usize> {
        let head = self.bytes[self.read..self.filled].first_chunk::<4>()?;
        Some(u32::from_le_bytes(*head) as usize)
    }

    /// Whether a whole frame is here.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.length().is_some_and(|length| {
            // A frame that is too long is refused when it is taken.
            length > MAX_FRAME || self.filled >= self.read + 4 + length
        })
    }

    /// Reads until a whole frame is here; `false` at the end of the stream.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn wait(&mut self, from: &mut impl Read) -> io::Result<bool> {
        while !self.whole() {
            if !self.fill(from)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads one frame and not a byte behind it, where nothing is here; `false` at the
    /// end of the stream.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn fill_one(&mut self, from: &mut impl Read) -> io::Result<bool> {
        (self.read, self.filled) = (0, 4);
        if self.bytes.len() < ROOM {
            self.bytes.resize(ROOM, 0);
        }
        match from.read_exact(&mut self.bytes[..4]) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.filled = 0;
                return Ok(false);
            }
            read => read?,
        }
        // Whoever takes it refuses a frame that is too long.
        let length = self.length().filter(|length| *length <= MAX_FRAME);
        let filled = 4 + length.unwrap_or(0);
        if self.bytes.len() < filled {
            self.bytes.resize(filled, 0);
        }
        from.read_exact(&mut self.bytes[4..filled])?;
        self.filled = filled;
        Ok(true)
    }

    /// Takes the message of the frame that is here.
    ///
    /// # Errors
    /// A frame that is too long, unfinished, or not the message it should be.
    pub fn take<'a, M: Deserialize<'a>>(&'a mut self) -> io::Result<M> {
        let length = self.length().filter(|length| *length <= MAX_FRAME);
        let Some(length) = length.filter(|_| self.whole()) else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "no frame of a sane length",
            ));
        };
        let (from, to) = (self.read + 4, self.read + 4 + length);
        self.read = to;
        postcard::from_bytes(&self.bytes[from..to]).map_err(io::Error::other)
    }
}

/// Frames on their way out, of which all go with **one write**. What the standard library
/// has for standard output ends a write at each line break (`0x0A`), and a frame may hold
/// any byte.
pub struct Outbox<T> {
    to: T,
    bytes: Vec<u8>,
}

impl<T: Write> Outbox<T> {
    /// An empty one, in front of `to`, which must not hold back what it is given.
    pub fn new(to: T) -> Self {
        Outbox {
            to,
            bytes: Vec::new(),
        }
    }

    /// Puts a message behind those that are here.
    ///
    /// # Errors
    /// As [`put`].
    pub fn queue<M: Serialize>(&mut self, message: &M) -> io::Result<()> {
        put(&mut self.bytes, message)
    }

    /// Sends what is here.
    ///
    /// # Errors
    /// Those of the pipe.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let sent = self.to.write_all(&self.bytes);
        self.bytes.clear();
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that yields one byte at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(1);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn frames_survive_arriving_byte_by_byte() {
        let payload = [7; 1000];
        let order = |index| WireOrder {
            index,
            due: None,
            spec: index * 3,
            payload: &payload,
        };
        let mut bytes = Vec::new();
        put(&mut bytes, &ToWorker::<u64>::Brief("hello")).unwrap();
        put(&mut bytes, &ToWorker::Orders(vec![order(1), order(2)])).unwrap();
        put(&mut bytes, &ToWorker::<u64>::Close).unwrap();
        let mut from = Trickle(&bytes);
        let mut inbox = Inbox::default();
        let mut seen = Vec::new();
        while inbox.wait(&mut from).unwrap() {
            match inbox.take::<ToWorker<'_, u64>>().unwrap() {
                ToWorker::Brief(text) => seen.push(text.len()),
                ToWorker::Orders(orders) => {
                    assert!(orders.iter().all(|order| order.payload == payload));
                    seen.push(orders[1].spec as usize);
                }
                ToWorker::Close => seen.push(0),
                ToWorker::Open(_) => unreachable!("none was sent"),
            }
        }
        assert_eq!(seen, [5, 6, 0]);
    }

    /// A pipe's end that counts calls.
    #[derive(Default)]
    struct Counted(Vec<Vec<u8>>);

    impl Write for &mut Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_of_line_breaks_is_one_write() {
        let mut pipe = Counted::default();
        let mut outbox = Outbox::new(&mut pipe);
        let served = |index| {
            FromWorker::Served(vec![WireDone {
                index,
                start: 10,
                end: 0x0a0a,
                answer: Err("line\nbreaks\n".into()),
            }])
        };
        outbox.queue(&served(10)).unwrap();
        outbox.flush().unwrap();
        outbox.flush().unwrap();
        outbox.queue(&served(11)).unwrap();
        outbox.queue(&served(12)).unwrap();
        outbox.flush().unwrap();
        assert_eq!(pipe.0.len(), 2, "{pipe:?}", pipe = pipe.0);
        assert!(pipe.0[0].iter().filter(|byte| **byte == b'\n').count() > 3);
        let mut inbox = Inbox::default();
        let bytes = pipe.0.concat();
        let mut from = bytes.as_slice();
        for expected in 10..13 {
            assert!(inbox.wait(&mut from).unwrap());
            let FromWorker::Served(served) = inbox.take().unwrap() else {
                panic!("another message");
            };
            assert_eq!(served[0].index, expected);
        }
    }

    /// The rest belongs to other readers.
    #[test]
    fn one_frame_is_taken_and_no_byte_behind_it() {
        let mut bytes = Vec::new();
        let long = "x".repeat(3 * ROOM);
        for text in ["first", &long, ""] {
            put(&mut bytes, &ToWorker::<u64>::Brief(text)).unwrap();
        }
        let mut from = bytes.as_slice();
        for expected in ["first", &long, ""] {
            // Each by a reader of its own.
            let mut inbox = Inbox::default();
            assert!(inbox.fill_one(&mut from).unwrap());
            let ToWorker::Brief(text) = inbox.take::<ToWorker<'_, u64>>().unwrap() else {
                panic!("another message");
            };
            assert_eq!(text, expected);
            assert!(!inbox.whole());
        }
        assert!(!Inbox::default().fill_one(&mut from).unwrap());
        let mut inbox = Inbox::default();
        assert!(inbox.fill_one(&mut &[0xff; 8][..]).unwrap());
        assert!(inbox.take::<FromWorker>().is_err());
    }

    #[test]
    fn an_absurd_length_is_refused() {
        let mut inbox = Inbox::default();
        inbox.fill(&mut &[0xff; 8][..]).unwrap();
        assert!(inbox.take::<FromWorker>().is_err());
    }
}
