//! One server from its options to its end.

use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use super::control::{Reading, Reply};
use super::dialogue::{Controlled, Dialogue, say};
use super::native::{Native, Turn};
use super::site::Served;
use super::site::Site;
use super::wiremock::Mocked;
use super::{listen, process};
use crate::base::counted::counted;
use crate::base::error::{Error, Result};
use crate::base::streams;
use crate::host;
use crate::workload::items::Profile;

/// Which server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Ours: fast, with precise delays and a whole ledger.
    Native,
    /// The wiremock crate's.
    Wiremock,
}

impl Backend {
    /// Its name on the command line and on the control path.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Backend::Native => "native",
            Backend::Wiremock => "wiremock",
        }
    }
}

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// First address; port 0 is any free one.
    pub addr: SocketAddr,
    /// Which server answers.
    pub backend: Backend,
    /// How many successive addresses to listen on, all at one port.
    pub hosts: u32,
    /// The only CPU to run on.
    pub cpu: Option<usize>,
    /// Speak the control protocol on standard input and output.
    pub control: bool,
    /// What shapes the answers until a sample begins.
    pub profile: Profile,
}

/// Serves until the end of the control path, or until a signal.
///
/// # Errors
/// [`Error::Usage`] where the options cannot be had (a port in use, a CPU that
/// does not exist, a fault that the backend does not know); [`Error::Failed`]
/// where the system fails underway.
pub fn serve(options: &Options) -> Result<()> {
    let served = serve_until_the_end(options);
    if let (true, Err(error)) = (options.control, &served) {
        // The harness reads its control path, and not standard error.
        let message = error.to_string();
        let _ = say(&Reply::Error { message });
    }
    served
}

fn serve_until_the_end(options: &Options) -> Result<()> {
    if options.control {
        process::die_with_parent()?;
    }
    if let Some(cpu) = options.cpu {
        process::pin(cpu)?;
    }
    host::sharpen_timers();
    let descriptors = process::raise_descriptor_limit();
    if !options.addr.ip().is_loopback() {
        crate::note!(
            "bakeoff serve: warning: {} can be reached from other machines, by anyone, unencrypted",
            options.addr.ip()
        );
    }
    let listeners = listen::listen(options.addr, options.hosts)?;
    let addr = listeners[0].local_addr()?;
    let announce = || announce(options, addr);
    match options.backend {
        Backend::Native => {
            let site = Site::new(options.profile.clone()).map_err(Error::Usage)?;
            let mut native = Native::new(listeners, site, descriptors)?;
            if options.control {
                announce()?;
                native_controlled(&mut native)
            } else {
                native_alone(&mut native, announce)
            }
        }
        Backend::Wiremock => {
            let mut mocked = Mocked::start(listeners, options.profile.clone())?;
            if options.control {
                announce()?;
                while_read(io::stdin().lock(), &mut mocked)
            } else {
                let (sender, receiver) = std::sync::mpsc::channel();
                on_signal(move || {
                    let _ = sender.send(());
                })?;
                announce()?;
                // The sender lives as long as the handler: for ever.
                let _ = receiver.recv();
                report(mocked.served());
                Ok(())
            }
        }
    }
}

fn announce(options: &Options, addr: SocketAddr) -> Result<()> {
    if options.control {
        say(&Reply::Listening {
            addr,
            hosts: options.hosts,
            backend: options.backend.name().to_owned(),
            pid: std::process::id(),
        })?;
    } else {
        streams::say(&format!("http://{addr}\n"))?;
    }
    Ok(())
}

/// Announced last: who reads the address may send a signal at once.
fn native_alone(native: &mut Native, announce: impl FnOnce() -> Result<()>) -> Result<()> {
    let (reader, writer) = rustix::pipe::pipe().map_err(io::Error::from)?;
    native.watch_signal(&reader)?;
    on_signal(move || {
        // A full pipe has told it already.
        let _ = rustix::io::write(&writer, b"x");
    })?;
    announce()?;
    while native.turn()? != Turn::End {}
    report(native.served());
    Ok(())
}

fn native_controlled(native: &mut Native) -> Result<()> {
    let stdin: OwnedFd = io::stdin().as_fd().try_clone_to_owned()?;
    if native.watch_control(&stdin).is_err() {
        // Regular files are always ready and are never waited for.
        return while_read(File::from(stdin), native);
    }
    let mut dialogue = Dialogue::default();
    let mut buffer = [0; 16 * 1024];
    loop {
        if native.turn()? != Turn::Control {
            continue;
        }
        let count = match rustix::io::read(&stdin, &mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(io::Error::from(error).into()),
        };
        if dialogue.take(&buffer[..count], native)? {
            return Ok(());
        }
    }
}

/// The control path where waiting for it keeps nothing else from being done.
fn while_read(mut input: impl Read, backend: &mut impl Controlled) -> Result<()> {
    let mut dialogue = Dialogue::default();
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = match input.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        if count == 0 || dialogue.take(&buffer[..count], backend)? {
            return Ok(());
        }
    }
}

impl Controlled for Native {
    fn begin(
        &mut self,
        sample: u64,
        orders: u64,
        profile: Profile,
    ) -> std::result::Result<(), String> {
        let site = Site::new(profile)?;
        self.begin_sample(sample, orders, site);
        Ok(())
    }

    fn read(&mut self) -> Reading {
        self.reading()
    }
}

fn on_signal(act: impl Fn() + Send + 'static) -> Result<()> {
    ctrlc::set_handler(act).map_err(|error| Error::Failed(format!("no signal handler: {error}")))
}

fn report(served: Served) {
    let connections = served
        .connections
        .map(|connections| format!(" on {}", counted(connections as usize, "connection")));
    crate::note!(
        "bakeoff serve: {}{}",
        counted(served.requests as usize, "request"),
        connections.unwrap_or_default()
    );
}
