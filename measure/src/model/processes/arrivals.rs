//! Where the orders of worker processes come from: claimed as a worker is free,
//! or told from outside, through a pipe at which the pools' loops wait as they
//! wait at their workers.

use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;

use crate::base::error::Result;
use crate::base::poll::{Interest, Poller};
use crate::engine::batch::Batch;
use crate::engine::pacer::Pacer;
use crate::workload::Workload;

/// The token under which the pipe is waited at; workers have small numbers.
pub(super) const TOKEN: u64 = u64::MAX;

/// Orders that may be claimed.
pub(super) enum Arrivals {
    /// All that are left.
    Closed,
    /// As many as have come.
    Open {
        /// A byte for each order that came; none when the last has come.
        told: Option<PipeReader>,
        /// Orders that came and are not claimed.
        waiting: u64,
    },
}

impl Arrivals {
    /// Lets orders come; called just after the gate was opened.
    pub(super) fn start<W: Workload>(
        batch: &Arc<Batch<W>>,
        poller: &mut Poller,
    ) -> Result<(Self, Pacer)> {
        let (told, mut tell) = io::pipe()?;
        let arrivals = if batch.paced() {
            poller.add(told.as_fd(), TOKEN, Interest::READ)?;
            Arrivals::Open {
                told: Some(told),
                waiting: 0,
            }
        } else {
            Arrivals::Closed
        };
        let pacer = Pacer::start(batch, move |_| {
            // Fails where the pool has given up.
            let _ = tell.write_all(&[0]);
        })?;
        Ok((arrivals, pacer))
    }

    /// Reads how many more have come.
    pub(super) fn hear(&mut self, poller: &mut Poller) -> io::Result<()> {
        let Arrivals::Open { told, waiting } = self else {
            return Ok(());
        };
        if let Some(pipe) = told {
            let count = pipe.read(&mut [0; 4096])?;
            *waiting += count as u64;
            if count == 0 {
                // Closing it ends the waiting at it.
                poller.forget(TOKEN);
                *told = None;
            }
        }
        Ok(())
    }

    /// The next order that may be served now.
    pub(super) fn claim<W: Workload>(&mut self, batch: &Batch<W>) -> Option<u64> {
        match self {
            Arrivals::Closed => batch.claim(),
            Arrivals::Open { waiting: 0, .. } => None,
            Arrivals::Open { waiting, .. } => {
                *waiting -= 1;
                batch.claim()
            }
        }
    }

    /// Whether orders wait that nobody has claimed.
    pub(super) fn waiting(&self) -> bool {
        matches!(self, Arrivals::Open { waiting: 1.., .. })
    }

    /// Whether more may come.
    pub(super) fn expected(&self) -> bool {
        matches!(self, Arrivals::Open { told: Some(_), .. })
    }
}
