//! Sans-I/O HTTP/1.1 client codec: bytes in, bytes out, no sockets.
//!
//! Every model sends and receives these very bytes through its own sockets,
//! so what differs between models is scheduling and waiting alone. It stands
//! on the ranked path: no allocation per request, no copy of a body.
//!
//! One request is in flight per connection (no pipelining), so bytes beyond
//! the response are a fault and are refused. A body must be delimited by
//! `Content-Length` or chunks; one that ends with the connection cannot be
//! told from a truncated one and is refused too.

mod chunked;
mod decoder;
mod error;
mod head;
mod request;

pub use decoder::{Decoder, Response};
pub use error::HttpError;
pub use request::{Method, push_decimal, render};

/// Size of a decoder's read buffer, bytes; no response head may be longer.
pub const BUFFER: usize = 8192;
/// Most header fields in a head, and most trailer fields behind a chunked
/// body.
pub const MAX_HEADERS: usize = 64;
/// Longest body accepted, bytes.
pub const MAX_BODY: u64 = 16 << 20;

#[cfg(test)]
mod tests;
