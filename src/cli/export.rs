//! `bakeoff export`: a run's rows in the formats of other tools.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::base::error::{Error, Result};
use crate::base::streams::write_out;
use crate::host::HostFacts;
use crate::record::objective;
use crate::record::row::Row;
use crate::record::rows;
use crate::report::export::cell::{Cell, cells};
use crate::report::export::github::{self, Better, figures};
use crate::report::export::{bencher, csv, hlog, json};
use crate::results;
use crate::stats::ROUNDS;

/// Writes the rows of a results directory in the format of another tool.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Formats:
  csv             a line a row: spreadsheets, data frames, databases
  json            the host, every cell's figures with intervals, every row
  bencher         Bencher Metric Format, for `bencher run --adapter json`
  github-smaller  github-action-benchmark, customSmallerIsBetter: times, CPU, memory
  github-bigger   github-action-benchmark, customBiggerIsBetter: throughput
  hlog            HdrHistogram interval log 1.3: an interval for each row's times

Examples:
  bakeoff export results/reference --format csv --out rows.csv
  bakeoff export results/reference --format json | jq '.cells[].metrics.orders_per_s'
  bakeoff export results/reference --format hlog --out times.hlog

Rows that failed count in no figure; how many did goes to standard error.
docs/EXPORT.md tells what each format holds.

Exit status: 0 done; 1 there is nothing of that format to write; 2 bad usage or
input.")]
pub(super) struct ExportArgs {
    /// Results directory that `bakeoff run` or `cargo bench` wrote
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// What to write
    #[arg(long, value_enum)]
    format: Format,

    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
    Bencher,
    GithubSmaller,
    GithubBigger,
    Hlog,
}

impl ExportArgs {
    pub(super) fn run(self) -> Result<()> {
        let rows = self.usable()?;
        let host = results::host(rows::home(&self.dir))
            .map_err(|warning| crate::note!("{warning}; the host is left out"))
            .ok();
        match self.format {
            Format::Csv => self.deliver(|out| csv::write(&rows, out)),
            Format::Json => self.deliver(|out| json::write(&rows, host.as_ref(), out)),
            Format::Hlog => {
                self.something(hlog::intervals(&rows))?;
                self.deliver(|out| hlog::write(&rows, host.as_ref().and_then(began), out))
            }
            Format::Bencher => {
                let cells = tracked(&rows);
                self.something(cells.iter().map(|cell| cell.metrics.len()).sum())?;
                self.deliver(|out| bencher::write(&cells, out))
            }
            Format::GithubSmaller => self.github(&rows, Better::Smaller),
            Format::GithubBigger => self.github(&rows, Better::Bigger),
        }
    }

    /// The rows that can be used. What cannot is named on standard error, and how
    /// many of the rest failed.
    fn usable(&self) -> Result<Vec<Row>> {
        let rows::Rows { rows, warnings } = rows::read(&self.dir)?;
        for warning in warnings {
            crate::note!("{warning}");
        }
        if rows.is_empty() {
            return Err(rows::nothing_in(&self.dir));
        }
        let mut failed = rows
            .iter()
            .filter_map(|row| Some((&row.cell, row.error.as_ref()?)));
        if let Some((cell, error)) = failed.next() {
            let error = error.lines().next().unwrap_or("no reason given");
            crate::note!(
                "{} of {} rows failed and count in no figure; the first, of {cell}: {error}",
                1 + failed.count(),
                rows.len()
            );
        }
        Ok(rows)
    }

    fn github(&self, rows: &[Row], better: Better) -> Result<()> {
        let cells = tracked(rows);
        let figures = cells.iter().map(|cell| figures(cell, better).count());
        self.something(figures.sum())?;
        self.deliver(|out| github::write(&cells, better, out))
    }

    /// Tools that get a file without anything in it call that success, or fail
    /// with a line that does not name the cause.
    fn something(&self, count: usize) -> Result<()> {
        if count > 0 {
            return Ok(());
        }
        let (dir, format) = (self.dir.display(), self.format);
        Err(Error::Failed(match format {
            Format::GithubBigger => format!(
                "{dir}: no cell has a throughput of its own (open loops have none): \
                 export github-smaller"
            ),
            _ => format!("{dir}: every row failed, so that there is nothing to export"),
        }))
    }

    fn deliver(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let Some(path) = &self.out else {
            return write_out(write);
        };
        results::spare(path, rows::home(&self.dir), &rows::file(&self.dir))?;
        results::replace(path, write)
    }
}

/// The cells whose figures are exported; those with less to tell than others are
/// counted on standard error.
fn tracked(rows: &[Row]) -> Vec<Cell> {
    let cells = cells(rows);
    let count = |what: &str, found: usize, of: usize| {
        if found > 0 {
            crate::note!("{found} of {of} {what}");
        }
    };
    let searched = rows.iter().filter(|row| objective::searched(row)).count();
    count(
        "rows searched for a capacity and are of no cell that is exported",
        searched,
        rows.len(),
    );
    let bare = |cell: &&Cell| cell.metrics.is_empty();
    let empty = cells.iter().filter(bare).count();
    count("cells have no figures", empty, cells.len());
    let few =
        |cell: &&Cell| !bare(cell) && cell.metrics.iter().all(|metric| metric.interval.is_none());
    count(
        &format!("cells have fewer than {ROUNDS} rounds and so no intervals"),
        cells.iter().filter(few).count(),
        cells.len(),
    );
    cells
}

/// When the run began.
fn began(host: &HostFacts) -> Option<SystemTime> {
    Some(host.at.parse::<Timestamp>().ok()?.into())
}
