//! The mock server as the harness holds it: a process of its own, told and
//! read over its standard streams, where no load can reach.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::deadline::Deadline;
use super::harness::Lines;
use crate::base::error::{Error, Result};
use crate::server::control::{self, Reading, Reply};
use crate::workload::Backend;
use crate::workload::items::Profile;

/// How long the server may take to answer on its control path.
const LIMIT: Duration = Duration::from_secs(20);

/// A running mock server. Dropping it ends it.
pub struct Mock {
    lines: Lines,
    hosts: Vec<SocketAddr>,
}

impl Mock {
    /// Starts `program serve` on `hosts` loopback addresses, on a CPU of its
    /// own where one is given.
    ///
    /// # Errors
    /// A server that cannot be started or does not listen.
    pub fn start(
        program: &Path,
        backend: Backend,
        hosts: usize,
        cpu: Option<usize>,
        deadline: Deadline,
    ) -> Result<Self> {
        let backend = match backend {
            Backend::Native => "native",
            Backend::Wiremock => "wiremock",
        };
        let mut command = Command::new(program);
        command.args(["serve", "--control", "--backend", backend]);
        command.args(["--hosts", &hosts.to_string()]);
        if let Some(cpu) = cpu {
            command.args(["--cpu", &cpu.to_string()]);
        }
        let mut lines = Lines::start(command, "mock server", &[], deadline)?;
        match lines.hear(LIMIT, "the address that it listens on")? {
            Reply::Listening { addr, hosts, .. } => Ok(Mock {
                lines,
                hosts: (0..hosts).map(|host| nth(addr, host)).collect(),
            }),
            other => Err(unexpected(&other)),
        }
    }

    /// Addresses of its hosts.
    #[must_use]
    pub fn hosts(&self) -> &[SocketAddr] {
        &self.hosts
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.lines.id()
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        self.lines.is_alive()
    }

    /// Starts a sample: empties the ledger, installs the profile.
    ///
    /// # Errors
    /// A server that is gone, or refuses the profile.
    pub fn begin(&mut self, sample: u64, orders: u64, profile: &Profile) -> Result<()> {
        self.lines.say(&control::Command::Begin {
            sample,
            orders,
            profile: profile.clone(),
        })?;
        match self
            .lines
            .hear(LIMIT, "its word that it is ready for a sample")?
        {
            Reply::Begun { .. } => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// The ledger as it stands.
    ///
    /// # Errors
    /// A server that is gone.
    pub fn read(&mut self) -> Result<Reading> {
        self.lines.say(&control::Command::Read {})?;
        match self.lines.hear(LIMIT, "its count of requests")? {
            Reply::Ledger(reading) => Ok(reading),
            other => Err(unexpected(&other)),
        }
    }
}

/// Host number `host` listens on the address so many after the first.
fn nth(first: SocketAddr, host: u32) -> SocketAddr {
    match first.ip() {
        IpAddr::V4(ip) => SocketAddr::new(
            Ipv4Addr::from_bits(ip.to_bits() + host).into(),
            first.port(),
        ),
        IpAddr::V6(_) => first,
    }
}

fn unexpected(reply: &Reply) -> Error {
    match reply {
        Reply::Error { message } => Error::Failed(format!("the mock server refused: {message}")),
        other => Error::Failed(format!(
            "the mock server said what it was not asked: {other:?}"
        )),
    }
}
