//! `bakeoff run`: measures cells in shuffled rounds, each in a fresh runner.

use std::path::{Path, PathBuf};

use clap::Args;

use super::progress::Progress;
use super::{Choice, program, say};
use crate::error::{Error, Result};
use crate::host;
use crate::interrupt;
use crate::measure::lab::{Lab, SEED, Target};
use crate::measure::notebook::{Notebook, spoilers, style};
use crate::report::row::Row;
use crate::selection::{CellSpec, Set};
use crate::workload::seed::draw;

/// Measures cells in shuffled rounds, each in a fresh runner.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff run                                     the default set
  bakeoff run --quick                             a first look
  bakeoff run fetch/wait-10ms --rounds 20         one scenario, every model
  bakeoff run 'bakery/*/{smol,tokio-mt}'          two models, every bakery scenario
  bakeoff run fetch/no-delay --set concurrency=16 --models smol,tokio-ct
  bakeoff run fetch/no-delay --target http://127.0.0.1:8080/index.html

Rows go to results/<date>-<host>-<revision>/rows.jsonl as they come; Ctrl-C
keeps them. Tables go to standard error, --json rows to standard output.")]
pub(super) struct RunArgs {
    #[command(flatten)]
    choice: Choice,

    /// Passes over all cells; ranks need 8
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,

    /// Samples in each fresh runner, after one to warm up
    #[arg(long, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    samples: u32,

    /// Seed of the orders' draws and of the rounds' shuffling
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,

    /// The quick set: at most 40 cells
    #[arg(long, conflicts_with = "patterns")]
    quick: bool,

    /// Fetch from this server instead of the mock server: any path, any body
    #[arg(long, value_name = "URL")]
    target: Option<String>,

    /// Write rows to this directory instead of one of its own in results/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Rows to standard output as well, a JSON line each
    #[arg(long)]
    json: bool,
}

impl RunArgs {
    pub(super) fn run(self) -> Result<()> {
        let cells = self
            .choice
            .cells(if self.quick { Set::Quick } else { Set::Default })?;
        let mut lab = Lab::new(program()?);
        if let Some(url) = &self.target {
            lab.aim(target(url)?);
        }
        // A limit that is known before the start ends the run before it leaves
        // anything behind.
        for cell in &cells {
            lab.check(cell)?;
        }
        interrupt::catch()?;
        let facts = host::facts();
        // First the directory: where it is refused, nothing else is said.
        let mut notebook = Notebook::create(Path::new("results"), self.out.as_deref(), &facts)?;
        eprint!("{}", spoilers(&facts));
        lab.run = notebook.run();
        let failed = self.measure(&mut lab, &cells, &mut notebook)?;
        eprintln!("{}", notebook.tables(&style()));
        for warning in notebook.render()?.warnings {
            eprintln!("{warning}");
        }
        eprintln!("rows, tables and charts: {}", notebook.path().display());
        if interrupt::requested() {
            return Err(Error::Interrupted(format!(
                "interrupted; {} rows are kept",
                notebook.rows().len()
            )));
        }
        if failed > 0 {
            return Err(Error::Failed(format!(
                "{failed} samples failed; their rows say why"
            )));
        }
        Ok(())
    }

    /// Fills the notebook; how many samples failed.
    fn measure(&self, lab: &mut Lab, cells: &[CellSpec], notebook: &mut Notebook) -> Result<usize> {
        let mut progress = Progress::new(cells.len() * self.rounds as usize);
        let mut failed = 0;
        for round in 1..=self.rounds {
            let order = shuffled(cells.len(), self.seed, round);
            for (position, at) in order.into_iter().enumerate() {
                progress.begin(&cells[at].id());
                let visit = Visit {
                    cell: &cells[at],
                    seed: self.seed.wrapping_add(u64::from(round)),
                    round,
                    position: position as u32,
                };
                failed += self.visit(lab, &visit, notebook, &progress)?;
                if interrupt::requested() {
                    progress.finish();
                    return Ok(failed);
                }
                progress.advance();
            }
        }
        progress.finish();
        Ok(failed)
    }

    /// Measures one cell in a fresh runner; how many samples failed. A cell
    /// that cannot be had is a row too, and the run goes on.
    fn visit(
        &self,
        lab: &mut Lab,
        visit: &Visit<'_>,
        notebook: &mut Notebook,
        progress: &Progress,
    ) -> Result<usize> {
        let Visit {
            cell,
            seed,
            round,
            position,
        } = *visit;
        let mut keep = |row: Row| -> Result<bool> {
            let failed = row.error.is_some();
            if failed && interrupt::requested() {
                // It did not fail: it was not let finish.
                return Ok(true);
            }
            if let Some(error) = &row.error {
                progress.say(&format!("{}: {error}", row.cell));
            }
            if self.json {
                let line = serde_json::to_string(&row).map_err(std::io::Error::from)?;
                say(&format!("{line}\n"))?;
            }
            notebook.keep(row)?;
            Ok(failed)
        };
        let mut open = match lab.open(cell) {
            Ok(open) => open,
            Err(error) => {
                keep(lab.refused(cell, &error, seed, round, position))?;
                return Ok(1);
            }
        };
        // The batch that warms a fresh runner up is checked; it is kept only
        // where it fails.
        let warm_up = open.sample(lab, seed, round, position);
        if warm_up.error.is_some() {
            keep(warm_up)?;
            return Ok(1);
        }
        for _ in 0..self.samples {
            if interrupt::requested() {
                return Ok(0);
            }
            if keep(open.sample(lab, seed, round, position))? {
                return Ok(1);
            }
        }
        if let Err(error) = open.close() {
            keep(lab.refused(cell, &error, seed, round, position))?;
            return Ok(1);
        }
        Ok(0)
    }
}

/// One cell's place in a round.
struct Visit<'a> {
    cell: &'a CellSpec,
    seed: u64,
    round: u32,
    position: u32,
}

/// A permutation of `0..count` for this round (Fisher and Yates), recorded by
/// its seed.
fn shuffled(count: usize, seed: u64, round: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let pick = draw(seed, u64::from(round), last as u64) % (last as u64 + 1);
        order.swap(last, pick as usize);
    }
    order
}

/// Where `http://host:port/path` points.
fn target(url: &str) -> Result<Target> {
    let usage = |why: &str| {
        Error::Usage(format!(
            "--target '{url}': {why}; as in http://127.0.0.1:8080/"
        ))
    };
    let rest = url
        .strip_prefix("http://")
        .ok_or_else(|| usage("only plain http is spoken"))?;
    if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(usage(
            "it holds a space or what is no ASCII; write that as %20 and so on",
        ));
    }
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let with_port = if authority
        .rsplit(']')
        .next()
        .is_some_and(|end| end.contains(':'))
    {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(&with_port)
        .map_err(|error| usage(&format!("{with_port}: {error}")))?;
    let address = addresses.next().ok_or_else(|| usage("no such host"))?;
    Ok(Target {
        address,
        path: path.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_every_cell_and_depends_on_the_round() {
        let (first, second) = (shuffled(50, 1, 1), shuffled(50, 1, 2));
        assert_ne!(first, second);
        assert_eq!(first, shuffled(50, 1, 1));
        let mut sorted = first;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn targets_are_read_or_refused() {
        let aimed = target("http://127.0.0.1:8080/a/b?c").unwrap();
        assert_eq!(
            (aimed.address.port(), aimed.path.as_str()),
            (8080, "/a/b?c")
        );
        assert_eq!(target("http://127.0.0.1").unwrap().address.port(), 80);
        for bad in [
            "https://127.0.0.1/",
            "127.0.0.1",
            "http://:x/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nx",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }
}
