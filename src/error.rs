//! What can go wrong with a command, and the exit status that tells it.

use std::fmt;
use std::io;

/// What went wrong, and whose mistake it was: decides the exit status.
#[derive(Debug)]
pub enum Error {
    /// Bad usage, bad input, or a limit known before the start: exit 2.
    Usage(String),
    /// What was asked for does not hold: exit 1.
    Failed(String),
}

/// What a command comes to.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The process's exit status.
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
            Error::Usage(message) | Error::Failed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Failed(error.to_string())
    }
}
