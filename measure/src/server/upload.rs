//! A request body that arrives in pieces. Pure.

use super::request::{Framing, Head, MAX_BODY, Refusal};

/// Most bytes of coding (size lines, extensions, trailers) between two pieces
/// of data, none of which mean anything here.
const MAX_PADDING: usize = 64 * 1024;

/// Where in a chunked body the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Data of a chunk or of the whole body, this many bytes still to come.
    Data(usize),
    /// The line break behind a chunk's data.
    DataEnd,
    /// The size line: value so far, digits so far.
    Size(usize, u8),
    /// What follows the size on its line.
    Extension(usize),
    /// The line feed behind the size line.
    SizeEnd(usize),
    /// A trailer line; whether it is empty so far.
    Trailer(bool),
    /// Behind the last byte.
    Done,
}

/// A body being received.
#[derive(Debug)]
pub(super) struct Upload {
    /// The head that announced it.
    pub(super) head: Head,
    /// What came of it so far, without the coding.
    pub(super) body: Vec<u8>,
    place: Place,
    chunked: bool,
    padding: usize,
}

impl Upload {
    /// A body of which no byte has come.
    pub(super) fn new(head: Head) -> Self {
        let (place, chunked) = match head.framing {
            Framing::Length(0) => (Place::Done, false),
            Framing::Length(length) => (Place::Data(length), false),
            Framing::Chunked => (Place::Size(0, 0), true),
        };
        Upload {
            head,
            body: Vec::new(),
            place,
            chunked,
            padding: 0,
        }
    }

    /// Whether the body is whole.
    pub(super) fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    /// Takes what belongs to the body from the start of `bytes`, and says how
    /// many bytes that was.
    ///
    /// # Errors
    /// A coding that is broken, or a body above [`MAX_BODY`].
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut used = 0;
        while used < bytes.len() && !self.is_done() {
            if let Place::Data(left) = self.place {
                let take = left.min(bytes.len() - used);
                if self.body.len() + take > MAX_BODY {
                    return Err(Refusal::BodyTooLarge);
                }
                self.body.extend_from_slice(&bytes[used..used + take]);
                used += take;
                self.padding = 0;
                self.place = match (left - take, self.chunked) {
                    (0, true) => Place::DataEnd,
                    (0, false) => Place::Done,
                    (left, _) => Place::Data(left),
                };
                continue;
            }
            self.place = self.step(bytes[used])?;
            used += 1;
            self.padding += 1;
            if self.padding > MAX_PADDING {
                return Err(Refusal::HeadTooLarge);
            }
        }
        Ok(used)
    }

    /// The place behind one byte of the coding.
    fn step(&self, byte: u8) -> Result<Place, Refusal> {
        Ok(match (self.place, byte) {
            (Place::Size(size, digits), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).map_or(0, |d| d as usize);
                let size = size * 16 + digit;
                if size > MAX_BODY {
                    return Err(Refusal::BodyTooLarge);
                }
                // Leading zeros without end are no number.
                if digits == 16 {
                    return Err(Refusal::Malformed);
                }
                Place::Size(size, digits + 1)
            }
            (Place::Size(size, 1..), b';' | b' ' | b'\t') | (Place::Extension(size), _)
                if byte != b'\r' && byte != b'\n' =>
            {
                Place::Extension(size)
            }
            (Place::Size(size, 1..) | Place::Extension(size), b'\r') => Place::SizeEnd(size),
            (Place::SizeEnd(0), b'\n') => Place::Trailer(true),
            (Place::SizeEnd(size), b'\n') => Place::Data(size),
            (Place::DataEnd, b'\r') => Place::DataEnd,
            (Place::DataEnd, b'\n') => Place::Size(0, 0),
            (Place::Trailer(true), b'\n') => Place::Done,
            (Place::Trailer(false), b'\n') => Place::Trailer(true),
            (Place::Trailer(empty), b'\r') => Place::Trailer(empty),
            (Place::Trailer(_), _) => Place::Trailer(false),
            _ => return Err(Refusal::Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::request::{Persistence, Route};

    fn upload(framing: Framing) -> Upload {
        Upload::new(Head {
            route: Route::Post,
            sample: 0,
            chunked: false,
            bodiless: false,
            persistence: Persistence::Implied,
            framing,
            expects: false,
        })
    }

    #[test]
    fn a_length_takes_its_bytes_and_no_more() {
        let mut upload = upload(Framing::Length(5));
        assert_eq!(upload.push(b"abc"), Ok(3));
        assert!(!upload.is_done());
        assert_eq!(upload.push(b"deGET /"), Ok(2));
        assert!(upload.is_done());
        assert_eq!(upload.body, b"abcde");
    }

    #[test]
    fn chunks_come_out_the_same_however_they_are_split() {
        let text = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\nGET";
        for cut in 0..text.len() {
            let mut upload = upload(Framing::Chunked);
            let first = upload.push(&text[..cut]).unwrap();
            let second = upload.push(&text[first..]).unwrap();
            assert_eq!(first + second, text.len() - 3, "{cut}");
            assert!(upload.is_done());
            assert_eq!(upload.body, b"abc0123456789");
        }
    }

    #[test]
    fn broken_or_endless_coding_is_refused() {
        for text in [
            "x\r\n",
            "\r\n",
            "3xbc",
            "2\r\nabc\r\n",
            "1\nX",
            "-1\r\n",
            "1\rX",
        ] {
            assert_eq!(
                upload(Framing::Chunked).push(text.as_bytes()),
                Err(Refusal::Malformed),
                "{text:?}"
            );
        }
        let mut big = upload(Framing::Chunked);
        assert_eq!(big.push(b"100001\r\n"), Err(Refusal::BodyTooLarge));
        let mut many = upload(Framing::Chunked);
        let chunk = [b"8000\r\n", vec![b'x'; 0x8000].as_slice(), b"\r\n"].concat();
        let refusal = (0..64).find_map(|_| many.push(&chunk).err());
        assert_eq!(refusal, Some(Refusal::BodyTooLarge));
        let mut endless = upload(Framing::Chunked);
        let text = format!("1;{}", "x".repeat(MAX_PADDING));
        assert_eq!(endless.push(text.as_bytes()), Err(Refusal::HeadTooLarge));
    }
}
