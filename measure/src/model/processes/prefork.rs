//! `prefork`: worker processes that all wait at one queue, as `multiprocessing.Pool` and
//! prefork servers have it. Nobody says which worker serves an order.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use super::arrivals::{self, Arrivals};
use super::frames::{FromWorker, Outbox, ToWorker};
use super::kit::{Pipe, Pipes};
use super::link::Link;
use super::pool::{brief, frame, record};
use super::queue::QueueNumbers;
use super::team::{self, unexpected};
use crate::base::error::Result;
use crate::base::poll::Poller;
use crate::engine::batch::{AtEnd, Batch};
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::{DriveFrames, Meta, Model, Shape, Share, Source, all_in_flight};
use crate::protocol::Prepare;
use crate::workload::{Hold, Workload};

/// Worker processes before a shared queue.
pub struct Prefork {
    pipes: Pipes,
    queue: Queue,
    links: Vec<Link>,
    poller: Poller,
    holds: Vec<Hold>,
    concurrency: usize,
}

/// The runner's end of the queue.
struct Queue {
    /// Open as long as the runner: a worker opens its read end by the number.
    read: File,
    orders: Outbox<File>,
    lock: Pipe,
}

impl Queue {
    fn new() -> Result<Self> {
        let Pipe { read, write } = Pipe::new(0)?;
        Ok(Queue {
            read,
            orders: Outbox::new(write),
            lock: Pipe::new(1)?,
        })
    }

    fn numbers(&self) -> QueueNumbers {
        QueueNumbers {
            orders: self.read.as_raw_fd(),
            lock: self.lock.numbers(),
        }
    }
}

impl Model for Prefork {
    const META: Meta = Meta {
        name: "prefork",
        shape: Shape::PerUnit,
        crates: &["postcard"],
        about: "worker processes started beforehand, which all take orders from one shared pipe, each in turn under a lock",
        note: "started anew and not forked, which Rust cannot do safely; whoever takes an order stops all others from taking one meanwhile",
        source: Source {
            path: file!(),
            text: include_str!("prefork.rs"),
        },
        share: Share::Whole,
        per_order: false,
        fresh_sessions: false,
        fed: true,
        threads: |setup| 1 + setup.concurrency,
        processes: |setup| 1 + setup.concurrency,
        in_flight: all_in_flight,
    };

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Prefork {
            pipes: Pipes::new(setup)?,
            queue: Queue::new()?,
            links: Vec::new(),
            poller: Poller::new()?,
            holds: Vec::new(),
            concurrency: setup.concurrency,
        })
    }
}

impl DriveFrames for Prefork {
    fn brief(&mut self, prepare: &Prepare) -> Result<()> {
        let brief = brief(prepare, &self.pipes, true, Some(self.queue.numbers()))?;
        team::hire(&mut self.links, self.concurrency, &brief, &mut self.poller)?;
        Ok(())
    }

    fn take_holds(&mut self) -> Vec<Hold> {
        std::mem::take(&mut self.holds)
    }

    fn drive<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<()> {
        let outcome = self.serve(batch).map(Pacer::finish);
        if let Err(error) = &outcome {
            batch.fail(|| error.to_string());
            // Its workers are in an unknown state: none may serve again.
            self.links.clear();
        }
        outcome
    }
}

impl Prefork {
    fn serve<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<Pacer> {
        self.pipes.reset_turns()?;
        let units = batch.units();
        let (links, queue) = (&mut self.links[..units], &mut self.queue.orders);
        let before = team::open(links, batch)?;
        batch.open_gate();
        let (mut arrivals, pacer) = Arrivals::start(batch, &mut self.poller)?;
        // Room for as many again as are in flight keeps workers fed, and bounds the
        // answers that nobody reads while the queue takes no more.
        let room = 2 * units;
        let mut unanswered = 0;
        loop {
            while unanswered < room
                && let Some(index) = arrivals.claim(batch)
            {
                queue.queue(&frame(batch, std::iter::once(index)))?;
                queue.flush()?;
                unanswered += 1;
            }
            if unanswered == 0 && !arrivals.expected() {
                break;
            }
            for event in 0..self.poller.wait(None)? {
                let token = self.poller.event(event).token;
                if token == arrivals::TOKEN {
                    arrivals.hear(&mut self.poller)?;
                    continue;
                }
                let link = &mut links[token as usize];
                link.fill()?;
                while let Some(message) = link.take()? {
                    let FromWorker::Served(served) = message else {
                        return Err(unexpected(&message));
                    };
                    unanswered -= served.len();
                    record(batch, served);
                }
            }
        }
        let end = AtEnd::now();
        // Each worker takes one of these, and goes back to its own pipe.
        for _ in 0..units {
            queue.queue(&ToWorker::<'_, W::Spec>::Close)?;
        }
        queue.flush()?;
        let after = team::closed(links, &mut self.holds)?;
        batch.close_at(end, after.since(&before));
        Ok(pacer)
    }
}
