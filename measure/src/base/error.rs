//! What goes wrong, told in one line.

use std::{fmt, io};

/// What went wrong, and whose mistake it was: decides the exit status.
#[derive(Debug)]
pub enum Error {
    /// Bad usage, bad input, or a limit known before the start: exit 2.
    Usage(String),
    /// What was asked for does not hold: exit 1.
    Failed(String),
    /// A program does not do what was asked for, and says so: exit 1.
    Unable(String),
    /// Ctrl-C; what was measured is kept: exit 130.
    Interrupted(String),
}

/// How the line begins of what a program says that it does not do.
pub const NOT_OFFERED: &str = "not offered: ";

/// The project's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The process's exit status.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage(_) => 2,
            Error::Failed(_) | Error::Unable(_) => 1,
            Error::Interrupted(_) => 130,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(line) | Error::Failed(line) | Error::Interrupted(line) => {
                f.write_str(line)
            }
            Error::Unable(reason) => write!(f, "{NOT_OFFERED}{reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Failed(error.to_string())
    }
}
