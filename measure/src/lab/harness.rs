//! The harness's side of the protocol: starts a runner, asks, and never waits
//! forever.

use std::io::{self, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::deadline::Deadline;
use crate::base::bounded;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::base::visible::{make_visible, visible, visible_lines};
use crate::protocol::plausible;
use crate::protocol::{Measured, Prepare, Ready, Reply, Request, Sample};

/// How often one who waits looks whether Ctrl-C was pressed.
const GLANCE: Duration = Duration::from_millis(100);

/// Longest message of a child process, bytes: stays at stations and histograms of the
/// longest samples need a fraction of it.
const MAX_LINE: usize = 64 << 20;
/// Lines that a child process may be ahead: each message is asked for.
const AHEAD: usize = 4;
/// Characters of a message that an error shows.
const SHOWN: usize = 200;

/// A child process that speaks JSON lines. Dropping it kills and reaps it.
pub struct Lines {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<io::Result<Vec<u8>>>,
    name: String,
    deadline: Deadline,
}

impl Lines {
    /// Starts `command` in a process group of its own, so that Ctrl-C reaches
    /// the harness alone, which keeps what was measured and then ends it. From the
    /// deadline on it is not waited for.
    ///
    /// # Errors
    /// A program that cannot be started, named.
    pub fn start(mut command: Command, name: &str, deadline: Deadline) -> Result<Self> {
        let started = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn();
        let mut child = started.map_err(|error| {
            let program = Path::new(command.get_program()).display();
            Error::Failed(format!("could not start the {name} {program}: {error}"))
        })?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Failed(format!("the {name} came without pipes")));
        };
        let (say, lines) = sync_channel(AHEAD);
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            while let Some(line) = bounded::line(&mut from, MAX_LINE).transpose() {
                let last = line.is_err();
                if say.send(line).is_err() || last {
                    break;
                }
            }
        });
        Ok(Lines {
            child,
            to: Some(to),
            from: lines,
            name: name.into(),
            deadline,
        })
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Says one line.
    ///
    /// # Errors
    /// A process that is gone.
    pub fn say<M: Serialize>(&mut self, message: &M) -> Result<()> {
        let mut line = serde_json::to_string(message).map_err(std::io::Error::from)?;
        line.push('\n');
        let said = self.to.as_mut().map(|to| to.write_all(line.as_bytes()));
        match said {
            Some(Ok(())) => Ok(()),
            _ => Err(self.died()),
        }
    }

    /// Hears one line, within `limit` and the deadline. `awaited` names what it is to
    /// bring, for the error.
    ///
    /// # Errors
    /// A process that is gone, silent, or says what is no message.
    pub fn hear<M: DeserializeOwned>(&mut self, limit: Duration, awaited: &str) -> Result<M> {
        let bound = self.deadline.bound(limit);
        let deadline = Instant::now() + bound;
        let line = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.from.recv_timeout(left.min(GLANCE)) {
                Ok(Ok(line)) => break line,
                Ok(Err(error)) => {
                    let _ = self.child.kill();
                    return Err(Error::Failed(format!(
                        "the {} (process {}) was ended: it wrote {error}, and a message is one JSON line",
                        self.name,
                        self.child.id()
                    )));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
                Err(RecvTimeoutError::Timeout) if interrupt::requested() => {
                    let _ = self.child.kill();
                    return Err(Error::Interrupted("interrupted".into()));
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    let _ = self.child.kill();
                    return Err(self.silent(bound, limit, awaited));
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        };
        serde_json::from_slice(&line).map_err(|error| {
            let text = String::from_utf8_lossy(&line);
            let start: String = text.chars().take(SHOWN).collect();
            let more = if start.len() < text.len() { "…" } else { "" };
            Error::Failed(format!(
                "the {} said '{}{more}': {error}",
                self.name,
                visible(&start)
            ))
        })
    }

    /// Why a process that said nothing for `bound` was ended, where it would have had
    /// `limit`.
    fn silent(&self, bound: Duration, limit: Duration, awaited: &str) -> Error {
        let (name, seconds) = (&self.name, bound.as_secs_f64());
        let ended = format!("the {name} was silent for {seconds:.1} s and was ended");
        Error::Failed(if bound < limit {
            format!(
                "{ended}, because the budget is spent: {awaited} had not come; a longer \
                 --budget waits for up to {:.1} s",
                limit.as_secs_f64()
            )
        } else {
            format!("{ended}: {awaited} never came")
        })
    }

    /// Ends the process's input and waits until it is gone.
    ///
    /// # Errors
    /// One that does not go, within `limit`; it is killed.
    pub fn end(mut self, limit: Duration) -> Result<()> {
        self.to = None;
        // The reading thread ends when the process closes its output.
        let deadline = Instant::now() + self.deadline.bound(limit);
        let left = || deadline.saturating_duration_since(Instant::now());
        while !left().is_zero() && self.from.recv_timeout(left()).is_ok() {}
        if self.goes() {
            return Ok(());
        }
        Err(Error::Failed(format!(
            "the {} did not end and was killed",
            self.name
        )))
    }

    /// Whether the process, which has closed its output, is gone in a moment.
    fn goes(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(1);
        while self.is_alive() {
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Why nothing more comes. A process that closed its end and lives on is
    /// given a moment, and then ended.
    fn died(&mut self) -> Error {
        self.to = None;
        self.goes();
        let _ = self.child.kill();
        let how = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Error::Failed(format!(
            "the {} (process {}) died: {how}",
            self.name,
            self.child.id()
        ))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.to = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A runner with its cell prepared.
pub struct Runner {
    lines: Lines,
    ready: Ready,
}

/// Variables that change how many threads a library starts: what it does as it
/// ships depends on no shell.
const DEFAULTS_CHANGED: [&str; 5] = [
    "TOKIO_WORKER_THREADS",
    "SMOL_THREADS",
    "ASYNC_STD_THREAD_COUNT",
    "RAYON_NUM_THREADS",
    "RAYON_RS_NUM_CPUS",
];

/// How long a runner may take to build its model.
const PREPARE_LIMIT: Duration = Duration::from_secs(60);
/// How long a runner may take to tear it down.
const STOP_LIMIT: Duration = Duration::from_secs(20);

impl Runner {
    /// Starts `program runner` and prepares a cell. The program is always
    /// passed in: within `cargo bench` the running program is the bench. It may
    /// bring arguments of its own, which come first.
    ///
    /// # Errors
    /// A runner that cannot be started, or what it says against the cell.
    pub fn start(program: Command, prepare: &Prepare, deadline: Deadline) -> Result<Self> {
        let mut command = program;
        for name in DEFAULTS_CHANGED {
            command.env_remove(name);
        }
        command
            .arg("runner")
            .arg("--parent")
            .arg(std::process::id().to_string());
        let mut lines = Lines::start(command, "runner", deadline)?;
        lines.say(&Request::Prepare(Box::new(prepare.clone())))?;
        match lines.hear(PREPARE_LIMIT, "its word that the cell is prepared")? {
            Reply::Ready(mut ready) => {
                plausible::ready(&ready)?;
                ready.make_visible();
                Ok(Runner { lines, ready })
            }
            other => Err(unexpected(other)),
        }
    }

    /// What it said when it was ready.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.lines.id()
    }

    /// Measures one batch, within `limit`.
    ///
    /// # Errors
    /// What went wrong with an order, or a runner that died or fell silent.
    pub fn sample(&mut self, sample: &Sample, limit: Duration) -> Result<Measured> {
        self.lines.say(&Request::Sample(*sample))?;
        let awaited = format!("the result of a sample of {} orders", sample.orders);
        match self.lines.hear(limit, &awaited)? {
            Reply::Sample(mut measured) => {
                let (said, asked) = (
                    (measured.sample, measured.orders),
                    (sample.sample, sample.orders),
                );
                if said != asked {
                    return Err(Error::Failed(format!(
                        "the runner measured sample {} of {} orders where sample {} of {} was asked for",
                        said.0, said.1, asked.0, asked.1
                    )));
                }
                plausible::measured(&measured)?;
                make_visible(&mut measured.answer);
                Ok(*measured)
            }
            other => Err(unexpected(other)),
        }
    }

    /// Tears the cell down and waits until the process is gone; the time that
    /// tearing down took, ns.
    ///
    /// # Errors
    /// A runner that does not end in time.
    pub fn stop(mut self) -> Result<u64> {
        self.lines.say(&Request::Stop {})?;
        let stopped = self
            .lines
            .hear(STOP_LIMIT, "its word that the cell is torn down")?;
        let Reply::Stopped { shutdown_ns } = stopped else {
            return Err(unexpected(stopped));
        };
        self.lines.end(STOP_LIMIT)?;
        Ok(shutdown_ns)
    }
}

fn unexpected(reply: Reply) -> Error {
    match reply {
        Reply::Error { message, usage } => {
            // Of any program: it goes to terminals and into rows.
            let message = visible_lines(&message).into_owned();
            if usage {
                Error::Usage(message)
            } else {
                Error::Failed(message)
            }
        }
        other => {
            let text = format!("{other:?}");
            let start: String = text.chars().take(SHOWN).collect();
            Error::Failed(format!(
                "the runner said what it was not asked: {}",
                visible(&start)
            ))
        }
    }
}
