//! `processes-per-order`: a new process for each order.

use std::sync::Arc;

use super::kit::Pipes;
use super::link::{Link, readable};
use super::pool::{brief, frame, record};
use crate::error::Result;
use crate::host;
use crate::kit::Setup;
use crate::measure::batch::Batch;
use crate::model::{DriveWire, Meta, Model, Shape, Share, all_in_flight, one_process};
use crate::runner::frames::{FromWorker, ToWorker};
use crate::runner::protocol::Prepare;
use crate::workload::{Hold, Workload};

/// A new process for each order.
pub struct ProcessesPerOrder {
    pipes: Pipes,
    brief: String,
    holds: Vec<Hold>,
}

impl Model for ProcessesPerOrder {
    const META: Meta = Meta {
        name: "processes-per-order",
        shape: Shape::PerUnit,
        crates: &["postcard"],
        about: "a new worker process for each order, which opens a session of its own",
        note: "pays a process's start, briefing and session per order",
        share: Share::OneIn(10),
        per_order: true,
        fresh_sessions: true,
        threads: |_| 1,
        processes: one_process,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(ProcessesPerOrder {
            pipes: Pipes::new(setup)?,
            brief: String::new(),
            holds: Vec::new(),
        })
    }
}

impl DriveWire for ProcessesPerOrder {
    fn brief(&mut self, prepare: &Prepare) -> Result<()> {
        self.brief = brief(prepare, &self.pipes)?;
        Ok(())
    }

    fn take_holds(&mut self) -> Vec<Hold> {
        std::mem::take(&mut self.holds)
    }

    fn drive<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<()> {
        let outcome = self.serve(batch);
        if let Err(error) = &outcome {
            batch.fail(|| error.to_string());
        }
        outcome
    }
}

impl ProcessesPerOrder {
    fn serve<W: Workload>(&mut self, batch: &Batch<W>) -> Result<()> {
        self.pipes.reset_turns()?;
        batch.open_gate();
        let before = host::children_rusage();
        let mut live: Vec<Link> = Vec::with_capacity(batch.units());
        loop {
            while live.len() < batch.units() {
                let Some(index) = batch.claim() else { break };
                live.push(self.start(batch, index)?);
            }
            if live.is_empty() {
                break;
            }
            // From the last, so that removing one leaves the others in place.
            for at in readable(live.iter())?.into_iter().rev() {
                live[at].fill()?;
                while let Some(message) = live[at].take()? {
                    match message {
                        FromWorker::Opened(opened, _) => {
                            let _ = batch.opened(opened.map_err(std::io::Error::other));
                        }
                        FromWorker::Served(served) => record(batch, served),
                        FromWorker::Closed(_, holds) => {
                            self.holds.extend(holds);
                            live.swap_remove(at).finish()?;
                            break;
                        }
                    }
                }
            }
        }
        batch.close(host::children_rusage().since(&before));
        Ok(())
    }

    /// Starts a process that serves order `index` and ends.
    fn start<W: Workload>(&self, batch: &Batch<W>, index: u64) -> Result<Link> {
        let mut link = Link::start()?;
        link.queue(&ToWorker::<'_, W::Spec>::Brief(&self.brief))?;
        link.queue(&ToWorker::<'_, W::Spec>::Open(batch.flow().turns))?;
        link.queue(&frame(batch, std::iter::once(index)))?;
        link.queue(&ToWorker::<'_, W::Spec>::Close)?;
        link.flush()?;
        Ok(link)
    }
}
