//! The response decoder: a state machine over a read buffer.

use super::chunked::Chunks;
use super::head::{self, Framing, Head};
use super::{BUFFER, HttpError, MAX_BODY, MAX_HEAD, Method, Room};

/// Interim responses accepted before the final one.
const MAX_INTERIM: u8 = 16;

/// A response, complete and checked; its body went to the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code, 200 and above.
    pub status: u16,
    /// Body bytes received.
    pub body_len: u64,
    /// What `Content-Length` announced, if it was there: for `HEAD` the
    /// length of the body that a `GET` would have had, elsewhere `body_len`.
    pub content_length: Option<u64>,
    /// Whether the connection may carry another request.
    pub keep_alive: bool,
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing is expected.
    Idle,
    /// A head, of which the read buffer holds what has come.
    Head,
    /// Body bytes; this many are still to come.
    Length(u64),
    /// A chunked body.
    Chunked(Chunks),
    /// Body bytes until the end of the connection.
    Close,
}

/// Decodes one response after another from one connection.
///
/// ```
/// use bakeoff_measure::http1::{Decoder, Method};
/// # use std::io::Read;
/// # let mut connection: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncake";
/// let mut decoder = Decoder::new();
/// let mut body = Vec::new();
/// decoder.begin(Method::Get);
/// let response = loop {
///     let n = connection.read(decoder.space())?;
///     if let Some(response) = decoder.advance(n, &mut |bytes| body.extend_from_slice(bytes))? {
///         break response;
///     }
/// };
/// assert_eq!((response.status, response.body_len), (200, 4));
/// assert_eq!(body, b"cake");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    buf: Box<[u8]>,
    /// Bytes of an unfinished head at the buffer's start; 0 in other states,
    /// because body bytes leave the buffer as they come.
    filled: usize,
    state: State,
    bodiless: bool,
    interim: u8,
    response: Response,
}

impl Decoder {
    /// A decoder for a new connection. Its read buffer is its only
    /// allocation: [`BUFFER`] bytes, and more only where a head is longer.
    #[must_use]
    pub fn new() -> Self {
        Decoder {
            buf: vec![0; BUFFER].into_boxed_slice(),
            filled: 0,
            state: State::Idle,
            bodiless: false,
            interim: 0,
            response: Response {
                status: 0,
                body_len: 0,
                content_length: None,
                keep_alive: false,
            },
        }
    }

    /// Expects the response to a request of this `method`, and forgets what
    /// an earlier, failed response left: so a decoder may change connections.
    #[inline]
    pub fn begin(&mut self, method: Method) {
        self.filled = 0;
        self.state = State::Head;
        self.bodiless = method == Method::Head;
        self.interim = 0;
    }

    /// Whether nothing of the response has come yet that [`begin`](Self::begin)
    /// made this decoder expect.
    #[must_use]
    pub fn silent(&self) -> bool {
        matches!(self.state, State::Head) && self.filled == 0 && self.interim == 0
    }

    /// Where the caller's next read goes; never empty.
    #[inline]
    pub fn space(&mut self) -> &mut [u8] {
        self.room().slice()
    }

    /// The same for those who read by another way than into a slice.
    #[inline]
    pub fn room(&mut self) -> Room<'_> {
        Room::new(&mut self.buf, self.filled)
    }

    /// Takes the `n` bytes just read into [`space`](Self::space) and hands
    /// body bytes to `sink`, in order, as they come. `Some` is the whole
    /// response; `None` asks for another read. `n == 0` is the end of the
    /// stream.
    ///
    /// # Errors
    /// Whatever [`HttpError`] names; the connection is then of no use, and
    /// bytes given to `sink` do not make a body.
    ///
    /// # Panics
    /// If `n` exceeds the length of `space()`.
    #[inline]
    pub fn advance(
        &mut self,
        n: usize,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Response>, HttpError> {
        let result = if n == 0 {
            self.end_of_stream()
        } else {
            self.take(n, sink)
        };
        if !matches!(result, Ok(None)) {
            self.state = State::Idle;
            self.filled = 0;
        }
        result
    }

    #[inline]
    fn take(
        &mut self,
        n: usize,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Response>, HttpError> {
        let end = self.filled + n;
        assert!(end <= self.buf.len(), "more bytes than space() had");
        match self.state {
            State::Head => self.take_head(end, sink),
            State::Length(_) | State::Chunked(_) | State::Close => self.take_body(0, end, sink),
            State::Idle => Err(HttpError::BytesBeyondResponse),
        }
    }

    #[inline]
    fn take_head(
        &mut self,
        end: usize,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Response>, HttpError> {
        // Most heads come whole, so the first bytes go straight to the
        // parser. If it wants more, later ones are searched for the blank
        // line only: a head that trickles in is parsed twice, not n times.
        let searched = std::mem::replace(&mut self.filled, end);
        if searched > 0 && head::end(&self.buf[..end], searched).is_none() {
            return self.wait_for_head();
        }
        loop {
            let Some(head) = head::parse(&self.buf[..self.filled])? else {
                return self.wait_for_head();
            };
            if head.status >= 200 {
                return self.begin_body(head, sink);
            }
            self.skip_interim(head)?;
            if self.filled == 0 {
                return Ok(None);
            }
        }
    }

    fn wait_for_head(&mut self) -> Result<Option<Response>, HttpError> {
        if self.filled == self.buf.len() {
            self.grow()?;
        }
        Ok(None)
    }

    /// Makes room for the rest of a head that is longer than most.
    #[cold]
    fn grow(&mut self) -> Result<(), HttpError> {
        let len = self.buf.len();
        if len >= MAX_HEAD {
            return Err(HttpError::HeadTooLong);
        }
        let mut wider = vec![0; (2 * len).min(MAX_HEAD)];
        wider[..len].copy_from_slice(&self.buf);
        self.buf = wider.into_boxed_slice();
        Ok(())
    }

    #[cold]
    fn skip_interim(&mut self, head: Head) -> Result<(), HttpError> {
        if head.status == 101 {
            return Err(HttpError::Upgraded);
        }
        self.interim += 1;
        if self.interim > MAX_INTERIM {
            return Err(HttpError::TooManyInterim);
        }
        self.buf.copy_within(head.len..self.filled, 0);
        self.filled -= head.len;
        Ok(())
    }

    #[inline]
    fn begin_body(
        &mut self,
        head: Head,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Response>, HttpError> {
        let end = std::mem::take(&mut self.filled);
        self.response = Response {
            status: head.status,
            body_len: 0,
            content_length: match head.framing {
                Framing::Length(length) => Some(length),
                Framing::Chunked | Framing::Close => None,
            },
            keep_alive: head.keep_alive,
        };
        self.state = if self.bodiless || matches!(head.status, 204 | 304) {
            State::Length(0)
        } else {
            match head.framing {
                Framing::Length(length) if length > MAX_BODY => return Err(HttpError::BodyTooLong),
                Framing::Length(length) => {
                    self.response.body_len = length;
                    State::Length(length)
                }
                Framing::Chunked => State::Chunked(Chunks::new()),
                Framing::Close => {
                    self.response.keep_alive = false;
                    State::Close
                }
            }
        };
        self.take_body(head.len, end, sink)
    }

    #[inline]
    fn take_body(
        &mut self,
        start: usize,
        end: usize,
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<Option<Response>, HttpError> {
        let bytes = &self.buf[start..end];
        match &mut self.state {
            State::Length(left) => {
                let len = bytes.len() as u64;
                if len > *left {
                    return Err(HttpError::BytesBeyondResponse);
                }
                if len > 0 {
                    sink(bytes);
                }
                *left -= len;
                Ok((*left == 0).then_some(self.response))
            }
            State::Chunked(chunks) => match chunks.take(bytes, sink)? {
                Some(taken) if taken < bytes.len() => Err(HttpError::BytesBeyondResponse),
                Some(_) => {
                    self.response.body_len = chunks.total();
                    Ok(Some(self.response))
                }
                None => Ok(None),
            },
            State::Close => {
                self.response.body_len += bytes.len() as u64;
                if self.response.body_len > MAX_BODY {
                    return Err(HttpError::BodyTooLong);
                }
                if !bytes.is_empty() {
                    sink(bytes);
                }
                Ok(None)
            }
            State::Idle | State::Head => unreachable!("no body is expected"),
        }
    }

    #[cold]
    fn end_of_stream(&self) -> Result<Option<Response>, HttpError> {
        match self.state {
            State::Close => Ok(Some(self.response)),
            State::Idle => Err(HttpError::ClosedBeforeResponse),
            State::Head if self.silent() => Err(HttpError::ClosedBeforeResponse),
            _ => Err(HttpError::Truncated),
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
