//! The leaf operations that an order's body may ask of a model: waiting,
//! sockets, stations. Each is one native call of that model. A kit never
//! spawns: scheduling is the model's. What only some models can do, and only some
//! workloads ask for, are traits of their own: [`capability`].
//!
//! Kits are `Copy`. A runner serves one cell and lives as long as it, so what
//! a kit refers to (semaphores, mostly) is `'static`, and no reference count
//! is touched per order.

// The trait is implemented here alone, and the registry names concrete kits,
// where the compiler sees whether their futures are `Send`.
#![allow(async_fn_in_trait)]

pub mod capability;
mod children;
mod files;
pub mod machine;
mod offload;
pub mod standard;
mod yields;

pub use children::{Children, ask_program};
pub use files::Files;
#[cfg(all(feature = "completion", target_os = "linux"))]
pub(crate) use files::Lines;
pub use offload::Offload;
pub use yields::Yield;

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::Nanos;
use crate::base::word::Named;
use crate::http1::Room;

/// The number of a station in [`Setup::stations`].
pub type Station = usize;

/// Who says how many threads carry units where many units share a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The harness: [`Setup::workers`], the same for all models.
    #[default]
    Equal,
    /// Each library's own default, as one gets it who sets nothing.
    Shipped,
}

impl Named for Class {
    const ALL: &'static [Self] = &[Class::Equal, Class::Shipped];

    fn name(self) -> &'static str {
        match self {
            Class::Equal => "equal",
            Class::Shipped => "shipped",
        }
    }
}

/// What a model must know before it is built.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// How many orders may be in flight.
    pub concurrency: usize,
    /// OS threads that carry units where many units share a thread; in class
    /// `equal`.
    pub workers: usize,
    /// Whether that number counts, or the library's default.
    pub class: Class,
    /// Places of each station.
    pub stations: Vec<usize>,
    /// Length of the ring that hands results on in order; 0 where they count
    /// as they complete. See [`AsyncKit::take_turn`].
    pub turns: usize,
}

impl Setup {
    /// The number of threads to ask a library for; `None` where it is to use
    /// its own default.
    #[must_use]
    pub fn told_workers(&self) -> Option<usize> {
        (self.class == Class::Equal).then_some(self.workers)
    }

    /// The threads that carry units on a library that starts one for each CPU
    /// where it is told nothing: as the standard library counts them, which
    /// looks at this process's mask and at its control group's quota.
    #[must_use]
    pub fn workers_or_cpus(&self) -> usize {
        let cpus = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.told_workers().unwrap_or_else(cpus)
    }
}

/// The leaf operations of an async runtime.
///
/// No `Send` bounds stand here: [`DriveSend`](crate::model::DriveSend) asks for
/// them, and the registry proves them for concrete kits.
pub trait AsyncKit: Copy + 'static {
    /// A connected TCP stream, `TCP_NODELAY` set.
    type Conn;
    /// A place at a station; dropping it frees the place.
    type Permit;

    /// Waits until `at` on the runtime's timer, ns of `CLOCK_MONOTONIC`.
    async fn sleep_until(self, at: Nanos);
    /// Connects, `TCP_NODELAY` set.
    async fn connect(self, address: SocketAddr) -> io::Result<Self::Conn>;
    /// Reads what is there into `room`, at least one byte; 0 at the end of the stream.
    ///
    /// A kit that waits until the socket is ready and reads then takes the room as a
    /// slice; one whose reads the kernel completes borrows the buffer itself.
    async fn read(self, conn: &mut Self::Conn, room: Room<'_>) -> io::Result<usize>;
    /// Writes all of `bytes`, and leaves them as they are. A kit whose writes the kernel
    /// completes takes the vector meanwhile: where the future is dropped before its end,
    /// an empty one stays.
    async fn write_all(self, conn: &mut Self::Conn, bytes: &mut Vec<u8>) -> io::Result<()>;
    /// Waits for a place at a station.
    async fn acquire(self, station: Station) -> Self::Permit;
    /// Takes a place at a station if one is free now.
    fn try_acquire(self, station: Station) -> Option<Self::Permit>;
    /// Waits until every earlier result has been handed on. `slot` is the
    /// order's index modulo [`Setup::turns`]; one token goes around the ring.
    async fn take_turn(self, slot: usize);
    /// Passes the token to `slot`.
    fn give_turn(self, slot: usize);
    /// Runs two branches of one order concurrently, within its unit.
    async fn join<A: Future, B: Future>(self, a: A, b: B) -> (A::Output, B::Output);
    /// Gives up on `future` after `limit`.
    async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output>;
    /// Runs a future that needs tokio: itself on tokio, within `async-compat`
    /// elsewhere. For `client-reqwest` only, never on a ranked path.
    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output;
}

/// The leaf operations of a blocking model: of threads, and of what is written like them
/// and leaves its thread while it waits.
pub trait DirectKit: Sync + 'static {
    /// A connected TCP stream, `TCP_NODELAY` set.
    type Conn: Read + Write + Send;
    /// A place at a station; dropping it frees the place.
    type Permit<'a>;

    /// As [`AsyncKit::sleep_until`].
    fn sleep_until(&self, at: Nanos);
    /// Connects, `TCP_NODELAY` set, and gives up after `limit`.
    ///
    /// # Errors
    /// Those of the connection.
    fn connect(&self, address: SocketAddr, limit: Option<Duration>) -> io::Result<Self::Conn>;
    /// From now on gives up on each read after `limit`, which is not zero.
    ///
    /// # Errors
    /// Those of the socket's option.
    fn limit_read(&self, conn: &Self::Conn, limit: Duration) -> io::Result<()>;
    /// The same for each write.
    ///
    /// # Errors
    /// Those of the socket's option.
    fn limit_write(&self, conn: &Self::Conn, limit: Duration) -> io::Result<()>;

    /// Lets other units have the worker, and goes on after them. Threads have no need to:
    /// the kernel takes a CPU from one that has had its share.
    fn yield_now(&self) {}

    /// Waits for a place at a station.
    ///
    /// # Errors
    /// Where stations are shared between processes and the far end is gone.
    fn acquire(&self, station: Station) -> io::Result<Self::Permit<'_>>;
    /// Takes a place at a station if one is free now.
    ///
    /// # Errors
    /// As [`DirectKit::acquire`].
    fn try_acquire(&self, station: Station) -> io::Result<Option<Self::Permit<'_>>>;
    /// As [`AsyncKit::take_turn`].
    ///
    /// # Errors
    /// As [`DirectKit::acquire`].
    fn take_turn(&self, slot: usize) -> io::Result<()>;
    /// As [`AsyncKit::give_turn`].
    ///
    /// # Errors
    /// As [`DirectKit::acquire`].
    fn give_turn(&self, slot: usize) -> io::Result<()>;
}
