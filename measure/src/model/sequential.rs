//! One order after the other: the baseline of every comparison.

use std::io;
use std::sync::{Arc, mpsc};

use super::threads::ThreadKit;
use super::{DriveDirect, Meta, Model, Shape, Share, Source, one_process};
use crate::base::error::Result;
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host::Usage;
use crate::kit::Setup;
use crate::workload::Workload;

/// One order after the other, on the runner's own thread.
pub struct Sequential {
    kit: ThreadKit,
}

impl Model for Sequential {
    const META: Meta = Meta {
        name: "sequential",
        shape: Shape::PerUnit,
        crates: &[],
        about: "one order after the other on one thread, a for loop",
        note: "the baseline: its efficiency shows what concurrency would buy",
        source: Source {
            path: file!(),
            text: include_str!("sequential.rs"),
        },
        share: Share::ByInFlight,
        per_order: false,
        fresh_sessions: false,
        fed: false,
        threads: |_| 1,
        processes: one_process,
        in_flight: |_| 1,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Sequential {
            kit: ThreadKit::new(setup),
        })
    }
}

impl DriveDirect for Sequential {
    type Kit = ThreadKit;

    fn drive<W, T, O, F>(&mut self, batch: &Arc<Batch<W>>, open: O, order: F) -> Result<()>
    where
        W: Workload,
        T: Send,
        O: Fn(&ThreadKit) -> io::Result<T> + Send + Sync,
        F: Fn(&ThreadKit, &mut T, W::Spec) -> io::Result<u64> + Send + Sync,
    {
        self.kit.reset_turns();
        let mut session = batch.opened(open(&self.kit));
        let (feed, arrived) = mpsc::channel();
        batch.open_gate();
        // Fails where nobody is left to serve.
        let pacer = Pacer::start(batch, move |index| {
            let _ = feed.send(index);
        })?;
        let next = || match batch.paced() {
            true => arrived.recv().ok(),
            false => batch.claim(),
        };
        if let Some(session) = &mut session {
            while let Some(index) = next() {
                batch.serve_direct(&self.kit, index, session, &order);
            }
        }
        batch.close(Usage::default());
        pacer.finish();
        Ok(())
    }
}
