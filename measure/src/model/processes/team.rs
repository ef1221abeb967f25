//! Warm workers, which live from one batch to the next: started, opened, closed.

use super::frames::{FromWorker, ToWorker};
use super::link::Link;
use crate::base::error::{Error, Result};
use crate::base::poll::{Interest, Poller};
use crate::engine::batch::Batch;
use crate::host::Usage;
use crate::workload::{Hold, Workload};

/// Starts workers until there are `count`, each with this brief. The poller knows each by its
/// place.
pub(super) fn hire(
    links: &mut Vec<Link>,
    count: usize,
    brief: &str,
    poller: &mut Poller,
) -> Result<()> {
    while links.len() < count {
        let mut link = Link::start()?;
        link.queue(&ToWorker::<'_, u64>::Brief(brief))?;
        link.flush()?;
        let token = links.len() as u64;
        poller.add(link.readable_end(), token, Interest::READ)?;
        links.push(link);
    }
    Ok(())
}

/// Has all open their sessions; what they had used by then.
pub(super) fn open<W: Workload>(links: &mut [Link], batch: &Batch<W>) -> Result<Usage> {
    for link in links.iter_mut() {
        link.queue(&ToWorker::<'_, W::Spec>::Open(batch.flow().turns))?;
        link.flush()?;
    }
    let mut before = Usage::default();
    for link in links {
        match link.receive()? {
            FromWorker::Opened(opened, usage) => {
                before = before + usage;
                let _ = batch.opened(opened.map_err(std::io::Error::other));
            }
            other => return Err(unexpected(&other)),
        }
    }
    Ok(before)
}

/// Waits until all that were told so have closed their sessions; what they have used by then.
pub(super) fn closed(links: &mut [Link], holds: &mut Vec<Hold>) -> Result<Usage> {
    let mut after = Usage::default();
    for link in links {
        match link.receive()? {
            FromWorker::Closed(usage, more) => {
                after = after + usage;
                holds.extend(more);
            }
            other => return Err(unexpected(&other)),
        }
    }
    Ok(after)
}

pub(super) fn unexpected(message: &FromWorker) -> Error {
    let text = format!("{message:?}");
    let head: String = text.chars().take(80).collect();
    Error::Failed(format!("a worker said what it was not asked: {head}"))
}
