//! `bakeoff compare`: two result directories against each other, and a gate.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::say;
use crate::error::{Error, Result};
use crate::measure::results;
use crate::report::comparison::{self, Asked, Comparison, Figure, Side};
use crate::report::table::Style;
use crate::report::{machine, rows};

/// Compares two result directories cell by cell; a regression exits with 1.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff compare results/base results/head
  bakeoff compare base head --threshold 10          one in ten may pass
  bakeoff compare base head --gate cpu,memory       these decide, nothing else
  bakeoff compare base head --format markdown       for a pull request's comment
  bakeoff compare base head --force                 of different hosts, and still
                                                    decide

Per cell: throughput, p50 and p99 of service time (of response time in an open
loop), CPU per order and memory, each as what HEAD costs over what BASE does, with
what that may be, and a verdict: faster, slower, tie, undecided; or new, gone,
invalid for the whole cell. A regression is a figure of the gate that is slower by
more than the threshold, and significantly so (99.5 % over all cells). Verdicts
take 8 rounds on both sides.

What the machine itself did meanwhile, as `bakeoff run` measures it in every round,
is taken out, and what that leaves in doubt widens the intervals. Where hosts,
versions or scenarios differ, that is said first, and nothing fails unless --force
is given. On a shared machine `bakeoff ab` sees more in less time.

Exit status: 0 no regression; 1 a regression of the gate, or a cell that failed in
HEAD alone; 2 bad input.")]
pub(super) struct CompareArgs {
    /// Results to compare with: a directory that `bakeoff run` wrote
    base: PathBuf,

    /// Results to compare
    head: PathBuf,

    /// How much more a figure may cost before that is a regression, per cent
    #[arg(long, value_name = "PCT", default_value = "5", value_parser = threshold)]
    threshold: f64,

    /// The figures that decide (throughput, p50, p99, cpu, memory); the others advise
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "throughput,cpu"
    )]
    gate: Vec<Figure>,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Decide although hosts or versions differ
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a comment on a pull request: the worst first, the unchanged folded
    Markdown,
    /// Everything, one object
    Json,
}

impl CompareArgs {
    pub(super) fn run(self) -> Result<()> {
        let (base, head) = (read(&self.base)?, read(&self.head)?);
        let mut gate = self.gate.clone();
        gate.sort();
        gate.dedup();
        let asked = Asked {
            threshold: self.threshold / 100.0,
            gate,
            force: self.force,
        };
        let found = comparison::compare(&base, &head, &asked);
        if found.cells.iter().all(one_sided) {
            return Err(Error::Usage(format!(
                "{} and {} have no cell in common: compare runs of the same cells",
                base.place, head.place
            )));
        }
        say(&match self.format {
            Format::Text => comparison::text(&found, &style()),
            Format::Markdown => comparison::markdown(&found),
            Format::Json => json(&found)?,
        })?;
        if found.passes() {
            return Ok(());
        }
        let (regressions, broken) = (found.regressions(), found.broken());
        Err(Error::Failed(match (regressions, broken) {
            (_, 0) => format!("{} slower than the threshold allows", counted(regressions)),
            (0, _) => format!("{broken} cells failed in HEAD alone"),
            _ => format!(
                "{} slower than the threshold allows, and {broken} cells failed in HEAD alone",
                counted(regressions)
            ),
        }))
    }
}

fn one_sided(cell: &comparison::Cell) -> bool {
    use comparison::Finding::{Gone, New};
    matches!(cell.finding, Some(New | Gone))
}

fn counted(regressions: usize) -> String {
    match regressions {
        1 => "1 figure is".into(),
        some => format!("{some} figures are"),
    }
}

/// What a results directory, or its rows file, holds; what of it cannot be used is
/// said.
fn read(path: &Path) -> Result<Side> {
    let dir = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let file = if path.is_dir() {
        path.join(rows::FILE)
    } else {
        path.to_owned()
    };
    let rows::Rows { rows, mut warnings } = rows::read(path)?;
    let (rows, unusable) = comparison::usable(rows, &file.display().to_string());
    warnings.extend(unusable);
    let machine::Readings {
        readings,
        warnings: skipped,
    } = machine::read(dir)?;
    warnings.extend(skipped);
    let host = results::host(dir)
        .map_err(|warning| warnings.push(warning))
        .ok();
    for warning in warnings {
        eprintln!("{warning}");
    }
    if rows.is_empty() {
        return Err(Error::Usage(format!(
            "{}: holds no rows to compare: name a results directory that `bakeoff run` wrote",
            file.display()
        )));
    }
    Ok(Side {
        place: path.display().to_string(),
        rows,
        readings,
        host,
    })
}

fn json(found: &Comparison) -> Result<String> {
    let text = serde_json::to_string_pretty(found).map_err(std::io::Error::from)?;
    Ok(text + "\n")
}

/// Colours only on a terminal, and not where `NO_COLOR` asks for none.
fn style() -> Style {
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    Style {
        color,
        ..Style::PLAIN
    }
}

/// A part in a hundred.
fn threshold(text: &str) -> Result<f64, String> {
    let value: Option<f64> = text.trim_end_matches('%').trim().parse().ok();
    value
        .filter(|value| (0.0..=1000.0).contains(value))
        .ok_or_else(|| "write per cent from 0 to 1000, as in 5".into())
}
