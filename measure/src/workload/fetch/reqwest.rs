//! Fetching the same pages with reqwest: what people use, shown beside the
//! ranked `wire` client. It runs tokio inside on every model: its blocking
//! client on a thread of its own, its async one natively on tokio and through
//! `async-compat` elsewhere.

use std::error::Error as _;
use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;

use ::reqwest::redirect::Policy;

use super::{Fetch, OrderForm, Outcome, Page, Verb, timed_out};
use crate::base::error::Result;
use crate::kit::machine::{LoopKit, Machine, Step};
use crate::kit::{AsyncKit, DirectKit};
use crate::workload::params::Params;
use crate::workload::tally::Tally;
use crate::workload::{Workload, World};

/// [`Fetch`] through reqwest; one client a runner, as its documentation asks.
pub struct FetchReqwest {
    fetch: Fetch,
    concurrency: usize,
    asynch: OnceLock<::reqwest::Client>,
    direct: OnceLock<std::result::Result<::reqwest::blocking::Client, String>>,
}

impl Workload for FetchReqwest {
    type Spec = Page;

    fn new(params: &Params, world: &World) -> Result<Self> {
        Ok(FetchReqwest {
            fetch: Fetch::new(params, world)?,
            concurrency: params.shared()?.concurrency,
            asynch: OnceLock::new(),
            direct: OnceLock::new(),
        })
    }

    fn spec(&self, seed: u64, sample: u64, index: u64) -> Page {
        self.fetch.spec(seed, sample, index)
    }

    fn stations(&self) -> Vec<usize> {
        self.fetch.stations()
    }

    fn tally(&self, answers: impl Iterator<Item = u64> + Clone) -> Option<Tally> {
        let mut tally = self.fetch.tally(answers)?;
        tally.reconnects = None;
        Some(tally)
    }

    fn tolerated(&self) -> f64 {
        self.fetch.tolerated()
    }
}

/// Why no state machine can fetch through it.
const UNCALLED: &str = "reqwest cannot be called by an event loop that is not its own";

/// An order that reqwest cannot serve.
pub struct Refused;

impl<K: LoopKit> Machine<K> for Refused {
    type Session = ();

    fn go_on(&mut self, _kit: &mut K, (): &mut ()) -> Step {
        Step::Done(Err(io::Error::new(io::ErrorKind::Unsupported, UNCALLED)))
    }
}

/// reqwest says "error sending request" and keeps the cause to itself.
fn causes(page: Page, error: &::reqwest::Error) -> io::Error {
    let mut line = format!("item {}: {error}", page.id);
    // What is no error of a socket is one of what came through it.
    let mut kind = io::ErrorKind::InvalidData;
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(&format!(": {error}"));
        if let Some(error) = error.downcast_ref::<io::Error>() {
            kind = error.kind();
        }
        cause = error.source();
    }
    // hyper's type for it is not ours to name.
    if line.contains("closed before message completed") {
        kind = io::ErrorKind::UnexpectedEof;
    }
    io::Error::new(kind, line)
}

impl FetchReqwest {
    fn url(&self, page: Page) -> io::Result<String> {
        let mut path = Vec::with_capacity(64);
        self.fetch.path(page, &mut path);
        let path = String::from_utf8_lossy(&path);
        if let Some(target) = &self.fetch.world.target {
            return Ok(format!("http://{}{path}", target.host));
        }
        let address = self.fetch.addresses(self.fetch.host(page))?[0];
        Ok(format!("http://{address}{path}"))
    }

    /// The name of a server that is not ours, which the harness has resolved, and
    /// its addresses.
    fn name(&self) -> Option<(&str, &[SocketAddr])> {
        let target = self.fetch.world.target.as_ref()?;
        let (name, _) = target.host.split_once(':').unwrap_or((&target.host, ""));
        Some((name, &self.fetch.world.hosts))
    }

    fn verb(&self) -> ::reqwest::Method {
        match self.fetch.verb() {
            Verb::Get => ::reqwest::Method::GET,
            Verb::Head => ::reqwest::Method::HEAD,
            Verb::Put => ::reqwest::Method::PUT,
            Verb::Delete => ::reqwest::Method::DELETE,
            Verb::Post => ::reqwest::Method::POST,
        }
    }

    fn form(&self, page: Page) -> Option<Vec<u8>> {
        matches!(self.fetch.verb(), Verb::Put | Verb::Post).then(|| {
            let mut form = Vec::new();
            OrderForm::write(page.id, &mut form);
            form
        })
    }

    fn idle(&self) -> usize {
        if self.fetch.keeps_alive() {
            self.concurrency
        } else {
            0
        }
    }

    fn judge(&self, page: Page, status: u16, body: &[u8]) -> io::Result<u64> {
        let outcome = Outcome {
            status,
            body_len: body.len() as u64,
            body_crc: crc32fast::hash(body),
            body,
            // Its pool does not say.
            opened: 0,
        };
        self.fetch.judge(page, &outcome)
    }

    /// Builds the runner's client at the first unit.
    ///
    /// # Errors
    /// Those of the client's construction.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<()> {
        let build = || {
            let mut client = ::reqwest::Client::builder()
                .no_proxy()
                .redirect(Policy::none())
                .tcp_nodelay(true)
                .http1_only();
            if let Some((name, addresses)) = self.name() {
                client = client.resolve_to_addrs(name, addresses);
            }
            client.pool_max_idle_per_host(self.idle()).build()
        };
        if self.asynch.get().is_none() {
            let client = build().map_err(io::Error::other)?;
            let _ = self.asynch.set(client);
        }
        Ok(())
    }

    /// Fetches one page. The future enters tokio per order, which costs a
    /// thread-local switch per poll, and keeps the models free of it.
    pub async fn asynch<K: AsyncKit>(
        &self,
        kit: K,
        session: (),
        page: Page,
    ) -> ((), io::Result<u64>) {
        let exchange = async {
            let _permit = if self.fetch.capped() {
                Some(kit.acquire(self.fetch.host(page)).await)
            } else {
                None
            };
            let client = self.asynch.get().expect("opened before");
            let mut request = client.request(self.verb(), self.url(page)?);
            if let Some(form) = self.form(page) {
                request = request
                    .header("content-type", "application/json")
                    .body(form);
            }
            if let Some(limit) = self.fetch.timeout() {
                request = request.timeout(limit);
            }
            let answer = async {
                let response = request.send().await?;
                let status = response.status().as_u16();
                Ok((status, response.bytes().await?))
            };
            let (status, body) =
                answer
                    .await
                    .map_err(|error: ::reqwest::Error| match self.fetch.timeout() {
                        Some(limit) if error.is_timeout() => timed_out(page, limit),
                        _ => causes(page, &error),
                    })?;
            self.judge(page, status, &body)
        };
        let outcome = kit.enter(exchange).await;
        (session, outcome.or_else(|error| self.fetch.tolerate(error)))
    }

    /// Builds the runner's client at the first unit; it owns a thread with a
    /// current-thread tokio on it.
    ///
    /// # Errors
    /// Those of the client's construction.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<()> {
        // Only one unit builds it; the others wait, as no second thread may be.
        let client = self.direct.get_or_init(|| {
            let mut client = ::reqwest::blocking::Client::builder()
                .no_proxy()
                .redirect(Policy::none())
                .tcp_nodelay(true);
            if let Some((name, addresses)) = self.name() {
                client = client.resolve_to_addrs(name, addresses);
            }
            let client = client
                .http1_only()
                .timeout(None)
                .pool_max_idle_per_host(self.idle());
            client.build().map_err(|error| error.to_string())
        });
        client
            .as_ref()
            .map(|_| ())
            .map_err(|error| io::Error::other(error.clone()))
    }

    /// Refuses: reqwest waits by itself, or is waited for, and no event loop of another
    /// library can call it.
    ///
    /// # Errors
    /// Always.
    pub fn open_machine<K: LoopKit>(&self, _kit: &mut K) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, UNCALLED))
    }

    /// An order that nobody begins: no session is opened for it.
    pub fn machine(&self, _page: Page) -> Refused {
        Refused
    }

    /// Fetches one page on the calling thread.
    ///
    /// # Errors
    /// Those of the exchange, and a response that is not the one due.
    pub fn direct<K: DirectKit>(&self, kit: &K, _session: &mut (), page: Page) -> io::Result<u64> {
        let _permit = if self.fetch.capped() {
            Some(kit.acquire(self.fetch.host(page))?)
        } else {
            None
        };
        self.exchange_direct(page)
            .or_else(|error| self.fetch.tolerate(error))
    }

    fn exchange_direct(&self, page: Page) -> io::Result<u64> {
        let client = self
            .direct
            .get()
            .and_then(|client| client.as_ref().ok())
            .expect("opened before");
        let mut request = client.request(self.verb(), self.url(page)?);
        if let Some(form) = self.form(page) {
            request = request
                .header("content-type", "application/json")
                .body(form);
        }
        if let Some(limit) = self.fetch.timeout() {
            request = request.timeout(limit);
        }
        let answer = request.send().and_then(|response| {
            let status = response.status().as_u16();
            Ok((status, response.bytes()?))
        });
        let (status, body) = answer.map_err(|error| match self.fetch.timeout() {
            Some(limit) if error.is_timeout() => timed_out(page, limit),
            _ => causes(page, &error),
        })?;
        self.judge(page, status, &body)
    }
}
