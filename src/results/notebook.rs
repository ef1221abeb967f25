//! The laboratory's notebook: keeps every row on disk as it comes, and tells
//! at the end what the rows say. `cargo bench` and `bakeoff run` share it.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::Path;

use serde::Serialize;

use super::{Rendered, ResultsDir, State};
use crate::base::error::Result;
use crate::cost;
use crate::host::{self, HostFacts};
use crate::lab::reference;
use crate::record::control;
use crate::record::machine::Moment;
use crate::record::objective;
use crate::record::row::{Row, rank_peers};
use crate::registry;
use crate::report::claims;
use crate::report::contents::Words;
use crate::report::text::capacity;
use crate::report::text::controls;
use crate::report::text::grid::Style;
use crate::report::text::table;
use crate::scenarios;
use crate::workload::scenario::Scenario;

/// Fewer columns than this are not heeded: a model and a figure would not fit.
const NARROWEST: usize = 40;

/// The rows of one run, in memory and in their directory.
pub struct Notebook {
    dir: ResultsDir,
    rows: Vec<Row>,
    controls: Vec<control::Reading>,
    /// Whether models of other programs are ranked among those of this build.
    pub rank_peers: bool,
}

/// What this build knows of models and scenarios, beside what rows say.
#[must_use]
pub fn words() -> Words {
    let models = registry::models();
    // A test parses them all.
    let scenarios = scenarios::embedded().unwrap_or_default();
    let said = scenarios.iter().map(|scenario| {
        let about = format!("{} Resembles {}.", scenario.about, scenario.resembles);
        (scenario.id(), about)
    });
    Words {
        about: models
            .iter()
            .map(|meta| (meta.name.into(), meta.about.into()))
            .collect(),
        notes: models
            .iter()
            .map(|meta| (meta.name.into(), meta.note.into()))
            .collect(),
        sources: models
            .iter()
            .map(|meta| {
                let source = (meta.source.path.into(), meta.source.text.into());
                (meta.name.into(), source)
            })
            .collect(),
        scenarios: said.collect(),
        quick: scenarios.iter().flat_map(Scenario::quick_cells).collect(),
        claims: claims::embedded(&scenarios).unwrap_or_default(),
        costs: cost::of(&models).unwrap_or_default(),
    }
}

/// What on this host spoils measurements, a line each, gravest first.
#[must_use]
pub fn spoilers(facts: &HostFacts) -> String {
    let found = host::spoilers(facts);
    if found.is_empty() {
        return String::new();
    }
    let lines = found.iter().map(|spoiler| format!("  {spoiler}\n"));
    format!(
        "What on this host spoils measurements:\n{}",
        lines.collect::<String>()
    )
}

/// How tables are written to `to`: as wide as `COLUMNS` says, else as the terminal is;
/// colours only on a terminal, and not where `NO_COLOR` asks for none.
#[must_use]
pub fn style(to: &(impl IsTerminal + AsFd)) -> Style {
    let terminal = to.is_terminal();
    let asked = std::env::var("COLUMNS").ok();
    let asked = asked.and_then(|columns| columns.trim().parse().ok());
    let own = || {
        let size = terminal.then(|| rustix::termios::tcgetwinsize(to).ok());
        size.flatten().map(|size| usize::from(size.ws_col))
    };
    let width = asked.filter(|columns| *columns > 0);
    let width = width.or_else(|| own().filter(|columns| *columns > 0));
    Style {
        color: terminal && std::env::var_os("NO_COLOR").is_none(),
        width: width.map_or(Style::PLAIN.width, |width: usize| width.max(NARROWEST)),
        ..Style::PLAIN
    }
}

impl Notebook {
    /// A new directory of its own name in `parent`, or `out` itself.
    ///
    /// # Errors
    /// A directory that cannot be made or holds another run's rows, named.
    pub fn create(parent: &Path, out: Option<&Path>, facts: &HostFacts) -> Result<Self> {
        let dir = match out {
            Some(out) => ResultsDir::at(out, facts)?,
            None => ResultsDir::create(parent, facts)?,
        };
        Ok(Notebook {
            dir,
            rows: Vec::new(),
            controls: Vec::new(),
            rank_peers: false,
        })
    }

    /// The notebook in `dir` again, with its rows; and a line on what was torn.
    ///
    /// # Errors
    /// A directory whose rows cannot be read or added to, named.
    pub fn reopen(dir: &Path) -> Result<(Self, Option<String>)> {
        let (dir, rows, cut) = ResultsDir::reopen(dir)?;
        let controls = control::read(dir.path())?.readings;
        let notebook = Notebook {
            dir,
            rows,
            controls,
            rank_peers: false,
        };
        Ok((notebook, cut))
    }

    /// Keeps what was asked for.
    ///
    /// # Errors
    /// A file that cannot be written, named, with the mend.
    pub fn plan<P: Serialize>(&self, plan: &P) -> Result<()> {
        self.dir.keep_plan(plan)
    }

    /// Removes the directory where no row was kept and nobody can go on with it.
    pub fn discard(&self) {
        self.dir.discard();
    }

    /// Notes how far the run has come.
    ///
    /// # Errors
    /// A file that cannot be written, named, with the mend.
    pub fn note(&self, state: &State) -> Result<()> {
        self.dir.keep_state(state)
    }

    /// The run's name, for its rows.
    #[must_use]
    pub fn run(&self) -> String {
        self.dir.run()
    }

    /// Where the rows are.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Keeps a row: on disk first.
    ///
    /// # Errors
    /// A file that cannot be written, named, with the mend.
    pub fn keep(&mut self, row: Row) -> Result<()> {
        self.dir.append(&row)?;
        self.rows.push(row);
        Ok(())
    }

    /// Reads what the machine itself does at this moment of the round, and keeps
    /// it.
    ///
    /// # Errors
    /// A file that cannot be written, named, with the mend.
    pub fn look(&self, round: u32, moment: Moment) -> Result<()> {
        let reading = reference::read(&self.run(), round, moment);
        self.dir.append_reading(&reading)
    }

    /// Keeps a reading of a control: on disk first.
    ///
    /// # Errors
    /// A file that cannot be written, named, with the mend.
    pub fn control(&mut self, reading: control::Reading) -> Result<()> {
        self.dir.append_control(&reading)?;
        self.controls.push(reading);
        Ok(())
    }

    /// What the run has measured of itself so far.
    #[must_use]
    pub fn controls(&self) -> &[control::Reading] {
        &self.controls
    }

    /// The rows so far.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// One compact table over scenarios and one per scenario.
    #[must_use]
    pub fn tables(&self, style: &Style) -> String {
        let capacities = capacity::tables(&self.rows, style);
        let compared = self.rows.iter().filter(|row| !objective::searched(row));
        let mut rows: Vec<Row> = compared.cloned().collect();
        if rows.is_empty() {
            return capacities;
        }
        if self.rank_peers {
            rank_peers(&mut rows);
        }
        let parts = [
            table::whole(&rows, &words().notes, style),
            controls::told(&self.controls, style),
            capacities,
        ];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("\n")
    }

    /// What the rows say of the claims that people make; empty where none is of their
    /// cells.
    #[must_use]
    pub fn findings(&self, style: &Style) -> String {
        let claims = words().claims;
        let compared = self.rows.iter().filter(|row| !objective::searched(row));
        let rows: Vec<Row> = compared.cloned().collect();
        claims::measured(&claims::findings(&claims, &rows), style)
    }

    /// Renders tables, charts and page beside the rows.
    ///
    /// # Errors
    /// A file that cannot be written, named, with the mend.
    pub fn render(&self) -> Result<Rendered> {
        self.dir.render(&words(), self.rank_peers)
    }
}
