//! Lines of other programs, read into bounded memory: one that never ends its line
//! would fill this process's.

use std::io::{self, BufRead, Read as _};

/// The next line of at most `most` bytes, without its end; `None` at the end of the
/// stream.
///
/// # Errors
/// `InvalidData` where the line is longer; those of the stream.
pub fn line(from: &mut impl BufRead, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    // Its end is "\r\n" at the longest.
    let read = from
        .by_ref()
        .take(most as u64 + 2)
        .read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    if line.len() > most {
        let fault = format!("a line of more than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_std_reads_them() {
        let mut from = &b"one\r\n\ntwo"[..];
        assert_eq!(line(&mut from, 3).unwrap().unwrap(), b"one");
        assert_eq!(line(&mut from, 3).unwrap().unwrap(), b"");
        assert_eq!(line(&mut from, 3).unwrap().unwrap(), b"two");
        assert_eq!(line(&mut from, 3).unwrap(), None);
    }

    #[test]
    fn a_line_that_is_longer_by_a_byte_is_refused() {
        assert!(line(&mut &b"four\n"[..], 3).is_err());
        assert!(line(&mut &b"four"[..], 3).is_err());
    }

    #[test]
    fn a_line_without_end_is_refused_after_its_limit() {
        let mut from = io::BufReader::new(io::repeat(b'x'));
        let error = line(&mut from, 1000).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(error.to_string(), "a line of more than 1000 bytes");
    }
}
