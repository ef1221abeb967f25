//! `cargo bench --bench instructions --features instructions`: how many
//! instructions the codec, the engine and one spawn of each model take, counted
//! under valgrind through gungraun, against the figures committed in
//! `benches/instructions.json`. Wall time cannot serve where machines are shared;
//! this does not ask them for time.
//!
//! The program runs in three roles: cargo starts the gate; the gate starts it
//! again as gungraun's harness, whose runner starts it once more, under
//! valgrind, for each count.

mod cases;
// The macros of gungraun write `pub` modules.
#[allow(unreachable_pub)]
mod counted;
mod figures;
mod gate;
mod left_out;
mod summary;
mod toolchain;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use bakeoff::base::error::{Error, Result};
use bakeoff::base::streams::say;
use bakeoff::model::processes::worker;
use clap::Parser;
use figures::{Figure, Figures};

/// What makes gungraun's runner speak JSON: with it the gate starts the harness.
const AS_JSON: &str = "--output-format=json";
/// With it gungraun's runner starts a count.
const COUNT: &str = "--gungraun-run";

/// Counts instructions under valgrind and holds them against committed figures.
#[derive(Parser)]
#[command(
    name = "cargo bench --bench instructions --features instructions --",
    after_help = "\
Exit status: 0 no gated figure differs, or advice was asked for; 1 one differs, is new
or is gone, or the figures were made elsewhere and decide nothing; 2 bad usage or input, or valgrind or
its runner is missing."
)]
struct Args {
    /// Write the figures instead of comparing with them
    #[arg(long)]
    record: bool,

    /// Count so many times and take the median; 10 with --record, else 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: Option<u32>,

    /// Largest difference that passes, percent
    #[arg(long, value_name = "PCT", default_value_t = 1.0, value_parser = percent)]
    tolerance: f64,

    /// The figures
    #[arg(long, value_name = "FILE",
          default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.json"))]
    figures: PathBuf,

    /// Only tell, where the figures were made with another toolchain or processor
    #[arg(long, conflicts_with = "record")]
    advise: bool,

    /// What `cargo bench` says to every benchmark, and `cargo test` does not
    #[arg(long, hide = true)]
    bench: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if percent.is_finite() && percent >= 0.0 => Ok(percent),
        _ => Err("a number of percent from 0 on, as in 0.5".into()),
    }
}

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next().as_ref().and_then(|first| first.to_str()) {
        // A worker process of the models that have them: it is not counted.
        Some(worker::ARGUMENT) => {
            let parent = args.next().and_then(|id| id.to_str()?.parse().ok());
            status(worker::main(parent.unwrap_or(0), bakeoff::registry::work))
        }
        Some(AS_JSON | COUNT) => {
            counted::run();
            ExitCode::SUCCESS
        }
        _ => match Args::parse() {
            args if args.bench => status(run(&args)),
            _ => {
                bakeoff::note!("instructions: only `cargo bench` counts");
                ExitCode::SUCCESS
            }
        },
    }
}

fn status(outcome: Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            bakeoff::note!("instructions: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let made_with = toolchain::found()?;
    let committed = if args.record {
        None
    } else {
        Some(figures::read(&args.figures)?)
    };
    let runs = args.runs.unwrap_or(if args.record { 10 } else { 1 });
    let mut counts: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in 1..=runs {
        bakeoff::note!("counting, run {run} of {runs}: about a minute");
        for (name, count) in count()? {
            counts.entry(name).or_default().push(count);
        }
    }
    let Some(committed) = committed else {
        let figures = counts
            .into_iter()
            .map(|(name, counts)| (name, Figure::of(&counts)))
            .collect();
        let figures = Figures { made_with, figures };
        say(&figures.table())?;
        return figures.write(&args.figures);
    };
    let now = counts
        .iter()
        .map(|(name, counts)| (name.clone(), Figure::of(counts).instructions))
        .collect();
    let lines = gate::compare(&committed, &now, args.tolerance);
    say(&gate::table(&lines))?;
    let elsewhere = committed.made_with.differences(&made_with);
    gate::verdict(&lines, args.tolerance, &elsewhere, args.advise)
        .map(|line| bakeoff::note!("{line}"))
        .map_err(Error::Failed)
}

/// Counts everything once, by name.
fn count() -> Result<BTreeMap<String, f64>> {
    let output = Command::new(std::env::current_exe()?)
        .arg(AS_JSON)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(Error::Failed(format!(
            "counting failed ({}); what gungraun-runner said stands above. A runner of another \
             version is mended by: {}",
            output.status,
            toolchain::install_runner(),
        )));
    }
    cases::figures(&summary::counts(&text)?)
}
