//! A worker process of the models `processes`, `processes-per-order` and `prefork`: the
//! same binary, re-executed, which serves orders that come through its standard input,
//! or through a queue that it shares.

use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;

use rustix::stdio::{stdin, stdout};
use serde::{Deserialize, Serialize};

use super::frames::{FromWorker, Inbox, Outbox, ToWorker, WireDone};
use super::queue::SharedQueue;
use crate::base::error::{Error, Result};
use crate::engine::batch::{Ticket, pass_turn, perform, programs_used};
use crate::host::{self, Usage};
use crate::model::processes::PipeKit;
use crate::protocol::Prepare;
use crate::workload::Workload;

/// The hidden argument that makes the binary a worker; its parent's process id
/// follows.
pub const ARGUMENT: &str = "--bakeoff-worker";

/// What a worker is told first.
#[derive(Serialize, Deserialize)]
pub struct Brief {
    /// What the runner was told.
    pub prepare: Prepare,
    /// Where the stations are.
    pub pipes: crate::model::processes::PipeNumbers,
    /// Whether it is asked what it used: one that lives for an order alone would pay for
    /// the answer within the order, and its parent knows when it has ended.
    pub usage: bool,
    /// The queue that it shares with others between opening a session and closing it;
    /// `None` where all comes through its own input.
    pub queue: Option<crate::model::processes::QueueNumbers>,
}

/// A worker's life: from its first message to the end of its input. `serve`
/// knows the workloads by name.
///
/// # Errors
/// A message that is none, or a parent that is gone.
pub fn main(parent: u32, serve: fn(&Prepare, Work) -> Result<()>) -> Result<()> {
    host::die_with_parent(parent)?;
    host::take_file_limit_as_error();
    let mut inbox = Inbox::default();
    let mut input = Pipe(stdin());
    if !inbox.wait(&mut input)? {
        return Ok(());
    }
    let ToWorker::Brief(text) = inbox.take::<ToWorker<'_, u64>>()? else {
        return Err(Error::Failed("a worker was not briefed first".into()));
    };
    let brief: Brief = serde_json::from_str(text)
        .map_err(|error| Error::Failed(format!("a worker's brief: {error}")))?;
    let kit = PipeKit::new(&brief.pipes);
    let work = Work {
        kit,
        inbox,
        input,
        queue: brief.queue.map(SharedQueue::new).transpose()?,
        usage: brief.usage,
    };
    serve(&brief.prepare, work)
}

/// A standard stream as it is: what is written goes out with one call, and nothing is
/// read ahead.
struct Pipe(BorrowedFd<'static>);

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(self.0, buffer)?)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A briefed worker, before the registry tells which workload it is for.
pub struct Work {
    kit: PipeKit,
    inbox: Inbox,
    input: Pipe,
    queue: Option<SharedQueue>,
    usage: bool,
}

impl Work {
    fn used<W: Workload>(&self, workload: &W, read: fn() -> Usage) -> Usage {
        if self.usage {
            programs_used(workload) + read()
        } else {
            Usage::default()
        }
    }

    /// Serves orders until the input ends.
    ///
    /// # Errors
    /// Those of the pipes.
    pub fn serve<W: Workload, T>(
        mut self,
        workload: &W,
        open: impl Fn(&PipeKit) -> io::Result<T>,
        order: impl Fn(&PipeKit, &mut T, W::Spec) -> io::Result<u64>,
    ) -> Result<()> {
        let mut output = Outbox::new(Pipe(stdout()));
        let mut session = None;
        // Whether the next message comes through the queue that it shares, if it has one:
        // each worker is told by itself to open a session, and takes from there what all
        // may be told, until that is to close it.
        let mut at_queue = false;
        // Whether an order was answered.
        let mut answered = false;
        let mut ring = 0;
        loop {
            // Answers that nobody waits for yet go together: a worker that was sent all
            // at once, order and ending, says all at once.
            if !self.inbox.whole() {
                output.flush()?;
            }
            let more = match &mut self.queue {
                Some(queue) if at_queue => queue.take(&mut self.inbox)?,
                _ => self.inbox.wait(&mut self.input)?,
            };
            if !more {
                return Ok(());
            }
            match self.inbox.take::<ToWorker<'_, W::Spec>>()? {
                ToWorker::Brief(_) => {}
                ToWorker::Open(turns) => {
                    ring = turns;
                    let opened = open(&self.kit).map(|open| session = Some(open));
                    let opened = opened.map_err(|error| error.to_string());
                    let used = self.used(workload, host::usage_at_gate);
                    output.queue(&FromWorker::Opened(opened, used))?;
                    at_queue = true;
                }
                ToWorker::Orders(orders) => {
                    // Served orders do not wait for those behind them.
                    if answered {
                        output.flush()?;
                    }
                    let served = orders.into_iter().map(|sent| {
                        let (index, mut start, mut end) = (sent.index, 0, 0);
                        let answer = match &mut session {
                            Some(session) => {
                                let ticket = Ticket {
                                    index,
                                    due: sent.due,
                                    spec: sent.spec,
                                };
                                let done =
                                    perform(&self.kit, ticket, ring, sent.payload, session, &order);
                                (start, end) = (done.start, done.end);
                                done.outcome.map_err(|error| error.to_string())
                            }
                            // Sent ahead, before it was known that it could not be
                            // opened; those behind it still want their turn.
                            None => pass_turn(&self.kit, index, ring)
                                .map_err(|error| error.to_string())
                                .and(Err("its worker has no session".into())),
                        };
                        WireDone {
                            index,
                            start,
                            end,
                            answer,
                        }
                    });
                    output.queue(&FromWorker::Served(served.collect()))?;
                    answered = true;
                }
                ToWorker::Close => {
                    let used = self.used(workload, host::usage_at_end);
                    let closed = FromWorker::Closed(used, workload.take_holds());
                    session = None;
                    output.queue(&closed)?;
                    at_queue = false;
                }
            }
        }
    }
}
