//! `processes`: a warm pool of worker processes, as `multiprocessing.Pool` or
//! a prefork server keeps one. Frames of several orders, two of them in flight
//! per worker, keep the pipe from being the bottleneck; towards the end orders
//! go one by one, so that none waits behind another.

use std::sync::Arc;

use super::arrivals::{self, Arrivals};
use super::frames::{FromWorker, ToWorker, WireDone, WireOrder};
use super::kit::Pipes;
use super::link::Link;
use super::queue::QueueNumbers;
use super::team::{self, unexpected};
use super::worker::Brief;
use crate::base::error::{Error, Result};
use crate::base::poll::Poller;
use crate::engine::batch::{AtEnd, Batch};
use crate::engine::pacer::Pacer;
use crate::kit::Setup;
use crate::model::{DriveFrames, Meta, Model, Shape, Share, Source, all_in_flight};
use crate::protocol::Prepare;
use crate::workload::{Hold, Workload};

/// Most orders in a frame.
const MAX_FRAME_ORDERS: u64 = 64;
/// Most payload bytes in a frame that is sent ahead: half of what a pipe
/// holds, so that sending never waits for a busy worker.
const MAX_FRAME_BYTES: u64 = 32 << 10;

/// A warm pool of worker processes.
pub struct Processes {
    pipes: Pipes,
    brief: String,
    links: Vec<Link>,
    poller: Poller,
    holds: Vec<Hold>,
    concurrency: usize,
}

impl Model for Processes {
    const META: Meta = Meta {
        name: "processes",
        shape: Shape::PerUnit,
        crates: &["postcard"],
        about: "a dispatcher: one process hands orders to a warm pool of re-executed workers, as postcard frames over pipes",
        note: "every order and answer is serialised and crosses a pipe; each worker is a whole process",
        source: Source {
            path: file!(),
            text: include_str!("pool.rs"),
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
        Ok(Processes {
            pipes: Pipes::new(setup)?,
            brief: String::new(),
            links: Vec::new(),
            poller: Poller::new()?,
            holds: Vec::new(),
            concurrency: setup.concurrency,
        })
    }
}

/// The brief of a worker that shares these pipes, is asked what it used or not, and takes
/// its orders from a queue that it shares or from its own input.
pub(super) fn brief(
    prepare: &Prepare,
    pipes: &Pipes,
    usage: bool,
    queue: Option<QueueNumbers>,
) -> Result<String> {
    let brief = Brief {
        prepare: prepare.clone(),
        pipes: pipes.numbers(),
        usage,
        queue,
    };
    serde_json::to_string(&brief)
        .map_err(|error| Error::Failed(format!("a worker's brief: {error}")))
}

/// Orders `from..to` of a batch as frames for the workers.
pub(super) fn frame<W: Workload>(
    batch: &Batch<W>,
    indices: impl Iterator<Item = u64>,
) -> ToWorker<'_, W::Spec> {
    let order = |index| {
        let ticket = batch.ticket(index);
        WireOrder {
            index,
            due: ticket.due,
            spec: ticket.spec,
            payload: batch.payload(),
        }
    };
    ToWorker::Orders(indices.map(order).collect())
}

/// Records what a worker served.
pub(super) fn record<W: Workload>(batch: &Batch<W>, served: Vec<WireDone>) {
    for done in served {
        let outcome = done.answer.map_err(std::io::Error::other);
        batch.finish(done.index, done.start, done.end, outcome);
    }
}

/// Orders in the next frame: guided self-scheduling (Polychronopoulos and Kuck
/// 1987) with four frames a worker, as Python's `Pool.map` counts its chunks.
/// Frames shrink towards the end, so that no worker ends long after the others.
fn frame_orders<W: Workload>(batch: &Batch<W>) -> u64 {
    if batch.ordered() {
        return 1;
    }
    let share = batch.unclaimed() / (4 * batch.units() as u64);
    let by_bytes = MAX_FRAME_BYTES / (batch.payload().len() as u64 + 64);
    share.min(by_bytes).clamp(1, MAX_FRAME_ORDERS)
}

impl DriveFrames for Processes {
    fn brief(&mut self, prepare: &Prepare) -> Result<()> {
        self.brief = brief(prepare, &self.pipes, true, None)?;
        // The pool is warm: its processes live from one batch to the next.
        team::hire(
            &mut self.links,
            self.concurrency,
            &self.brief,
            &mut self.poller,
        )?;
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

impl Processes {
    fn serve<W: Workload>(&mut self, batch: &Arc<Batch<W>>) -> Result<Pacer> {
        self.pipes.reset_turns()?;
        let units = batch.units();
        let links = &mut self.links[..units];
        let before = team::open(links, batch)?;
        batch.open_gate();
        let (mut arrivals, pacer) = Arrivals::start(batch, &mut self.poller)?;
        let mut in_flight = vec![0u64; units];
        // Workers that found no order to serve; those that did come back.
        let mut idle: Vec<usize> = (0..units).collect();
        let mut frames = 0;
        loop {
            while (arrivals.waiting() || !batch.paced())
                && let Some(at) = idle.pop()
            {
                frames += feed(batch, &mut arrivals, &mut links[at], &mut in_flight[at])?;
            }
            if frames == 0 && !arrivals.expected() {
                break;
            }
            for event in 0..self.poller.wait(None)? {
                let token = self.poller.event(event).token;
                if token == arrivals::TOKEN {
                    arrivals.hear(&mut self.poller)?;
                    continue;
                }
                let at = token as usize;
                links[at].fill()?;
                while let Some(message) = links[at].take()? {
                    let FromWorker::Served(served) = message else {
                        return Err(unexpected(&message));
                    };
                    in_flight[at] -= 1;
                    frames -= 1;
                    record(batch, served);
                }
                frames += feed(batch, &mut arrivals, &mut links[at], &mut in_flight[at])?;
                if in_flight[at] == 0 && batch.paced() {
                    idle.push(at);
                }
            }
        }
        let end = AtEnd::now();
        for link in links.iter_mut() {
            link.queue(&ToWorker::<'_, W::Spec>::Close)?;
            link.flush()?;
        }
        let after = team::closed(links, &mut self.holds)?;
        batch.close_at(end, after.since(&before));
        Ok(pacer)
    }
}

/// Gives a worker orders until it has enough in flight: two frames, so that
/// it has one to go on with, but never a single order behind another. Returns
/// how many frames it was given.
fn feed<W: Workload>(
    batch: &Batch<W>,
    arrivals: &mut Arrivals,
    link: &mut Link,
    in_flight: &mut u64,
) -> Result<u64> {
    let mut fed = 0;
    loop {
        let orders = frame_orders(batch);
        let depth = if orders > 1 { 2 } else { 1 };
        if *in_flight >= depth {
            return Ok(fed);
        }
        let mut indices = Vec::with_capacity(orders as usize);
        while (indices.len() as u64) < orders {
            let Some(index) = arrivals.claim(batch) else {
                break;
            };
            indices.push(index);
        }
        if indices.is_empty() {
            return Ok(fed);
        }
        *in_flight += 1;
        fed += 1;
        link.queue(&frame(batch, indices.into_iter()))?;
        link.flush()?;
    }
}
