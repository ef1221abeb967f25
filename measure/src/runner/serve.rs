//! The runner's side of the protocol: `bakeoff runner`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cell::RunnerCell;
use super::lines::{hear, say};
use crate::base::clock;
use crate::base::error::{Error, Result};
use crate::host;
use crate::protocol::plausible;
use crate::protocol::{Prepare, Reply, Request};

/// Speaks the protocol on standard input and output until `stop` or the end
/// of the input. A request that fails is answered and ends nothing, except
/// that a model whose batch failed is in an unknown state and serves no more.
/// `build` knows workloads and models by name: a plain function, so that this is built as
/// this crate is, whatever calls it.
///
/// # Errors
/// Those of the standard streams.
pub fn main(build: fn(&Prepare) -> Result<Box<dyn RunnerCell>>) -> Result<()> {
    host::take_file_limit_as_error();
    let mut cell = Standing::Empty;
    while let Some(request) = hear()? {
        let reply = match request {
            Ok(Request::Stop {}) => {
                let start = clock::now();
                drop(cell);
                return Ok(say(&Reply::Stopped {
                    shutdown_ns: clock::now() - start,
                })?);
            }
            Ok(request) => answer(&mut cell, &request, build),
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
    Ready(Box<dyn RunnerCell>),
    /// One whose last sample failed: its model is in an unknown state.
    Failed,
}

fn answer(
    cell: &mut Standing,
    request: &Request,
    build: impl Fn(&Prepare) -> Result<Box<dyn RunnerCell>>,
) -> Result<Reply> {
    match request {
        Request::Prepare(prepare) => {
            plausible::prepare(prepare)?;
            // What is refused here ends nothing: the reply tells what was
            // obtained, and the harness flags the rows.
            if !prepare.cpus.is_empty() {
                let _ = host::set_affinity(&prepare.cpus);
            }
            let _ = host::raise_descriptor_limit();
            // The one before goes first: two would share the machine.
            *cell = Standing::Empty;
            let built = unpanicked(|| build(prepare))?;
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
            plausible::sample(sample)?;
            let measured = unpanicked(|| prepared.sample(sample));
            if measured.is_err() {
                *cell = Standing::Failed;
            }
            Ok(Reply::Sample(Box::new(measured?)))
        }
        Request::Go {} | Request::Settle {} => Err(Error::Usage(
            "no sample that is observed waits for 'go' or 'settle'".into(),
        )),
        Request::Stop {} => unreachable!("handled by the caller"),
    }
}

/// What `ask` gives. A library that panics, for threads that it cannot have, fails this
/// request and no other.
fn unpanicked<T>(ask: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|panic| {
        let why = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Error::Failed(format!(
            "the model panicked: {}",
            why.unwrap_or("it did not say why")
        )))
    })
}
