//! Hands over to a worker or to an order's program before anything else, else to the command
//! line.

use std::process::ExitCode;

use bakeoff::cli;
use bakeoff::model::processes::worker;
use bakeoff::registry;
use bakeoff::workload::subprocess::child;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let first = args.next();
    if first.as_ref().is_some_and(|first| first == child::ARGUMENT) {
        return match child::main() {
            Ok(status) => ExitCode::from(status),
            Err(error) => {
                bakeoff::note!("bakeoff child: {error}");
                ExitCode::FAILURE
            }
        };
    }
    if first.is_some_and(|first| first == worker::ARGUMENT) {
        let parent = args.next().and_then(|id| id.to_str()?.parse().ok());
        let parent = parent.unwrap_or(0);
        return match worker::main(parent, registry::work) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                bakeoff::note!("bakeoff worker: {error}");
                ExitCode::FAILURE
            }
        };
    }
    cli::main()
}
