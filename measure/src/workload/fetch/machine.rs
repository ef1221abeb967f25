//! A page as a state machine: what the client `wire` does, in steps that never wait.

use std::io::{self, Read, Write};

use super::wire::{Intake, Session, broken, warm_up_request};
use super::{Fetch, Page, timed_out};
use crate::base::clock::{self, Nanos};
use crate::kit::machine::{LoopKit, Machine, Step, Until};
use crate::kit::standard;

/// Where an order stands.
enum At {
    /// It needs the leave to ask its host.
    Leave,
    /// It stands in line for that.
    InLine,
    /// It has a request to render.
    Begun,
    /// It has a request to send, on a connection that was kept or on a new one.
    Attempt,
    /// It connects to the host's address of that number.
    Connecting(usize),
    /// So many bytes of the request are sent.
    Sending(usize),
    Receiving,
}

/// A page on its way.
pub struct Fetching<K: LoopKit> {
    fetch: &'static Fetch,
    page: Page,
    at: At,
    permit: Option<K::Permit>,
    conn: Option<K::Conn>,
    give_up: Option<Nanos>,
    /// Whether its unit had a connection, and whether that was closed.
    kept: bool,
    again: bool,
    crc: crc32fast::Hasher,
}

impl Fetch {
    /// Opens a unit's connection and warms it up, off the clock and before the loop turns,
    /// so that it may wait.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn open_machine<K: LoopKit>(&self, kit: &mut K) -> io::Result<Box<Session<K::Conn>>> {
        let mut session = Box::new(Session::new(None));
        if !self.keeps_alive() {
            return Ok(session);
        }
        let connected = self.addresses(0).and_then(|addresses| {
            let mut addresses = addresses.iter();
            loop {
                // There is at least one.
                let address = addresses.next().copied().ok_or(io::ErrorKind::NotFound)?;
                match standard::connect(address, None) {
                    Err(_) if !addresses.as_slice().is_empty() => {}
                    connected => return connected,
                }
            }
        });
        let mut conn = match connected {
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
        session.conn = Some(kit.adopt(conn)?);
        Ok(session)
    }

    /// A page that nobody has asked for.
    pub fn machine<K: LoopKit>(&'static self, page: Page) -> Fetching<K> {
        Fetching {
            fetch: self,
            page,
            at: At::Leave,
            permit: None,
            conn: None,
            give_up: None,
            kept: false,
            again: false,
            crc: crc32fast::Hasher::new(),
        }
    }
}

impl<K: LoopKit> Fetching<K> {
    /// Goes on with the exchange; `None` where it must wait.
    fn exchange(&mut self, kit: &mut K, session: &mut Session<K::Conn>) -> Option<io::Result<u64>> {
        loop {
            let error = match self.attempt(kit, session) {
                Ok(answer) => return Some(Ok(answer)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let limit = self.fetch.timeout();
                    let up = self.give_up.is_some_and(|at| clock::now() >= at);
                    return limit
                        .filter(|_| up)
                        .map(|limit| Err(timed_out(self.page, limit)));
                }
                Err(error) => error,
            };
            self.conn = None;
            if self.again || !self.kept || !self.fetch.sends_again(session, &error) {
                return Some(Err(error));
            }
            (self.again, self.at) = (true, At::Attempt);
        }
    }

    /// Goes on with one attempt: `WouldBlock` where it must wait.
    fn attempt(&mut self, kit: &mut K, session: &mut Session<K::Conn>) -> io::Result<u64> {
        loop {
            match self.at {
                At::Leave | At::InLine | At::Begun => {
                    self.fetch.render(session, self.page);
                    self.kept = session.conn.is_some();
                    self.at = At::Attempt;
                }
                At::Attempt => {
                    self.crc = crc32fast::Hasher::new();
                    self.conn = session.conn.take();
                    self.at = match self.conn {
                        Some(_) => At::Sending(0),
                        None => {
                            self.connect(kit, 0)?;
                            At::Connecting(0)
                        }
                    };
                }
                At::Connecting(number) => {
                    let conn = self.conn.as_ref().ok_or(io::ErrorKind::NotConnected)?;
                    match kit.connected(conn) {
                        Ok(true) => self.at = At::Sending(0),
                        Ok(false) => return Err(io::ErrorKind::WouldBlock.into()),
                        Err(error) => {
                            let host = self.fetch.host(self.page);
                            if number + 1 == self.fetch.addresses(host)?.len() {
                                return Err(error);
                            }
                            self.connect(kit, number + 1)?;
                            self.at = At::Connecting(number + 1);
                        }
                    }
                }
                At::Sending(sent) => {
                    let conn = self.conn.as_mut().ok_or(io::ErrorKind::NotConnected)?;
                    let sent = sent + conn.write(&session.request[sent..])?;
                    if sent < session.request.len() {
                        self.at = At::Sending(sent);
                        continue;
                    }
                    self.at = At::Receiving;
                    if !kit.stirred() {
                        return Err(io::ErrorKind::WouldBlock.into());
                    }
                }
                At::Receiving => {
                    let conn = self.conn.as_mut().ok_or(io::ErrorKind::NotConnected)?;
                    // What comes while it is read makes itself known again.
                    let _ = kit.stirred();
                    let n = conn.read(session.decoder.space())?;
                    let Session { decoder, body, .. } = &mut *session;
                    let mut intake = Intake {
                        crc: std::mem::take(&mut self.crc),
                        body: self.fetch.parses().then_some(body),
                    };
                    let advanced = decoder.advance(n, &mut |bytes: &[u8]| intake.take(bytes));
                    self.crc = intake.crc;
                    let Some(response) = advanced.map_err(|error| broken(self.page, error))? else {
                        continue;
                    };
                    // Only a connection that has given a whole response may serve again.
                    let keep = self.fetch.keeps_alive() && response.keep_alive;
                    session.conn = self.conn.take().filter(|_| keep);
                    let opened = u8::from(!self.kept) + u8::from(self.again);
                    let whole = (response, std::mem::take(&mut self.crc));
                    return self.fetch.conclude(session, self.page, whole, opened);
                }
            }
        }
    }

    fn connect(&mut self, kit: &mut K, number: usize) -> io::Result<()> {
        let addresses = self.fetch.addresses(self.fetch.host(self.page))?;
        let address = addresses.get(number).ok_or(io::ErrorKind::NotFound)?;
        self.conn = Some(kit.connect(*address)?);
        Ok(())
    }
}

impl<K: LoopKit> Machine<K> for Fetching<K> {
    type Session = Box<Session<K::Conn>>;

    fn go_on(&mut self, kit: &mut K, session: &mut Self::Session) -> Step {
        let host = self.fetch.host(self.page);
        match self.at {
            At::Leave if self.fetch.capped() => match kit.acquire(host) {
                Some(permit) => self.permit = Some(permit),
                None => {
                    self.at = At::InLine;
                    return Step::Wait(Until::Place);
                }
            },
            At::InLine => self.permit = Some(kit.granted(host)),
            _ => {}
        }
        if matches!(self.at, At::Leave | At::InLine) {
            // A timeout counts from the moment at which the host may be asked.
            let limit = self.fetch.timeout();
            self.give_up = limit.map(|limit| clock::now() + limit.as_nanos() as Nanos);
            self.at = At::Begun;
        }
        match self.exchange(kit, session) {
            Some(outcome) => Step::Done(outcome.or_else(|error| self.fetch.tolerate(error))),
            None => Step::Wait(Until::Ready {
                give_up: self.give_up,
            }),
        }
    }
}
