//! Sans-I/O HTTP/1.1 client codec: bytes in, bytes out, no sockets.
//!
//! Every model sends and receives these very bytes through its own sockets,
//! so what differs between models is scheduling and waiting alone. It stands
//! on the ranked path: no allocation per request, no copy of a body.
//!
//! One request is in flight per connection (no pipelining), so bytes beyond
//! the response are a fault and are refused. A body is delimited by
//! `Content-Length`, by chunks, or by the end of the connection; of the last
//! kind it cannot be told whether it is whole.

mod chunked;
mod decoder;
mod error;
pub mod fixed_work;
mod head;
mod request;
mod room;

pub use decoder::{Decoder, Response};
pub use error::HttpError;
pub use request::{Method, push_decimal, render};
pub use room::Room;

/// Size of a decoder's read buffer, bytes. It grows where a response head is
/// longer.
pub const BUFFER: usize = 8192;
/// Longest response head accepted, bytes.
pub const MAX_HEAD: usize = 256 << 10;
/// Most header fields in a head, and most trailer fields behind a chunked
/// body.
pub const MAX_HEADERS: usize = 256;
/// Longest body accepted, bytes.
pub const MAX_BODY: u64 = 1 << 30;

#[cfg(test)]
mod tests;
