//! `bakeoff ab`: two builds of the suite side by side, compared as pairs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::format::Format;
use super::plan::{Extent, Preview, Visit};
use super::progress::Progress;
use super::setting::Setting;
use super::{Choice, percent, program, require_own, say};
use crate::base::counted::are;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::base::seed::SEED;
use crate::campaign::ab::{Ab, PAIRS};
use crate::campaign::build::Build;
use crate::campaign::time::{Budget, Stopwatch};
use crate::campaign::{At, Ended, OPEN_LOOP, Outcome, Watch};
use crate::host;
use crate::lab::Lab;
use crate::record::row::Row;
use crate::report::ab::{self, Found, Heading, Side, Standing};
use crate::results::notebook::{Notebook, spoilers, style};
use crate::selection::Set;
use crate::stats::ROUNDS;

/// Time where neither rounds nor time are given.
const BUDGET: Budget = Budget(Duration::from_secs(300));
/// Threshold where none is given, percent.
const THRESHOLD: &str = "5";

/// Compares two builds of the suite, alternating in one run.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff ab --base old/bakeoff --head new/bakeoff         eight cells, five minutes
  bakeoff ab --base old/bakeoff --head new/bakeoff 'fetch/*/smol' --budget 10m
  bakeoff ab --base old/bakeoff --head new/bakeoff --quick --budget 20m
  bakeoff ab --base old/bakeoff --head new/bakeoff --threshold 10 --format markdown
  bakeoff ab --base 'taskset -c 0 old/bakeoff' --head 'taskset -c 0 new/bakeoff'
  scripts/ab-revisions v0.1.0 HEAD                         builds both, then this

CMD is started as `CMD runner` and speaks the runner protocol (docs/PROTOCOL.md):
a bakeoff binary, or any command, its arguments apart by spaces. One mock server,
of the binary that measures, serves both sides, and every answer is checked.

In each round a cell has a fresh runner of either side, both alive at once; after
a batch to warm up each, --pairs samples of one alternate with as many of the
other, in random order. A round counts once, by the median of its pairs' ratios.
After 8 rounds, which verdicts need, cells that are known well enough leave room
for the others; it ends when all are, or when --budget is spent.

Exit status 1: a cell is shown slower by more than the threshold in throughput
(response time, where orders come from outside) or CPU per order, a sample of the
head failed, or a cell of both builds has too few rounds for a verdict. Rows of both sides go to one directory,
told apart by `run`, which is base or head; Ctrl-C keeps them.")]
pub(super) struct AbArgs {
    /// How the runner of what is known is started
    #[arg(long, value_name = "CMD")]
    base: String,

    /// How the runner of what is judged is started
    #[arg(long, value_name = "CMD")]
    head: String,

    #[command(flatten)]
    choice: Choice,

    #[command(flatten)]
    setting: Setting,

    /// The quick set instead of the gate's eight cells; with a pattern those of it
    /// that match
    #[arg(long)]
    quick: bool,

    /// A cell that is shown slower by more than this is a regression
    #[arg(long, value_name = "PCT", default_value = THRESHOLD, value_parser = percent,
          allow_hyphen_values = true)]
    threshold: f64,

    /// End within this time, as in 90s, 10m or 1h30m. Without it and --rounds: 5m
    #[arg(long, value_name = "TIME")]
    budget: Option<Budget>,

    /// Exactly so many rounds; verdicts need 8. Without it: as many as it takes,
    /// up to 100
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: Option<u32>,

    /// Pairs of samples in each round
    #[arg(long, value_name = "N", default_value_t = PAIRS,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pairs: u32,

    /// Seed of the orders' draws, of the rounds' shuffling, and of who goes first
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,

    /// How to write the comparison on standard output
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write rows to this directory instead of one of its own in results/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Say what would be compared, after a look at both builds; measure nothing
    #[arg(long, conflicts_with = "out")]
    plan: bool,
}

impl AbArgs {
    pub(super) fn run(self) -> Result<()> {
        let set = if self.quick { Set::Quick } else { Set::Gate };
        let cells = self.choice.cells(set)?.into_iter();
        let cells = cells
            .map(|cell| cell.lengthened(OPEN_LOOP))
            .collect::<Result<Vec<_>>>()?;
        require_own(
            &cells,
            "a model of another program is no part of either build",
        )?;
        let builds = [
            Build::new(Side::Base, &self.base)?,
            Build::new(Side::Head, &self.head)?,
        ];
        let mut lab = Lab::new(program()?);
        self.setting.require_use(&cells, false)?;
        self.setting.configure(&mut lab);
        cells.iter().try_for_each(|cell| lab.check(cell))?;
        interrupt::catch()?;
        let [base, head] = &builds;
        let budget = match self.rounds {
            Some(_) => self.budget,
            None => Some(self.budget.unwrap_or(BUDGET)),
        };
        let stopwatch = Stopwatch::start(budget, Duration::ZERO);
        lab.end_by(stopwatch.end());
        let versions = [base.greet(&mut lab, &cells)?, head.greet(&mut lab, &cells)?];
        if self.plan {
            let preview = Preview {
                cells: &cells,
                visit: Visit::Batches(2 * (u64::from(self.pairs) + 1)),
                extent: Extent::Rounds(self.rounds, budget),
            };
            return preview.show();
        }
        let facts = host::facts();
        let mut notebook = Notebook::create(Path::new("results"), self.out.as_deref(), &facts)?;
        crate::base::streams::block(&spoilers(&facts));
        for (build, versions) in builds.iter().zip(&versions) {
            let own = versions.get("bakeoff").map_or("?", String::as_str);
            crate::note!("{}: {} (bakeoff {own})", build.side.name(), build.text);
        }
        let run = Ab {
            builds,
            cells,
            seed: self.seed,
            pairs: self.pairs,
            rounds: self.rounds,
            threshold: self.threshold / 100.0,
        };
        notebook.plan(&run.plan(versions, budget))?;
        self.measure(&run, &mut lab, &mut notebook, &stopwatch)
    }

    fn measure(
        &self,
        run: &Ab,
        lab: &mut Lab,
        notebook: &mut Notebook,
        stopwatch: &Stopwatch,
    ) -> Result<()> {
        let mut watch = Shown(Progress::new(run.cells.len()));
        let outcome = run.run(lab, notebook, stopwatch, &mut watch);
        watch.0.finish();
        let place = notebook.path().display().to_string();
        let outcome = outcome.inspect_err(|_| match notebook.rows().len() {
            // Nobody goes on with it: there is no `ab --resume`.
            0 => notebook.discard(),
            rows => crate::note!("{} kept in {place}", are(rows, "row")),
        })?;
        let found = ab::compare(notebook.rows(), run.threshold);
        let heading = Heading {
            commands: [self.base.clone(), self.head.clone()],
            ended: outcome.line.clone(),
        };
        say(&self.written(&found, &heading))?;
        crate::note!("{}", outcome.line);
        if outcome.ended == Ended::Interrupted && notebook.rows().is_empty() {
            notebook.discard();
        } else {
            crate::note!("rows of both sides: {place}");
        }
        conclude(&found, &outcome, notebook.rows().len())
    }

    fn written(&self, found: &Found, heading: &Heading) -> String {
        match self.format {
            Format::Text => ab::text(found, heading, &style(&std::io::stdout())),
            Format::Markdown => ab::markdown(found, heading),
            Format::Json => format!("{:#}\n", ab::json(found, heading)),
        }
    }
}

/// Whether what was asked for holds.
fn conclude(found: &Found, outcome: &Outcome, rows: usize) -> Result<()> {
    if outcome.ended == Ended::Interrupted {
        return Err(Error::Interrupted(format!(
            "interrupted; {} kept",
            are(rows, "row")
        )));
    }
    let named = |standing| {
        let cells = found.cells.iter();
        let cells = cells.filter(|cell| cell.standing() == standing);
        cells.map(ab::Cell::title).collect::<Vec<_>>()
    };
    let failed = named(Standing::Failed);
    let regressed = named(Standing::Regression);
    let mut said = Vec::new();
    if !regressed.is_empty() {
        said.push(format!(
            "slower by more than {} %: {}",
            found.threshold * 100.0,
            regressed.join(", ")
        ));
    }
    if !failed.is_empty() {
        said.push(format!("the head failed in {}", failed.join(", ")));
    }
    let unjudged: Vec<String> = found.unjudged().map(ab::Cell::title).collect();
    if said.is_empty() && found.compared() == 0 {
        said.push("no cell could be compared: see what failed, or give --budget more".into());
    } else if !unjudged.is_empty() {
        said.push(format!(
            "nothing is decided of {}: a verdict needs {ROUNDS} rounds of time and CPU: give \
             --rounds {ROUNDS} or more, a longer --budget, or orders that take longer",
            unjudged.join(", ")
        ));
    }
    if said.is_empty() {
        Ok(())
    } else {
        Err(Error::Failed(said.join("; ")))
    }
}

/// Shows how it goes on standard error.
struct Shown(Progress);

impl Watch for Shown {
    fn begins(&mut self, at: &At) {
        self.0.visit(at);
    }

    fn keeps(&mut self, row: &Row) -> Result<()> {
        if let Some(error) = &row.error {
            self.0.say(&format!("{}: {}: {error}", row.run, row.cell));
        }
        Ok(())
    }

    fn says(&mut self, line: &str) {
        self.0.say(line);
    }
}
