//! How fast each runtime fetches pages where no harness stands between: bare programs,
//! written by hand, that ask the mock server for what `fetch/no-delay` asks it for. They
//! take no time of an order, keep no slot, fold no answer and know no workload; they
//! count what came, and read the clock twice. `scripts/suite-vs-floor` compares the suite
//! with them.
//!
//! `floor MODEL ADDRESS [CONNECTIONS [REQUESTS]]`, where MODEL is `tokio-ct`, `smol`,
//! `os-threads` or `rayon`, prints requests per second. A fifth as many requests go first
//! and are not timed.

mod exchange;
mod os_threads;
mod rayon;
mod smol;
mod tokio_ct;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use exchange::Exchange;

/// Connections where none are asked for.
const CONNECTIONS: usize = 64;
/// Requests likewise.
const REQUESTS: u64 = 100_000;

/// What a program does: serves all of `work` over these connections, and says how many
/// answers came.
type Program = fn(Vec<TcpStream>, &Arc<Work>) -> io::Result<u64>;

/// Requests that are still to be made, by number; shared by all who make them.
pub(crate) struct Work {
    next: AtomicU64,
    all: u64,
}

impl Work {
    fn new(all: u64) -> Self {
        Work {
            next: AtomicU64::new(0),
            all,
        }
    }

    /// The number of the next request, while there is one.
    pub(crate) fn next(&self) -> Option<u64> {
        let next = self.next.fetch_add(1, Relaxed);
        (next < self.all).then_some(next)
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let said = match measured(&args) {
        Ok(rate) => writeln!(io::stdout(), "{rate:.0}"),
        Err(why) => {
            bakeoff_measure::note!("floor: {why}");
            return ExitCode::FAILURE;
        }
    };
    said.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// Requests per second of the program that `args` name.
fn measured(args: &[String]) -> io::Result<f64> {
    let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
    let program: Program = match args.first().map(String::as_str) {
        Some("tokio-ct") => tokio_ct::run,
        Some("smol") => smol::run,
        Some("os-threads") => os_threads::run,
        Some("rayon") => rayon::run,
        _ => {
            return Err(wrong(
                "floor MODEL ADDRESS [CONNECTIONS [REQUESTS]]; MODEL is tokio-ct, smol, os-threads or rayon",
            ));
        }
    };
    let address = args.get(1).and_then(|text| text.parse().ok());
    let address: SocketAddr = address.ok_or_else(|| wrong("ADDRESS is like 127.0.0.1:8080"))?;
    let number = |at: usize, default: u64| match args.get(at).map(|text| text.parse()) {
        None => Ok(default),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(_) => Err(wrong("CONNECTIONS and REQUESTS are numbers from 1 on")),
    };
    let connections = number(2, CONNECTIONS as u64)? as usize;
    let requests = number(3, REQUESTS)?;
    timed(program, address, connections, (requests / 5).max(1))?;
    timed(program, address, connections, requests)
}

/// Requests per second, from connections that stand to the last answer.
fn timed(
    program: Program,
    address: SocketAddr,
    connections: usize,
    requests: u64,
) -> io::Result<f64> {
    let connections = (0..connections).map(|_| {
        let mut connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        // The server has accepted it when it has answered.
        exchange::blocking(&mut connection, &mut Exchange::new(), 0)?;
        Ok(connection)
    });
    let connections: Vec<TcpStream> = connections.collect::<io::Result<_>>()?;
    let work = Arc::new(Work::new(requests));
    let start = Instant::now();
    let answers = program(connections, &work)?;
    let seconds = start.elapsed().as_secs_f64();
    if answers != requests {
        let why = format!("{answers} answers to {requests} requests");
        return Err(io::Error::other(why));
    }
    Ok(requests as f64 / seconds)
}
