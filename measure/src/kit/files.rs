//! Files: read whole, read line by line, written down to the disk.

use std::io;
use std::path::Path;

use super::Offload;

/// How an async runtime reads and writes files: with calls of its own, or with those of the
/// standard library on threads that it keeps for calls that block.
///
/// Threads need no such trait: a unit of theirs calls the standard library.
pub trait Files: Offload {
    /// The file's bytes, by the community's own call.
    ///
    /// # Errors
    /// Those of the file.
    async fn read_file(self, path: &Path) -> io::Result<Vec<u8>>;

    /// Hands each line on, without its end, as the community's own reader yields it: a
    /// string of its own for each.
    ///
    /// # Errors
    /// Those of the file, and bytes that are no UTF-8.
    async fn each_line(self, path: &Path, take: impl FnMut(String) + Send) -> io::Result<()>;

    /// Puts `bytes` in the place of what the file held, and returns when they are on the
    /// disk (`fsync`).
    ///
    /// # Errors
    /// Those of the file.
    async fn write_synced(self, path: &Path, bytes: Vec<u8>) -> io::Result<()>;
}

/// Lines out of parts of a file, for runtimes that read at an offset and have no reader of
/// lines.
#[cfg(all(feature = "completion", target_os = "linux"))]
#[derive(Default)]
pub(crate) struct Lines {
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
}

#[cfg(all(feature = "completion", target_os = "linux"))]
impl Lines {
    /// Bytes that are read at a time: as many as the standard library's reader asks for.
    pub(crate) const PART: usize = 8192;

    /// Hands on each line that ends within `part`.
    ///
    /// # Errors
    /// Bytes that are no UTF-8.
    pub(crate) fn feed(&mut self, part: &[u8], take: &mut impl FnMut(String)) -> io::Result<()> {
        let mut pieces = part.split(|byte| *byte == b'\n');
        // What stands behind the last end of a line begins the next one.
        let rest = pieces.next_back().unwrap_or_default();
        for piece in pieces {
            self.begun.extend_from_slice(piece);
            take(text(std::mem::take(&mut self.begun))?);
        }
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    /// Hands on a last line that has no end.
    ///
    /// # Errors
    /// As [`Lines::feed`].
    pub(crate) fn finish(self, take: &mut impl FnMut(String)) -> io::Result<()> {
        if !self.begun.is_empty() {
            take(text(self.begun)?);
        }
        Ok(())
    }
}

#[cfg(all(feature = "completion", target_os = "linux"))]
fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(all(test, feature = "completion", target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn parts_of_any_size_hold_the_same_lines() {
        let text = "one\n\ntwo is longer\nthree";
        let due: Vec<&str> = text.lines().collect();
        for size in 1..=text.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            let mut take = |line| found.push(line);
            for part in text.as_bytes().chunks(size) {
                lines.feed(part, &mut take).unwrap();
            }
            lines.finish(&mut take).unwrap();
            assert_eq!(found, due, "{size} bytes at a time");
        }
        let broken = Lines::default().feed(b"\xff\n", &mut |_| ());
        assert_eq!(broken.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
