//! Leaf operations on smol.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::process::Output;
use std::time::Duration;

use smol::Timer;
use smol::fs::File;
use smol::future::{self, FutureExt};
use smol::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use smol::lock::SemaphoreGuard;
use smol::net::TcpStream;
use smol::process::{Command, Stdio};
use smol::stream::StreamExt;

use crate::base::clock::{self, Nanos};
use crate::http1::Room;
use crate::kit::{AsyncKit, Children, Files, Offload, Setup, Station, Yield};
use crate::model::stations::Stations;

/// Leaf operations on smol.
#[derive(Clone, Copy)]
pub struct SmolKit {
    stations: Stations,
}

impl SmolKit {
    pub(super) fn new(setup: &Setup) -> Self {
        SmolKit {
            stations: Stations::new(setup),
        }
    }

    /// Puts the token back to the first order's slot, before a new batch.
    pub(super) fn reset_turns(self) {
        self.stations.reset_turns();
    }
}

impl AsyncKit for SmolKit {
    type Conn = TcpStream;
    type Permit = SemaphoreGuard<'static>;

    fn sleep_until(self, at: Nanos) -> impl Future<Output = ()> {
        let mut timer = Timer::at(clock::instant(at));
        future::poll_fn(move |context| Pin::new(&mut timer).poll(context).map(drop))
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

impl Yield for SmolKit {
    async fn yield_now(self) {
        future::yield_now().await;
    }
}

impl Offload for SmolKit {
    async fn offload<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        Ok(smol::unblock(call).await)
    }

    #[cfg(feature = "rayon")]
    async fn offload_to_rayon<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        // The community's one-shot: a channel with room for one.
        let (done, answer) = smol::channel::bounded(1);
        rayon::spawn(move || {
            // Fails where the order has been given up.
            let _ = done.try_send(call());
        });
        answer.recv().await.map_err(io::Error::other)
    }
}

impl Children for SmolKit {
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
        child.output().await
    }
}

impl Files for SmolKit {
    async fn read_file(self, path: &Path) -> io::Result<Vec<u8>> {
        smol::fs::read(path).await
    }

    async fn each_line(self, path: &Path, mut take: impl FnMut(String) + Send) -> io::Result<()> {
        let mut lines = BufReader::new(File::open(path).await?).lines();
        while let Some(line) = lines.try_next().await? {
            take(line);
        }
        Ok(())
    }

    async fn write_synced(self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut file = File::create(path).await?;
        file.write_all(&bytes).await?;
        file.sync_all().await
    }
}
