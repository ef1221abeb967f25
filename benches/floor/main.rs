//! How fast each runtime fetches pages and bakes cakes where no harness stands between:
//! bare programs, written by hand, that ask the mock server for what `fetch/no-delay` asks
//! it for, do what `bakery/hundred-bakers` does, or read files as `files/read` does. They take
//! no time of an order, keep no slot, fold no answer and know no workload; they count what
//! came, and read the clock twice. `scripts/suite-vs-floor` compares the suite with them.
//!
//! `floor MODEL sleepers [UNITS [MILLISECONDS]]` has so many units sleep at once, and prints
//! the most memory that the program has had, bytes: `scripts/sleepers-vs-floor`.
//!
//! `floor MODEL ADDRESS [CONNECTIONS [REQUESTS]]` prints requests per second, and
//! `floor MODEL bakery [BAKERS [CAKES]]` cakes per second; without arguments it names the
//! models. tokio and threads have programs for other workloads too, by their names, and
//! `floor MODEL DIRECTORY [UNITS [READS]]` for files, where the directory begins with `/`. A
//! fifth as many go first and are not timed.

#[cfg(feature = "portable")]
mod agnostic;
mod cake;
#[cfg(all(feature = "completion", target_os = "linux"))]
mod compio;
mod exchange;
mod files;
mod jobs;
#[cfg(feature = "green")]
mod may;
#[cfg(feature = "callbacks")]
mod mio;
#[cfg(all(feature = "completion", target_os = "linux"))]
mod monoio;
mod os_threads;
mod rayon;
mod sleepers;
mod smol;
#[cfg(feature = "portable")]
mod smol_compat;
mod smol_local;
mod tokio_ct;
mod tokio_local;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use exchange::Exchange;
use files::Files;

/// Units where no number is asked for.
const UNITS: usize = 64;
/// Orders likewise.
const ORDERS: u64 = 100_000;
/// How long units sleep likewise, ms.
const WAIT_MS: u64 = 3000;

/// A runtime's programs, which do all of the work and say how much they did.
struct Programs {
    model: &'static str,
    /// Asks for pages, over these connections.
    fetch: fn(Vec<TcpStream>, &Arc<Work>) -> io::Result<u64>,
    /// Bakes cakes, with so many bakers.
    bake: Serve,
}

macro_rules! programs {
    ($($(#[$with:meta])* $module:ident = $model:literal;)*) => {
        const ALL: &[Programs] = &[$($(#[$with])* Programs {
            model: $model,
            fetch: $module::fetch,
            bake: $module::bake,
        }),*];
    };
}

programs! {
    tokio_ct = "tokio-ct";
    smol = "smol";
    os_threads = "os-threads";
    rayon = "rayon";
    tokio_local = "tokio-local";
    smol_local = "smol-local";
    #[cfg(all(feature = "completion", target_os = "linux"))] compio = "compio";
    #[cfg(all(feature = "completion", target_os = "linux"))] monoio = "monoio";
    #[cfg(feature = "green")] may = "may";
    #[cfg(feature = "callbacks")] mio = "mio";
    #[cfg(feature = "portable")] agnostic = "agnostic-tokio";
    #[cfg(feature = "portable")] smol_compat = "smol-compat";
}

/// Serves all orders with so many units, and says how many it served.
type Serve = fn(usize, &Arc<Work>) -> io::Result<u64>;

/// Programs for other workloads, of the models that others are held against.
const OTHERS: &[(&str, &str, Serve)] = &[
    ("tokio-ct", "offload", tokio_ct::offload),
    ("tokio-ct", "responsive", tokio_ct::responsive),
    ("tokio-ct", "compute", tokio_ct::compute),
    ("os-threads", "offload", os_threads::offload),
    ("os-threads", "responsive", os_threads::responsive),
    ("os-threads", "compute", os_threads::compute),
];

/// Reads files, so many at once, and says how many it read.
type Read = fn(usize, &Arc<Work>, &Arc<Files>) -> io::Result<u64>;

/// Programs that read files.
const READERS: &[(&str, Read)] = &[
    ("tokio-ct", tokio_ct::read),
    ("os-threads", os_threads::read),
];

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
    let asleep = args.get(1).is_some_and(|what| what == "sleepers");
    let said = match if asleep { peak(&args) } else { measured(&args) } {
        Ok(figure) => writeln!(io::stdout(), "{figure:.0}"),
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
    Serve(Serve),
    Read(Read, Arc<Files>),
}

/// Most memory that the program has had once so many units have slept at once, bytes.
fn peak(args: &[String]) -> io::Result<f64> {
    let model = args.first().map_or("", String::as_str);
    let (_, sleep) = sleepers::ALL
        .iter()
        .find(|(name, _)| *name == model)
        .ok_or_else(|| {
            let models: Vec<&str> = sleepers::ALL.iter().map(|(name, _)| *name).collect();
            wrong(format!("sleepers are of {}", models.join(", ")))
        })?;
    let units = number(args, 2, UNITS as u64)? as usize;
    let wait = Duration::from_millis(number(args, 3, WAIT_MS)?);
    sleep(units, wait)?;
    let peak = bakeoff_measure::host::peak_rss_bytes();
    Ok(peak.ok_or_else(|| wrong("nobody here knows how much memory it has had".into()))? as f64)
}

fn wrong(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}

fn number(args: &[String], at: usize, default: u64) -> io::Result<u64> {
    match args.get(at).map(|text| text.parse()) {
        None => Ok(default),
        Some(Ok(number)) if number > 0 => Ok(number),
        Some(_) => Err(wrong(
            "UNITS, ORDERS and MILLISECONDS are numbers from 1 on".into(),
        )),
    }
}

/// Orders per second of the program that `args` name.
fn measured(args: &[String]) -> io::Result<f64> {
    let model = args.first().map_or("", String::as_str);
    let programs = ALL.iter().find(|own| own.model == model).ok_or_else(|| {
        let models: Vec<&str> = ALL.iter().map(|own| own.model).collect();
        wrong(format!(
            "floor MODEL ADDRESS|WORKLOAD|DIRECTORY [UNITS [ORDERS]]; MODEL is one of {}",
            models.join(", ")
        ))
    })?;
    let what = match args.get(1).map(String::as_str) {
        Some("bakery") => What::Serve(programs.bake),
        Some(directory) if directory.starts_with('/') => {
            let mut readers = READERS.iter();
            let (_, read) = readers
                .find(|(own, _)| *own == model)
                .ok_or_else(|| wrong(format!("{model} has no program that reads files")))?;
            What::Read(*read, Arc::new(Files::of(directory)?))
        }
        Some(text) => {
            let mut others = OTHERS.iter();
            match others.find(|(own, work, _)| (*own, *work) == (model, text)) {
                Some((_, _, serve)) => What::Serve(*serve),
                None => What::Fetch(text.parse().map_err(|_| {
                    wrong(format!(
                        "'{text}' is no workload of {model} and not like 127.0.0.1:8080"
                    ))
                })?),
            }
        }
        None => {
            return Err(wrong(
                "what? An address to ask, a workload, or a directory".into(),
            ));
        }
    };
    let units = number(args, 2, UNITS as u64)? as usize;
    let orders = number(args, 3, ORDERS)?;
    timed(programs, what.clone(), units, (orders / 5).max(1))?;
    timed(programs, what, units, orders)
}

/// Orders per second, from connections that stand to the last order.
fn timed(programs: &Programs, what: What, units: usize, orders: u64) -> io::Result<f64> {
    let work;
    let served = match what {
        What::Serve(serve) => {
            work = Arc::new(Work::new(orders));
            serve(units, &work)?
        }
        What::Read(read, files) => {
            work = Arc::new(Work::new(orders));
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
