//! The runner's side of the protocol: `bakeoff runner`.

use std::io::{self, BufRead, Write};

use super::cell::Cell;
use super::protocol::{Reply, Request, VERSION};
use crate::error::{Error, Result};
use crate::host;
use crate::measure::clock;
use crate::registry;

/// Speaks the protocol on standard input and output until `stop` or the end
/// of the input. A request that fails is answered and ends nothing, except
/// that a model whose batch failed is in an unknown state and serves no more.
///
/// # Errors
/// Those of the standard streams.
pub fn main() -> Result<()> {
    let mut cell: Option<Box<dyn Cell>> = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let reply = match serde_json::from_str(&line) {
            Ok(Request::Stop {}) => {
                let start = clock::now();
                drop(cell.take());
                return say(&Reply::Stopped {
                    shutdown_ns: clock::now() - start,
                });
            }
            Ok(request) => answer(&mut cell, &request),
            Err(error) => Err(Error::Usage(format!(
                "not a request of protocol version {VERSION}: {error}"
            ))),
        };
        say(&reply.unwrap_or_else(|error| Reply::Error {
            usage: error.exit_code() == 2,
            message: error.to_string(),
        }))?;
    }
    Ok(())
}

fn answer(cell: &mut Option<Box<dyn Cell>>, request: &Request) -> Result<Reply> {
    match request {
        Request::Prepare(prepare) => {
            if prepare.protocol != VERSION {
                return Err(Error::Usage(format!(
                    "protocol version {} was asked for; this runner speaks version {VERSION}",
                    prepare.protocol
                )));
            }
            if !prepare.cpus.is_empty() {
                host::set_affinity(&prepare.cpus)?;
            }
            host::raise_descriptor_limit()?;
            let built = registry::cell(prepare)?;
            let ready = built.ready();
            *cell = Some(built);
            Ok(Reply::Ready(ready))
        }
        Request::Sample(sample) => {
            let Some(prepared) = cell else {
                return Err(Error::Usage(
                    "'sample' was asked for before 'prepare'".into(),
                ));
            };
            if sample.orders == 0 {
                return Err(Error::Usage(
                    "a sample of 0 orders; ask for 1 or more".into(),
                ));
            }
            if sample
                .due
                .is_some_and(|due| due.rate.is_nan() || due.rate <= 0.0)
            {
                return Err(Error::Usage(
                    "a due rate must be above 0 orders per second".into(),
                ));
            }
            let measured = prepared.sample(sample);
            if measured.is_err() {
                *cell = None;
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
