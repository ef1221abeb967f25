//! The head of a response: where its body ends, and what becomes of the
//! connection.

use std::mem::MaybeUninit;

use super::{HttpError, MAX_HEADERS};

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
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut headers,
    );
    let len = match parsed {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(refusal(error)),
    };
    let (Some(status), Some(version)) = (response.code, response.version) else {
        return Err(HttpError::BadHead("no status"));
    };
    if status < 100 {
        return Err(HttpError::BadHead("a status below 100"));
    }
    let mut fields = Fields {
        length: None,
        chunked: false,
        keep_alive: version == 1,
    };
    for header in response.headers.iter() {
        fields.note(header.name, header.value)?;
    }
    let framing = match (fields.chunked, fields.length) {
        (true, Some(_)) => return Err(HttpError::AmbiguousLength),
        (true, None) if version == 0 => return Err(HttpError::BadTransferCoding),
        (true, None) => Framing::Chunked,
        (false, Some(length)) => Framing::Length(length),
        (false, None) => Framing::Close,
    };
    Ok(Some(Head {
        len,
        status,
        framing,
        keep_alive: fields.keep_alive,
    }))
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
    chunked: bool,
    keep_alive: bool,
}

impl Fields {
    #[inline]
    fn note(&mut self, name: &str, value: &[u8]) -> Result<(), HttpError> {
        // Lengths differ, so most fields cost one comparison.
        match name.len() {
            10 if name.eq_ignore_ascii_case("connection") => self.connection(value),
            14 if name.eq_ignore_ascii_case("content-length") => {
                let length = decimal(value).ok_or(HttpError::BadContentLength)?;
                if self.length.is_some_and(|other| other != length) {
                    return Err(HttpError::BadContentLength);
                }
                self.length = Some(length);
            }
            17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                // Chunked twice over is forbidden (RFC 9112, 6.1).
                if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(HttpError::BadTransferCoding);
                }
                self.chunked = true;
            }
            _ => {}
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
