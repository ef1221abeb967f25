//! Fetching pages over HTTP/1.1 with the `wire` client: one shared sans-I/O
//! codec over the model's native sockets. This is the ranked client.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::items::{Fault, Pages, Profile};
use super::params::Params;
use super::seed::mix;
use super::spread::Spread;
use super::{Backend, Limits, Plan, Served, Workload, World};
use crate::error::{Error, Result};
use crate::http1::{self, Decoder, Method};
use crate::kit::{AsyncKit, DirectKit};

/// What is fetched, from where, how politely.
pub struct Fetch {
    method: Verb,
    /// Shape of the items; its seed is the sample's.
    items: Profile,
    connection: Connection,
    hosts: usize,
    cap_per_host: usize,
    backend: Backend,
    /// Longest time for one order, ns; 0 for no limit.
    timeout: u64,
    pub(super) world: World,
}

/// The methods that a scenario may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Head,
    Put,
    Delete,
    Post,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    KeepAlive,
    PerOrder,
}

const KEYS: [&str; 10] = [
    "method",
    "delay",
    "size",
    "fault",
    "hold",
    "connection",
    "hosts",
    "cap_per_host",
    "backend",
    "timeout",
];

const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "DELETE", "POST"];

/// Longest delay of an item: ten minutes.
const MAX_DELAY: u64 = 600_000_000_000;
/// Hosts that the mock server can stand for.
pub const MAX_HOSTS: usize = 64;

/// One page.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Page {
    /// Number of the sample, for the server's ledger.
    pub sample: u64,
    /// The item's id.
    pub id: u64,
    /// Seed of the items.
    pub seed: u64,
}

/// What a client posts: the order for an item, as a person would write it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OrderForm {
    /// The item's id.
    pub id: u64,
    /// Who it is for.
    pub customer: String,
    /// What it is made of.
    pub layers: Vec<String>,
    /// How many candles.
    pub candles: u32,
}

/// What the server answers to an [`OrderForm`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The item's id.
    pub id: u64,
    /// [`Profile::receipt`] in hexadecimal.
    pub receipt: String,
}

impl OrderForm {
    /// The form of item `id`: a pure function, so that the expected receipt is known.
    #[must_use]
    pub fn of(id: u64) -> Self {
        let layer = |n: u64| {
            let flavours = ["vanilla", "chocolate", "lemon", "hazelnut"];
            flavours[(mix(id ^ n) % 4) as usize].to_owned()
        };
        OrderForm {
            id,
            customer: format!("customer {:08x}", mix(id) as u32),
            layers: (0..1 + mix(id) % 4).map(layer).collect(),
            candles: (mix(id) % 100) as u32,
        }
    }

    /// The form as JSON, as every client sends it.
    pub fn write(id: u64, out: &mut Vec<u8>) {
        out.clear();
        serde_json::to_writer(out, &OrderForm::of(id)).expect("a form serialises");
    }
}

/// What comes of one exchange, before it is judged.
pub(super) struct Outcome<'a> {
    pub(super) status: u16,
    pub(super) body_len: u64,
    pub(super) body_crc: u32,
    /// The body, where the method's answer is parsed.
    pub(super) body: &'a [u8],
}

impl Fetch {
    #[cfg(feature = "client-reqwest")]
    pub(super) fn verb(&self) -> Verb {
        self.method
    }

    pub(super) fn timeout(&self) -> Option<Duration> {
        (self.timeout > 0).then(|| Duration::from_nanos(self.timeout))
    }

    pub(super) fn capped(&self) -> bool {
        self.cap_per_host > 0
    }

    pub(super) fn keeps_alive(&self) -> bool {
        self.connection == Connection::KeepAlive
    }

    /// Hosts take turns, so that the caps of all are used.
    pub(super) fn host(&self, page: Page) -> usize {
        (page.id % self.hosts as u64) as usize
    }

    pub(super) fn address(&self, host: usize) -> io::Result<SocketAddr> {
        self.world.hosts.get(host).copied().ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the runner was given no host number {host}"),
            )
        })
    }

    /// The path and query of a page, the sample number in it for the ledger.
    pub(super) fn path(&self, page: Page, out: &mut Vec<u8>) {
        if let Some(path) = &self.world.target_path {
            out.extend_from_slice(path.as_bytes());
            return;
        }
        out.extend_from_slice(b"/items");
        if self.method != Verb::Post {
            out.push(b'/');
            http1::push_decimal(out, page.id);
        }
        out.extend_from_slice(b"?sample=");
        http1::push_decimal(out, page.sample);
    }

    pub(super) fn parses(&self) -> bool {
        matches!(self.method, Verb::Put | Verb::Post) && self.world.target_path.is_none()
    }

    /// Checks status and length, and makes the answer.
    pub(super) fn judge(&self, page: Page, outcome: &Outcome<'_>) -> io::Result<u64> {
        let wrong = |what: String| {
            let method = METHODS[self.method as usize];
            io::Error::other(format!("{method} of item {}: {what}", page.id))
        };
        let status = self.status();
        if self.world.target_path.is_some() {
            if !(200..300).contains(&outcome.status) {
                return Err(wrong(format!("status {} is no success", outcome.status)));
            }
            return Ok(0);
        }
        if outcome.status != status {
            return Err(wrong(format!(
                "status {} where {status} was due",
                outcome.status
            )));
        }
        let items = Profile {
            seed: page.seed,
            ..self.items.clone()
        };
        match self.method {
            Verb::Get => {
                let due = items.body_len(page.id) as u64;
                if outcome.body_len != due {
                    return Err(wrong(format!(
                        "{} bytes where {due} were due",
                        outcome.body_len
                    )));
                }
            }
            Verb::Head | Verb::Delete if outcome.body_len != 0 => {
                return Err(wrong(format!(
                    "{} bytes of body where none is allowed",
                    outcome.body_len
                )));
            }
            Verb::Head | Verb::Delete => {}
            Verb::Put | Verb::Post => {
                let receipt: Receipt = serde_json::from_slice(outcome.body).map_err(|error| {
                    wrong(format!("the receipt is not the JSON that was due: {error}"))
                })?;
                let number = u64::from_str_radix(&receipt.receipt, 16)
                    .map_err(|error| wrong(format!("receipt '{}': {error}", receipt.receipt)))?;
                return Ok(answer(receipt.id, status, number));
            }
        }
        Ok(answer(page.id, status, u64::from(outcome.body_crc)))
    }

    fn status(&self) -> u16 {
        match self.method {
            Verb::Get | Verb::Head | Verb::Put => 200,
            Verb::Delete => 204,
            Verb::Post => 201,
        }
    }
}

/// The answer of a page: what `content` is depends on the method, as
/// `docs/PROTOCOL.md` tells, with vectors.
#[must_use]
pub fn answer(id: u64, status: u16, content: u64) -> u64 {
    mix(mix(id ^ (u64::from(status) << 48)) ^ content)
}

impl Workload for Fetch {
    type Spec = Page;

    fn new(params: &Params, world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        params.shared()?;
        let method = [Verb::Get, Verb::Head, Verb::Put, Verb::Delete, Verb::Post]
            [params.choice("method", "GET", &METHODS)?];
        let connection =
            match params.choice("connection", "keep-alive", &["keep-alive", "per-order"])? {
                0 => Connection::KeepAlive,
                _ => Connection::PerOrder,
            };
        let fetch = Fetch {
            method,
            items: Profile {
                seed: 0,
                delay: params.spread("delay", Spread::None, MAX_DELAY)?,
                size: params.spread("size", Spread::Fixed(128), super::items::MAX_BODY)?,
                fault: fault(params)?,
                hold: params.int("hold", 0, 0, 1_000_000)? as u32,
            },
            connection,
            hosts: params.int("hosts", 1, 1, MAX_HOSTS as i64)? as usize,
            cap_per_host: params.int("cap_per_host", 0, 0, 60_000)? as usize,
            backend: match params.choice("backend", "native", &["native", "wiremock"])? {
                0 => Backend::Native,
                _ => Backend::Wiremock,
            },
            timeout: params.spread("timeout", Spread::None, MAX_DELAY)?.max(),
            world: world.clone(),
        };
        if fetch.hosts > 1 && fetch.keeps_alive() {
            return Err(Error::Usage(format!(
                "{}: a unit keeps one connection alive, so hosts = {} needs connection = \"per-order\"",
                params.name, fetch.hosts
            )));
        }
        Ok(fetch)
    }

    #[inline]
    fn spec(&self, seed: u64, sample: u64, index: u64) -> Page {
        Page {
            sample,
            id: index,
            seed,
        }
    }

    fn stations(&self) -> Vec<usize> {
        vec![self.cap_per_host; if self.capped() { self.hosts } else { 0 }]
    }
}

fn fault(params: &Params) -> Result<Option<Fault>> {
    let Some(value) = params.table.get("fault") else {
        return Ok(None);
    };
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    let fault = text
        .parse()
        .map_err(|why| Error::Usage(format!("{}: fault: {why}", params.name)))?;
    Ok(Some(fault))
}

/// What a unit owns: a connection and its buffers.
pub struct Session<C> {
    conn: Option<C>,
    request: Vec<u8>,
    form: Vec<u8>,
    decoder: Decoder,
    body: Vec<u8>,
}

impl<C> Session<C> {
    fn new(conn: Option<C>) -> Self {
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
struct Intake<'a> {
    crc: crc32fast::Hasher,
    body: Option<&'a mut Vec<u8>>,
}

impl Intake<'_> {
    fn take(&mut self, bytes: &[u8]) {
        self.crc.update(bytes);
        if let Some(body) = &mut self.body {
            body.extend_from_slice(bytes);
        }
    }
}

/// A broken response, with the item it was for.
fn broken(page: Page, error: http1::HttpError) -> io::Error {
    let error = io::Error::from(error);
    io::Error::new(error.kind(), format!("item {}: {error}", page.id))
}

impl Fetch {
    fn method(&self) -> Method {
        match self.method {
            Verb::Get => Method::Get,
            Verb::Head => Method::Head,
            Verb::Put => Method::Put,
            Verb::Delete => Method::Delete,
            Verb::Post => Method::Post,
        }
    }

    /// Renders a page's request into the session's buffer.
    fn render<C>(&self, session: &mut Session<C>, page: Page) {
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
            "bakery.test",
            path,
            body,
            self.keeps_alive(),
        );
        session.decoder.begin(self.method());
        session.body.clear();
    }

    fn conclude<C>(
        &self,
        session: &Session<C>,
        page: Page,
        response: &http1::Response,
        crc: crc32fast::Hasher,
    ) -> io::Result<u64> {
        let outcome = Outcome {
            status: response.status,
            body_len: response.body_len,
            body_crc: crc.finalize(),
            body: &session.body,
        };
        self.judge(page, &outcome)
    }

    /// Opens a unit's connection and warms it up with a request that the
    /// ledger does not count.
    ///
    /// # Errors
    /// Those of the connection.
    pub async fn open_asynch<K: AsyncKit>(&self, kit: K) -> io::Result<Session<K::Conn>> {
        let mut session = Session::new(None);
        if !self.keeps_alive() {
            return Ok(session);
        }
        let mut conn = kit.connect(self.address(0)?).await?;
        if self.world.target_path.is_none() {
            warm_up_request(&mut session);
            kit.write_all(&mut conn, &session.request).await?;
            loop {
                let n = kit.read(&mut conn, session.decoder.space()).await?;
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
        mut session: Session<K::Conn>,
        page: Page,
    ) -> (Session<K::Conn>, io::Result<u64>) {
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
        (session, outcome)
    }

    async fn exchange<K: AsyncKit>(
        &self,
        kit: K,
        session: &mut Session<K::Conn>,
        page: Page,
        host: usize,
    ) -> io::Result<u64> {
        self.render(session, page);
        let mut conn = match session.conn.take() {
            Some(conn) => conn,
            None => kit.connect(self.address(host)?).await?,
        };
        kit.write_all(&mut conn, &session.request).await?;
        let mut intake = Intake {
            crc: crc32fast::Hasher::new(),
            body: self.parses().then_some(&mut session.body),
        };
        let response = loop {
            let n = kit.read(&mut conn, session.decoder.space()).await?;
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
        self.conclude(session, page, &response, crc)
    }

    /// Opens a unit's connection and warms it up with a request that the
    /// ledger does not count.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<Session<TcpStream>> {
        let mut session = Session::new(None);
        if !self.keeps_alive() {
            return Ok(session);
        }
        let mut conn = self.connect_direct(0, None)?;
        if self.world.target_path.is_none() {
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

    fn connect_direct(&self, host: usize, deadline: Option<&Deadline>) -> io::Result<TcpStream> {
        let address = self.address(host)?;
        let conn = match deadline {
            Some(deadline) => TcpStream::connect_timeout(&address, deadline.left()?)?,
            None => TcpStream::connect(address)?,
        };
        conn.set_nodelay(true)?;
        Ok(conn)
    }

    /// Fetches one page on the calling thread.
    ///
    /// # Errors
    /// Those of the connection, and a response that is not the one due.
    pub fn direct<K: DirectKit>(
        &self,
        kit: &K,
        session: &mut Session<TcpStream>,
        page: Page,
    ) -> io::Result<u64> {
        let host = self.host(page);
        let _permit = if self.capped() {
            Some(kit.acquire(host)?)
        } else {
            None
        };
        let deadline = self.timeout().map(|limit| Deadline::after(limit, page));
        self.render(session, page);
        let mut conn = match session.conn.take() {
            Some(conn) => conn,
            None => self.connect_direct(host, deadline.as_ref())?,
        };
        if let Some(deadline) = &deadline {
            conn.set_write_timeout(Some(deadline.left()?))?;
        }
        conn.write_all(&session.request)?;
        let mut intake = Intake {
            crc: crc32fast::Hasher::new(),
            body: self.parses().then_some(&mut session.body),
        };
        let response = loop {
            if let Some(deadline) = &deadline {
                conn.set_read_timeout(Some(deadline.left()?))?;
            }
            let n = match conn.read(session.decoder.space()) {
                // The timeout is over; the next look at the deadline says so.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
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
        self.conclude(session, page, &response, crc)
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

fn warm_up_request<C>(session: &mut Session<C>) {
    let path = |out: &mut Vec<u8>| out.extend_from_slice(b"/ready");
    http1::render(
        &mut session.request,
        Method::Get,
        "bakery.test",
        path,
        None,
        true,
    );
    session.decoder.begin(Method::Get);
}

pub(super) fn timed_out(page: Page, limit: Duration) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("item {}: no whole response within {limit:?}", page.id),
    )
}

impl Plan for Fetch {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let items = self.profile(seed);
        let pages = Pages::new(items.size.max());
        let status = self.status();
        let mut form = Vec::new();
        (0..orders)
            .map(|id| match self.method {
                Verb::Get => answer(
                    id,
                    status,
                    u64::from(crc32fast::hash(pages.body(&items, id))),
                ),
                Verb::Head | Verb::Delete => answer(id, status, 0),
                Verb::Put | Verb::Post => {
                    OrderForm::write(id, &mut form);
                    answer(id, status, items.receipt(id, crc32fast::hash(&form)))
                }
            })
            .collect()
    }

    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64 {
        let items = self.profile(seed);
        let delays = || (0..orders).map(|id| items.delay_ns(id));
        let per_host = if self.capped() {
            let load = |host| {
                let of_host = |id: &u64| id % self.hosts as u64 == host as u64;
                let sum: u64 = (0..orders)
                    .filter(of_host)
                    .map(|id| items.delay_ns(id))
                    .sum();
                sum / self.cap_per_host as u64
            };
            (0..self.hosts).map(load).max().unwrap_or(0)
        } else {
            0
        };
        let last_start = orders.saturating_sub(1) as f64 * limits.period_ns;
        [
            delays().max().unwrap_or(0),
            delays().fold(0, u64::saturating_add) / limits.concurrency as u64,
            per_host,
            (last_start as u64).saturating_add(items.delay_ns(orders.saturating_sub(1))),
        ]
        .into_iter()
        .max()
        .unwrap_or(0)
    }

    fn served(&self) -> Option<&dyn Served> {
        Some(self)
    }

    fn descriptors_per_unit(&self) -> u64 {
        1
    }
}

impl Served for Fetch {
    fn profile(&self, seed: u64) -> Profile {
        Profile {
            seed,
            ..self.items.clone()
        }
    }

    fn backend(&self) -> Backend {
        self.backend
    }

    fn hosts(&self) -> usize {
        self.hosts
    }

    fn body_bytes(&self, seed: u64, orders: u64) -> u64 {
        let items = self.profile(seed);
        let len = |id: u64| match self.method {
            Verb::Get => items.body_len(id) as u64,
            Verb::Head | Verb::Delete => 0,
            Verb::Put | Verb::Post => {
                let receipt = Receipt {
                    id,
                    receipt: format!("{:016x}", 0),
                };
                serde_json::to_string(&receipt).map_or(0, |json| json.len() as u64)
            }
        };
        (0..orders).map(len).sum()
    }

    fn cap(&self) -> Option<u64> {
        self.capped()
            .then(|| (self.hosts * self.cap_per_host) as u64)
    }

    fn connection_per_order(&self) -> bool {
        !self.keeps_alive()
    }
}
