//! The `wire` client: the bodies of an order over one shared sans-I/O codec and
//! the model's native sockets.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use super::{Fetch, HOST, OrderForm, Outcome, Page, Verb, timed_out};
use crate::http1::{self, Decoder, Method};
use crate::kit::{AsyncKit, DirectKit};

/// What a unit owns: a connection and its buffers.
pub struct Session<C> {
    pub(super) conn: Option<C>,
    pub(super) request: Vec<u8>,
    form: Vec<u8>,
    pub(super) decoder: Decoder,
    pub(super) body: Vec<u8>,
}

impl<C> Session<C> {
    pub(super) fn new(conn: Option<C>) -> Self {
        Session {
            conn,
            request: Vec::with_capacity(256),
            form: Vec::new(),
            decoder: Decoder::new(),
            body: Vec::new(),
        }
    }
}

/// Takes in a body as it comes: its checksum always, its bytes where they are
/// parsed afterwards.
pub(super) struct Intake<'a> {
    pub(super) crc: crc32fast::Hasher,
    pub(super) body: Option<&'a mut Vec<u8>>,
}

impl Intake<'_> {
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        if let Some(body) = &mut self.body {
            body.extend_from_slice(bytes);
        }
    }
}

/// A broken response, with the item it was for.
#[derive(Debug)]
pub(super) struct Broken {
    item: u64,
    pub(super) error: http1::HttpError,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {}: {}", self.item, self.error)
    }
}

impl std::error::Error for Broken {}

#[cold]
pub(super) fn broken(page: Page, error: http1::HttpError) -> io::Error {
    let kind = io::Error::from(error).kind();
    io::Error::new(
        kind,
        Broken {
            item: page.id,
            error,
        },
    )
}

/// Whether a connection ended without a byte of an answer.
fn unanswered(decoder: &Decoder, error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(Broken { error, .. }) => *error == http1::HttpError::ClosedBeforeResponse,
        None => {
            decoder.silent()
                && matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionReset
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::BrokenPipe
                        | io::ErrorKind::NotConnected
                )
        }
    }
}

impl Fetch {
    pub(super) fn method(&self) -> Method {
        match self.method {
            Verb::Get => Method::Get,
            Verb::Head => Method::Head,
            Verb::Put => Method::Put,
            Verb::Delete => Method::Delete,
            Verb::Post => Method::Post,
        }
    }

    /// Renders a page's request into the session's buffer.
    pub(super) fn render<C>(&self, session: &mut Session<C>, page: Page) {
        let body = match self.method {
            Verb::Put | Verb::Post => {
                OrderForm::write(page.id, &mut session.form);
                Some(("application/json", session.form.as_slice()))
            }
            _ => None,
        };
        let path = |out: &mut Vec<u8>| self.path(page, out);
        http1::render(
            &mut session.request,
            self.method(),
            self.host_field(),
            path,
            body,
            self.keeps_alive(),
        );
        session.decoder.begin(self.method());
        session.body.clear();
    }

    pub(super) fn conclude<C>(
        &self,
        session: &Session<C>,
        page: Page,
        (response, crc): (http1::Response, crc32fast::Hasher),
        opened: u8,
    ) -> io::Result<u64> {
        let outcome = Outcome {
            status: response.status,
            body_len: response.body_len,
            body_crc: crc.finalize(),
            body: &session.body,
            opened,
        };
        self.judge(page, &outcome)
    }

    /// Whether a request is to be sent again on a new connection, as every client
    /// does: the one that was kept alive had been closed, and nothing of an answer
    /// had come. The mock server closes none, so there it is a fault.
    #[cold]
    pub(super) fn sends_again<C>(&self, session: &mut Session<C>, error: &io::Error) -> bool {
        if !self.foreign() || !unanswered(&session.decoder, error) {
            return false;
        }
        session.decoder.begin(self.method());
        true
    }

    /// Opens a unit's connection and warms it up with a request that the
    /// ledger does not count. Each order hands its session on by value through several
    /// futures, so it is a pointer: copies of the whole took 4 % of an order's time.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn open_asynch<K: AsyncKit>(&self, kit: K) -> io::Result<Box<Session<K::Conn>>> {
        let mut session = Box::new(Session::new(None));
        if !self.keeps_alive() {
            return Ok(session);
        }
        let mut conn = match self.connect(kit, 0).await {
            Ok(conn) => conn,
            // The order will meet it again, and count it.
            Err(error) => return self.tolerate(error).map(|_| session),
        };
        if !self.foreign() {
            warm_up_request(&mut session);
            kit.write_all(&mut conn, &mut session.request).await?;
            loop {
                let n = kit.read(&mut conn, session.decoder.room()).await?;
                if session.decoder.advance(n, &mut |_: &[u8]| {})?.is_some() {
                    break;
                }
            }
        }
        session.conn = Some(conn);
        Ok(session)
    }

    /// Fetches one page on an async runtime.
    pub async fn asynch<K: AsyncKit>(
        &self,
        kit: K,
        mut session: Box<Session<K::Conn>>,
        page: Page,
    ) -> (Box<Session<K::Conn>>, io::Result<u64>) {
        let host = self.host(page);
        // A timeout counts from the moment at which the host may be asked.
        let _permit = if self.capped() {
            Some(kit.acquire(host).await)
        } else {
            None
        };
        let outcome = match self.timeout() {
            None => self.exchange(kit, &mut session, page, host).await,
            Some(limit) => {
                let exchange = self.exchange(kit, &mut session, page, host);
                kit.timeout(limit, exchange)
                    .await
                    .unwrap_or_else(|| Err(timed_out(page, limit)))
            }
        };
        (session, outcome.or_else(|error| self.tolerate(error)))
    }

    async fn connect<K: AsyncKit>(&self, kit: K, host: usize) -> io::Result<K::Conn> {
        let mut addresses = self.addresses(host)?.iter();
        loop {
            // There is at least one.
            let address = addresses.next().copied().ok_or(io::ErrorKind::NotFound)?;
            match kit.connect(address).await {
                Err(_) if !addresses.as_slice().is_empty() => {}
                connected => return connected,
            }
        }
    }

    async fn exchange<K: AsyncKit>(
        &self,
        kit: K,
        session: &mut Session<K::Conn>,
        page: Page,
        host: usize,
    ) -> io::Result<u64> {
        self.render(session, page);
        let kept = session.conn.is_some();
        let mut again = false;
        loop {
            let error = match self.attempt(kit, session, page, host).await {
                Ok(whole) => {
                    let opened = u8::from(!kept) + u8::from(again);
                    return self.conclude(session, page, whole, opened);
                }
                Err(error) => error,
            };
            if again || !kept || !self.sends_again(session, &error) {
                return Err(error);
            }
            again = true;
        }
    }

    /// Sends the request that is rendered, and takes in the response.
    async fn attempt<K: AsyncKit>(
        &self,
        kit: K,
        session: &mut Session<K::Conn>,
        page: Page,
        host: usize,
    ) -> io::Result<(http1::Response, crc32fast::Hasher)> {
        let mut conn = match session.conn.take() {
            Some(conn) => conn,
            None => self.connect(kit, host).await?,
        };
        kit.write_all(&mut conn, &mut session.request).await?;
        let mut intake = Intake {
            crc: crc32fast::Hasher::new(),
            body: self.parses().then_some(&mut session.body),
        };
        let response = loop {
            let n = kit.read(&mut conn, session.decoder.room()).await?;
            let advanced = session
                .decoder
                .advance(n, &mut |bytes: &[u8]| intake.take(bytes));
            if let Some(response) = advanced.map_err(|error| broken(page, error))? {
                break response;
            }
        };
        let crc = intake.crc;
        // Only a connection that has given a whole response may serve again.
        session.conn = (self.keeps_alive() && response.keep_alive).then_some(conn);
        Ok((response, crc))
    }

    /// Opens a unit's connection and warms it up with a request that the
    /// ledger does not count. A pointer, as on async runtimes: pools move it, too.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn open_direct<K: DirectKit>(&self, kit: &K) -> io::Result<Box<Session<K::Conn>>> {
        let mut session = Box::new(Session::new(None));
        if !self.keeps_alive() {
            return Ok(session);
        }
        let mut conn = match self.connect_direct(kit, 0, None) {
            Ok(conn) => conn,
            // The order will meet it again, and count it.
            Err(error) => return self.tolerate(error).map(|_| session),
        };
        if !self.foreign() {
            warm_up_request(&mut session);
            conn.write_all(&session.request)?;
            loop {
                let n = conn.read(session.decoder.space())?;
                if session.decoder.advance(n, &mut |_: &[u8]| {})?.is_some() {
                    break;
                }
            }
        }
        session.conn = Some(conn);
        Ok(session)
    }

    fn connect_direct<K: DirectKit>(
        &self,
        kit: &K,
        host: usize,
        deadline: Option<&Deadline>,
    ) -> io::Result<K::Conn> {
        let mut addresses = self.addresses(host)?.iter();
        loop {
            // There is at least one.
            let address = addresses.next().copied().ok_or(io::ErrorKind::NotFound)?;
            let left = deadline.map(Deadline::left).transpose()?;
            match kit.connect(address, left) {
                Err(_) if !addresses.as_slice().is_empty() => {}
                connected => return connected,
            }
        }
    }

    /// Fetches one page on the calling thread.
    ///
    /// # Errors
    /// Those of the connection, and a response that is not the one due.
    pub fn direct<K: DirectKit>(
        &self,
        kit: &K,
        session: &mut Session<K::Conn>,
        page: Page,
    ) -> io::Result<u64> {
        let host = self.host(page);
        let _permit = if self.capped() {
            Some(kit.acquire(host)?)
        } else {
            None
        };
        let deadline = self.timeout().map(|limit| Deadline::after(limit, page));
        self.exchange_direct(kit, session, page, host, deadline.as_ref())
            .or_else(|error| self.tolerate(error))
    }

    fn exchange_direct<K: DirectKit>(
        &self,
        kit: &K,
        session: &mut Session<K::Conn>,
        page: Page,
        host: usize,
        deadline: Option<&Deadline>,
    ) -> io::Result<u64> {
        self.render(session, page);
        let kept = session.conn.is_some();
        let mut again = false;
        loop {
            let error = match self.attempt_direct(kit, session, page, host, deadline) {
                Ok(whole) => {
                    let opened = u8::from(!kept) + u8::from(again);
                    return self.conclude(session, page, whole, opened);
                }
                Err(error) => error,
            };
            if again || !kept || !self.sends_again(session, &error) {
                return Err(error);
            }
            again = true;
        }
    }

    /// Sends the request that is rendered, and takes in the response.
    fn attempt_direct<K: DirectKit>(
        &self,
        kit: &K,
        session: &mut Session<K::Conn>,
        page: Page,
        host: usize,
        deadline: Option<&Deadline>,
    ) -> io::Result<(http1::Response, crc32fast::Hasher)> {
        let mut conn = match session.conn.take() {
            Some(conn) => conn,
            None => self.connect_direct(kit, host, deadline)?,
        };
        if let Some(deadline) = deadline {
            kit.limit_write(&conn, deadline.left()?)?;
        }
        conn.write_all(&session.request)?;
        let mut intake = Intake {
            crc: crc32fast::Hasher::new(),
            body: self.parses().then_some(&mut session.body),
        };
        let response = loop {
            if let Some(deadline) = deadline {
                kit.limit_read(&conn, deadline.left()?)?;
            }
            let n = match conn.read(session.decoder.space()) {
                // The timeout is over; the next look at the deadline says so.
                Err(error) if gave_up(&error) => continue,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            let advanced = session
                .decoder
                .advance(n, &mut |bytes: &[u8]| intake.take(bytes));
            if let Some(response) = advanced.map_err(|error| broken(page, error))? {
                break response;
            }
        };
        let crc = intake.crc;
        session.conn = (self.keeps_alive() && response.keep_alive).then_some(conn);
        Ok((response, crc))
    }
}

/// Whether a read ended at its limit. The system says so of its own sockets by
/// `WouldBlock`; a library that waits by itself has no number of the system to show, as
/// a connection that the network gave up has.
fn gave_up(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::WouldBlock => true,
        io::ErrorKind::TimedOut => error.raw_os_error().is_none(),
        _ => false,
    }
}

/// When a blocking order gives up.
struct Deadline {
    at: Instant,
    limit: Duration,
    page: Page,
}

impl Deadline {
    fn after(limit: Duration, page: Page) -> Self {
        Deadline {
            at: Instant::now() + limit,
            limit,
            page,
        }
    }

    /// Time left, never none of it: the system calls take zero for "forever".
    fn left(&self) -> io::Result<Duration> {
        let left = self.at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(timed_out(self.page, self.limit))
        } else {
            Ok(left)
        }
    }
}

pub(super) fn warm_up_request<C>(session: &mut Session<C>) {
    let path = |out: &mut Vec<u8>| out.extend_from_slice(b"/ready");
    http1::render(&mut session.request, Method::Get, HOST, path, None, true);
    session.decoder.begin(Method::Get);
}
