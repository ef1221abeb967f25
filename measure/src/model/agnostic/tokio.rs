//! `agnostic-tokio`: agnostic's traits on tokio.

use std::future::Future;
use std::io;
use std::sync::Arc;

use agnostic_net::tokio::Net;
use tokio::runtime::Runtime;

use super::{AgnosticKit, units};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::kit::Setup;
use crate::model::tokio::mt::runtime;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// The generic body on tokio's multi-threaded runtime.
pub struct AgnosticTokio {
    /// agnostic starts none: it spawns on the one that its caller is in.
    runtime: Runtime,
    kit: AgnosticKit<Net>,
}

impl Model for AgnosticTokio {
    const META: Meta = Meta {
        name: "agnostic-tokio",
        shape: Shape::Multiplexed,
        crates: &["agnostic-net", "agnostic-lite", "tokio"],
        about: "long-lived tasks over agnostic's traits, on tokio's multi-threaded runtime",
        note: "the traits have no locks, channels or JoinSet, which come from crates for any runtime; tokio's timers tick in whole milliseconds",
        source: Source {
            path: file!(),
            text: include_str!("tokio.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |setup| 1 + setup.workers_or_cpus(),
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(AgnosticTokio {
            runtime: runtime(setup)?,
            kit: AgnosticKit::new(setup),
        })
    }
}

impl DriveSend for AgnosticTokio {
    type Kit = AgnosticKit<Net>;

    fn drive<W, T, O, OF, F, FF>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send + 'static,
        O: Fn(Self::Kit) -> OF + Clone + Send + Sync + 'static,
        OF: Future<Output = io::Result<T>> + Send + 'static,
        F: Fn(Self::Kit, T, W::Spec) -> FF + Clone + Send + Sync + 'static,
        FF: Future<Output = (T, io::Result<u64>)> + Send + 'static,
    {
        let _inside = self.runtime.enter();
        units::drive(batch, self.kit, open, order)
    }
}
