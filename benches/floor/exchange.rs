//! A request and its answer: the bytes that `fetch/no-delay` sends, and the least that a
//! client must do to know that the answer is whole.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Bytes of each item's body.
const BODY: usize = 128;
/// The longest answer, with room to spare.
const BUFFER: usize = 4096;

/// The buffers of one connection.
pub(crate) struct Exchange {
    request: Vec<u8>,
    answer: Box<[u8]>,
    filled: usize,
}

impl Exchange {
    pub(crate) fn new() -> Self {
        Exchange {
            request: Vec::with_capacity(256),
            answer: vec![0; BUFFER].into_boxed_slice(),
            filled: 0,
        }
    }

    /// The bytes to send for this item.
    pub(crate) fn request(&mut self, item: u64) -> io::Result<&[u8]> {
        self.filled = 0;
        self.request.clear();
        write!(
            self.request,
            "GET /items/{item}?sample=0 HTTP/1.1\r\nHost: bakery.test\r\n\r\n"
        )?;
        Ok(&self.request)
    }

    /// Where the next read goes.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        &mut self.answer[self.filled..]
    }

    /// The same for those who must own what they send.
    #[cfg(feature = "completion")]
    pub(crate) fn lend_request(&mut self, item: u64) -> io::Result<Vec<u8>> {
        self.request(item)?;
        Ok(std::mem::take(&mut self.request))
    }

    #[cfg(feature = "completion")]
    pub(crate) fn take_request_back(&mut self, request: Vec<u8>) {
        self.request = request;
    }

    /// The buffer itself, and where the next read goes in it.
    #[cfg(feature = "completion")]
    pub(crate) fn lend(&mut self) -> (Box<[u8]>, usize) {
        (std::mem::take(&mut self.answer), self.filled)
    }

    #[cfg(feature = "completion")]
    pub(crate) fn take_back(&mut self, answer: Box<[u8]>) {
        self.answer = answer;
    }

    /// Takes in that many bytes just read; whether the answer is whole.
    pub(crate) fn advance(&mut self, read: usize) -> io::Result<bool> {
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.filled += read;
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut head = httparse::Response::new(&mut headers);
        let bytes = &self.answer[..self.filled];
        let length = match head.parse(bytes).map_err(io::Error::other)? {
            httparse::Status::Complete(length) => length,
            httparse::Status::Partial => return Ok(false),
        };
        let announced = head
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
        if head.code != Some(200) || announced != Some(BODY) {
            return Err(io::Error::other("another answer than was due"));
        }
        Ok(self.filled == length + BODY)
    }
}

/// One exchange on the calling thread.
pub(crate) fn blocking(
    connection: &mut TcpStream,
    exchange: &mut Exchange,
    item: u64,
) -> io::Result<()> {
    connection.write_all(exchange.request(item)?)?;
    loop {
        let read = connection.read(exchange.space())?;
        if exchange.advance(read)? {
            return Ok(());
        }
    }
}
