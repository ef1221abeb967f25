//! The runner's side of the protocol: `bakeoff runner`.

use std::io::{self, BufRead, Write};

use super::cell::Cell;
use crate::base::clock;
use crate::base::error::{Error, Result};
use crate::host;
use crate::protocol::{Prepare, Reply, Request, VERSION};
use crate::workload::params::MAX_ORDERS;

/// Speaks the protocol on standard input and output until `stop` or the end
/// of the input. A request that fails is answered and ends nothing, except
/// that a model whose batch failed is in an unknown state and serves no more.
/// `build` knows workloads and models by name.
///
/// # Errors
/// Those of the standard streams.
pub fn main(build: impl Fn(&Prepare) -> Result<Box<dyn Cell>>) -> Result<()> {
    let mut cell = Standing::Empty;
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let reply = match parse(&line) {
            Ok(Request::Stop {}) => {
                let start = clock::now();
                drop(cell);
                return say(&Reply::Stopped {
                    shutdown_ns: clock::now() - start,
                });
            }
            Ok(request) => answer(&mut cell, &request, &build),
            Err(error) => Err(error),
        };
        say(&reply.unwrap_or_else(|error| Reply::Error {
            usage: error.exit_code() == 2,
            message: error.to_string(),
        }))?;
    }
    Ok(())
}

/// What the runner has of a cell.
enum Standing {
    /// None yet.
    Empty,
    /// One that serves.
    Ready(Box<dyn Cell>),
    /// One whose last sample failed: its model is in an unknown state.
    Failed,
}

/// Reads one request. Another version is refused as such, before its fields
/// are looked at, which may well be others.
fn parse(line: &str) -> Result<Request> {
    let usage = |error: serde_json::Error| {
        Error::Usage(format!(
            "not a request of protocol version {VERSION}: {error}"
        ))
    };
    let value: serde_json::Value = serde_json::from_str(line).map_err(usage)?;
    match value["prepare"]["protocol"].as_u64() {
        Some(version) if version != u64::from(VERSION) => Err(Error::Usage(format!(
            "protocol version {version} was asked for; this runner speaks version {VERSION}"
        ))),
        _ => serde_json::from_str(line).map_err(usage),
    }
}

fn answer(
    cell: &mut Standing,
    request: &Request,
    build: impl Fn(&Prepare) -> Result<Box<dyn Cell>>,
) -> Result<Reply> {
    match request {
        Request::Prepare(prepare) => {
            // What is refused here ends nothing: the reply tells what was
            // obtained, and the harness flags the rows.
            if !prepare.cpus.is_empty() {
                let _ = host::set_affinity(&prepare.cpus);
            }
            let _ = host::raise_descriptor_limit();
            // The one before goes first: two would share the machine.
            *cell = Standing::Empty;
            let built = build(prepare)?;
            let ready = built.ready();
            *cell = Standing::Ready(built);
            Ok(Reply::Ready(ready))
        }
        Request::Sample(sample) => {
            let prepared = match cell {
                Standing::Ready(prepared) => prepared,
                Standing::Empty => {
                    return Err(Error::Usage(
                        "'sample' was asked for before 'prepare'".into(),
                    ));
                }
                Standing::Failed => {
                    return Err(Error::Usage(
                        "an earlier sample failed, and the model with it: 'prepare' it anew".into(),
                    ));
                }
            };
            if !(1..=MAX_ORDERS).contains(&sample.orders) {
                return Err(Error::Usage(format!(
                    "a sample of {} orders; ask for 1 to {MAX_ORDERS}",
                    sample.orders
                )));
            }
            if sample
                .due
                .is_some_and(|due| due.rate.is_nan() || due.rate <= 0.0)
            {
                return Err(Error::Usage(
                    "a due rate must be above 0 orders per second".into(),
                ));
            }
            if sample.due.is_some_and(|due| due.burst == 0) {
                return Err(Error::Usage("a burst must be of 1 order at least".into()));
            }
            let measured = prepared.sample(sample);
            if measured.is_err() {
                *cell = Standing::Failed;
            }
            Ok(Reply::Sample(Box::new(measured?)))
        }
        Request::Stop {} => unreachable!("handled by the caller"),
    }
}

fn say(reply: &Reply) -> Result<()> {
    let mut line = serde_json::to_string(reply).map_err(io::Error::from)?;
    line.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    Ok(out.flush()?)
}
