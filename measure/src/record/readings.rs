//! Files beside the rows that hold a reading a line. What is wrong in one costs that line
//! alone: the rows are still good.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;

/// What a file held.
#[derive(Debug, PartialEq)]
pub struct Readings<T> {
    /// Its readings, in the file's order.
    pub readings: Vec<T>,
    /// What was skipped and why, one line each.
    pub warnings: Vec<String>,
}

impl<T> Default for Readings<T> {
    fn default() -> Self {
        Readings {
            readings: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// Reads the file at `path`, each line by `reading`: none where there is no such file. `what`
/// names a line in warnings.
///
/// # Errors
/// [`Error::Usage`] where there is a file that cannot be read, or that is none, as a pipe.
/// What is wrong in it is a warning that names the line, which is skipped.
pub(super) fn read<T>(
    path: &Path,
    what: &str,
    reading: impl Fn(&str) -> Result<T, String>,
) -> Result<Readings<T>> {
    if fs::metadata(path).is_ok_and(|of| !of.is_file()) {
        // It would be waited for without end.
        return Err(Error::Usage(format!(
            "{}: no regular file: restore or remove it",
            path.display()
        )));
    }
    match fs::read_to_string(path) {
        Ok(text) => Ok(parse(&text, path, what, reading)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Readings::default()),
        Err(error) => Err(Error::Usage(cannot("read", path, &error))),
    }
}

/// The readings in `text`; `path` is for messages alone.
pub(super) fn parse<T>(
    text: &str,
    path: &Path,
    what: &str,
    reading: impl Fn(&str) -> Result<T, String>,
) -> Readings<T> {
    let mut read = Readings::default();
    for (index, line) in text.lines().enumerate() {
        match reading(line.trim_start_matches('\u{feff}')) {
            Ok(reading) => read.readings.push(reading),
            Err(why) => read.warnings.push(format!(
                "{}:{}: skipped, not {what} of this version ({why})",
                path.display(),
                index + 1
            )),
        }
    }
    read
}
