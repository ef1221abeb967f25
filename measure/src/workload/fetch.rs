//! Fetching pages over HTTP/1.1: what is asked for, and how an answer is
//! judged. The ranked client is `wire`; `reqwest` is shown beside it.

mod form;
pub mod machine;
mod plan;
#[cfg(feature = "client-reqwest")]
pub mod reqwest;
mod terms;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::form::{OrderForm, Receipt};
use self::terms::{Terms, Unaccepted};
pub use self::wire::Session;
use super::items::{Fault, Profile};
use super::params::Params;
use super::spread::Spread;
use super::tally::{Tally, Went};
use super::{Backend, Workload, World};
use crate::base::error::{Error, Result};
use crate::base::seed::mix;
use crate::http1;

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
    /// Where the server is not ours.
    terms: Terms,
    world: World,
}

/// The methods that a scenario may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
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

const KEYS: [&str; 12] = [
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
    "accept",
    "errors",
];

const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "DELETE", "POST"];

/// Longest delay of an item: ten minutes.
pub const MAX_DELAY: u64 = 600_000_000_000;
/// What requests to the mock server name as their host.
const HOST: &str = "bakery.test";
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

/// What comes of one exchange, before it is judged.
struct Outcome<'a> {
    status: u16,
    body_len: u64,
    body_crc: u32,
    /// The body, where the method's answer is parsed.
    body: &'a [u8],
    /// Connections that the order opened.
    opened: u8,
}

impl Fetch {
    #[cfg(feature = "client-reqwest")]
    fn verb(&self) -> Verb {
        self.method
    }

    fn timeout(&self) -> Option<Duration> {
        (self.timeout > 0).then(|| Duration::from_nanos(self.timeout))
    }

    fn capped(&self) -> bool {
        self.cap_per_host > 0
    }

    fn keeps_alive(&self) -> bool {
        self.connection == Connection::KeepAlive
    }

    /// Hosts take turns, so that the caps of all are used.
    fn host(&self, page: Page) -> usize {
        (page.id % self.hosts as u64) as usize
    }

    /// Whether the server is not ours.
    fn foreign(&self) -> bool {
        self.world.target.is_some()
    }

    /// What requests name as their host.
    fn host_field(&self) -> &str {
        match &self.world.target {
            Some(target) => &target.host,
            None => HOST,
        }
    }

    /// Where a host listens: of a server that is not ours all its addresses, of
    /// which the first that connects is taken.
    fn addresses(&self, host: usize) -> io::Result<&[SocketAddr]> {
        let hosts = &self.world.hosts;
        let found = if self.foreign() {
            Some(hosts.as_slice()).filter(|hosts| !hosts.is_empty())
        } else {
            hosts.get(host..=host)
        };
        found.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the runner was given no host number {host}"),
            )
        })
    }

    /// The answer of an order that failed, where that is tolerated.
    #[cold]
    fn tolerate(&self, error: io::Error) -> io::Result<u64> {
        let failure = Some(&error)
            .filter(|_| self.foreign() && self.terms.errors > 0.0)
            .and_then(Terms::failure);
        match failure {
            Some(_) => Ok(Went {
                reconnects: 0,
                failure,
            }
            .answer()),
            None => Err(error),
        }
    }

    /// The path and query of a page, the sample number in it for the ledger.
    fn path(&self, page: Page, out: &mut Vec<u8>) {
        if let Some(target) = &self.world.target {
            out.extend_from_slice(target.path.as_bytes());
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

    fn parses(&self) -> bool {
        matches!(self.method, Verb::Put | Verb::Post) && !self.foreign()
    }

    /// Checks status and length, and makes the answer.
    fn judge(&self, page: Page, outcome: &Outcome<'_>) -> io::Result<u64> {
        let wrong = |what: String| {
            let method = METHODS[self.method as usize];
            io::Error::other(format!("{method} of item {}: {what}", page.id))
        };
        let status = self.status();
        if self.foreign() {
            if !self.terms.accepts(outcome.status) {
                return Err(io::Error::other(Unaccepted {
                    method: METHODS[self.method as usize],
                    item: page.id,
                    status: outcome.status,
                }));
            }
            let reconnects = if self.keeps_alive() {
                outcome.opened
            } else {
                0
            };
            return Ok(Went {
                reconnects,
                failure: None,
            }
            .answer());
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
                delay: params.times("delay", Spread::None, MAX_DELAY)?,
                size: params.sizes("size", Spread::Fixed(128), super::items::MAX_BODY)?,
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
            timeout: params.times("timeout", Spread::None, MAX_DELAY)?.max(),
            terms: Terms::new(params)?,
            world: world.clone(),
        };
        let own = world.target.is_none() && !world.hosts.is_empty();
        if let Some(key) = terms::KEYS
            .iter()
            .find(|key| params.table.contains_key(**key))
            && own
        {
            return Err(Error::Usage(format!(
                "{}: {key} is for a server that is not the mock server",
                params.name
            )));
        }
        // A server that is not ours is one host, however many the scenario has.
        let fetch = Fetch {
            hosts: if fetch.foreign() { 1 } else { fetch.hosts },
            ..fetch
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

    fn tally(&self, answers: impl Iterator<Item = u64> + Clone) -> Option<Tally> {
        self.foreign().then(|| Tally::of(answers))
    }

    fn tolerated(&self) -> f64 {
        self.terms.errors
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

fn timed_out(page: Page, limit: Duration) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("item {}: no whole response within {limit:?}", page.id),
    )
}
