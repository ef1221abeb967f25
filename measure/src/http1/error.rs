//! What a server may get wrong.

use std::{fmt, io};

use super::{BUFFER, MAX_BODY, MAX_HEAD, MAX_HEADERS};

/// Why a response was refused. The connection is of no further use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// The peer closed before the first byte of a response.
    ClosedBeforeResponse,
    /// The peer closed in the middle of a response.
    Truncated,
    /// The head is longer than [`MAX_HEAD`].
    HeadTooLong,
    /// More header or trailer fields than [`MAX_HEADERS`].
    TooManyHeaders,
    /// Not a response head; says which part.
    BadHead(&'static str),
    /// Neither HTTP/1.0 nor HTTP/1.1.
    BadVersion,
    /// More interim (1xx) responses than any server has reason to send.
    TooManyInterim,
    /// The server switched protocols, which no request asks for.
    Upgraded,
    /// `Content-Length` is not a number, or two of them differ.
    BadContentLength,
    /// Both `Content-Length` and `Transfer-Encoding`: two opinions on where
    /// the body ends.
    AmbiguousLength,
    /// Chunks that are not the last transfer coding or come twice over, or any
    /// transfer coding in HTTP/1.0.
    BadTransferCoding,
    /// The body is longer than [`MAX_BODY`].
    BodyTooLong,
    /// A chunk does not follow the grammar.
    BadChunk,
    /// A chunk's size does not fit 64 bits.
    ChunkSizeOverflow,
    /// A chunk's size and extensions take an absurdly long line.
    ChunkLineTooLong,
    /// A trailer field does not follow the grammar.
    BadTrailer,
    /// Trailer fields are longer than the read buffer.
    TrailersTooLong,
    /// Bytes that no request asked for.
    BytesBeyondResponse,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::ClosedBeforeResponse => {
                f.write_str("the server closed the connection instead of answering")
            }
            HttpError::Truncated => {
                f.write_str("the server closed the connection in the middle of a response")
            }
            HttpError::HeadTooLong => {
                write!(f, "the response head is longer than {MAX_HEAD} bytes")
            }
            HttpError::TooManyHeaders => {
                write!(f, "the response has more than {MAX_HEADERS} header fields")
            }
            HttpError::BadHead(part) => write!(f, "malformed response head: {part}"),
            HttpError::BadVersion => f.write_str("the response is neither HTTP/1.0 nor HTTP/1.1"),
            HttpError::TooManyInterim => f.write_str("too many interim (1xx) responses"),
            HttpError::Upgraded => f.write_str("the server switched protocols unasked (101)"),
            HttpError::BadContentLength => {
                f.write_str("Content-Length is not a number, or is given twice with two values")
            }
            HttpError::AmbiguousLength => {
                f.write_str("the response has both Content-Length and Transfer-Encoding")
            }
            HttpError::BadTransferCoding => {
                f.write_str("the response has a Transfer-Encoding in HTTP/1.0, or one in which chunked is not the last coding")
            }
            HttpError::BodyTooLong => {
                write!(f, "the response body is longer than {MAX_BODY} bytes")
            }
            HttpError::BadChunk => f.write_str("malformed chunk in a chunked body"),
            HttpError::ChunkSizeOverflow => f.write_str("a chunk's size does not fit 64 bits"),
            HttpError::ChunkLineTooLong => f.write_str("a chunk's size line is too long"),
            HttpError::BadTrailer => f.write_str("malformed trailer field after a chunked body"),
            HttpError::TrailersTooLong => {
                write!(f, "the trailer fields are longer than {BUFFER} bytes")
            }
            HttpError::BytesBeyondResponse => {
                f.write_str("the server sent bytes beyond the response")
            }
        }
    }
}

impl std::error::Error for HttpError {}

impl From<HttpError> for io::Error {
    fn from(error: HttpError) -> Self {
        let kind = match error {
            HttpError::ClosedBeforeResponse | HttpError::Truncated => io::ErrorKind::UnexpectedEof,
            _ => io::ErrorKind::InvalidData,
        };
        io::Error::new(kind, error)
    }
}
