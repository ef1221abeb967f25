//! One client's connection: its socket, what it is about, and what is still
//! to be sent.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::rc::Rc;

use rustix::io::Errno;

use super::response::Job;
use super::site::Site;
use super::upload::Upload;
use crate::base::clock::Nanos;
use crate::base::poll::Interest;

/// Buffers larger than this are given back once they are empty.
const KEPT: usize = 16 * 1024;

/// What a connection is about.
#[derive(Debug)]
pub(super) enum Phase {
    /// A request head may come.
    Idle,
    /// A request's body is coming.
    Receiving(Box<Upload>),
    /// A request waits for its time.
    Delayed(Job, Nanos),
    /// A request waits for company, and then for its time.
    Held(Job, Nanos),
    /// A request is never answered.
    Silent(Job),
    /// A response leaves piece by piece.
    Dripping(Drip),
    /// The response being sent is the last.
    Closing,
    /// The last response was sent to a client that may still be sending;
    /// closing now would reset the connection and take the response with it.
    Draining,
}

/// A response that leaves piece by piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drip {
    /// Up to this many bytes of it may have left.
    pub(super) allowed: usize,
    /// Bytes in a piece.
    pub(super) piece: usize,
    /// Whether the connection closes behind it.
    pub(super) last: bool,
}

/// The body of an item, sent from where it lies.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) site: Rc<Site>,
    pub(super) id: u64,
    pub(super) sent: usize,
}

impl Tail {
    fn rest(&self) -> &[u8] {
        &self.site.body(self.id)[self.sent..]
    }
}

/// How far a write came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Nothing is left.
    All,
    /// The kernel's buffer is full, or the drip stopped.
    Part,
    /// There is nobody to send to.
    Broken,
}

/// One client's connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) fd: OwnedFd,
    pub(super) phase: Phase,
    /// What it is registered for.
    pub(super) interest: Interest,
    /// Read and not yet understood.
    pub(super) input: Vec<u8>,
    /// Rendered and not yet sent, from `sent` on.
    out: Vec<u8>,
    sent: usize,
    /// What follows `out`.
    tail: Option<Tail>,
    /// Counted requests whose response is rendered and not wholly sent.
    pub(super) answered: u32,
    /// The ledger's epoch in which it last carried a counted request.
    pub(super) epoch: u32,
    /// The client will send nothing more.
    pub(super) ended: bool,
    /// Close by way of [`Phase::Draining`].
    pub(super) drain: bool,
}

impl Connection {
    pub(super) fn new(fd: OwnedFd) -> Self {
        Connection {
            fd,
            phase: Phase::Idle,
            interest: Interest::READ,
            input: Vec::new(),
            out: Vec::new(),
            sent: 0,
            tail: None,
            answered: 0,
            epoch: 0,
            ended: false,
            drain: false,
        }
    }

    /// Whether a response is on its way out.
    pub(super) fn unsent(&self) -> bool {
        self.sent < self.out.len() || self.tail.is_some()
    }

    /// Length of what is rendered and not wholly sent, for the drip.
    pub(super) fn rendered(&self) -> usize {
        self.out.len()
    }

    /// Counted requests that this connection has in flight.
    pub(super) fn in_flight(&self) -> u32 {
        let waiting = match &self.phase {
            Phase::Delayed(job, _) | Phase::Held(job, _) | Phase::Silent(job) => job.counted,
            _ => false,
        };
        self.answered + u32::from(waiting)
    }

    /// Whether a request is understood and not wholly answered.
    pub(super) fn is_busy(&self) -> bool {
        self.unsent()
            || matches!(
                self.phase,
                Phase::Delayed(..) | Phase::Held(..) | Phase::Silent(_) | Phase::Dripping(_)
            )
    }

    /// Sends `bytes`, and `tail` behind them, behind all that is still
    /// unsent; keeps what the kernel does not take.
    pub(super) fn send(&mut self, bytes: &[u8], tail: Option<Tail>) -> Sent {
        if self.unsent() {
            self.queue(bytes);
            self.tail = tail;
            return self.resume();
        }
        let Some(mut tail) = tail else {
            return match taken(rustix::io::write(&self.fd, bytes)) {
                Some(sent) if sent == bytes.len() => Sent::All,
                Some(sent) => {
                    self.out.extend_from_slice(&bytes[sent..]);
                    Sent::Part
                }
                None => Sent::Broken,
            };
        };
        let parts = [IoSlice::new(bytes), IoSlice::new(tail.rest())];
        let Some(sent) = taken(rustix::io::writev(&self.fd, &parts)) else {
            return Sent::Broken;
        };
        let of_bytes = sent.min(bytes.len());
        tail.sent = sent - of_bytes;
        if tail.rest().is_empty() {
            return Sent::All;
        }
        self.out.extend_from_slice(&bytes[of_bytes..]);
        self.tail = Some(tail);
        Sent::Part
    }

    /// Keeps `bytes` behind all that is still unsent, without sending.
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        if let Some(tail) = self.tail.take() {
            self.out.extend_from_slice(tail.rest());
        }
        self.out.extend_from_slice(bytes);
    }

    /// Goes on sending.
    pub(super) fn resume(&mut self) -> Sent {
        let end = match self.phase {
            Phase::Dripping(drip) => drip.allowed.min(self.out.len()),
            _ => self.out.len(),
        };
        let head = &self.out[self.sent.min(end)..end];
        let result = match &self.tail {
            None if head.is_empty() => Ok(0),
            None => rustix::io::write(&self.fd, head),
            Some(tail) => {
                rustix::io::writev(&self.fd, &[IoSlice::new(head), IoSlice::new(tail.rest())])
            }
        };
        let Some(sent) = taken(result) else {
            return Sent::Broken;
        };
        let of_head = sent.min(head.len());
        self.sent += of_head;
        if let Some(tail) = &mut self.tail {
            tail.sent += sent - of_head;
            if tail.rest().is_empty() {
                self.tail = None;
            }
        }
        if self.unsent() {
            return Sent::Part;
        }
        self.sent = 0;
        self.out.clear();
        if self.out.capacity() > KEPT {
            self.out = Vec::new();
        }
        Sent::All
    }

    /// Whether the kernel, rather than the drip, is what holds a write up.
    pub(super) fn is_blocked(&self) -> bool {
        match self.phase {
            Phase::Dripping(drip) => self.sent < drip.allowed.min(self.out.len()),
            _ => self.unsent(),
        }
    }

    /// Takes the first `used` bytes off the input.
    pub(super) fn consume(&mut self, used: usize) {
        if used < self.input.len() {
            self.input.drain(..used);
        } else if self.input.capacity() > KEPT {
            self.input = Vec::new();
        } else {
            self.input.clear();
        }
    }
}

/// Bytes that a write took, 0 where it would block; none where the connection
/// is broken.
fn taken(result: rustix::io::Result<usize>) -> Option<usize> {
    match result {
        Ok(sent) => Some(sent),
        Err(Errno::AGAIN | Errno::INTR) => Some(0),
        Err(_) => None,
    }
}

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// So many bytes, at least one.
    Some(usize),
    /// Nothing for now.
    Nothing,
    /// The client will send nothing more.
    End,
    /// The connection is broken.
    Broken,
}

/// Reads once.
pub(super) fn receive(fd: &OwnedFd, buffer: &mut [u8]) -> Received {
    match rustix::io::read(fd, buffer) {
        Ok(0) => Received::End,
        Ok(count) => Received::Some(count),
        Err(Errno::AGAIN | Errno::INTR) => Received::Nothing,
        Err(_) => Received::Broken,
    }
}

/// Takes a waiting client off a listener; none where nobody waits any more.
///
/// # Errors
/// Above all: the process or the system is out of descriptors.
pub(super) fn accept(listener: &std::net::TcpListener) -> io::Result<Option<OwnedFd>> {
    #[cfg(target_os = "linux")]
    let accepted = rustix::net::accept_with(
        listener,
        rustix::net::SocketFlags::NONBLOCK | rustix::net::SocketFlags::CLOEXEC,
    )
    .map_err(io::Error::from);
    #[cfg(not(target_os = "linux"))]
    let accepted = listener.accept().and_then(|(stream, _)| {
        stream.set_nonblocking(true)?;
        Ok(OwnedFd::from(stream))
    });
    match accepted {
        Ok(fd) => {
            // Refused only where the client has gone already.
            let _ = rustix::net::sockopt::set_tcp_nodelay(&fd, true);
            Ok(Some(fd))
        }
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
            | io::ErrorKind::ConnectionAborted => Ok(None),
            _ => Err(error),
        },
    }
}
