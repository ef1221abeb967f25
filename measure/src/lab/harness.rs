//! The harness's side of the protocol: starts a runner, asks, and never waits
//! forever.

use std::io::{self, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::deadline::Deadline;
use crate::base::bounded;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::base::visible::{make_visible, visible, visible_lines};
use crate::host::{self, Holding, Spent, Used};
use crate::kit::Class;
use crate::protocol::plausible;
use crate::protocol::{Measured, Prepare, Ready, Reply, Request, Sample, VERSION};
use crate::registry;

/// How often one who waits looks whether Ctrl-C was pressed.
const GLANCE: Duration = Duration::from_millis(100);

/// Longest message of a child process, bytes: stays at stations and histograms of the
/// longest samples need a fraction of it.
const MAX_LINE: usize = 64 << 20;
/// Lines that a child process may be ahead: each message is asked for.
const AHEAD: usize = 4;
/// Characters of a message that an error shows.
const SHOWN: usize = 200;
/// By this variable of its environment a process is known that a child has started,
/// whoever its parent is by now.
const MARK: &str = "BAKEOFF_RUNNER";
/// How long processes that a child has started may take to end after it.
const LINGER: Duration = Duration::from_millis(500);
/// Looks at what is left of a child that was killed.
const LOOKS: usize = 50;

/// A child process that speaks JSON lines. Dropping it kills it and all that it has
/// started.
pub struct Lines {
    child: Child,
    mark: String,
    /// Whether it has ended, and nothing of it is left.
    gone: bool,
    to: Option<ChildStdin>,
    from: Receiver<io::Result<Vec<u8>>>,
    name: String,
    deadline: Deadline,
}

impl Lines {
    /// Starts `command` in a process group of its own, so that Ctrl-C reaches
    /// the harness alone, which keeps what was measured and then ends it. It begins on
    /// `cpus`, or where the harness is if there are none. From the deadline on it is not
    /// waited for.
    ///
    /// # Errors
    /// A program that cannot be started, named.
    pub fn start(
        mut command: Command,
        name: &str,
        cpus: &[usize],
        deadline: Deadline,
    ) -> Result<Self> {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}-{number}", std::process::id());
        command
            .env(MARK, &mark)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0);
        let started = host::started_on(cpus, || command.spawn());
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
            mark: format!("{MARK}={mark}"),
            gone: false,
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
        let line = serde_json::to_string(message).map_err(std::io::Error::from)?;
        self.say_text(&line)
    }

    /// Says one line of any text.
    ///
    /// # Errors
    /// As [`Lines::say`].
    pub fn say_text(&mut self, text: &str) -> Result<()> {
        let line = format!("{text}\n");
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
                    self.kill();
                    return Err(Error::Failed(format!(
                        "the {} (process {}) was ended: it wrote {error}, and a message is one JSON line",
                        self.name,
                        self.child.id()
                    )));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
                Err(RecvTimeoutError::Timeout) if interrupt::requested() => {
                    self.kill();
                    return Err(Error::Interrupted("interrupted".into()));
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    self.kill();
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

    /// Ends the process's input and waits until it is gone, and all that it has started.
    ///
    /// # Errors
    /// One that does not go, within `limit`, or that leaves others behind; they are
    /// killed.
    pub fn end(mut self, limit: Duration) -> Result<()> {
        self.to = None;
        // The reading thread ends when the process closes its output.
        let deadline = Instant::now() + self.deadline.bound(limit);
        let left = || deadline.saturating_duration_since(Instant::now());
        while !left().is_zero() && self.from.recv_timeout(left()).is_ok() {}
        if self.goes() {
            return self.left_nothing();
        }
        Err(Error::Failed(format!(
            "the {} did not end and was killed",
            self.name
        )))
    }

    /// Makes sure that nothing is left of a process that has ended.
    fn left_nothing(&mut self) -> Result<()> {
        let deadline = Instant::now() + LINGER;
        loop {
            let left = host::left_of(self.child.id(), &self.mark);
            if left.is_empty() {
                self.gone = true;
                return Ok(());
            }
            if Instant::now() >= deadline {
                let names: Vec<String> = left.iter().map(|pid| named(*pid)).collect();
                self.kill();
                return Err(Error::Failed(format!(
                    "the {} ended and left {} of its processes behind, killed now: {}",
                    self.name,
                    names.len(),
                    visible(&names.join(", "))
                )));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills the process and all that it has started, and looks again until none is left.
    fn kill(&mut self) {
        for _ in 0..LOOKS {
            let left = host::left_of(self.child.id(), &self.mark);
            // First the one that could start more.
            let _ = self.child.kill();
            // Where nothing is known of others, the group has most of them.
            #[cfg(not(target_os = "linux"))]
            if let Some(group) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
                let _ = rustix::process::kill_process_group(group, Signal::KILL);
            }
            let ids = left.iter().filter_map(|pid| (*pid).try_into().ok());
            for pid in ids.filter_map(Pid::from_raw) {
                let _ = kill_process(pid, Signal::KILL);
            }
            if left.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
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
        self.kill();
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
        if !self.gone {
            self.kill();
        }
        let _ = self.child.wait();
    }
}

/// A process as a message names it.
fn named(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("{pid} ({})", name.trim())
}

/// How a runner is started and waited for.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What messages call it, behind "the".
    pub name: String,
    /// How long it may take to build its model.
    pub ready_within: Duration,
    /// From when on it is not waited for.
    pub deadline: Deadline,
    /// Whether it is a program that is not ours: what can be seen of it is not asked, and
    /// it cannot be an older build of ours, which speaks version 1 of the protocol.
    pub foreign: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Terms {
            name: "runner".into(),
            ready_within: PREPARE_LIMIT,
            deadline: Deadline::default(),
            foreign: false,
        }
    }
}

/// A runner with its cell prepared.
pub struct Runner {
    lines: Lines,
    ready: Ready,
    version: u32,
}

/// What was seen from outside of a sample.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// What the process tree held while every unit stood at the gate.
    pub holding: Holding,
    /// What it used from then until its last order was done.
    pub used: Used,
    /// How long that was, by the harness's clock.
    pub took: Duration,
    /// How long it was by what the runner said when it closed.
    pub said: Duration,
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

/// Takes those variables from a runner, and tells its library how many workers the cell
/// asks for, where that listens to nothing else.
pub fn set_environment(runner: &mut Command, prepare: &Prepare) {
    for name in DEFAULTS_CHANGED {
        runner.env_remove(name);
    }
    if prepare.class == Class::Equal
        && let Some(name) = registry::threads_variable(&prepare.model)
    {
        runner.env(name, prepare.workers.to_string());
    }
}

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
    pub fn start(program: Command, prepare: &Prepare, terms: &Terms) -> Result<Self> {
        let mut command = program;
        set_environment(&mut command, prepare);
        command
            .arg("runner")
            .arg("--parent")
            .arg(std::process::id().to_string());
        let lines = Lines::start(command, &terms.name, &prepare.cpus, terms.deadline)?;
        let mut runner = Runner {
            lines,
            ready: Ready::default(),
            version: VERSION,
        };
        let mut reply = runner.ask_to_prepare(prepare, terms)?;
        if !terms.foreign
            && matches!(&reply, Reply::Error { message, .. } if message.ends_with(OLDER))
        {
            runner.version = 1;
            reply = runner.ask_to_prepare(prepare, terms)?;
        }
        match reply {
            Reply::Ready(mut ready) => {
                if ready.protocol != runner.version {
                    return Err(Error::Failed(format!(
                        "the {} speaks protocol version {} where version {} was asked for",
                        terms.name, ready.protocol, runner.version
                    )));
                }
                plausible::ready(&ready)?;
                ready.make_visible();
                if terms.foreign {
                    runner.look_at(&mut ready);
                }
                runner.ready = ready;
                Ok(runner)
            }
            other => Err(runner.unexpected(other)),
        }
    }

    /// Puts what is seen from outside in the place of what the program says: its mask, and
    /// the memory of its process tree before there is any unit. What cannot be seen is as
    /// it was said.
    fn look_at(&self, ready: &mut Ready) {
        let cpus = host::affinity_of(self.id());
        if !cpus.is_empty() {
            ready.cpus = cpus;
        }
        let seen = Holding::of(self.id()).pss_bytes;
        ready.memory_bytes = seen.or(ready.memory_bytes);
    }

    fn ask_to_prepare(&mut self, prepare: &Prepare, terms: &Terms) -> Result<Reply> {
        self.ask(&Request::Prepare(Box::new(Prepare {
            protocol: self.version,
            ..prepare.clone()
        })))?;
        self.lines
            .hear(terms.ready_within, "its word that the cell is prepared")
    }

    /// Says one request, in the version that the runner speaks.
    fn ask(&mut self, request: &Request) -> Result<()> {
        if self.version == VERSION {
            return self.lines.say(request);
        }
        let mut message = serde_json::to_value(request).map_err(io::Error::from)?;
        if let Some(sample) = message.get_mut("sample") {
            number_for_word(sample);
            sample.get_mut("due").map(number_for_word);
        }
        self.lines.say(&message)
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
        let sample = Sample {
            observe: false,
            ..*sample
        };
        self.ask(&Request::Sample(sample))?;
        self.result(&sample, limit)
    }

    /// As [`Runner::sample`], with a look at the process tree from outside, at the gate
    /// and when the last order is done. `None` for what was seen of an older build, which
    /// does not know of it.
    ///
    /// # Errors
    /// As [`Runner::sample`].
    pub fn observed(
        &mut self,
        sample: &Sample,
        limit: Duration,
    ) -> Result<(Measured, Option<Seen>)> {
        if self.version != VERSION {
            return Ok((self.sample(sample, limit)?, None));
        }
        let sample = Sample {
            observe: true,
            ..*sample
        };
        self.ask(&Request::Sample(sample))?;
        match self
            .lines
            .hear(limit, "its word that all units stand at the gate")?
        {
            Reply::Gate { sample: at } if at == sample.sample => {}
            other => return Err(self.unexpected(other)),
        }
        let id = self.id();
        let holding = Holding::of(id);
        let gate = Spent::at_gate(id);
        let begun = Instant::now();
        self.ask(&Request::Go {})?;
        let awaited = format!("its word that {} orders are done", sample.orders);
        let (closed, took): (Reply, _) = (self.lines.hear(limit, &awaited)?, begun.elapsed());
        let said = match closed {
            Reply::Closed {
                sample: at,
                wall_ns,
            } if at == sample.sample => Duration::from_nanos(wall_ns),
            other => return Err(self.unexpected(other)),
        };
        let used = Spent::at_end(id).since(&gate);
        self.ask(&Request::Settle {})?;
        let seen = Seen {
            holding,
            used,
            took,
            said,
        };
        Ok((self.result(&sample, limit)?, Some(seen)))
    }

    fn result(&mut self, sample: &Sample, limit: Duration) -> Result<Measured> {
        let awaited = format!("the result of a sample of {} orders", sample.orders);
        match self.lines.hear(limit, &awaited)? {
            Reply::Sample(mut measured) => {
                let (said, asked) = (
                    (measured.sample, measured.orders),
                    (sample.sample, sample.orders),
                );
                if said != asked {
                    return Err(Error::Failed(format!(
                        "the {} measured sample {} of {} orders where sample {} of {} was asked for",
                        self.lines.name, said.0, said.1, asked.0, asked.1
                    )));
                }
                plausible::measured(&measured)?;
                make_visible(&mut measured.answer);
                Ok(*measured)
            }
            other => Err(self.unexpected(other)),
        }
    }

    /// Tears the cell down and waits until the process is gone; the time that
    /// tearing down took, ns.
    ///
    /// # Errors
    /// A runner that does not end in time.
    pub fn stop(mut self) -> Result<u64> {
        self.ask(&Request::Stop {})?;
        let stopped = self
            .lines
            .hear(STOP_LIMIT, "its word that the cell is torn down")?;
        let Reply::Stopped { shutdown_ns } = stopped else {
            return Err(self.unexpected(stopped));
        };
        self.lines.end(STOP_LIMIT)?;
        Ok(shutdown_ns)
    }

    fn unexpected(&self, reply: Reply) -> Error {
        match reply {
            // Of any program: it goes to terminals and into rows.
            Reply::Error { message, usage } => {
                let message = visible_lines(&message).into_owned();
                if usage {
                    Error::Usage(message)
                } else {
                    Error::Failed(message)
                }
            }
            Reply::Unable { reason } => Error::Unable(visible_lines(&reason).into_owned()),
            other => {
                let text = format!("{other:?}");
                let start: String = text.chars().take(SHOWN).collect();
                Error::Failed(format!(
                    "the {} said what it was not asked: {}",
                    self.lines.name,
                    visible(&start)
                ))
            }
        }
    }
}

/// How the refusal of a version ends that a runner gives which speaks version 1 alone.
const OLDER: &str = "speaks version 1";

/// Version 1 has words of 64 bits as numbers.
fn number_for_word(fields: &mut Value) {
    let word = fields.get("seed").and_then(Value::as_str);
    if let Some(word) = word.and_then(|text| u64::from_str_radix(text, 16).ok()) {
        fields["seed"] = word.into();
    }
}
