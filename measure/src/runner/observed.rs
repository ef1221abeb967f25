//! A sample that the harness looks at from outside: at the gate and at the close the
//! runner says where it stands, and waits for a word.

use std::io;

use super::lines::{hear, say};
use crate::engine::batch::Observer;
use crate::protocol::{Reply, Request};

/// The harness, which looks on from outside.
pub(super) struct FromOutside {
    sample: u64,
}

impl FromOutside {
    /// Of this sample.
    pub(super) fn of(sample: u64) -> Self {
        FromOutside { sample }
    }
}

impl Observer for FromOutside {
    fn at_gate(&self) -> io::Result<()> {
        say(&Reply::Gate {
            sample: self.sample,
        })?;
        match heard()? {
            Request::Go {} => Ok(()),
            _ => Err(unexpected("go", "gate")),
        }
    }

    fn at_close(&self, wall_ns: u64) -> io::Result<()> {
        say(&Reply::Closed {
            sample: self.sample,
            wall_ns,
        })?;
        match heard()? {
            Request::Settle {} => Ok(()),
            _ => Err(unexpected("settle", "close")),
        }
    }
}

fn heard() -> io::Result<Request> {
    match hear()? {
        Some(request) => request.map_err(io::Error::other),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn unexpected(due: &str, moment: &str) -> io::Error {
    io::Error::other(format!(
        "'{due}' was due at the {moment} of a sample that is observed, and another request came"
    ))
}
