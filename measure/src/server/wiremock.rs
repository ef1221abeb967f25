//! The same items served through the wiremock crate: what many people reach
//! for, shown beside the native server, and its limits with it.
//!
//! - One thread, with a current-thread tokio runtime, serves all connections.
//! - Every request takes one exclusive lock around matching and responding.
//! - Delays end on tokio's timer: whole milliseconds, rounded up.
//! - A mounted mock keeps every request that it matched, with its body, even
//!   where recording is disabled (some 4.5 kB each); only a reset frees them. It is
//!   reset where a sample begins, and after [`KEPT`] requests, so memory grows that
//!   far and no further.
//! - An error of `accept`, such as running out of descriptors, ends its
//!   accept loop for good. Later clients connect (the kernel does that) and
//!   are never answered.
//! - Requests are seen whole, and responses handed over whole: connections,
//!   requests in flight and lateness cannot be known, nor can a response be
//!   held, cut, dripped or withheld. Of the faults there is `status500` alone.

use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::control::Reading;
use super::dialogue::Controlled;
use super::ledger::Keeper;
use super::process;
use super::request;
use super::site::Served;
use super::site::Site;
use crate::base::clock;
use crate::base::error::{Error, Result};
use crate::record::row::Ledger;
use crate::workload::items::{FaultKind, Profile};

/// Requests after which it forgets those that it keeps: some 45 MB of them.
const KEPT: u64 = 10_000;

/// What the responder and the control path share.
#[derive(Debug)]
struct Shared {
    site: Site,
    keeper: Keeper,
    served: Served,
    /// Requests that the server keeps.
    kept: u64,
}

/// A running wiremock server.
pub(super) struct Mocked {
    runtime: Runtime,
    server: Arc<MockServer>,
    responder: Responder,
}

impl Mocked {
    /// Serves `profile` on the one listener there is.
    ///
    /// # Errors
    /// More than one host, or a profile that wiremock cannot serve.
    pub(super) fn start(listeners: Vec<TcpListener>, profile: Profile) -> Result<Self> {
        let Ok([listener]) = <[TcpListener; 1]>::try_from(listeners) else {
            let message = "the backend wiremock listens on one host".to_owned();
            return Err(Error::Usage(message));
        };
        let site = servable(profile).map_err(Error::Usage)?;
        // Its own thread has its own runtime; this one only waits for locks.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let server = runtime.block_on(
            MockServer::builder()
                .listener(listener)
                .disable_request_recording()
                .start(),
        );
        let server = Arc::new(server);
        let (full, fulls) = channel();
        let responder = Responder {
            shared: Arc::new(Mutex::new(Shared {
                site,
                keeper: Keeper::default(),
                served: Served::default(),
                kept: 0,
            })),
            full,
        };
        let mocked = Mocked {
            runtime,
            server: Arc::clone(&server),
            responder: responder.clone(),
        };
        mocked.runtime.block_on(responder.mock().mount(&server));
        thread::Builder::new().spawn(move || forget(&server, &responder, &fulls))?;
        Ok(mocked)
    }

    /// What was served since the start; connections are not known.
    pub(super) fn served(&self) -> Served {
        locked(&self.responder.shared).served
    }
}

/// Drops the requests that the server keeps, each time that `fulls` asks for it. The
/// request that asks holds the server's lock until reset and mock stand in line behind
/// it: no request finds the server without a mock.
fn forget(server: &MockServer, responder: &Responder, fulls: &Receiver<Sender<()>>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        return;
    };
    for in_line in fulls {
        runtime.block_on(async {
            let reset = server.reset();
            let mount = responder.mock().mount(server);
            // Polled after the two, which wait for the lock by then, in this order.
            let said = async { in_line.send(()).is_ok() };
            tokio::join!(biased; reset, mount, said);
        });
    }
}

impl Controlled for Mocked {
    fn begin(
        &mut self,
        sample: u64,
        orders: u64,
        profile: Profile,
    ) -> std::result::Result<(), String> {
        let site = servable(profile)?;
        self.runtime.block_on(async {
            self.server.reset().await;
            self.responder.mock().mount(&self.server).await;
        });
        let mut shared = locked(&self.responder.shared);
        shared.site = site;
        shared.kept = 0;
        shared.keeper.begin(sample, orders, clock::now());
        Ok(())
    }

    fn read(&mut self) -> Reading {
        let ledger = locked(&self.responder.shared).keeper.ledger(clock::now());
        Reading {
            ledger: Ledger {
                connections: None,
                peak_in_flight: None,
                in_flight_ns: None,
                ..ledger
            },
            cpu_ns: process::cpu_ns(),
            ..Reading::default()
        }
    }
}

/// The site of a profile, if wiremock can serve it.
fn servable(profile: Profile) -> std::result::Result<Site, String> {
    if profile.hold > 0 {
        return Err("the backend wiremock cannot hold responses".to_owned());
    }
    match profile.fault {
        None => {}
        Some(fault) if fault.kind == FaultKind::Status500 => {}
        Some(_) => {
            return Err("of the faults, the backend wiremock knows status500 alone".to_owned());
        }
    }
    Site::new(profile)
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // Nothing is left half-done where a holder panicked: counts only.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers requests, under the server's lock.
#[derive(Clone)]
struct Responder {
    shared: Arc<Mutex<Shared>>,
    /// Asks for those that are kept to be forgotten; who asks is told when that is
    /// next in line.
    full: Sender<Sender<()>>,
}

impl Responder {
    fn mock(&self) -> Mock {
        Mock::given(any()).respond_with(self.clone())
    }
}

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let (response, full) = {
            let mut shared = locked(&self.shared);
            shared.kept += 1;
            let full = shared.kept >= KEPT;
            if full {
                shared.kept = 0;
            }
            (shared.respond(request), full)
        };
        if full {
            let (say, in_line) = channel();
            if self.full.send(say).is_ok() {
                let _ = in_line.recv();
            }
        }
        response
    }
}

impl Shared {
    fn respond(&mut self, request: &Request) -> ResponseTemplate {
        self.served.requests += 1;
        let method = request.method.as_str();
        let path = request.url.path();
        let sample = request
            .url
            .query_pairs()
            .find(|(key, _)| key == "sample")
            .map_or(Some(0), |(_, value)| value.parse().ok());
        let (Some(sample), route) = (sample, request::route(method, path)) else {
            return ResponseTemplate::new(400);
        };
        let (id, status) = match route {
            request::Route::Get(id) | request::Route::Head(id) | request::Route::Put(id) => {
                (id, 200)
            }
            request::Route::Delete(id) => (id, 204),
            request::Route::Post => match request::ordered_id(&request.body) {
                Some(id) => (id, 201),
                None => return ResponseTemplate::new(400),
            },
            request::Route::Ready => return ResponseTemplate::new(204),
            request::Route::NotAllowed(allowed) => {
                return ResponseTemplate::new(405).insert_header("Allow", allowed);
            }
            request::Route::NotFound => return ResponseTemplate::new(404),
        };
        let counted = self.keeper.counts(sample);
        if counted {
            let now = clock::now();
            self.keeper.enter(id, &mut 0, now);
            self.keeper.leave(1, now);
        }
        let (response, bytes) = if self.site.profile.fault_of(id).is_some() {
            (ResponseTemplate::new(500).set_body_string("fault\n"), 0)
        } else {
            self.right_answer(route, id, status, request)
        };
        if counted {
            self.keeper.body(bytes);
        }
        match self.site.profile.delay_ns(id) {
            0 => response,
            delay => response.set_delay(Duration::from_nanos(delay)),
        }
    }

    /// The response, and the body bytes that reach the client.
    fn right_answer(
        &self,
        route: request::Route,
        id: u64,
        status: u16,
        request: &Request,
    ) -> (ResponseTemplate, usize) {
        let response = ResponseTemplate::new(status);
        match route {
            request::Route::Put(_) | request::Route::Post => {
                let receipt = self.site.receipt(id, crc32fast::hash(&request.body));
                let bytes = receipt.len();
                (response.set_body_raw(receipt, "application/json"), bytes)
            }
            request::Route::Delete(_) => (response, 0),
            route => {
                let body = self.site.body(id);
                // Its HTTP library cuts the body off a response to HEAD.
                let sent = if matches!(route, request::Route::Head(_)) {
                    0
                } else {
                    body.len()
                };
                (response.set_body_raw(body, "text/plain"), sent)
            }
        }
    }
}
