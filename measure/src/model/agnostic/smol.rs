//! `agnostic-smol`: agnostic's traits on smol.

use std::env;
use std::future::Future;
use std::io;
use std::sync::Arc;

use agnostic_net::smol::Net;

use super::{AgnosticKit, units};
use crate::base::error::{Error, Result};
use crate::engine::batch::Batch;
use crate::kit::Setup;
use crate::model::{DriveSend, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::workload::Workload;

/// How many threads smol starts is told to it in no other way.
const THREADS: &str = "SMOL_THREADS";
/// Where it is not told.
const SHIPPED_THREADS: usize = 1;

/// The generic body on smol's global executor.
pub struct AgnosticSmol {
    kit: AgnosticKit<Net>,
}

impl Model for AgnosticSmol {
    const META: Meta = Meta {
        name: "agnostic-smol",
        shape: Shape::Multiplexed,
        crates: &[
            "agnostic-net",
            "agnostic-lite",
            "smol",
            "async-executor",
            "async-io",
        ],
        about: "long-lived tasks over agnostic's traits, on smol's global executor",
        note: "the traits spawn nowhere else than there; they have no locks, channels or joins, which come from crates for any runtime",
        source: Source {
            path: file!(),
            text: include_str!("smol.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        // Its own one, and async-io's, which drives the reactor while all others are busy.
        threads: |setup| 2 + setup.told_workers().unwrap_or(SHIPPED_THREADS),
        processes: one_process,
        in_flight: all_in_flight,
    };

    const THREADS_VARIABLE: Option<&'static str> = Some(THREADS);

    fn new(setup: &Setup) -> Result<Self> {
        // smol reads it at the first spawn, and then as here.
        let started = env::var(THREADS).ok().and_then(|told| told.parse().ok());
        let started = started.unwrap_or(SHIPPED_THREADS);
        match setup.told_workers() {
            Some(workers) if workers != started => Err(Error::Usage(format!(
                "smol would start {started} threads where {workers} were asked for: \
                 its runner must be started with {THREADS}={workers}"
            ))),
            _ => Ok(AgnosticSmol {
                kit: AgnosticKit::new(setup),
            }),
        }
    }
}

impl DriveSend for AgnosticSmol {
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
        units::drive(batch, self.kit, open, order)
    }
}
