//! `processes-per-order`: a new process for each order.

use std::sync::Arc;

use super::arrivals::{self, Arrivals};
use super::frames::{FromWorker, ToWorker};
use super::kit::Pipes;
use super::link::Link;
use super::pool::{brief, frame, record};
use crate::base::error::Result;
use crate::base::poll::{Interest, Poller};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::host;
use crate::kit::Setup;
use crate::model::{DriveFrames, Meta, Model, Shape, Share, Source, all_in_flight, one_process};
use crate::protocol::Prepare;
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
        about: "a dispatcher that starts a new worker process for each order, which opens a session of its own",
        note: "pays a process's start, briefing and session per order",
        source: Source {
            path: file!(),
            text: include_str!("per_order.rs"),
        },
        share: Share::OneIn(10),
        per_order: true,
        fresh_sessions: true,
        fed: true,
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

impl DriveFrames for ProcessesPerOrder {
    fn brief(&mut self, prepare: &Prepare) -> Result<()> {
        self.brief = brief(prepare, &self.pipes, false, None)?;
        Ok(())
    }

    fn take_holds(&mut self) -> Vec<Hold> {
        std::mem::take(&mut self.holds)
    }

    fn drive<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<()> {
        let outcome = self.serve(batch).map(Pacer::finish);
        if let Err(error) = &outcome {
            batch.fail(|| error.to_string());
        }
        outcome
    }
}

impl ProcessesPerOrder {
    fn serve<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<Pacer> {
        self.pipes.reset_turns()?;
        batch.open_gate();
        let before = host::children_rusage();
        let mut poller = Poller::new()?;
        let (mut arrivals, pacer) = Arrivals::start(batch, &mut poller)?;
        // A slot for each process that may live at once; its number is the token.
        let mut live: Vec<Option<Link>> = std::iter::repeat_with(|| None)
            .take(batch.units())
            .collect();
        let mut running = 0;
        loop {
            for (token, slot) in live
                .iter_mut()
                .enumerate()
                .filter(|(_, slot)| slot.is_none())
            {
                let Some(index) = arrivals.claim(batch) else {
                    break;
                };
                let link = self.start(batch, index)?;
                poller.add(link.readable_end(), token as u64, Interest::READ)?;
                *slot = Some(link);
                running += 1;
            }
            if running == 0 && !arrivals.expected() {
                break;
            }
            for event in 0..poller.wait(None)? {
                let token = poller.event(event).token;
                if token == arrivals::TOKEN {
                    arrivals.hear(&mut poller)?;
                    continue;
                }
                let slot = &mut live[token as usize];
                let Some(link) = slot else { continue };
                link.fill()?;
                while let Some(message) = link.take()? {
                    match message {
                        FromWorker::Opened(opened, _) => {
                            let _ = batch.opened(opened.map_err(std::io::Error::other));
                        }
                        FromWorker::Served(served) => record(batch, served),
                        FromWorker::Closed(_, holds) => {
                            self.holds.extend(holds);
                            poller.forget(token);
                            running -= 1;
                            if let Some(link) = slot.take() {
                                link.finish()?;
                            }
                            break;
                        }
                    }
                }
            }
        }
        batch.close(host::children_rusage().since(&before));
        Ok(pacer)
    }

    /// Starts a process that serves order `index` and ends.
    fn start<W: Workload>(&self, batch: &Batch<W>, index: u64) -> Result<Link> {
        let mut link = Link::start()?;
        link.queue(&ToWorker::<'_, W::Spec>::Brief(&self.brief))?;
        link.queue(&ToWorker::<'_, W::Spec>::Open(batch.flow().turns))?;
        link.queue(&frame(batch, std::iter::once(index)))?;
        link.queue(&ToWorker::<'_, W::Spec>::Close)?;
        link.flush_last()?;
        Ok(link)
    }
}
