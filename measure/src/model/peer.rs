//! A model that is a program of its own, in any language, which speaks the runner
//! protocol: `docs/PEERS.md`.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use crate::base::bounded;
use crate::base::visible::visible;
use crate::kit::Setup;
use crate::record::palette::Family;
use crate::record::row;

/// How long a program may take to tell its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);
/// Longest line that tells it, bytes.
const VERSION_LINE: usize = 4096;
/// Characters of it that are shown.
const VERSION_SHOWN: usize = 60;

/// A program that offers models, as its `peer.toml` describes it.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its name, which is its directory's.
    pub name: String,
    /// The language that it is written in, for people.
    pub language: String,
    /// What it is, in a sentence.
    pub about: String,
    /// Its directory.
    pub dir: PathBuf,
    /// Where its setup installs it.
    pub install: PathBuf,
    /// What starts it, without what the harness puts behind it.
    pub command: Vec<String>,
    /// What prints its version.
    pub version: Vec<String>,
    /// What installs it, for people to run.
    pub setup: String,
    /// How long warming it up may last; `None` for the harness's own rule.
    pub warm_up_at_most: Option<Duration>,
    /// What is added to its environment.
    pub env: BTreeMap<String, String>,
}

impl Peer {
    /// The command that starts it.
    #[must_use]
    pub fn start(&self) -> Command {
        self.of_words(&self.command)
    }

    fn of_words(&self, words: &[String]) -> Command {
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .current_dir(&self.dir)
            .envs(&self.env)
            .env("BAKEOFF_PEER_INSTALL", &self.install);
        command
    }

    /// The version of what is installed; `None` where nothing is, or nothing that runs.
    #[must_use]
    pub fn installed(&self) -> Option<String> {
        let mut child = self
            .of_words(&self.version)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .ok()?;
        let mut from = BufReader::new(child.stdout.take()?);
        let (say, said) = sync_channel(1);
        std::thread::spawn(move || say.send(bounded::line(&mut from, VERSION_LINE)));
        let deadline = Instant::now() + VERSION_LIMIT;
        let line = said.recv_timeout(VERSION_LIMIT).ok();
        let ended = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status.success(),
                Ok(None) if line.is_some() && Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                _ => break false,
            }
        };
        let _ = child.kill();
        let _ = child.wait();
        let line = line?.ok()??;
        let text: String = String::from_utf8_lossy(&line)
            .trim()
            .chars()
            .take(VERSION_SHOWN)
            .collect();
        ended.then(|| visible(&text).into_owned())
    }
}

/// How many orders a program's model can have in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InFlight {
    /// As many as may be.
    Concurrency,
    /// As many as there are workers.
    Workers,
    /// So many.
    Most(usize),
}

/// One of a program's models.
#[derive(Clone, Debug)]
pub struct PeerModel {
    /// Whose it is.
    pub peer: &'static Peer,
    /// How it works, in a sentence.
    pub about: &'static str,
    /// What it is one of.
    pub family: Family,
    /// The colour of its bars and marks, as `#rrggbb`; the family's where none is given.
    pub colour: Option<String>,
    /// How many orders it can have in flight.
    pub in_flight: InFlight,
    /// Workloads that it knows.
    pub workloads: Vec<String>,
    /// Clients that it knows, where a workload has a server.
    pub clients: Vec<String>,
    /// The file that it is written in, where its description names one.
    pub source: Option<PathBuf>,
    /// Libraries that it is built on, each with its version.
    pub libraries: Vec<String>,
}

impl PeerModel {
    /// Most orders that it can have in flight.
    #[must_use]
    pub fn most_in_flight(&self, setup: &Setup) -> usize {
        let most = match self.in_flight {
            InFlight::Concurrency => setup.concurrency,
            InFlight::Workers => setup.workers,
            InFlight::Most(most) => most,
        };
        most.clamp(1, setup.concurrency.max(1))
    }

    /// What rows say of it.
    #[must_use]
    pub fn on_row(&self) -> row::Peer {
        row::Peer {
            name: self.peer.name.clone(),
            language: self.peer.language.clone(),
            about: self.about.to_owned(),
            family: self.family.key().into(),
            colour: self.colour.clone(),
            ..row::Peer::default()
        }
    }
}
