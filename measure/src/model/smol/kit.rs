//! Leaf operations on smol.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use smol::Timer;
use smol::future::{self, FutureExt};
use smol::io::{AsyncReadExt, AsyncWriteExt};
use smol::lock::{Semaphore, SemaphoreGuard};
use smol::net::TcpStream;

use crate::base::clock::{self, Nanos};
use crate::http1::Room;
use crate::kit::{AsyncKit, Setup, Station};

/// Leaf operations on smol.
#[derive(Clone, Copy)]
pub struct SmolKit {
    stations: &'static [Semaphore],
    turns: &'static [Semaphore],
}

impl SmolKit {
    /// The stations that `setup` asks for. They live as long as the process:
    /// one runner serves one cell.
    pub(super) fn new(setup: &Setup) -> Self {
        let stations: Vec<_> = setup.stations.iter().map(|&n| Semaphore::new(n)).collect();
        // One token, at the slot of the first order.
        let turns: Vec<_> = (0..setup.turns)
            .map(|slot| Semaphore::new(usize::from(slot == 0)))
            .collect();
        SmolKit {
            stations: stations.leak(),
            turns: turns.leak(),
        }
    }

    /// Puts the token back to the first order's slot, before a new batch.
    pub(super) fn reset_turns(self) {
        for turn in self.turns {
            while let Some(token) = turn.try_acquire() {
                token.forget();
            }
        }
        if let Some(first) = self.turns.first() {
            first.add_permits(1);
        }
    }
}

impl AsyncKit for SmolKit {
    type Conn = TcpStream;
    type Permit = SemaphoreGuard<'static>;

    async fn sleep_until(self, at: Nanos) {
        Timer::at(clock::instant(at)).await;
    }

    async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        let conn = TcpStream::connect(address).await?;
        conn.set_nodelay(true)?;
        Ok(conn)
    }

    async fn read(self, conn: &mut TcpStream, room: Room<'_>) -> io::Result<usize> {
        conn.read(room.slice()).await
    }

    async fn write_all(self, conn: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
        conn.write_all(bytes).await
    }

    async fn acquire(self, station: Station) -> SemaphoreGuard<'static> {
        self.stations[station].acquire().await
    }

    fn try_acquire(self, station: Station) -> Option<SemaphoreGuard<'static>> {
        self.stations[station].try_acquire()
    }

    async fn take_turn(self, slot: usize) {
        self.turns[slot].acquire().await.forget();
    }

    fn give_turn(self, slot: usize) {
        self.turns[slot].add_permits(1);
    }

    async fn join<A: Future, B: Future>(self, a: A, b: B) -> (A::Output, B::Output) {
        future::zip(a, b).await
    }

    async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        async { Some(future.await) }
            .or(async {
                Timer::after(limit).await;
                None
            })
            .await
    }

    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output {
        async_compat::Compat::new(future).await
    }
}
