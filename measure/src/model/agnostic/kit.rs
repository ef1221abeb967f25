//! Leaf operations on agnostic's traits, whatever the runtime.

use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use agnostic_net::io::futures_io::{AsyncReadExt, AsyncWriteExt};
use agnostic_net::runtime::{LocalRuntimeLite, RuntimeLite};
use agnostic_net::{Net, TcpStream};
use async_lock::SemaphoreGuard;
use futures_util::future;

use crate::base::clock::{self, Nanos};
use crate::http1::Room;
use crate::kit::{AsyncKit, Setup, Station};
use crate::model::stations::Stations;

/// Leaf operations on a network of agnostic's and its runtime. The traits have sockets and
/// timers; locks and joins are of crates that know no runtime.
pub struct AgnosticKit<N> {
    stations: Stations,
    network: PhantomData<N>,
}

impl<N> Clone for AgnosticKit<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for AgnosticKit<N> {}

impl<N: Net> AgnosticKit<N> {
    pub(super) fn new(setup: &Setup) -> Self {
        AgnosticKit {
            stations: Stations::new(setup),
            network: PhantomData,
        }
    }

    /// Puts the token back to the first order's slot, before a new batch.
    pub(super) fn reset_turns(self) {
        self.stations.reset_turns();
    }
}

impl<N: Net> AsyncKit for AgnosticKit<N> {
    type Conn = N::TcpStream;
    type Permit = SemaphoreGuard<'static>;

    async fn sleep_until(self, at: Nanos) {
        N::Runtime::sleep_until(clock::instant(at).into()).await;
    }

    async fn connect(self, address: SocketAddr) -> io::Result<Self::Conn> {
        let conn = Self::Conn::connect(address).await?;
        conn.set_nodelay(true)?;
        Ok(conn)
    }

    async fn read(self, conn: &mut Self::Conn, room: Room<'_>) -> io::Result<usize> {
        conn.read(room.slice()).await
    }

    async fn write_all(self, conn: &mut Self::Conn, bytes: &mut Vec<u8>) -> io::Result<()> {
        conn.write_all(bytes).await
    }

    async fn acquire(self, station: Station) -> SemaphoreGuard<'static> {
        self.stations.acquire(station).await
    }

    fn try_acquire(self, station: Station) -> Option<SemaphoreGuard<'static>> {
        self.stations.try_acquire(station)
    }

    async fn take_turn(self, slot: usize) {
        self.stations.take_turn(slot).await;
    }

    fn give_turn(self, slot: usize) {
        self.stations.give_turn(slot);
    }

    async fn join<A: Future, B: Future>(self, a: A, b: B) -> (A::Output, B::Output) {
        future::join(a, b).await
    }

    async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        // `timeout` asks for `Send` here, before the future's type is known. On both
        // runtimes the two are one type.
        N::Runtime::timeout_local(limit, future).await.ok()
    }

    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output {
        // Where there is a tokio already, it is taken.
        async_compat::Compat::new(future).await
    }
}
