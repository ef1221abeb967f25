//! How fast each runtime fetches pages and bakes cakes where no harness stands between:
//! bare programs, written by hand, that ask the mock server for what `fetch/no-delay` asks
//! it for, do what `bakery/hundred-bakers` does, or read files as `files/read` does. They take
//! no time of an order, keep no slot, fold no answer and know no workload; they count what
//! came, and read the clock twice. `scripts/suite-vs-floor` compares the suite with them.
//!
//! `floor MODEL ADDRESS [CONNECTIONS [REQUESTS]]` prints requests per second, and
//! `floor MODEL bakery [BAKERS [CAKES]]` cakes per second, and `floor MODEL DIRECTORY [UNITS
//! [READS]]` files per second, where the directory's name begins with `/`; without arguments
//! it names the models. A fifth as many go first and are not timed.

mod cake;
#[cfg(all(feature = "completion", target_os = "linux"))]
mod compio;
mod exchange;
mod files;
#[cfg(feature = "green")]
mod may;
#[cfg(feature = "callbacks")]
mod mio;
#[cfg(all(feature = "completion", target_os = "linux"))]
mod monoio;
mod os_threads;
mod rayon;
mod smol;
mod smol_local;
mod tokio_ct;
mod tokio_local;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use exchange::Exchange;
use files::Files;

/// Units where no number is asked for.
const UNITS: usize = 64;
/// Orders likewise.
const ORDERS: u64 = 100_000;

/// Reads files, so many at once, and says how many it read.
type Reading = fn(usize, &Arc<Work>, &Arc<Files>) -> io::Result<u64>;

/// A runtime's programs, which do all of the work and say how much they did.
struct Programs {
    model: &'static str,
    /// Asks for pages, over these connections.
    fetch: fn(Vec<TcpStream>, &Arc<Work>) -> io::Result<u64>,
    /// Bakes cakes, with so many bakers.
    bake: fn(usize, &Arc<Work>) -> io::Result<u64>,
    /// Reads files, so many at once, where there is such a program.
    read: Option<Reading>,
}

macro_rules! programs {
    ($($(#[$with:meta])* $module:ident = $model:literal $(, $read:ident)?;)*) => {
        const ALL: &[Programs] = &[$($(#[$with])* Programs {
            model: $model,
            fetch: $module::fetch,
            bake: $module::bake,
            read: programs!(@read $module $($read)?),
        }),*];
    };
    (@read $module:ident read) => { Some($module::read) };
    (@read $module:ident) => { None };
}

programs! {
    tokio_ct = "tokio-ct", read;
    smol = "smol";
    os_threads = "os-threads", read;
    rayon = "rayon";
    tokio_local = "tokio-local";
    smol_local = "smol-local";
    #[cfg(all(feature = "completion", target_os = "linux"))] compio = "compio";
    #[cfg(all(feature = "completion", target_os = "linux"))] monoio = "monoio";
    #[cfg(feature = "green")] may = "may";
    #[cfg(feature = "callbacks")] mio = "mio";
}

/// Orders that are still to be served, by number; shared by all who serve them.
pub(crate) struct Work {
    next: AtomicU64,
    all: u64,
    begun: Mutex<Instant>,
}

impl Work {
    fn new(all: u64) -> Self {
        Work {
            next: AtomicU64::new(0),
            all,
            begun: Mutex::new(Instant::now()),
        }
    }

    /// The number of the next order, while there is one.
    pub(crate) fn next(&self) -> Option<u64> {
        let next = self.next.fetch_add(1, Relaxed);
        (next < self.all).then_some(next)
    }

    /// Has the clock start now: what a program did until here is not timed.
    #[cfg(feature = "green")]
    pub(crate) fn begin_now(&self) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn seconds(&self) -> f64 {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.elapsed().as_secs_f64()
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

/// What a program is to do.
#[derive(Clone)]
enum What {
    Fetch(SocketAddr),
    Bake,
    Read(Arc<Files>),
}

/// Orders per second of the program that `args` name.
fn measured(args: &[String]) -> io::Result<f64> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
    let model = args.first().map_or("", String::as_str);
    let programs = ALL.iter().find(|own| own.model == model).ok_or_else(|| {
        let models: Vec<&str> = ALL.iter().map(|own| own.model).collect();
        wrong(format!(
            "floor MODEL ADDRESS|bakery|DIRECTORY [UNITS [ORDERS]]; MODEL is one of {}",
            models.join(", ")
        ))
    })?;
    let what = match args.get(1).map(String::as_str) {
        Some("bakery") => What::Bake,
        Some(directory) if directory.starts_with('/') => {
            What::Read(Arc::new(Files::of(directory)?))
        }
        Some(text) => What::Fetch(text.parse().map_err(|_| {
            wrong(format!(
                "'{text}' is neither bakery nor a directory nor like 127.0.0.1:8080"
            ))
        })?),
        None => {
            return Err(wrong(
                "what? An address to ask, bakery, or a directory".into(),
            ));
        }
    };
    let number = |at: usize, default: u64| match args.get(at).map(|text| text.parse()) {
        None => Ok(default),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(_) => Err(wrong("UNITS and ORDERS are numbers from 1 on".into())),
    };
    let units = number(2, UNITS as u64)? as usize;
    let orders = number(3, ORDERS)?;
    timed(programs, what.clone(), units, (orders / 5).max(1))?;
    timed(programs, what, units, orders)
}

/// Orders per second, from connections that stand to the last order.
fn timed(programs: &Programs, what: What, units: usize, orders: u64) -> io::Result<f64> {
    let work;
    let served = match what {
        What::Bake => {
            work = Arc::new(Work::new(orders));
            (programs.bake)(units, &work)?
        }
        What::Read(files) => {
            work = Arc::new(Work::new(orders));
            let read = programs.read.ok_or_else(|| {
                io::Error::other(format!(
                    "{} has no program that reads files",
                    programs.model
                ))
            })?;
            read(units, &work, &files)?
        }
        What::Fetch(address) => {
            let connections = (0..units).map(|_| {
                let mut connection = TcpStream::connect(address)?;
                connection.set_nodelay(true)?;
                // The server has accepted it when it has answered.
                exchange::blocking(&mut connection, &mut Exchange::new(), 0)?;
                Ok(connection)
            });
            let connections: Vec<TcpStream> = connections.collect::<io::Result<_>>()?;
            work = Arc::new(Work::new(orders));
            (programs.fetch)(connections, &work)?
        }
    };
    let seconds = work.seconds();
    if served != orders {
        return Err(io::Error::other(format!(
            "{served} of {orders} orders were served"
        )));
    }
    Ok(orders as f64 / seconds)
}
