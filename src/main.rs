//! bakeoff
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Which concurrency model, for which work, at what cost?
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[cfg(feature = "server")]
    Serve(bakeoff::cli::serve::ServeArgs),
}

fn main() -> ExitCode {
    let outcome: bakeoff::error::Result<()> = match Cli::parse().command {
        #[cfg(feature = "server")]
        Command::Serve(args) => args.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
