//! The head of a response: where its body ends, and what becomes of the
//! connection.

use std::mem::MaybeUninit;

use super::{HttpError, MAX_HEADERS};

/// Fields that are parsed without asking the allocator for room: what nearly
/// every head has fewer of.
const USUAL_HEADERS: usize = 64;

/// Where the body ends, as far as the head's fields tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// After this many bytes.
    Length(u64),
    /// After the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// What the decoder needs of a head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Bytes of the head, blank line included.
    pub(super) len: usize,
    pub(super) status: u16,
    pub(super) framing: Framing,
    pub(super) keep_alive: bool,
}

/// Parses the head at the start of `bytes`; `None` where it is not complete.
#[inline]
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, HttpError> {
    // httparse skips empty lines before the status line, which is meant for
    // servers; and a peer that speaks something else is told at once, not
    // when its first blank line comes.
    let known = bytes.len().min(7);
    if bytes[..known] != b"HTTP/1."[..known] {
        return Err(if bytes.starts_with(b"HTTP/") {
            HttpError::BadVersion
        } else {
            HttpError::BadHead("it does not begin with HTTP/")
        });
    }
    // Left uninitialised: clearing 2 KiB would cost as much as the parse.
    let mut headers = [const { MaybeUninit::uninit() }; USUAL_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut headers,
    );
    let len = match parsed {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return parse_long(bytes),
        Err(error) => return Err(refusal(error)),
    };
    understand(&response, len).map(Some)
}

/// As [`parse`], of a head with more fields than usual.
#[cold]
fn parse_long(bytes: &[u8]) -> Result<Option<Head>, HttpError> {
    let mut headers = vec![httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => understand(&response, len).map(Some),
        Ok(httparse::Status::Partial) => Ok(None),
        Err(error) => Err(refusal(error)),
    }
}

/// What the decoder needs of a head that was parsed, and is `len` bytes long.
#[inline]
fn understand(response: &httparse::Response<'_, '_>, len: usize) -> Result<Head, HttpError> {
    let (Some(status), Some(version)) = (response.code, response.version) else {
        return Err(HttpError::BadHead("no status"));
    };
    if status < 100 {
        return Err(HttpError::BadHead("a status below 100"));
    }
    let mut fields = Fields {
        length: None,
        chunked: false,
        coded: false,
        keep_alive: version == 1,
    };
    for header in response.headers.iter() {
        fields.note(header.name, header.value)?;
    }
    let transfer_coding = fields.chunked || fields.coded;
    if transfer_coding && version == 0 {
        return Err(HttpError::BadTransferCoding);
    }
    let framing = match fields.length {
        Some(_) if transfer_coding => return Err(HttpError::AmbiguousLength),
        Some(length) => Framing::Length(length),
        None if fields.chunked => Framing::Chunked,
        None => Framing::Close,
    };
    Ok(Head {
        len,
        status,
        framing,
        keep_alive: fields.keep_alive,
    })
}

/// Offset just behind the first blank line of `bytes`, with the search
/// starting at `from`, which is where the last one stopped.
#[inline]
pub(super) fn end(bytes: &[u8], from: usize) -> Option<usize> {
    // A blank line may straddle the old end: "\n\r" there, "\n" here.
    let start = from.saturating_sub(2);
    let mut rest = &bytes[start..];
    while let Some(at) = rest.iter().position(|&byte| byte == b'\n') {
        rest = &rest[at + 1..];
        let blank = match rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => continue,
        };
        return Some(bytes.len() - rest.len() + blank);
    }
    None
}

struct Fields {
    length: Option<u64>,
    /// The body comes in chunks.
    chunked: bool,
    /// It has another transfer coding, which is left as it is: the bytes that
    /// come are counted, and nobody reads what they say.
    coded: bool,
    keep_alive: bool,
}

impl Fields {
    #[inline]
    fn note(&mut self, name: &str, value: &[u8]) -> Result<(), HttpError> {
        // Lengths differ, so most fields cost one comparison.
        match name.len() {
            10 if name.eq_ignore_ascii_case("connection") => self.connection(value),
            14 if name.eq_ignore_ascii_case("content-length") => {
                let length = match decimal(value) {
                    Some(length) => length,
                    None => equal_decimals(value).ok_or(HttpError::BadContentLength)?,
                };
                if self.length.is_some_and(|other| other != length) {
                    return Err(HttpError::BadContentLength);
                }
                self.length = Some(length);
            }
            17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return self.codings(value);
                }
                self.chunked = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// A list of transfer codings. Chunks come last and once, or the body ends
    /// with the connection (RFC 9112, 6.1 and 6.3).
    #[cold]
    fn codings(&mut self, value: &[u8]) -> Result<(), HttpError> {
        for coding in value.split(|&byte| byte == b',') {
            if self.chunked {
                return Err(HttpError::BadTransferCoding);
            }
            match coding.trim_ascii() {
                b"" => {}
                coding if coding.eq_ignore_ascii_case(b"chunked") => self.chunked = true,
                _ => self.coded = true,
            }
        }
        Ok(())
    }

    #[inline]
    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|&byte| byte == b',') {
            let option = option.trim_ascii();
            if option.eq_ignore_ascii_case(b"close") {
                self.keep_alive = false;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.keep_alive = true;
            }
        }
    }
}

/// Digits alone: no sign, no space, no list.
#[inline]
fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |number, &byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A list of one number over and over, which is what some servers make of two
/// equal fields (RFC 9110, 8.6).
#[cold]
fn equal_decimals(text: &[u8]) -> Option<u64> {
    let mut numbers = text
        .split(|&byte| byte == b',')
        .map(|part| decimal(part.trim_ascii()));
    let first = numbers.next()??;
    numbers.all(|number| number == Some(first)).then_some(first)
}

#[cold]
fn refusal(error: httparse::Error) -> HttpError {
    match error {
        httparse::Error::TooManyHeaders => HttpError::TooManyHeaders,
        httparse::Error::Version => HttpError::BadVersion,
        httparse::Error::HeaderName => HttpError::BadHead("a field's name"),
        httparse::Error::HeaderValue => HttpError::BadHead("a field's value"),
        httparse::Error::NewLine => HttpError::BadHead("a line's end"),
        httparse::Error::Status => HttpError::BadHead("the status"),
        httparse::Error::Token => HttpError::BadHead("a forbidden character"),
    }
}
