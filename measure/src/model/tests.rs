//! Laws of models that no row shows.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use super::DriveDirect;
use crate::base::clock::{self, Nanos};
use crate::engine::batch::{Batch, Size};
use crate::kit::Setup;
use crate::model::threads::ThreadKit;
use crate::workload::nothing::Nothing;
use crate::workload::schedule::Flow;

const UNITS: usize = 8;

/// When threads ended.
type Ends = Arc<Mutex<Vec<Nanos>>>;

/// Tells when the thread ends that keeps it.
struct Ending(Ends);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(clock::now());
    }
}

thread_local! {
    static ENDING: RefCell<Option<Ending>> = const { RefCell::new(None) };
}

fn batch(orders: u64) -> Arc<Batch<Nothing>> {
    let size = Size {
        orders,
        seed: 1,
        sample: 1,
        concurrency: UNITS,
    };
    Arc::new(Batch::new(&Nothing::IDLE, size, Flow::default(), 0))
}

fn setup() -> Setup {
    Setup {
        concurrency: UNITS,
        workers: 2,
        ..Setup::default()
    }
}

/// A thread's end costs as much as several orders, and is none's.
fn no_thread_ends_before_the_batch_is_closed<M: DriveDirect<Kit = ThreadKit>>() {
    let (batch, ends) = (batch(3 * UNITS as u64), Ends::default());
    let mut model = M::new(&setup()).unwrap();
    let open = |_: &ThreadKit| {
        ENDING.with(|own| *own.borrow_mut() = Some(Ending(Arc::clone(&ends))));
        Ok(())
    };
    model.drive(&batch, open, |_, (), _| Ok(0)).unwrap();
    let ends = ends.lock().unwrap();
    assert_eq!(ends.len(), UNITS);
    let batch = Arc::try_unwrap(batch).ok().unwrap();
    let closed = batch.into_outcome().unwrap().end.at;
    assert!(ends.iter().all(|end| closed <= *end), "{closed}: {ends:?}");
}

#[test]
fn no_thread_of_os_threads_ends_before_the_batch_is_closed() {
    no_thread_ends_before_the_batch_is_closed::<super::threads::units::OsThreads>();
}

#[cfg(feature = "crossbeam")]
#[test]
fn no_worker_of_crossbeam_ends_before_the_batch_is_closed() {
    no_thread_ends_before_the_batch_is_closed::<super::pools::crossbeam::Crossbeam>();
}

#[cfg(feature = "idioms")]
#[test]
fn no_thread_of_a_pool_by_hand_ends_before_the_batch_is_closed() {
    no_thread_ends_before_the_batch_is_closed::<super::threads::pool::OsThreadsPool>();
    no_thread_ends_before_the_batch_is_closed::<super::pools::deque::CrossbeamDeque>();
}

/// The others would wait at the end gate forever.
#[test]
fn an_order_that_panics_keeps_nobody_waiting() {
    let batch = batch(3 * UNITS as u64);
    let mut model = <super::threads::units::OsThreads as super::Model>::new(&setup()).unwrap();
    let order = |_: &ThreadKit, (): &mut (), _| {
        assert!(batch.unclaimed() > 0, "as asked for");
        Ok(0)
    };
    let _ = model.drive(&batch, |_| Ok(()), order);
}

/// Nobody has to wake before the counters are read.
#[cfg(feature = "rayon")]
#[test]
fn the_last_order_of_rayon_closes_the_batch() {
    let batch = batch(40);
    let mut model = <super::pools::rayon::Rayon as super::Model>::new(&setup()).unwrap();
    model.drive(&batch, |_| Ok(()), |_, (), _| Ok(0)).unwrap();
    let returned = clock::now();
    let batch = Arc::try_unwrap(batch).ok().unwrap();
    let outcome = batch.into_outcome().unwrap();
    assert!(outcome.slots.last_end() <= outcome.end.at && outcome.end.at <= returned);
}
