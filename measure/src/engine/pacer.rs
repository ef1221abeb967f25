//! The pacer: a thread outside the model that hands orders over when they are
//! planned, whether or not anyone is ready. What its channel is belongs to the
//! model; when it hands over does not.

use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::batch::Batch;
use crate::base::error::{Error, Result};
use crate::host;
use crate::workload::Workload;

/// Hands the batch's orders over from the calling thread, where the model's
/// channel cannot leave it.
pub fn here<W: Workload>(batch: &Batch<W>, hand_over: impl FnMut(u64)) {
    host::sharpen_timers();
    batch.pace(hand_over);
}

/// A pacer that has been started.
pub struct Pacer(Option<JoinHandle<()>>);

impl Pacer {
    /// Starts handing the batch's orders over, just after the gate was opened;
    /// nothing where orders do not come from outside. When the last is handed
    /// over, or one has failed, `hand_over` is dropped, and with it the model's
    /// channel closes.
    ///
    /// # Errors
    /// A thread that the system refuses. Nobody may wait for the channel then:
    /// `hand_over` has been dropped.
    pub fn start<W: Workload>(
        batch: &Arc<Batch<W>>,
        hand_over: impl FnMut(u64) + Send + 'static,
    ) -> Result<Self> {
        if !batch.paced() {
            return Ok(Pacer(None));
        }
        let paced = Arc::clone(batch);
        let thread = Builder::new().name("pacer".into()).spawn(move || {
            here(&paced, hand_over);
        });
        match thread {
            Ok(thread) => Ok(Pacer(Some(thread))),
            Err(error) => {
                let line = format!("the system refused the pacer's thread: {error}");
                batch.fail(|| line.clone());
                Err(Error::Failed(line))
            }
        }
    }

    /// Waits until the last order has been handed over, which it has been when
    /// the last order is done.
    pub fn finish(self) {
        if let Some(thread) = self.0 {
            // It holds the batch, which the runner takes apart.
            let _ = thread.join();
        }
    }
}
