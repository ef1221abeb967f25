//! A worker process of the models `processes` and `processes-per-order`: the
//! same binary, re-executed, which serves orders that come through its
//! standard input.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::frames::{FromWorker, Inbox, ToWorker, WireDone, send};
use crate::base::error::{Error, Result};
use crate::engine::batch::{Ticket, pass_turn, perform};
use crate::host;
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
}

/// A worker's life: from its first message to the end of its input. `serve`
/// knows the workloads by name.
///
/// # Errors
/// A message that is none, or a parent that is gone.
pub fn main(parent: u32, serve: fn(&Prepare, Work<'_>) -> Result<()>) -> Result<()> {
    host::die_with_parent(parent)?;
    let mut inbox = Inbox::default();
    let mut input = io::stdin().lock();
    if !inbox.wait(&mut input)? {
        return Ok(());
    }
    let ToWorker::Brief(text) = inbox.take::<ToWorker<'_, u64>>()? else {
        return Err(Error::Failed("a worker was not briefed first".into()));
    };
    let brief: Brief = serde_json::from_str(text)
        .map_err(|error| Error::Failed(format!("a worker's brief: {error}")))?;
    let kit = PipeKit::new(&brief.pipes)?;
    serve(&brief.prepare, Work { kit, inbox, input })
}

/// A briefed worker, before the registry tells which workload it is for.
pub struct Work<'a> {
    kit: PipeKit,
    inbox: Inbox,
    input: io::StdinLock<'a>,
}

impl Work<'_> {
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
        let mut output = io::stdout().lock();
        let mut session = None;
        let mut ring = 0;
        while self.inbox.wait(&mut self.input)? {
            match self.inbox.take::<ToWorker<'_, W::Spec>>()? {
                ToWorker::Brief(_) => {}
                ToWorker::Open(turns) => {
                    ring = turns;
                    let opened = open(&self.kit).map(|open| session = Some(open));
                    let opened = opened.map_err(|error| error.to_string());
                    send(
                        &mut output,
                        &FromWorker::Opened(opened, host::usage_at_gate()),
                    )?;
                }
                ToWorker::Orders(orders) => {
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
                    send(&mut output, &FromWorker::Served(served.collect()))?;
                }
                ToWorker::Close => {
                    let closed = FromWorker::Closed(host::usage_at_end(), workload.take_holds());
                    session = None;
                    send(&mut output, &closed)?;
                }
            }
            output.flush()?;
        }
        Ok(())
    }
}
