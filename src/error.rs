//! The error of every command.

use std::{fmt, io};

/// What went wrong, and whose mistake it was: decides the exit status.
#[derive(Debug)]
pub enum Error {
    /// Bad usage, bad input, or a limit known before the start: exit 2.
    Usage(String),
    /// What was asked for does not hold: exit 1.
    Failed(String),
}

/// The result of whatever a command does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The exit status that this error asks for: 2 or 1.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Failed(_) => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(text) | Error::Failed(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Failed(error.to_string())
    }
}
