//! `bakeoff serve`: the mock server alone.

use std::net::{SocketAddr, ToSocketAddrs};

use clap::{Args, ValueEnum};

use crate::base::error::Error;
use crate::server::{self, Options};
use crate::workload::fetch::MAX_DELAY;
use crate::workload::items::{Fault, MAX_BODY, Profile};
use crate::workload::spread::Spread;

/// Which server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// Ours: fast, precise delays, whole ledger
    Native,
    /// The wiremock crate: one host, no faults but status500, no hold
    Wiremock,
}

/// Serves the items that `fetch` asks for, until Ctrl-C.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff serve
      any free port of this machine; the URL goes to standard output
  bakeoff serve --addr 127.0.0.1:8080 --delay log-normal:5ms,0.8,200ms --size 4kB
      an upstream that answers in about 5 ms, sometimes much later
  bakeoff serve --fault reset:100
      every hundredth item ends in a connection reset
  bakeoff serve --hold 64 & wrk -c 64 http://…/items/1
      answers only when 64 requests wait: a client with fewer hangs

Distributions (SPREAD):
  none, 10ms, fixed:10ms, uniform:1ms,20ms, log-normal:MEDIAN,SIGMA,CAP,
  pareto:MIN,ALPHA,CAP; times in ns, us, ms, s, sizes in B, kB, MB

Requests: GET, HEAD, PUT, DELETE /items/{id}; POST /items with {\"id\":…};
GET /ready. The delay, the size and the bytes of an item depend on --seed and
its id alone.")]
pub struct ServeArgs {
    /// Address or name to listen on, with the port; port 0 is any free one. Beyond
    /// loopback only where asked for here
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = address)]
    addr: SocketAddr,

    /// Which server answers
    #[arg(long, value_enum, default_value = "native")]
    backend: Backend,

    /// Listen on N successive addresses (127.0.0.1, 127.0.0.2, …) at one port
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    hosts: u32,

    /// Run on this CPU only
    #[arg(long, value_name = "CPU")]
    cpu: Option<usize>,

    /// Speak the control protocol on standard input and output
    #[arg(long, hide = true)]
    control: bool,

    /// Time from a request's last byte to its response, at most ten minutes
    #[arg(long, value_name = "SPREAD", default_value = "none", value_parser = delay)]
    delay: Spread,

    /// Size of the bodies, at most 1 MiB each
    #[arg(long, value_name = "SPREAD", default_value = "128", value_parser = size)]
    size: Spread,

    /// Seed of delays, sizes and bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// What goes wrong with every Nth item: status500, reset, truncate,
    /// silence or drip
    #[arg(long, value_name = "KIND:N")]
    fault: Option<Fault>,

    /// Hold every response until N requests wait, then answer them all
    #[arg(long, value_name = "N", default_value_t = 0)]
    hold: u32,
}

/// An address; a name stands for the first of its addresses, of IPv4 where it has
/// one, because `--hosts` counts on from there.
fn address(text: &str) -> Result<SocketAddr, String> {
    let found: Vec<SocketAddr> = text
        .to_socket_addrs()
        .map_err(|error| format!("{error}; as in 127.0.0.1:8080 or localhost:8080"))?
        .collect();
    let first = found.iter().find(|address| address.is_ipv4());
    first
        .or(found.first())
        .copied()
        .ok_or_else(|| "the name has no address".into())
}

fn delay(text: &str) -> Result<Spread, String> {
    let delay = Spread::of_times(text)?;
    if delay.max() > MAX_DELAY {
        return Err("a delay is at most ten minutes (600s)".into());
    }
    Ok(delay)
}

fn size(text: &str) -> Result<Spread, String> {
    let size = Spread::of_sizes(text)?;
    if size.max() > MAX_BODY {
        return Err(format!("a body is at most 1 MiB ({MAX_BODY} B)"));
    }
    Ok(size)
}

impl ServeArgs {
    /// Serves until a signal, or until the end of the control path.
    ///
    /// # Errors
    /// As [`server::serve`].
    pub fn run(self) -> Result<(), Error> {
        server::serve(&Options {
            addr: self.addr,
            backend: match self.backend {
                Backend::Native => server::Backend::Native,
                Backend::Wiremock => server::Backend::Wiremock,
            },
            hosts: self.hosts,
            cpu: self.cpu,
            control: self.control,
            profile: Profile {
                seed: self.seed,
                delay: self.delay,
                size: self.size,
                fault: self.fault,
                hold: self.hold,
            },
        })
    }
}
