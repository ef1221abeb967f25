//! Hands over to a worker before anything else, else to the command line.

use std::process::ExitCode;

use bakeoff::cli;
use bakeoff::model::processes::worker;
use bakeoff::registry;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some(worker::ARGUMENT) {
        let parent = args.next().and_then(|id| id.parse().ok()).unwrap_or(0);
        return match worker::main(parent, registry::work) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("bakeoff worker: {error}");
                ExitCode::FAILURE
            }
        };
    }
    cli::main()
}
