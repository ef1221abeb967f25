//! `bakeoff why`: the system calls of one cell, by kind, under a tracer.

use clap::{Args, ValueEnum};

use super::progress::Progress;
use super::setting::Setting;
use super::{Choice, program, require_own, say};
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::base::seed::SEED;
use crate::campaign::traced::Traced;
use crate::host::tracer::Tracer;
use crate::lab::Lab;
use crate::results::notebook::style;
use crate::selection::Set;

/// How much longer a traced sample may be silent than another.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// Counts the system calls of one cell by kind, under strace or perf.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff why fetch/no-delay/smol                     calls per order, by kind
  bakeoff why fetch/no-delay/tokio-ct --set concurrency=1
  bakeoff why bakery/crowded/tokio-mt --with perf     costs less, takes more rights
  bakeoff why fetch/no-delay/os-threads --set orders=20000 --rounds 9
  bakeoff why fetch/no-delay/smol --json | jq .calls_per_order.recvfrom

Each round takes three samples in shuffled order, each in a fresh runner: traced with
more orders, traced with fewer, and not traced. Calls per order are the difference of
the traced ones over the difference of their orders, so that start, sessions and gate
drop out. The second table shows what the tracer changed: a tracer slows every call,
and a slower program waits less often and finds more at a time.

Without --with, strace is taken where it is installed and may trace, else perf.
Without --set orders=N at most 8,000 orders are traced, or four for each that may be
in flight. Progress goes to standard error; nothing is kept.

Exit status: 0 counted; 1 a sample failed; 2 bad usage, or no tracer that may trace
here, with what to install or to allow; 130 interrupted.")]
pub(super) struct WhyArgs {
    #[command(flatten)]
    choice: Choice,

    #[command(flatten)]
    setting: Setting,

    /// Who counts
    #[arg(long, value_enum, value_name = "TRACER")]
    with: Option<With>,

    /// How often each of the three samples is taken
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,

    /// Seed of the orders' draws and of the shuffling
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,

    /// One JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum With {
    /// Stops the program at each call: `strace -f -c`
    Strace,
    /// Has the kernel note each call: `perf trace -s`
    Perf,
}

impl From<With> for Tracer {
    fn from(with: With) -> Self {
        match with {
            With::Strace => Tracer::Strace,
            With::Perf => Tracer::Perf,
        }
    }
}

impl WhyArgs {
    pub(super) fn run(self) -> Result<()> {
        if self.choice.patterns.is_empty() {
            return Err(Error::Usage(
                "name one cell, as in `bakeoff why fetch/no-delay/smol`".into(),
            ));
        }
        let cells = self.choice.cells(Set::Default)?;
        require_own(&cells, "the calls of another program are not traced")?;
        let [cell] = &cells[..] else {
            return Err(Error::Usage(format!(
                "one cell at a time is traced, and {} are named: give a scenario and a model, as in `bakeoff why {}`",
                cells.len(),
                cells.first().map(|cell| cell.id()).unwrap_or_default()
            )));
        };
        let program = program()?;
        let mut lab = Lab::new(&program);
        lab.patience = PATIENCE;
        self.setting.require_use(&cells, false)?;
        self.setting.configure(&mut lab);
        lab.check(cell)?;
        let texts = self.choice.sets.iter().chain(&self.choice.sweeps);
        let asked = texts.into_iter().any(|text| text.starts_with("orders="));
        let tracer = Tracer::find(self.with.map(Tracer::from))?;
        let traced = Traced::new(cell, asked, tracer, self.rounds, self.seed)?;
        interrupt::catch()?;
        let mut progress = Progress::new(traced.samples());
        let mut begun = false;
        let counted = traced.run(&mut lab, &program, &mut |what| {
            if std::mem::replace(&mut begun, true) {
                progress.advance();
            }
            progress.begin(what);
        });
        progress.finish();
        let counted = counted?;
        if self.json {
            return say(&format!("{}\n", counted.json()));
        }
        say(&counted.table(&style(&std::io::stdout())))
    }
}
