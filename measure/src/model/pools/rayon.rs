//! `rayon` and `rayon-cores`: a parallel iterator on a pool of its own. The
//! global pool is never touched: criterion's statistics run there.

use std::io;
use std::sync::{Arc, Mutex};

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, ParallelBridge, ParallelIterator,
};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::engine::pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::model::threads::ThreadKit;
use crate::model::{DriveDirect, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// Parallel iterators on a pool of `concurrency` threads, so that it can hold
/// as many blocking orders.
pub struct Rayon(Pool);

/// Parallel iterators on a pool of one thread per CPU: rayon as it ships.
pub struct RayonCores(Pool);

/// A pool and its leaf operations.
pub(super) struct Pool {
    pub(super) pool: ThreadPool,
    pub(super) kit: ThreadKit,
}

impl Model for Rayon {
    const META: Meta = Meta {
        name: "rayon",
        shape: Shape::Bounded,
        crates: &["rayon", "rayon-core"],
        about: "a blocking pool: a parallel iterator on its own pool, sized to the concurrency",
        note: "blocking in rayon's pool is a misuse that its documentation warns of; shown because people do it",
        source: Source {
            path: file!(),
            text: include_str!("rayon.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.concurrency,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Rayon(Pool::new(setup.concurrency, setup)?))
    }
}

impl Model for RayonCores {
    const META: Meta = Meta {
        name: "rayon-cores",
        shape: Shape::Bounded,
        crates: &["rayon", "rayon-core"],
        about: "a blocking pool: a parallel iterator on its own pool of one thread per CPU",
        note: "made for CPU-bound work; with waiting orders most of its capacity sleeps",
        source: Source {
            path: file!(),
            text: include_str!("rayon.rs"),
        },
        share: Share::ByInFlight,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + cores(setup),
        processes: one_process,
        in_flight: cores,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(RayonCores(Pool::per_cpu(setup)?))
    }
}

/// What `ThreadPoolBuilder::num_threads` takes for rayon's own default.
const DEFAULT: usize = 0;

/// Threads of a pool that is not sized to the concurrency.
pub(super) fn cores(setup: &Setup) -> usize {
    setup.workers_or_cpus().min(setup.concurrency)
}

impl Pool {
    /// As rayon ships it: one thread per CPU.
    pub(super) fn per_cpu(setup: &Setup) -> Result<Self> {
        // Told none, rayon starts a thread for each CPU. Where the scenario
        // allows fewer orders in flight, it must be told so.
        let threads = match setup.told_workers() {
            None if cores(setup) < setup.concurrency => DEFAULT,
            _ => cores(setup),
        };
        Pool::new(threads, setup)
    }

    fn new(threads: usize, setup: &Setup) -> Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|error| {
                Error::Failed(format!("rayon could not start its threads: {error}"))
            })?;
        Ok(Pool {
            pool,
            kit: ThreadKit::new(setup),
        })
    }

    fn drive<W, T, O, F>(&self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let kit = &self.kit;
        // A session per pool thread, which a job borrows from its thread. The
        // mutex is never contended: a thread runs one job at a time, and a job
        // starts no other.
        let sessions: Vec<Home<T>> = self.pool.broadcast(|_| Home::new(batch.opened(open(kit))));
        let borrow = || Borrowed::from(&sessions);
        let serve = |borrowed: &mut Borrowed<'_, T>, index: u64| match borrowed.session() {
            Some(session) if !batch.stopped() => {
                batch.serve_direct(kit, index, session, &order);
            }
            _ => batch.pass_over(kit, index),
        };
        // Threads that find no more to steal spin for a while before they sleep, and
        // may keep this one from waking: so the last order closes the batch itself.
        let count = |borrowed: &mut Borrowed<'_, T>, index: u64| {
            serve(borrowed, index);
            batch.count_done();
        };
        batch.open_gate();
        if batch.paced() {
            // Each order that comes from outside is a job of its own.
            self.pool.in_place_scope(|scope| {
                let (borrow, count) = (&borrow, &count);
                pacer::here(batch, |index| {
                    scope.spawn(move |_| count(&mut borrow(), index));
                });
            });
            // Where one failed, not all were handed over.
            batch.close(Usage::default());
            return Ok(());
        }
        self.pool.install(|| {
            if batch.ordered() {
                // Splitting a range starts orders at its middle; where they are
                // due in sequence, the bridge hands them out in sequence.
                let claims = std::iter::from_fn(|| batch.claim());
                claims.par_bridge().for_each_init(borrow, serve);
                batch.close(Usage::default());
            } else {
                // An order is long beside a join, so each is a job of its own
                // that an idle thread can steal: `usize`, because longer ranges
                // are not indexed and cannot be split to the last.
                (0..batch.orders() as usize)
                    .into_par_iter()
                    .with_max_len(1)
                    .for_each_init(borrow, |borrowed, index| count(borrowed, index as u64));
            }
        });
        drop(sessions);
        Ok(())
    }
}

/// Where a thread's session lies between jobs, on cache lines of its own.
#[repr(align(128))]
pub(super) struct Home<T>(Mutex<Option<T>>);

impl<T> Home<T> {
    /// Of a thread that could open its session, or could not.
    pub(super) fn new(session: Option<T>) -> Self {
        Home(Mutex::new(session))
    }
}

/// A thread's session while a job of that thread uses it.
pub(super) struct Borrowed<'a, T> {
    home: &'a Mutex<Option<T>>,
    session: Option<T>,
}

impl<T> Borrowed<'_, T> {
    /// None where the thread could not open one.
    pub(super) fn session(&mut self) -> Option<&mut T> {
        self.session.as_mut()
    }
}

impl<'a, T> From<&'a Vec<Home<T>>> for Borrowed<'a, T> {
    fn from(sessions: &'a Vec<Home<T>>) -> Self {
        let thread = rayon::current_thread_index().expect("jobs run on the pool");
        let home = &sessions[thread].0;
        let session = home.lock().expect("no job panics").take();
        Borrowed { home, session }
    }
}

impl<T> Drop for Borrowed<'_, T> {
    fn drop(&mut self) {
        *self.home.lock().expect("no job panics") = self.session.take();
    }
}

impl DriveDirect for Rayon {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.0.drive(batch, open, order)
    }
}

impl DriveDirect for RayonCores {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.0.drive(batch, open, order)
    }
}
