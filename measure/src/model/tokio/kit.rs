//! Leaf operations on tokio.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::fs::File;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::base::clock::{self, Nanos};
use crate::http1::Room;
use crate::kit::{AsyncKit, Children, Files, Offload, Setup, Station, Yield};

/// Leaf operations on tokio, on either of its runtimes.
///
/// It is in every future that asks it for something, so that it is one pointer.
#[derive(Clone, Copy)]
pub struct TokioKit(&'static Shared);

struct Shared {
    stations: Vec<Semaphore>,
    turns: Vec<Semaphore>,
    /// Orders that came from outside and that no unit has taken yet. tokio's
    /// own channel has one receiver; this is what it is made of.
    arrived: Semaphore,
}

impl TokioKit {
    /// The stations that `setup` asks for. They live as long as the process:
    /// one runner serves one cell.
    pub(in crate::model) fn new(setup: &Setup) -> Self {
        let stations = setup.stations.iter().map(|&n| Semaphore::new(n)).collect();
        // One token, at the slot of the first order.
        let turns = (0..setup.turns)
            .map(|slot| Semaphore::new(usize::from(slot == 0)))
            .collect();
        TokioKit(Box::leak(Box::new(Shared {
            stations,
            turns,
            arrived: Semaphore::new(0),
        })))
    }

    /// Waits until an order has come from outside: the next to be claimed.
    pub(in crate::model) async fn arrival(self) {
        self.0
            .arrived
            .acquire()
            .await
            .expect("arrivals are never closed")
            .forget();
    }

    /// The end that orders are handed over at, for so many units.
    pub(in crate::model) fn feed(self, units: usize) -> Feed {
        let arrived = &self.0.arrived;
        Feed { arrived, units }
    }

    /// Puts everything back to where it was before the first batch.
    pub(in crate::model) fn reset(self) {
        self.0
            .arrived
            .forget_permits(self.0.arrived.available_permits());
        for (slot, turn) in self.0.turns.iter().enumerate() {
            turn.forget_permits(turn.available_permits());
            turn.add_permits(usize::from(slot == 0));
        }
    }
}

/// Hands orders over to units that wait for arrivals. When it is dropped, each
/// of them is told once more, and finds nothing to claim.
pub(in crate::model) struct Feed {
    arrived: &'static Semaphore,
    units: usize,
}

impl Feed {
    /// Hands one order over.
    pub(in crate::model) fn put(&self) {
        self.arrived.add_permits(1);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.arrived.add_permits(self.units);
    }
}

impl AsyncKit for TokioKit {
    type Conn = TcpStream;
    type Permit = SemaphorePermit<'static>;

    fn sleep_until(self, at: Nanos) -> impl Future<Output = ()> {
        tokio::time::sleep_until(Instant::from_std(clock::instant(at)))
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

    async fn acquire(self, station: Station) -> SemaphorePermit<'static> {
        self.0.stations[station]
            .acquire()
            .await
            .expect("a station is never closed")
    }

    fn try_acquire(self, station: Station) -> Option<SemaphorePermit<'static>> {
        self.0.stations[station].try_acquire().ok()
    }

    async fn take_turn(self, slot: usize) {
        self.0.turns[slot]
            .acquire()
            .await
            .expect("a turn is never closed")
            .forget();
    }

    fn give_turn(self, slot: usize) {
        self.0.turns[slot].add_permits(1);
    }

    async fn join<A: Future, B: Future>(self, a: A, b: B) -> (A::Output, B::Output) {
        tokio::join!(a, b)
    }

    async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        tokio::time::timeout(limit, future).await.ok()
    }

    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output {
        future.await
    }
}

impl Yield for TokioKit {
    async fn yield_now(self) {
        tokio::task::yield_now().await;
    }
}

impl Offload for TokioKit {
    async fn offload<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        Ok(tokio::task::spawn_blocking(call).await?)
    }

    #[cfg(feature = "rayon")]
    async fn offload_to_rayon<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        let (done, answer) = tokio::sync::oneshot::channel();
        rayon::spawn(move || {
            // Fails where the order has been given up.
            let _ = done.send(call());
        });
        answer.await.map_err(io::Error::other)
    }

    fn block_in_place<R>(self, call: impl FnOnce() -> R) -> R {
        tokio::task::block_in_place(call)
    }
}

impl Children for TokioKit {
    async fn ask_program(
        self,
        program: &Path,
        argument: &str,
        input: Vec<u8>,
    ) -> io::Result<Output> {
        let mut child = Command::new(program)
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut to) = child.stdin.take() {
            // One that has ended takes nothing.
            let _ = to.write_all(&input).await;
        }
        child.wait_with_output().await
    }
}

impl Files for TokioKit {
    async fn read_file(self, path: &Path) -> io::Result<Vec<u8>> {
        tokio::fs::read(path).await
    }

    async fn each_line(self, path: &Path, mut take: impl FnMut(String) + Send) -> io::Result<()> {
        let mut lines = BufReader::new(File::open(path).await?).lines();
        while let Some(line) = lines.next_line().await? {
            take(line);
        }
        Ok(())
    }

    async fn write_synced(self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut file = File::create(path).await?;
        file.write_all(&bytes).await?;
        // A write that failed is told here: `sync_all` waits for it and says nothing.
        file.flush().await?;
        file.sync_all().await
    }
}
