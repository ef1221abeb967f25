//! The worker's end of a queue that all workers share: one pipe, and a lock that is a
//! pipe too, with one byte in it while nobody reads.

use std::fs::File;
use std::io;

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::frames::Inbox;
use super::kit::{Ends, reopen};

/// Descriptor numbers of a shared queue, for a worker.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct QueueNumbers {
    /// Where messages are read.
    pub(super) orders: i32,
    /// Both ends of the lock, read and write.
    pub(super) lock: (i32, i32),
}

/// A queue from which any worker takes the next message.
pub(super) struct SharedQueue {
    orders: File,
    lock: Ends,
}

impl SharedQueue {
    /// At the pipes that the parent left open.
    pub(super) fn new(numbers: QueueNumbers) -> io::Result<Self> {
        Ok(SharedQueue {
            orders: reopen(numbers.orders, OFlags::RDONLY)?,
            lock: Ends::new(numbers.lock),
        })
    }

    /// Waits for the next message and takes it whole, so that no other worker gets a
    /// part of it; `false` at the end of the stream.
    pub(super) fn take(&mut self, inbox: &mut Inbox) -> io::Result<bool> {
        self.lock.take()?;
        let taken = inbox.fill_one(&mut self.orders);
        self.lock.give()?;
        taken
    }
}
