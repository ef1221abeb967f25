//! `monoio`: completion-based I/O, a runtime over io_uring on each worker.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_lock::SemaphoreGuard;
use monoio::blocking::{BlockingTask, DefaultThreadPool, ThreadPool};
use monoio::buf::{IoBufMut, SliceMut};
use monoio::fs::File;
use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::TcpStream;
use monoio::time::{Instant, TimeDriver};
use monoio::{IoUringDriver, Runtime, RuntimeBuilder};

use super::local::{Workers, drive};
use super::stations::Stations;
use super::{DriveLocal, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::base::clock::{self, Nanos};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::host;
use crate::http1::Room;
use crate::kit::{AsyncKit, Files, Lines, Offload, Setup, Station, Yield};
use crate::workload::Workload;

/// Leaf operations on monoio. It has no locks of its own.
#[derive(Clone, Copy)]
pub struct MonoioKit {
    stations: Stations,
}

impl AsyncKit for MonoioKit {
    type Conn = TcpStream;
    type Permit = SemaphoreGuard<'static>;

    fn sleep_until(self, at: Nanos) -> impl Future<Output = ()> {
        monoio::time::sleep_until(Instant::from_std(clock::instant(at)))
    }

    async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        let conn = TcpStream::connect_addr(address).await?;
        conn.set_nodelay(true)?;
        Ok(conn)
    }

    async fn read(self, conn: &mut TcpStream, mut room: Room<'_>) -> io::Result<usize> {
        let (buffer, free) = room.lend();
        let (read, slice): (_, SliceMut<_>) = conn.read(buffer.slice_mut(free..)).await;
        room.give_back(slice.into_inner());
        read
    }

    async fn write_all(self, conn: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
        let (written, back) = conn.write_all(std::mem::take(bytes)).await;
        *bytes = back;
        written.map(|_| ())
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
        monoio::time::timeout(limit, future).await.ok()
    }

    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output {
        async_compat::Compat::new(future).await
    }
}

impl Offload for MonoioKit {
    async fn offload<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        let call = monoio::spawn_blocking(call).await;
        call.map_err(|_| io::Error::other("a call that blocked was given up"))
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

impl Yield for MonoioKit {
    async fn yield_now(self) {
        // monoio has none of its own, and takes any future's word.
        futures_lite::future::yield_now().await;
    }
}

/// Most threads for calls that block, as many as tokio starts.
const MOST_BLOCKED: usize = 512;

/// monoio's own pool for calls that block, which its user attaches, and which starts all of
/// its threads at once: here when the first call comes. All workers share it.
#[derive(Clone)]
struct Blocked {
    pool: Arc<OnceLock<DefaultThreadPool>>,
    threads: usize,
}

impl ThreadPool for Blocked {
    fn schedule_task(&self, task: BlockingTask) {
        let pool = || DefaultThreadPool::new(self.threads);
        self.pool.get_or_init(pool).schedule_task(task);
    }
}

impl Files for MonoioKit {
    async fn read_file(self, path: &Path) -> io::Result<Vec<u8>> {
        monoio::fs::read(path).await
    }

    /// It has no reader of lines for files: it reads at an offset.
    async fn each_line(self, path: &Path, mut take: impl FnMut(String) + Send) -> io::Result<()> {
        let file = File::open(path).await?;
        let (mut lines, mut part, mut at) = (Lines::default(), Vec::with_capacity(Lines::PART), 0);
        loop {
            part.clear();
            let (read, back) = file.read_at(part, at).await;
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
        let file = File::create(path).await?;
        file.write_all_at(bytes, 0).await.0?;
        file.sync_all().await?;
        file.close().await
    }
}

/// Long-lived tasks on one of monoio's runtimes on each worker.
pub struct Monoio {
    workers: Workers<Runtime<TimeDriver<IoUringDriver>>>,
    kit: MonoioKit,
}

impl Model for Monoio {
    const META: Meta = Meta {
        name: "monoio",
        shape: Shape::Multiplexed,
        crates: &["monoio"],
        about: "long-lived tasks that never move, on a monoio runtime for each worker: reads and writes are completed by io_uring",
        note: "hardly maintained: its last release is of August 2024; a worker out of tasks takes none from another; timers tick in whole milliseconds",
        source: Source {
            path: file!(),
            text: include_str!("monoio.rs"),
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
        let blocked = Blocked {
            pool: Arc::default(),
            // One for each call that may be under way.
            threads: setup.concurrency.clamp(1, MOST_BLOCKED),
        };
        Ok(Monoio {
            workers: Workers::start(setup.workers_or_cpus(), "monoio", move || {
                RuntimeBuilder::<IoUringDriver>::new()
                    .enable_timer()
                    .attach_thread_pool(Box::new(blocked.clone()))
                    .build()
            })?,
            kit: MonoioKit {
                stations: Stations::new(setup),
            },
        })
    }
}

impl DriveLocal for Monoio {
    type Kit = MonoioKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: 'static,
        O: Fn(MonoioKit) -> OF + Clone + Send + 'static,
        OF: Future<Output = io::Result<T>> + 'static,
        F: Fn(MonoioKit, T, W::Spec) -> FF + Clone + Send + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + 'static,
    {
        let kit = self.kit;
        kit.stations.reset_turns();
        drive(&self.workers, batch, move |runtime, line, units| {
            runtime.block_on(async {
                let units: Vec<_> = (0..units)
                    .map(|_| monoio::spawn(line.unit(kit, &open, &order)))
                    .collect();
                let mut sessions = Vec::with_capacity(units.len());
                for unit in units {
                    sessions.push(unit.await);
                }
            });
        })
    }
}
