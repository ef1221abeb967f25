//! `bakeoff compare`: two result directories against each other, and a gate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::format::Format;
use super::{percent, say};
use crate::base::counted::{are, counted};
use crate::base::error::{Error, Result};
use crate::base::visible::visible;
use crate::record::quantity::Quantity;
use crate::record::readings::Readings;
use crate::record::{machine, rows};
use crate::report::comparison::{self, Asked, Comparison, Side};
use crate::results;
use crate::results::notebook::style;

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
take 8 rounds on both sides; a cell that has fewer is named, and does not pass.

What the machine itself did meanwhile, as `bakeoff run` measures it in every round,
is taken out, and what that leaves in doubt widens the intervals. Where hosts,
versions or scenarios differ or are not known, that is said first, and nothing is
decided unless --force is given. On a shared machine `bakeoff ab` sees more in less time.

Exit status: 0 no regression; 1 a regression of the gate, a cell that failed in HEAD
alone, or something that the gate did not decide: runs of different or unknown hosts
without --force, a cell with too few rounds, a figure that no cell states; 2 bad
input.")]
pub(super) struct CompareArgs {
    /// Results to compare with: a directory that `bakeoff run` wrote
    base: PathBuf,

    /// Results to compare
    head: PathBuf,

    /// How much more a figure may cost before that is a regression, per cent
    #[arg(long, value_name = "PCT", default_value = "5", value_parser = percent,
          allow_hyphen_values = true)]
    threshold: f64,

    /// The figures that decide (throughput, p50, p99, cpu, memory); the others advise
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "throughput,cpu",
        value_parser = comparison::figure
    )]
    gate: Vec<Quantity>,

    /// How to write it
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Decide although hosts or versions differ
    #[arg(long)]
    force: bool,
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
            let (asked, then) = (targets(&head), targets(&base));
            let why = if asked == then {
                "compare runs of the same cells".to_owned()
            } else {
                format!("the one asked {then}, the other {asked}: compare runs of one server")
            };
            return Err(Error::Usage(format!(
                "{} and {} have no cell in common: {why}",
                base.place, head.place
            )));
        }
        say(&match self.format {
            Format::Text => comparison::text(&found, &style(&std::io::stdout())),
            Format::Markdown => comparison::markdown(&found),
            Format::Json => json(&found)?,
        })?;
        if found.passes() {
            return Ok(());
        }
        let mut said = Vec::new();
        let (regressions, broken) = (found.regressions(), found.broken());
        if regressions > 0 {
            said.push(format!(
                "{} slower than the threshold allows",
                are(regressions, "figure")
            ));
        }
        if broken > 0 {
            said.push(format!("{} failed in HEAD alone", counted(broken, "cell")));
        }
        let undecided = found.undecided();
        if !undecided.is_empty() {
            said.push(format!("not decided: {}", undecided.join("; ")));
        }
        Err(Error::Failed(said.join("; ")))
    }
}

/// The servers that a run's rows asked.
fn targets(side: &Side) -> String {
    let targets = side.rows.iter().map(|row| row.target.as_deref());
    let targets: BTreeSet<&str> = targets.map(|url| url.unwrap_or("no target")).collect();
    targets.into_iter().collect::<Vec<_>>().join(" and ")
}

fn one_sided(cell: &comparison::Cell) -> bool {
    use comparison::Finding::{Gone, New};
    matches!(cell.finding, Some(New | Gone))
}

/// What a results directory, or its rows file, holds; what of it cannot be used is
/// said.
fn read(path: &Path) -> Result<Side> {
    let rows::Rows { rows, mut warnings } = rows::read(path)?;
    let (rows, searched) = comparison::comparable(rows, &rows::file(path).display().to_string());
    warnings.extend(searched);
    let Readings {
        readings,
        warnings: skipped,
    } = machine::read(rows::home(path))?;
    warnings.extend(skipped);
    let host = results::host(rows::home(path))
        .map_err(|warning| {
            warnings.push(format!(
                "{warning}; without it nothing is decided, unless --force is given"
            ));
        })
        .ok();
    for warning in warnings {
        crate::note!("{warning}");
    }
    if rows.is_empty() {
        return Err(rows::nothing_in(path));
    }
    Ok(Side {
        place: visible(&path.display().to_string()).into_owned(),
        rows,
        readings,
        host,
    })
}

fn json(found: &Comparison) -> Result<String> {
    let text = serde_json::to_string_pretty(found).map_err(std::io::Error::from)?;
    Ok(text + "\n")
}
