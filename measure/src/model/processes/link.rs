//! The runner's end of one worker process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use serde::Serialize;

use super::frames::{FromWorker, Inbox, Outbox};
use super::worker::ARGUMENT;
use crate::base::error::{Error, Result};

/// A worker process and the pipes to it. Dropping it kills and reaps it.
pub(super) struct Link {
    child: Child,
    /// Taken when the input ends.
    to: Option<Outbox<ChildStdin>>,
    from: ChildStdout,
    inbox: Inbox,
}

impl Link {
    /// Starts the binary anew as a worker.
    pub(super) fn start() -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(&program)
            .arg(ARGUMENT)
            .arg(std::process::id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::Failed(format!(
                    "could not start the worker {}: {error}",
                    program.display()
                ))
            })?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Failed("a worker came without pipes".into()));
        };
        Ok(Link {
            child,
            to: Some(Outbox::new(to)),
            from,
            inbox: Inbox::default(),
        })
    }

    /// The end to wait at for what the worker says.
    pub(super) fn readable_end(&self) -> BorrowedFd<'_> {
        self.from.as_fd()
    }

    /// Queues a message; [`Link::flush`] sends it.
    pub(super) fn queue<M: Serialize>(&mut self, message: &M) -> io::Result<()> {
        self.to.as_mut().map_or(Ok(()), |to| to.queue(message))
    }

    /// Sends what is queued; an error where the worker is gone.
    pub(super) fn flush(&mut self) -> Result<()> {
        let sent = self.to.as_mut().map_or(Ok(()), Outbox::flush);
        sent.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => self.died(),
            _ => error.into(),
        })
    }

    /// Sends what is queued and ends the worker's input: it ends when it has answered.
    pub(super) fn flush_last(&mut self) -> Result<()> {
        self.flush()?;
        self.to = None;
        Ok(())
    }

    /// The next message that is here already.
    pub(super) fn take(&mut self) -> io::Result<Option<FromWorker>> {
        if self.inbox.whole() {
            self.inbox.take().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Reads what has come; an error where the worker is gone.
    pub(super) fn fill(&mut self) -> Result<()> {
        if self.inbox.fill(&mut self.from)? {
            Ok(())
        } else {
            Err(self.died())
        }
    }

    /// Waits for the next message.
    pub(super) fn receive(&mut self) -> Result<FromWorker> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(message);
            }
            self.fill()?;
        }
    }

    /// Ends the worker's input and waits until the worker is gone.
    pub(super) fn finish(mut self) -> io::Result<ExitStatus> {
        self.to = None;
        self.child.wait()
    }

    fn died(&mut self) -> Error {
        let id = self.child.id();
        let how = self
            .child
            .wait()
            .map_or_else(|error| error.to_string(), |status| status.to_string());
        Error::Failed(format!(
            "worker process {id} died before its orders were done ({how})"
        ))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Ends with an error where it has ended already, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
