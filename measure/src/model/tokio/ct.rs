//! `tokio-ct`: tasks on the current-thread runtime.
//!
//! `tokio::spawn`, not a `LocalSet`: the orders are `Send` on every runtime
//! here, and the plain spawn takes one scheduler less.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::{TokioKit, units};
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// The current-thread runtime.
pub struct TokioCt {
    runtime: Runtime,
    kit: TokioKit,
}

impl Model for TokioCt {
    const META: Meta = Meta {
        name: "tokio-ct",
        shape: Shape::Multiplexed,
        crates: &["tokio"],
        about: "a JoinSet of long-lived tasks on tokio's current-thread runtime",
        note: "one thread whatever the machine: CPU-bound orders leave other cores idle; timers tick in whole milliseconds",
        source: Source {
            path: file!(),
            text: include_str!("ct.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |_| 1,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Error::Failed(format!("tokio could not start: {error}")))?;
        Ok(TokioCt {
            runtime,
            kit: TokioKit::new(setup),
        })
    }
}

impl DriveSend for TokioCt {
    type Kit = TokioKit;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send + 'static,
        O: Fn(TokioKit) -> OF + Clone + Send + Sync + 'static,
        OF: Future<Output = io::Result<T>> + Send + 'static,
        F: Fn(TokioKit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
    {
        self.runtime
            .block_on(units::serve(Arc::clone(batch), self.kit, open, order))?
            .finish();
        Ok(())
    }
}
