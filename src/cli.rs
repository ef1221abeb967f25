//! The command line: one file a verb.

mod ab;
mod claims;
mod compare;
mod conformance;
mod doctor;
mod export;
mod format;
mod list;
mod plan;
mod progress;
mod report;
mod run;
mod runner;
#[cfg(feature = "server")]
pub mod serve;
mod setting;
mod shell;
mod verify;
mod why;

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::streams::say;
use crate::peers;
use crate::scenarios;
use crate::selection::resolved::ResolvedCell;
use crate::selection::{self, CellSpec, Guests, Set, Sweep};
use crate::workload::scenario::Scenario;

/// Which concurrency model, for which work, at what cost? Measured on this
/// machine, every answer checked.
#[derive(Parser)]
#[command(
    version,
    after_help = "\
Examples:
  bakeoff list                        models, workloads, scenarios
  bakeoff verify 'bakery/*/smol'      every bakery scenario on smol, checked
  bakeoff run fetch/wait-10ms         one scenario on every model, measured
  bakeoff run --quick                 a first look in a minute or two
  bakeoff claims results/DIR          what people say, and what its rows say of it
  bakeoff report results/DIR          a page, charts and tables of its rows
  bakeoff report --trend results/*    each cell over many runs
  bakeoff ab --base OLD --head NEW    two builds side by side
  bakeoff export DIR --format csv     a run's rows for other tools
  bakeoff compare results/A results/B what changed between two runs, with a gate
  bakeoff doctor                      what here would spoil a measurement
  bakeoff why fetch/no-delay/smol     its system calls per order, by kind
  bakeoff conformance --peer python   the laws that a program must keep
  bakeoff serve --delay 10ms          the mock server alone

Exit status: 0 done; 1 what was asked for does not hold; 2 bad usage or input,
or a limit known before the start; 130 interrupted, partial results kept."
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    List(list::ListArgs),
    Verify(verify::VerifyArgs),
    Run(run::RunArgs),
    Report(report::ReportArgs),
    Ab(ab::AbArgs),
    Export(export::ExportArgs),
    Compare(compare::CompareArgs),
    Claims(claims::ClaimsArgs),
    Conformance(conformance::ConformanceArgs),
    Doctor(doctor::DoctorArgs),
    Why(why::WhyArgs),
    #[cfg(feature = "server")]
    Serve(serve::ServeArgs),
    Runner(runner::RunnerArgs),
}

/// Parses the command line and carries it out.
#[must_use]
pub fn main() -> ExitCode {
    crate::host::take_file_limit_as_error();
    let outcome = match Cli::parse().verb {
        Verb::List(args) => args.run(),
        Verb::Verify(args) => args.run(),
        Verb::Run(args) => args.run(),
        Verb::Report(args) => args.run(),
        Verb::Ab(args) => args.run(),
        Verb::Export(args) => args.run(),
        Verb::Compare(args) => args.run(),
        Verb::Claims(args) => args.run(),
        Verb::Conformance(args) => args.run(),
        Verb::Doctor(args) => args.run(),
        Verb::Why(args) => args.run(),
        #[cfg(feature = "server")]
        Verb::Serve(args) => args.run(),
        Verb::Runner(args) => args.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            crate::note!("bakeoff: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Which cells, with which parameters: what several verbs take.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
struct Choice {
    /// Globs on cell ids (workload/scenario/model[@client]); a scenario's id
    /// alone means all its ranked cells. None: the default set
    #[arg(value_name = "PATTERN")]
    patterns: Vec<String>,

    /// Only these models
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    models: Vec<String>,

    /// These programs in other languages too, with all their models (docs/PEERS.md);
    /// --models and a pattern take single models of them
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    #[serde(default)]
    peers: Vec<String>,

    /// Look for such programs in this directory too, besides ./peers
    #[arg(long, value_name = "DIR")]
    #[serde(default)]
    peers_dir: Vec<PathBuf>,

    /// Change a parameter of every chosen scenario
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,

    /// Give a parameter of every chosen scenario each of these values in turn; of
    /// several sweeps, every combination
    #[arg(long = "sweep", value_name = "KEY=V1,V2,…")]
    sweeps: Vec<String>,

    /// Read scenarios from this file too, named after its workload
    /// (bakery.toml, fetch.toml)
    #[arg(long, value_name = "FILE")]
    scenarios: Vec<PathBuf>,
}

impl Choice {
    /// The chosen cells, with what was set and swept; every parameter is checked here,
    /// before anything starts.
    fn cells(&self, set: Set) -> Result<Vec<ResolvedCell>> {
        let carried = scenarios::embedded()?;
        let mut known = carried.clone();
        for path in &self.scenarios {
            let own = scenarios::from_file(path)?;
            selection::require_known_models(&path.display().to_string(), &own, &carried)?;
            known = replaced(known, own);
        }
        let offers = peers::load(&self.peers_folders())?;
        let guests = Guests {
            offers: &offers,
            wanted: &self.peers,
        };
        let mut cells = selection::select_with(&guests, &known, &self.patterns, &self.models, set)?;
        for cell in &mut cells {
            for text in &self.sets {
                cell.set(text)?;
            }
        }
        let sweeps: Vec<Sweep> = self
            .sweeps
            .iter()
            .map(|text| text.parse())
            .collect::<Result<_>>()?;
        let cells = selection::swept(cells, &sweeps)?;
        cells.into_iter().map(CellSpec::resolve).collect()
    }

    /// Where programs in other languages are looked for.
    fn peers_folders(&self) -> Vec<PathBuf> {
        peers_folders(&self.peers_dir)
    }

    /// The same choice for whoever goes on with it and may stand elsewhere.
    ///
    /// # Errors
    /// A directory of work that is gone.
    fn settle(&mut self) -> Result<()> {
        for path in &mut self.scenarios {
            *path = std::path::absolute(&path)?;
        }
        let folders = self.peers_folders().into_iter();
        let found = folders.filter(|folder| folder.is_dir());
        self.peers_dir = found.map(std::path::absolute).collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// The folder of this directory, and those that were asked for.
fn peers_folders(asked: &[PathBuf]) -> Vec<PathBuf> {
    let own = PathBuf::from(peers::FOLDER);
    std::iter::once(own).chain(asked.iter().cloned()).collect()
}

/// Refuses models of other programs, where a verb has nothing to do with them.
fn require_own(cells: &[ResolvedCell], why: &str) -> Result<()> {
    match cells.iter().find(|cell| cell.peer.is_some()) {
        None => Ok(()),
        Some(cell) => Err(Error::Usage(format!("{}: {why}", cell.id()))),
    }
}

/// A reader's scenario replaces ours of the same name.
fn replaced(known: Vec<Scenario>, own: Vec<Scenario>) -> Vec<Scenario> {
    let ids: HashSet<String> = own.iter().map(Scenario::id).collect();
    let mut all = known;
    all.retain(|scenario| !ids.contains(&scenario.id()));
    all.extend(own);
    all
}

/// A threshold, per cent.
fn percent(text: &str) -> Result<f64, String> {
    let value: Option<f64> = text.trim_end_matches('%').trim().parse().ok();
    value
        .filter(|value| (0.0..=1000.0).contains(value))
        .ok_or_else(|| "write per cent from 0 to 1000, as in 5".into())
}

/// The running binary: what runners and servers are started from.
fn program() -> Result<PathBuf> {
    std::env::current_exe()
        .map_err(|error| Error::Failed(format!("where this program lies is not known: {error}")))
}
