//! `async-std`: tasks on its global executor, its number of threads set or left alone.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use async_global_executor::GlobalExecutorConfig;
use async_lock::{Barrier, SemaphoreGuard};
use async_std::channel;
use async_std::fs::File;
use async_std::future::timeout;
use async_std::io::prelude::BufReadExt;
use async_std::io::{BufReader, ReadExt, WriteExt};
use async_std::net::TcpStream;
use async_std::stream::StreamExt;
use async_std::task;

use super::stations::Stations;
use super::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::base::clock::{self, Nanos};
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::http1::Room;
use crate::kit::{AsyncKit, Files, Offload, Setup, Station, Yield};
use crate::workload::Workload;

/// Leaf operations on async-std.
#[derive(Clone, Copy)]
pub struct AsyncStdKit {
    stations: Stations,
}

impl AsyncKit for AsyncStdKit {
    type Conn = TcpStream;
    type Permit = SemaphoreGuard<'static>;

    fn sleep_until(self, at: Nanos) -> impl Future<Output = ()> {
        task::sleep(clock::until(at))
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
        futures_lite::future::zip(a, b).await
    }

    async fn timeout<F: Future>(self, limit: Duration, future: F) -> Option<F::Output> {
        timeout(limit, future).await.ok()
    }

    #[cfg(feature = "client-reqwest")]
    async fn enter<F: Future>(self, future: F) -> F::Output {
        async_compat::Compat::new(future).await
    }
}

impl Yield for AsyncStdKit {
    async fn yield_now(self) {
        task::yield_now().await;
    }
}

impl Offload for AsyncStdKit {
    async fn offload<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        Ok(task::spawn_blocking(call).await)
    }

    #[cfg(feature = "rayon")]
    async fn offload_to_rayon<R, F>(self, call: F) -> io::Result<R>
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        // The community's one-shot: a channel with room for one.
        let (done, answer) = channel::bounded(1);
        rayon::spawn(move || {
            // Fails where the order has been given up.
            let _ = done.try_send(call());
        });
        answer.recv().await.map_err(io::Error::other)
    }
}

impl Files for AsyncStdKit {
    async fn read_file(self, path: &Path) -> io::Result<Vec<u8>> {
        async_std::fs::read(path).await
    }

    async fn each_line(self, path: &Path, mut take: impl FnMut(String) + Send) -> io::Result<()> {
        let mut lines = BufReader::new(File::open(path).await?).lines();
        while let Some(line) = lines.next().await {
            take(line?);
        }
        Ok(())
    }

    async fn write_synced(self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut file = File::create(path).await?;
        file.write_all(&bytes).await?;
        file.sync_all().await
    }
}

/// Long-lived tasks on async-std.
pub struct AsyncStd {
    kit: AsyncStdKit,
}

impl Model for AsyncStd {
    const META: Meta = Meta {
        name: "async-std",
        shape: Shape::Multiplexed,
        crates: &["async-std", "async-executor", "async-io"],
        about: "long-lived tasks on async-std's global executor, its threads set to the workers",
        note: "discontinued (RUSTSEC-2025-0052): shown for those who still run it, not to be chosen",
        source: Source {
            path: file!(),
            text: include_str!("async_std.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 2 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        // Left alone it starts a thread for each CPU with the first task. The
        // executor below could grow to four times that, but nothing in
        // async-std asks it to.
        if let Some(workers) = setup.told_workers() {
            async_global_executor::init_with_config(
                GlobalExecutorConfig::default()
                    // Its usual variable would override what is set here.
                    .with_env_var("BAKEOFF_ASYNC_STD_THREADS")
                    .with_min_threads(workers)
                    .with_max_threads(workers),
            );
        }
        Ok(AsyncStd {
            kit: AsyncStdKit {
                stations: Stations::new(setup),
            },
        })
    }
}

impl DriveSend for AsyncStd {
    type Kit = AsyncStdKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send + 'static,
        O: Fn(AsyncStdKit) -> OF + Clone + Send + Sync + 'static,
        OF: Future<Output = io::Result<T>> + Send + 'static,
        F: Fn(AsyncStdKit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
    {
        let (batch, kit) = (Arc::clone(batch), self.kit);
        let root = async move {
            kit.stations.reset_turns();
            // Met twice: when every unit stands at the gate, and when it opens.
            let gate = Arc::new(Barrier::new(batch.units() + 1));
            // Where units stand that are through with their orders; its opening, and
            // what they do then, is no order's cost.
            let end = Arc::new(Barrier::new(batch.units()));
            let (feed, arrived) = channel::unbounded();
            let unit = || {
                let (batch, gate) = (Arc::clone(&batch), Arc::clone(&gate));
                let (end, arrived) = (Arc::clone(&end), arrived.clone());
                let (open, order) = (open.clone(), order.clone());
                async move {
                    let mut session = batch.opened(open(kit).await);
                    gate.wait().await;
                    gate.wait().await;
                    while let Some(open) = session.take() {
                        let next = match batch.paced() {
                            true => arrived.recv().await.ok(),
                            false => batch.claim(),
                        };
                        let Some(index) = next else {
                            session = Some(open);
                            break;
                        };
                        session = Some(batch.serve(kit, index, open, &order).await);
                    }
                    batch.through();
                    end.wait().await;
                    session
                }
            };
            let units: Vec<_> = (0..batch.units()).map(|_| task::spawn(unit())).collect();
            gate.wait().await;
            batch.open_gate_to(batch.units());
            let pacer = Pacer::start(&batch, move |index| {
                let _ = feed.try_send(index);
            });
            gate.wait().await;
            // The last unit closes the batch, and only then does any of them end:
            // their sessions stay open until here, off the clock.
            let mut sessions = Vec::with_capacity(units.len());
            for unit in units {
                sessions.push(unit.await);
            }
            drop(sessions);
            pacer
        };
        // The caller only waits: in `task::block_on` it would drive the reactor
        // too, one thread more than the workers, and every wake-up from there
        // would cross threads.
        let (done, ended) = mpsc::channel();
        task::spawn(async move {
            let _ = done.send(root.await);
        });
        ended
            .recv()
            .map_err(|_| Error::Failed("async-std's root task did not end".into()))??
            .finish();
        Ok(())
    }
}
