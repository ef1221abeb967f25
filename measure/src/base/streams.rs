//! The two ways to write to the standard streams. Neither panics, whatever became of
//! them: results go to standard output with [`say`], everything else that people are
//! told goes to standard error with [`note!`](crate::note).

use std::io::{self, ErrorKind, Write};

use crate::base::error::{Error, Result};
use crate::base::visible::visible_lines;

/// Writes a line to standard error, as `crate::note!` does; control characters in it are
/// written out. Where standard error cannot be written, the line is lost and nothing
/// else: a run does not end because nobody reads its progress.
#[macro_export]
macro_rules! note {
    ($($text:tt)*) => {
        $crate::base::streams::line(&::std::format!($($text)*))
    };
}

/// Writes `text` and a line break to standard error: what [`note!`](crate::note) does.
pub fn line(text: &str) {
    block(&format!("{}\n", visible_lines(text)));
}

/// Writes `text` to standard error as it is, colours included: tables.
pub fn block(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    let _ = stderr.flush();
}

/// Writes what was asked for to standard output, at once.
///
/// # Errors
/// [`Error::Failed`] where standard output cannot be written. A reader who has seen
/// enough (`| head`) is no failure.
pub fn say(text: &str) -> Result<()> {
    write_out(|out| out.write_all(text.as_bytes()))
}

/// Has `write` write what was asked for to standard output.
///
/// # Errors
/// As [`say`].
pub fn write_out(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut out = io::BufWriter::new(Output {
        to: io::stdout().lock(),
        closed: false,
    });
    write(&mut out)
        .and_then(|()| out.flush())
        .map_err(|error| Error::Failed(format!("cannot write to standard output: {error}")))
}

/// A stream whose reader may go: what is written after that is dropped. The writers of
/// formats wrap errors, so that they cannot be asked for the kind.
struct Output<W> {
    to: W,
    closed: bool,
}

impl<W: Write> Output<W> {
    fn unless_closed<T>(&mut self, result: io::Result<T>, dropped: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(dropped)
            }
            result => result,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let written = self.to.write(bytes);
        self.unless_closed(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let flushed = self.to.flush();
        self.unless_closed(flushed, ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_reader_who_is_gone_is_no_failure_and_a_full_disk_is_one() {
        let out = |kind| Output {
            to: Broken(kind),
            closed: false,
        };
        let mut gone = out(ErrorKind::BrokenPipe);
        gone.write_all(b"rows").unwrap();
        gone.flush().unwrap();
        assert!(out(ErrorKind::StorageFull).write_all(b"rows").is_err());
    }
}
