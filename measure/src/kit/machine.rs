//! Orders as state machines, for models that are an event loop and nothing else: no
//! runtime keeps an order's place for it, so it must keep that itself.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::Station;
use crate::base::clock::Nanos;

/// The leaf operations of an event loop, for the unit that it calls. Nothing here waits.
pub trait LoopKit: Sized + 'static {
    /// A TCP stream, `TCP_NODELAY` set, that says `WouldBlock` where it would wait.
    type Conn: Read + Write;
    /// A place at a station; dropping it frees the place.
    type Permit;

    /// Begins to connect. The unit is called from then on when the connection can do more
    /// than before.
    ///
    /// # Errors
    /// Those of the connection.
    fn connect(&mut self, address: SocketAddr) -> io::Result<Self::Conn>;
    /// Whether it stands.
    ///
    /// # Errors
    /// Why it never will.
    fn connected(&self, conn: &Self::Conn) -> io::Result<bool>;
    /// Whether the unit's connection could do more at some moment since this was last
    /// asked. Who has been answered nothing and hears no here need not try to read.
    fn stirred(&mut self) -> bool;
    /// Takes over a connection that stands: what sessions are opened with.
    ///
    /// # Errors
    /// Those of the system.
    fn adopt(&mut self, conn: TcpStream) -> io::Result<Self::Conn>;
    /// Takes a place at a station. Where none is free the unit stands in line, and must
    /// wait [until](Until::Place) it is called.
    fn acquire(&mut self, station: Station) -> Option<Self::Permit>;
    /// The place that the unit stood in line for.
    fn granted(&mut self, station: Station) -> Self::Permit;
    /// Takes a place at a station if one is free now.
    fn try_acquire(&mut self, station: Station) -> Option<Self::Permit>;
}

/// What an order waits for before it can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// This time has come.
    Time(Nanos),
    /// Its connection can do more than when it said `WouldBlock`, or that time has come.
    Ready {
        /// When the order gives up.
        give_up: Option<Nanos>,
    },
    /// A place at the station where it stands in line is its own.
    Place,
}

/// How far an order has come.
#[derive(Debug)]
pub enum Step {
    /// It goes on then.
    Wait(Until),
    /// It is done, with its answer.
    Done(io::Result<u64>),
}

/// One order on its way.
pub trait Machine<K: LoopKit> {
    /// What its unit keeps between orders.
    type Session;

    /// Goes on as far as it can. A call too many does no harm.
    fn go_on(&mut self, kit: &mut K, session: &mut Self::Session) -> Step;
}
