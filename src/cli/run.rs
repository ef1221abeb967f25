//! `bakeoff run`: measures cells in shuffled rounds, each in a fresh runner.

mod preview;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::setting::Setting;
use super::shell::quoted;
use super::{Choice, program, say};
use crate::base::counted::{are, counted};
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::base::seed::SEED;
use crate::base::streams;
use crate::campaign::plan::{RunPlan, require_same_host};
use crate::campaign::search::Hunt;
use crate::campaign::time::{Budget, Stopwatch, WarmUp};
use crate::campaign::{At, Campaign, Ended, OPEN_LOOP, Outcome, Watch, load};
use crate::host;
use crate::http1::Method;
use crate::lab::sampling::Sampling;
use crate::lab::{Lab, Target};
use crate::record::control::Kind;
use crate::record::objective::Objective;
use crate::record::row::Row;
use crate::report::text::grid::Style;
use crate::results::notebook::{Notebook, spoilers, style};
use crate::results::{self, State};
use crate::selection::Set;
use crate::selection::resolved::ResolvedCell;
use crate::workload::params::Arrivals;

/// Time for a run that is given neither rounds nor time.
const BUDGET: Budget = Budget(Duration::from_secs(600));
/// Likewise, for the quick set.
const QUICK_BUDGET: Budget = Budget(Duration::from_secs(90));
/// A rate that stands for one that is not yet derived while limits are checked:
/// high enough for any number of orders.
const ANY_RATE: f64 = 1e6;

/// Measures cells in shuffled rounds, each in a fresh runner.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff run                                     the default set
  bakeoff run --quick                             a first look
  bakeoff run --budget 1h                         the default set, better known
  bakeoff run fetch/wait-10ms --rounds 20         one scenario, every model
  bakeoff run 'bakery/*/{smol,tokio-mt}'          two models, every bakery scenario
  bakeoff run fetch/no-delay --set concurrency=16 --models smol,tokio-ct
  bakeoff run fetch/open-loop --set load=0.7      users come at 70 % of what
                                                  tokio-mt can serve at most
  bakeoff run fetch/open-loop --slo p99=20ms      the highest rate at which each
                                                  model still keeps it
  bakeoff run fetch/no-delay --quick              the quick set's cells of it
  bakeoff run fetch/wait-10ms --peers python,go   programs in other languages too
  bakeoff run fetch/no-delay --target http://127.0.0.1:8080/index.html
                                                  a server of your own
  bakeoff run fetch/no-delay --target http://127.0.0.1:8080/search \\
    --set accept=200,404 --set errors=1%          … that may fail now and then
  bakeoff run fetch/no-delay --plan               what would be measured
  bakeoff run --resume results/DIR                goes on where it stopped
  bakeoff run --resume results/DIR --budget 5m    five minutes more

A run goes on for 8 rounds, which ranks need, and then for as many more as it
takes until each two neighbours of a scenario differ, tie, or would not be told
apart by 100 rounds; scenarios where they do leave room for those that more
rounds may decide. It ends before that when --budget is spent, and with --rounds
N after exactly N rounds over all cells. One sample a visit, because many short
rounds tell more than few long ones. A sample serves the scenario's orders as
often as it takes to last 0.3 s where an order takes less than a millisecond, and
to give each unit 20 orders. Where orders come from outside the model a visit
takes two samples, of 0.5 s at least. With --set orders=N a sample has just
these, after one batch of as many.

With --slo no rounds are made: every model is asked in turns at a rate of its
own, first doubled and then halved in, then on both sides of where a curve that is
fitted to all its samples crosses the limit, until its capacity is known to 5 % (by
an interval at 95 %), 40 samples beside the crossing were taken or the budget is
spent. A sample lasts at least 2 s, and a search takes 40 s a model at least; without
--budget it is given about a minute and a half a model. --models names fewer.

Rows go to results/<date>-<host>-<revision>/rows.jsonl as they come; Ctrl-C
keeps them, and --resume goes on with what is missing: the same cells, order and
seeds, from the plan.json beside them. With --budget or --rounds it takes these
in place of what was asked for at first, the budget counting from now.

Tables and findings go to standard output, with --json to standard error: standard
output then holds the rows alone. Progress, warnings and where the rows are go to
standard error. Tables are as wide as the terminal, or as COLUMNS says; 100 columns
in a file or a pipe.")]
pub(super) struct RunArgs {
    #[command(flatten)]
    asked: Asked,

    /// Exactly so many passes over all cells; ranks need 8. Without it: as many
    /// as it takes, up to 100
    #[arg(long, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: Option<u32>,

    /// End within this time, as in 90s, 10m or 1h30m, tables included. Without
    /// it and --rounds: 10m, or 90s with --quick
    #[arg(long, value_name = "TIME")]
    budget: Option<Budget>,

    /// Search for the highest rate of arrivals at which each model keeps response
    /// times so, as in p99=20ms (p50, p90, p99, p999)
    #[arg(long, value_name = "QUANTILE=TIME", conflicts_with_all = ["rounds", "samples", "resume"])]
    slo: Option<Objective>,

    /// Go on with the run of this directory, as it was asked for
    #[arg(long, value_name = "DIR", conflicts_with_all = ["Choice", "Setting", "samples", "warm_up", "seed", "quick", "no_controls", "target", "out"])]
    resume: Option<PathBuf>,

    /// Write rows to this directory instead of one of its own in results/
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Rank models of other programs among those of this build, and draw both in the
    /// same charts
    #[arg(long)]
    rank_peers: bool,

    /// Rows to standard output, a JSON line each; tables to standard error
    #[arg(long)]
    json: bool,

    /// Say what would be measured, and how long orders wait in it; measure nothing
    #[arg(long, conflicts_with_all = ["json", "out"])]
    plan: bool,
}

/// What is measured and how: what a run that goes on must not change.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
struct Asked {
    #[command(flatten)]
    choice: Choice,

    #[command(flatten)]
    setting: Setting,

    /// Samples in each fresh runner, once it is warm. Without it: 1, and 2 where
    /// orders come from outside the model
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    samples: Option<u32>,

    /// Warm each fresh runner up for at least so long. Without it: 500ms, and 100ms
    /// where orders wait for a millisecond or more
    #[arg(long, value_name = "TIME")]
    warm_up: Option<WarmUp>,

    /// Seed of the orders' draws and of the rounds' shuffling
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,

    /// Only cells of the quick set, at most 40; with a pattern those that match it
    #[arg(long)]
    quick: bool,

    /// Leave out the two visits of each round that measure one cell against itself
    #[arg(long)]
    #[serde(default = "without_controls")]
    no_controls: bool,

    /// Fetch from this server instead of the mock server: any path, any body.
    /// --set accept=200,304 names the statuses that count (else 200 to 299), --set
    /// errors=1% the share of orders that may fail
    #[arg(long, value_name = "URL")]
    target: Option<String>,
}

/// Plans of older versions have none.
fn without_controls() -> bool {
    true
}

impl Asked {
    fn cells(&self) -> Result<Vec<ResolvedCell>> {
        self.choice
            .cells(if self.quick { Set::Quick } else { Set::Default })
    }

    /// A laboratory for these cells. A limit that is known before the start ends
    /// the run before it leaves anything behind.
    fn lab(&self, cells: &[ResolvedCell]) -> Result<Lab> {
        let mut lab = Lab::new(program()?);
        self.setting.configure(&mut lab);
        lab.sampling = Sampling::Steady {
            warm_up: self.warm_up.map(|WarmUp(least)| least),
        };
        self.setting.require_use(cells, self.target.is_some())?;
        let target = self.target.as_deref().map(Target::parse).transpose()?;
        if let Some(target) = &target {
            lab.aim(target.clone());
        }
        let mut refusals = Vec::new();
        for cell in cells {
            let checked = if cell.shared().load > 0.0 {
                let offered = cell.changed(|spec| load::offer(spec, ANY_RATE))?;
                lab.check(&offered)
            } else {
                lab.check(cell)
            };
            refusals.extend(checked.err());
        }
        // Of a sweep, what cannot be had is a row with an error, and the other
        // values are measured, where there are some.
        if self.choice.sweeps.is_empty() || refusals.len() == cells.len() {
            refusals.into_iter().next().map_or(Ok(()), Err)?;
        }
        if let Some(target) = target {
            lab.aim(self.met(target, cells)?);
        }
        Ok(lab)
    }

    /// The target, after a first look at it: that it answers, how soon, and that
    /// what it answers is what cells accept.
    fn met(&self, mut target: Target, cells: &[ResolvedCell]) -> Result<Target> {
        let mut seen: Vec<(Method, u16)> = Vec::new();
        for cell in cells {
            let plan = cell.plan();
            let Some(method) = plan.method() else {
                return Err(Error::Usage(format!(
                    "{}: --target is for orders that ask a server, and these ask none: choose others by a pattern, as in `bakeoff run fetch/no-delay --target URL`",
                    cell.id()
                )));
            };
            // One that changes something at the server is asked for only where it
            // is measured.
            if !matches!(method, Method::Get | Method::Head) {
                continue;
            }
            let known = seen.iter().find(|(known, _)| *known == method);
            let status = match known {
                Some((_, status)) => *status,
                None => {
                    let status = target.ask(method)?;
                    seen.push((method, status));
                    status
                }
            };
            if !plan.accepts(status) && self.choice.sweeps.is_empty() {
                return Err(Error::Usage(format!(
                    "--target {}: {} is answered with status {status}, which {} does not accept; --set accept={status} accepts it",
                    target.url,
                    method.as_str(),
                    cell.id()
                )));
            }
        }
        if seen.is_empty() {
            target.greet()?;
        }
        Ok(target)
    }

    /// Says which parameters of the chosen scenarios a target does not heed.
    fn say_unheeded(&self, lab: &Lab, cells: &[ResolvedCell]) -> Result<()> {
        let mut said = BTreeSet::new();
        for cell in cells.iter().filter(|_| self.target.is_some()) {
            for line in lab.unheeded(cell) {
                if !said.contains(&line) {
                    crate::note!("{line}");
                    said.insert(line);
                }
            }
        }
        Ok(())
    }
}

/// A run that is ready to measure.
struct Ready {
    lab: Lab,
    campaign: Campaign,
    notebook: Notebook,
    stopwatch: Stopwatch,
}

impl RunArgs {
    pub(super) fn run(self) -> Result<()> {
        if self.plan {
            return self.preview();
        }
        if let Some(objective) = self.slo {
            return self.hunt(objective);
        }
        let ready = match &self.resume {
            None => self.begin()?,
            Some(dir) => match self.resume(dir)? {
                Some(ready) => ready,
                None => return Ok(()),
            },
        };
        self.measure(ready)
    }

    /// Rounds and time as the command line gives them: whoever counts rounds
    /// waits for them.
    fn extent(&self, quick: bool) -> (Option<u32>, Option<Budget>) {
        let default = if quick { QUICK_BUDGET } else { BUDGET };
        let budget = match self.rounds {
            Some(_) => self.budget,
            None => Some(self.budget.unwrap_or(default)),
        };
        (self.rounds, budget)
    }

    fn begin(&self) -> Result<Ready> {
        let mut asked = self.asked.clone();
        let mut cells = asked.cells()?;
        let mut lab = asked.lab(&cells)?;
        interrupt::catch()?;
        let facts = host::facts();
        // First the directory: where it is refused, nothing else is said.
        let notebook = Notebook::create(Path::new("results"), self.out.as_deref(), &facts)?;
        crate::base::streams::block(&spoilers(&facts));
        asked.say_unheeded(&lab, &cells)?;
        lab.run = notebook.run();
        let (rounds, budget) = self.extent(asked.quick);
        let stopwatch = Stopwatch::start(budget, Duration::ZERO);
        let derived = load::derive(&mut lab, &cells, asked.seed, &stopwatch)
            .inspect_err(|_| notebook.discard())?;
        for line in derived.iter().map(load::Derived::line) {
            crate::note!("{line}");
        }
        equip(&mut cells, &derived)?;
        asked.choice.settle()?;
        let plan = RunPlan::new(command(), asked, rounds, budget, derived, &cells);
        notebook.plan(&plan)?;
        Ok(Ready {
            lab,
            campaign: campaign(&plan, cells),
            notebook,
            stopwatch,
        })
    }

    /// Takes up the run in `dir`; `None` where nothing is left of it.
    fn resume(&self, dir: &Path) -> Result<Option<Ready>> {
        let facts = host::facts();
        let (mut plan, cells) = planned(dir, &facts)?;
        let mut state = results::state(dir);
        let more = self.rounds.is_some() || self.budget.is_some();
        if let (false, Some(ended)) = (more, &state.ended) {
            crate::note!("nothing is left of {}: {ended}", dir.display());
            return Ok(None);
        }
        let mut lab = plan.asked.lab(&cells)?;
        interrupt::catch()?;
        let (notebook, cut) = Notebook::reopen(dir)?;
        if let Some(cut) = cut {
            crate::note!("{cut}");
        }
        if more {
            (plan.rounds, plan.budget) = self.extent(plan.asked.quick);
            state = State::default();
            notebook.plan(&plan)?;
            notebook.note(&state)?;
        }
        crate::base::streams::block(&spoilers(&facts));
        lab.run = notebook.run();
        Ok(Some(Ready {
            lab,
            campaign: campaign(&plan, cells),
            notebook,
            stopwatch: Stopwatch::start(plan.budget, state.spent()),
        }))
    }

    /// Searches for the capacity of each model.
    fn hunt(&self, objective: Objective) -> Result<()> {
        let cells = self.asked.cells()?;
        require_searchable(&cells)?;
        let mut lab = self.asked.lab(&cells)?;
        let hunt = Hunt {
            cells,
            objective,
            seed: self.asked.seed,
        };
        let budget = hunt.budget(self.budget)?;
        interrupt::catch()?;
        let facts = host::facts();
        let mut notebook = Notebook::create(Path::new("results"), self.out.as_deref(), &facts)?;
        crate::base::streams::block(&spoilers(&facts));
        self.asked.say_unheeded(&lab, &hunt.cells)?;
        lab.run = notebook.run();
        crate::note!(
            "{} searched in turns, within {budget}; --models A,B searches fewer",
            are(hunt.cells.len(), "cell")
        );
        let stopwatch = Stopwatch::start(Some(budget), Duration::ZERO);
        let mut watch = self.watch(hunt.cells.len());
        let outcome = hunt.run(&mut lab, &mut notebook, &stopwatch, &mut watch);
        watch.progress.finish();
        self.conclude(outcome, &mut notebook, &stopwatch, "")
    }

    fn watch(&self, cells: usize) -> Shown {
        Shown {
            progress: Progress::new(cells),
            json: self.json,
        }
    }

    fn measure(&self, ready: Ready) -> Result<()> {
        let Ready {
            mut lab,
            campaign,
            mut notebook,
            stopwatch,
        } = ready;
        let mut watch = self.watch(campaign.cells.len());
        let outcome = campaign.run(&mut lab, &mut notebook, &stopwatch, &mut watch);
        watch.progress.finish();
        let mend = format!(
            ": `bakeoff run --resume {}` goes on",
            notebook.path().display()
        );
        self.conclude(outcome, &mut notebook, &stopwatch, &mend)
    }

    /// Says what was measured, how it ended, and where it is. `mend` is what an
    /// interrupted run can do about it.
    fn conclude(
        &self,
        outcome: Result<Outcome>,
        notebook: &mut Notebook,
        stopwatch: &Stopwatch,
        mend: &str,
    ) -> Result<()> {
        let place = notebook.path().display().to_string();
        let outcome = outcome.inspect_err(|_| {
            crate::note!("{} kept in {place}", are(notebook.rows().len(), "row"));
        })?;
        // What was measured is told in any case.
        notebook.rank_peers = self.rank_peers;
        let rendered = notebook.render();
        let results = |style: &Style| match notebook.findings(style) {
            findings if findings.is_empty() => notebook.tables(style),
            findings => format!("{}\n{findings}", notebook.tables(style)),
        };
        // What else is said stands below the tables where both go to a terminal.
        let said = if self.json {
            streams::block(&results(&style(&std::io::stderr())));
            Ok(())
        } else {
            say(&results(&style(&std::io::stdout())))
        };
        for warning in rendered.iter().flat_map(|rendered| &rendered.warnings) {
            crate::note!("{warning}");
        }
        crate::note!("{}", outcome.line);
        match rendered {
            Ok(_) => crate::note!("rows, tables, charts and report.html: {place}"),
            Err(_) => crate::note!(
                "{} kept in {place}: `bakeoff report {place}` renders them",
                are(notebook.rows().len(), "row")
            ),
        }
        let interrupted = outcome.ended == Ended::Interrupted;
        notebook.note(&State {
            ended: (!interrupted).then_some(outcome.line),
            ..State::at(stopwatch.spent())
        })?;
        rendered?;
        said?;
        let rows = notebook.rows();
        if interrupted {
            return Err(Error::Interrupted(format!(
                "interrupted; {} kept{mend}",
                are(rows.len(), "row")
            )));
        }
        let controls = notebook.controls().iter();
        // The plain ones are rows as well.
        let controls = controls.filter(|of| of.error.is_some() && of.kind != Kind::Plain);
        let failed = rows
            .iter()
            .filter(|row| row.error.is_some() && !row.is_not_offered())
            .count()
            + controls.count();
        if failed > 0 {
            return Err(Error::Failed(format!(
                "{} failed; the field `error` of the row says why",
                counted(failed, "sample")
            )));
        }
        Ok(())
    }
}

/// The plan of the run in `dir` and its cells, where it can go on here.
fn planned(dir: &Path, here: &host::HostFacts) -> Result<(RunPlan<Asked>, Vec<ResolvedCell>)> {
    let (text, place) = results::plan(dir)?;
    let plan: RunPlan<Asked> = RunPlan::parse(&text, &place)?;
    let mut cells = plan.asked.cells()?;
    equip(&mut cells, &plan.derived)?;
    plan.require_same(&cells, &place)?;
    let then = results::host(dir).map_err(Error::Usage)?;
    require_same_host(&then, here, &dir.display().to_string())?;
    Ok((plan, cells))
}

/// Refuses cells whose rate is not to be searched for.
fn require_searchable(cells: &[ResolvedCell]) -> Result<()> {
    for cell in cells {
        let shared = cell.shared();
        if shared.load > 0.0 || shared.arrivals == Arrivals::Shared {
            return Err(Error::Usage(format!(
                "--slo searches for a rate of arrivals from outside: {} cannot have a load or a shared rate",
                cell.scenario.id()
            )));
        }
    }
    Ok(())
}

/// What the user typed, to be shown beside what it gave.
fn command() -> String {
    let words = std::env::args_os().skip(1);
    let words: Vec<String> = words.map(|word| quoted(&word.to_string_lossy())).collect();
    format!("bakeoff {}", words.join(" "))
}

/// Gives cells what a run gives them: rates that were derived, and schedules
/// that are long enough.
fn equip(cells: &mut [ResolvedCell], derived: &[load::Derived]) -> Result<()> {
    load::apply(derived, cells)?;
    lengthen(cells)
}

/// Has orders that come from outside do so for long enough.
fn lengthen(cells: &mut [ResolvedCell]) -> Result<()> {
    cells.iter_mut().try_for_each(|cell| {
        *cell = cell.clone().lengthened(OPEN_LOOP)?;
        Ok(())
    })
}

fn campaign(plan: &RunPlan<Asked>, cells: Vec<ResolvedCell>) -> Campaign {
    Campaign {
        cells,
        seed: plan.asked.seed,
        samples: plan.asked.samples,
        rounds: plan.rounds,
        controls: !plan.asked.no_controls,
    }
}

/// Shows a run on standard error, and its rows on standard output where they
/// were asked for.
struct Shown {
    progress: Progress,
    json: bool,
}

impl Watch for Shown {
    fn begins(&mut self, at: &At) {
        self.progress.visit(at);
    }

    fn keeps(&mut self, row: &Row) -> Result<()> {
        if let Some(error) = &row.error {
            self.progress.say(&format!("{}: {error}", row.cell));
        }
        if self.json {
            let line = serde_json::to_string(row).map_err(std::io::Error::from)?;
            say(&format!("{line}\n"))?;
        }
        Ok(())
    }

    fn says(&mut self, line: &str) {
        self.progress.say(line);
    }
}
