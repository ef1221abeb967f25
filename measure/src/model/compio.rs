//! `compio`: completion-based I/O, a runtime over io_uring on each worker.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_lock::SemaphoreGuard;
use compio::BufResult;
use compio::buf::{IntoInner, IoBuf};
use compio::fs::File;
use compio::io::{AsyncRead, AsyncReadAt, AsyncWriteAtExt, AsyncWriteExt};
use compio::net::TcpStream;
use compio::process::Command;
use compio::runtime::Runtime;

use super::local::{Workers, drive};
use super::stations::Stations;
use super::{DriveLocal, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::host;
use crate::http1::Room;
use crate::kit::{AsyncKit, Children, Files, Lines, Offload, Setup, Station, Yield};
use crate::workload::Workload;

/// Leaf operations on compio. It has no locks of its own.
#[derive(Clone, Copy)]
pub struct CompioKit {
    stations: Stations,
}

impl AsyncKit for CompioKit {
    type Conn = TcpStream;
    type Permit = SemaphoreGuard<'static>;

    fn sleep_until(self, at: Nanos) -> impl Future<Output = ()> {
        compio::time::sleep_until(clock::instant(at))
    }

    async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        let conn = TcpStream::connect(address).await?;
        conn.set_nodelay(true)?;
        Ok(conn)
    }

    async fn read(self, conn: &mut TcpStream, mut room: Room<'_>) -> io::Result<usize> {
        let (buffer, free) = room.lend();
        let BufResult(read, slice) = conn.read(buffer.slice(free..)).await;
        room.give_back(slice.into_inner());
        read
    }

    async fn write_all(self, conn: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
        let BufResult(written, back) = conn.write_all(std::mem::take(bytes)).await;
        *bytes = back;
        written
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
        futures_lite::future::zip(a, b).await
    }

    async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        compio::time::timeout(limit, future).await.ok()
    }

    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output {
        async_compat::Compat::new(future).await
    }
}

impl Yield for CompioKit {
    async fn yield_now(self) {
        // compio has none of its own, and takes any future's word.
        futures_lite::future::yield_now().await;
    }
}

impl Offload for CompioKit {
    async fn offload<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        let call = compio::runtime::spawn_blocking(call).await;
        call.map_err(|_| io::Error::other("a call that blocked has panicked"))
    }

    #[cfg(feature = "rayon")]
    async fn offload_to_rayon<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        // The community's one-shot: a channel with room for one.
        let (done, answer) = async_channel::bounded(1);
        rayon::spawn(move || {
            // Fails where the order has been given up.
            let _ = done.try_send(call());
        });
        answer.recv().await.map_err(io::Error::other)
    }
}

impl Children for CompioKit {
    async fn ask_program(
        self,
        program: &Path,
        argument: &str,
        input: Vec<u8>,
    ) -> io::Result<Output> {
        let mut command = Command::new(program);
        command.arg(argument);
        let Ok(_) = command.stdin(Stdio::piped());
        let Ok(_) = command.stdout(Stdio::piped());
        let Ok(_) = command.stderr(Stdio::null());
        let mut child = command.spawn()?;
        if let Some(mut to) = child.stdin.take() {
            // One that has ended takes nothing.
            let _ = to.write_all(input).await;
        }
        child.wait_with_output().await
    }
}

impl Files for CompioKit {
    async fn read_file(self, path: &Path) -> io::Result<Vec<u8>> {
        compio::fs::read(path).await
    }

    /// It has no reader of lines for files: it reads at an offset.
    async fn each_line(self, path: &Path, mut take: impl FnMut(String) + Send) -> io::Result<()> {
        let file = File::open(path).await?;
        let (mut lines, mut part, mut at) = (Lines::default(), Vec::with_capacity(Lines::PART), 0);
        loop {
            part.clear();
            let BufResult(read, back) = file.read_at(part, at).await;
            part = back;
            match read? {
                0 => break,
                read => at += read as u64,
            }
            lines.feed(&part, &mut take)?;
        }
        file.close().await?;
        lines.finish(&mut take)
    }

    async fn write_synced(self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut file = File::create(path).await?;
        file.write_all_at(bytes, 0).await.0?;
        file.sync_all().await?;
        file.close().await
    }
}

/// Long-lived tasks on one of compio's runtimes on each worker.
pub struct Compio {
    workers: Workers<Runtime>,
    kit: CompioKit,
}

impl Model for Compio {
    const META: Meta = Meta {
        name: "compio",
        shape: Shape::Multiplexed,
        crates: &["compio", "compio-runtime", "compio-driver"],
        about: "long-lived tasks that never move, on a compio runtime for each worker: reads and writes are completed by io_uring",
        note: "a worker out of tasks takes none from another; stations are async-lock's, since compio has no locks",
        source: Source {
            path: file!(),
            text: include_str!("compio.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn require(_: &Setup, why: &str) -> Result<()> {
        host::require_io_uring(why)
    }

    fn new(setup: &Setup) -> Result<Self> {
        // Where tasks wake across threads and this queue is full, the waking thread
        // waits for the other one, which may wait for it. A task is in it once at most.
        let wake_ups = setup.concurrency + 1;
        Ok(Compio {
            workers: Workers::start(setup.workers_or_cpus(), "compio", move || {
                Runtime::builder().sync_queue_size(wake_ups).build()
            })?,
            kit: CompioKit {
                stations: Stations::new(setup),
            },
        })
    }
}

impl DriveLocal for Compio {
    type Kit = CompioKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: 'static,
        O: Fn(CompioKit) -> OF + Clone + Send + 'static,
        OF: Future<Output = io::Result<T>> + 'static,
        F: Fn(CompioKit, T, W::Spec) -> FF + Clone + Send + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + 'static,
    {
        let kit = self.kit;
        kit.stations.reset_turns();
        drive(&self.workers, batch, move |runtime, line, units| {
            let units: Vec<_> = (0..units)
                .map(|_| runtime.spawn(line.unit(kit, &open, &order)))
                .collect();
            runtime.block_on(async {
                let mut sessions = Vec::with_capacity(units.len());
                for unit in units {
                    sessions.push(unit.await);
                }
            });
        })
    }
}
