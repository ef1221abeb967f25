//! Chunked bodies (RFC 9112, section 7.1), decoded as bytes come.

use super::{BUFFER, HttpError, MAX_BODY, MAX_HEADERS};

/// Longest line of a chunk's size and extensions, bytes.
const MAX_LINE: u32 = 256;

/// Where in the grammar the next byte stands.
#[derive(Clone, Copy, Debug)]
enum At {
    /// A digit of the chunk's size; `first` until there is one.
    Size { first: bool },
    /// Space after the size: only an extension or the line's end may follow.
    Space,
    /// In a chunk extension, which is skipped.
    Extension,
    /// The line feed of a size line.
    SizeEnd,
    /// In the chunk's bytes.
    Data,
    /// The carriage return behind the chunk's bytes.
    DataCr,
    /// The line feed behind the chunk's bytes.
    DataLf,
    /// The start of a trailer line, or of the blank line that ends it all.
    Line,
    /// In a trailer's name.
    Name,
    /// In a trailer's value.
    Value,
    /// The line feed of a trailer line.
    ValueEnd,
    /// The line feed of the blank line.
    End,
}

/// Decoder of one chunked body. Lines end with CR LF, strictly: a leniency
/// here is what lets two readers disagree on where a response ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    at: At,
    /// Size of the chunk, then bytes of it still to come.
    size: u64,
    /// Body bytes announced so far.
    total: u64,
    /// Bytes of the current size line, then of all trailers.
    line: u32,
    trailers: u32,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Chunks {
            at: At::Size { first: true },
            size: 0,
            total: 0,
            line: 0,
            trailers: 0,
        }
    }

    /// Body bytes announced so far: all of them at the end.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Takes `bytes`, hands body bytes to `sink`; at the body's end, says how
    /// many bytes it took.
    pub(super) fn take(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<usize>, HttpError> {
        let mut rest = bytes;
        loop {
            if let At::Data = self.at {
                let run = self.size.min(rest.len() as u64) as usize;
                let (data, behind) = rest.split_at(run);
                if !data.is_empty() {
                    sink(data);
                }
                rest = behind;
                self.size -= run as u64;
                if self.size > 0 {
                    return Ok(None);
                }
                self.at = At::DataCr;
            }
            let Some((&byte, behind)) = rest.split_first() else {
                return Ok(None);
            };
            rest = behind;
            if self.step(byte)? {
                return Ok(Some(bytes.len() - rest.len()));
            }
        }
    }

    /// One byte outside a chunk's data; true at the end of the body.
    fn step(&mut self, byte: u8) -> Result<bool, HttpError> {
        self.at = match (self.at, byte) {
            (At::Size { .. }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = (byte as char).to_digit(16).map_or(0, u64::from);
                if self.size >> 60 != 0 {
                    return Err(HttpError::ChunkSizeOverflow);
                }
                self.size = self.size << 4 | digit;
                self.count_line()?;
                At::Size { first: false }
            }
            (At::Size { first: false } | At::Space, b' ' | b'\t') => {
                self.count_line()?;
                At::Space
            }
            (At::Size { first: false } | At::Space, b';') => {
                self.count_line()?;
                At::Extension
            }
            (At::Size { first: false } | At::Space | At::Extension, b'\r') => At::SizeEnd,
            (At::Extension, b'\t' | b' '..=b'~' | 0x80..) => {
                self.count_line()?;
                At::Extension
            }
            (At::SizeEnd, b'\n') => self.size_known()?,
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => At::Size { first: true },
            (At::Line, b'\r') => At::End,
            (At::End, b'\n') => return Ok(true),
            (At::Line, byte) if is_token(byte) => {
                self.trailers += 1;
                if self.trailers as usize > MAX_HEADERS {
                    return Err(HttpError::TooManyHeaders);
                }
                self.count_trailer()?;
                At::Name
            }
            (At::Name, b':') => {
                self.count_trailer()?;
                At::Value
            }
            (At::Name, byte) if is_token(byte) => {
                self.count_trailer()?;
                At::Name
            }
            (At::Value, b'\r') => At::ValueEnd,
            (At::Value, b'\t' | b' '..=b'~' | 0x80..) => {
                self.count_trailer()?;
                At::Value
            }
            (At::ValueEnd, b'\n') => At::Line,
            (At::Line | At::Name | At::Value | At::ValueEnd | At::End, _) => {
                return Err(HttpError::BadTrailer);
            }
            _ => return Err(HttpError::BadChunk),
        };
        Ok(false)
    }

    fn size_known(&mut self) -> Result<At, HttpError> {
        self.line = 0;
        if self.size == 0 {
            return Ok(At::Line);
        }
        // The total is at most MAX_BODY, so this cannot wrap.
        if self.size > MAX_BODY - self.total {
            return Err(HttpError::BodyTooLong);
        }
        self.total += self.size;
        Ok(At::Data)
    }

    fn count_line(&mut self) -> Result<(), HttpError> {
        self.line += 1;
        if self.line > MAX_LINE {
            return Err(HttpError::ChunkLineTooLong);
        }
        Ok(())
    }

    fn count_trailer(&mut self) -> Result<(), HttpError> {
        self.line += 1;
        if self.line as usize > BUFFER {
            return Err(HttpError::TrailersTooLong);
        }
        Ok(())
    }
}

/// A character of a field's name (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
