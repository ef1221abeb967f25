//! A run: rounds over all cells until each pair that decides is decided or futile, or
//! the time is up.
//!
//! Every round visits its cells in an order of its own, each in a fresh runner.
//! What a round is made of is a function of the plan and of the rows of earlier
//! rounds alone, so a run that was cut short goes on as it would have gone.

pub mod ab;
pub mod build;
mod controls;
pub mod load;
mod paired;
mod panels;
pub mod plan;
pub mod search;
pub mod time;
pub mod traced;
mod visit;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use self::panels::{Index, Panel, panels};
use self::time::{Budget, Pace, Stopwatch};
use self::visit::Visit;
use crate::base::error::Result;
use crate::base::interrupt;
use crate::base::seed::shuffle;
use crate::lab::Lab;
use crate::record::control::Kind;
use crate::record::machine::Moment;
use crate::record::row::Row;
use crate::results::State;
use crate::results::notebook::Notebook;
use crate::selection::resolved::ResolvedCell;
use crate::stats::enough::Outlook;
use crate::stats::{self, ROUNDS};

/// Most rounds of a run whose number of rounds was not asked for.
pub const MOST_ROUNDS: u32 = stats::MOST_ROUNDS as u32;
/// Where orders come from outside the model, a sample lasts at least so long.
pub const OPEN_LOOP: Duration = Duration::from_millis(500);
/// Samples that a visit takes there where nothing else is asked for: they differ more
/// than those of closed loops.
pub const OPEN_LOOP_SAMPLES: u32 = 2;
/// Names that a list has before the rest is counted.
const NAMED: usize = 5;

/// What to measure, how often.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The cells.
    pub cells: Vec<ResolvedCell>,
    /// Seed of the orders' draws and of the rounds' shuffling.
    pub seed: u64,
    /// Samples in each fresh runner; where this is not given, one, and
    /// [`OPEN_LOOP_SAMPLES`] where orders come from outside.
    pub samples: Option<u32>,
    /// How many rounds; where this is not given, [`ROUNDS`] and then as many as
    /// it takes, up to [`MOST_ROUNDS`].
    pub rounds: Option<u32>,
    /// Whether one of the cells is measured against itself in each round.
    pub controls: bool,
}

/// Who is told how a run goes.
pub trait Watch {
    /// A visit begins.
    fn begins(&mut self, at: &At);

    /// A row was kept.
    ///
    /// # Errors
    /// A row that cannot be passed on; it ends the run.
    fn keeps(&mut self, row: &Row) -> Result<()>;

    /// Something that a reader should know while there is time.
    fn says(&mut self, line: &str);
}

/// Where a run is.
#[derive(Clone, Debug)]
pub struct At {
    /// The round, from 1.
    pub round: u32,
    /// Cells of this round that are done.
    pub done: usize,
    /// Cells of this round.
    pub cells: usize,
    /// Time left, by the budget or by the rounds, whichever ends sooner;
    /// `None` where nothing is known yet.
    pub left: Option<Duration>,
    /// Id of the cell that is visited.
    pub cell: String,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The rounds that were asked for are done.
    Asked,
    /// What more rounds would have been for is known, or would not become known.
    Known,
    /// The budget is spent, or what is left of it would decide nothing more.
    Spent,
    /// [`MOST_ROUNDS`] are done.
    Most,
    /// Ctrl-C.
    Interrupted,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Why.
    pub ended: Ended,
    /// Whole rounds, those of earlier sittings included.
    pub rounds: u32,
    /// Visits in this sitting.
    pub visits: usize,
    /// Samples that failed in this sitting.
    pub failed: usize,
    /// The line that says so.
    pub line: String,
}

/// What a cell has of a round.
#[derive(Clone, Copy, Default)]
struct Visited {
    samples: u32,
    failed: bool,
}

impl Visited {
    /// Whether nothing is left of a visit that takes so many samples.
    fn has(self, samples: u32) -> bool {
        self.failed || self.samples >= samples
    }
}

impl Campaign {
    /// Measures, beginning with what the notebook lacks.
    ///
    /// # Errors
    /// A row that cannot be kept or passed on.
    pub fn run(
        &self,
        lab: &mut Lab,
        notebook: &mut Notebook,
        stopwatch: &Stopwatch,
        watch: &mut dyn Watch,
    ) -> Result<Outcome> {
        let panels = panels(&self.cells);
        let chosen = || controls::chosen(&self.cells, &panels, self.rounds, self.seed);
        let mut sitting = Sitting {
            campaign: self,
            control: self.controls.then(chosen).flatten(),
            panels,
            index: Index::new(lab, &self.cells),
            pace: Pace::default(),
            orders: BTreeMap::new(),
            stopwatch,
            visits: 0,
            failed: 0,
        };
        sitting.recall(notebook.rows());
        lab.end_by(stopwatch.end());
        let mut round = 1;
        let ended = loop {
            match sitting.round(round, lab, notebook, watch)? {
                Some(ended) => break ended,
                None => round += 1,
            }
        };
        Ok(Outcome {
            ended,
            rounds: round - 1,
            visits: sitting.visits,
            failed: sitting.failed,
            line: sitting.line(ended, round, notebook.rows()),
        })
    }

    /// The last round that there can be.
    fn last(&self) -> u32 {
        self.rounds.unwrap_or(MOST_ROUNDS)
    }

    /// Samples that a visit to the cell at this place takes.
    fn samples(&self, at: usize) -> u32 {
        self.samples.unwrap_or_else(|| samples(&self.cells[at]))
    }
}

/// Samples that a visit to the cell takes where nothing else is asked for.
#[must_use]
pub fn samples(cell: &ResolvedCell) -> u32 {
    if cell.shared().arrivals.open() {
        OPEN_LOOP_SAMPLES
    } else {
        1
    }
}

/// One process's part of a run.
struct Sitting<'a> {
    campaign: &'a Campaign,
    /// The cell that is its own control.
    control: Option<usize>,
    panels: Vec<Panel>,
    index: Index,
    pace: Pace,
    /// What the last sample of each cell served.
    orders: BTreeMap<usize, u64>,
    stopwatch: &'a Stopwatch,
    visits: usize,
    failed: usize,
}

impl Sitting<'_> {
    /// Visits what `round` lacks; why the run ends, where it does. A run that
    /// ends before a round is whole ends in it.
    fn round(
        &mut self,
        round: u32,
        lab: &mut Lab,
        notebook: &mut Notebook,
        watch: &mut dyn Watch,
    ) -> Result<Option<Ended>> {
        let Campaign { seed, .. } = *self.campaign;
        if round > self.campaign.last() {
            let asked = self.campaign.rounds.is_some();
            return Ok(Some(if asked { Ended::Asked } else { Ended::Most }));
        }
        let part = self.part(round, notebook.rows());
        if part.is_empty() {
            let outlook = |panel: &Panel| panel.outlook(notebook.rows(), &self.index, round);
            let open = |panel: &Panel| matches!(outlook(panel), Outlook::Open(_));
            let short = self.panels.iter().any(open);
            return Ok(Some(if short { Ended::Spent } else { Ended::Known }));
        }
        let order = self.order(round, &part);
        let mut visited = self.visited(round, notebook.rows());
        visited.extend(self.controlled(round, notebook));
        let had = |at: &usize| visited.get(at).copied().unwrap_or_default();
        let campaign = self.campaign;
        let whole = |at: &usize| had(at).has(campaign.samples(self.cell(*at)));
        let due: Vec<usize> = order.iter().copied().filter(|at| !whole(at)).collect();
        // A control alone has nothing to be compared with in the same moments.
        if due.iter().all(|at| self.kind(*at).is_some()) {
            return Ok(None);
        }
        if !self.fits(due.iter().copied()) {
            return Ok(Some(Ended::Spent));
        }
        notebook.look(round, Moment::Start)?;
        let cells_of_round = order.len();
        let mut done = cells_of_round - due.len();
        for (position, at) in (0..).zip(order) {
            if !due.contains(&at) {
                continue;
            }
            if interrupt::requested() {
                return Ok(Some(Ended::Interrupted));
            }
            if !self.fits([at]) {
                return Ok(Some(Ended::Spent));
            }
            let place = self.cell(at);
            let cell = &self.campaign.cells[place];
            let kind = self.kind(at);
            let control = kind.map_or("", |_| " (control)");
            watch.begins(&At {
                round,
                done,
                cells: cells_of_round,
                left: self.left(round, cells_of_round - done, &part),
                cell: format!("{}{control}", cell.id()),
            });
            let visit = Visit {
                cell,
                seed: seed.wrapping_add(u64::from(round)),
                round,
                position,
                samples: self.campaign.samples(place) - had(&at).samples,
                before: self.orders.get(&place).copied(),
            };
            let (begun, rows) = (Instant::now(), notebook.rows().len());
            let plain = (self.control == Some(at)).then_some(Kind::Plain);
            let mut kept = |row: Row| {
                if let Some(kind) = kind.or(plain) {
                    controls::keep(kind, &row, notebook)?;
                }
                match kind {
                    Some(_) => Ok(row.error.is_some()),
                    None => visit::keep(&row, notebook, watch),
                }
            };
            self.failed += visit.make(lab, &mut kept)?;
            if interrupt::requested() {
                return Ok(Some(Ended::Interrupted));
            }
            self.pace.took(at, begun.elapsed());
            self.served(&notebook.rows()[rows..]);
            self.visits += 1;
            done += 1;
        }
        let visited = self.visited(round, notebook.rows());
        let has = |(at, visited): (&usize, &Visited)| visited.has(campaign.samples(*at));
        if !visited.iter().all(has) {
            // The last visits were cut short.
            return Ok(Some(Ended::Spent));
        }
        notebook.look(round, Moment::End)?;
        notebook.note(&State::at(self.stopwatch.spent()))?;
        if round == 1
            && let Some(line) = self.forecast(&part)
        {
            watch.says(&line);
        }
        Ok(None)
    }

    /// Warns once the first round has shown that the budget is too small for
    /// ranks.
    fn forecast(&self, part: &[usize]) -> Option<String> {
        let left = self.stopwatch.left()?;
        let round = self.pace.visits(part.iter().copied());
        let later = round * (ROUNDS as u32 - 1);
        let asked = self.campaign.rounds.is_some();
        (!asked && later > left).then(|| {
            let enough = Budget::of(self.stopwatch.spent() + later);
            format!("ranks need {ROUNDS} rounds, which take about {enough}: give --budget so much, or choose fewer cells")
        })
    }

    /// Cells of a round: all, and after [`ROUNDS`] of a run that stops by itself
    /// those of scenarios that can still be decided in the time that is left. Those that take
    /// the least time until their next pair may be decided come first, and as many as there is
    /// time for; the others wait. What a program said that it does not offer is not asked for
    /// again.
    fn part(&self, round: u32, rows: &[Row]) -> Vec<usize> {
        let not_offered = rows
            .iter()
            .filter(|row| row.round < round && row.is_not_offered());
        let not_offered: BTreeSet<usize> =
            not_offered.filter_map(|row| self.index.of(row)).collect();
        let whole = |panels: &mut dyn Iterator<Item = &Panel>| -> Vec<usize> {
            panels
                .flat_map(|panel| panel.cells.iter().copied())
                .filter(|at| !not_offered.contains(at))
                .collect()
        };
        if self.campaign.rounds.is_some() || round <= ROUNDS as u32 {
            return whole(&mut self.panels.iter());
        }
        // What was begun before the run was cut short is finished.
        let begun = self.visited(round, rows);
        let begun = |panel: &&Panel| panel.cells.iter().any(|at| begun.contains_key(at));
        let (begun, others): (Vec<&Panel>, Vec<&Panel>) = self.panels.iter().partition(begun);
        let left = self.stopwatch.left().unwrap_or(Duration::MAX);
        let mut open: Vec<(Duration, &Panel)> = others
            .into_iter()
            .filter_map(|panel| match panel.outlook(rows, &self.index, round) {
                Outlook::Open(more) => Some((self.takes(panel, more), panel)),
                Outlook::Decided | Outlook::Futile => None,
            })
            .filter(|(takes, _)| *takes <= left)
            .collect();
        open.sort_by_key(|(takes, _)| *takes);
        let mut sum = Duration::ZERO;
        let fitting = open.into_iter().take_while(|(takes, _)| {
            sum = sum.saturating_add(*takes);
            sum <= left
        });
        whole(&mut begun.into_iter().chain(fitting.map(|(_, panel)| panel)))
    }

    /// What so many rounds of a scenario will take.
    fn takes(&self, panel: &Panel, rounds: usize) -> Duration {
        let visits = self.pace.visits(panel.cells.iter().copied());
        visits.saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX))
    }

    /// The cells of `part` in this round's order, and where their control is among them its
    /// other visits, whose places follow those of all cells.
    fn order(&self, round: u32, part: &[usize]) -> Vec<usize> {
        let beside = self.control.map_or(0, |_| Kind::BESIDE.len());
        let count = self.campaign.cells.len() + beside;
        let mut order = shuffled(count, self.campaign.seed, round);
        order.retain(|at| part.contains(&self.cell(*at)));
        order
    }

    /// Which control this place of a round is of; `None` of a cell's own.
    fn kind(&self, at: usize) -> Option<Kind> {
        let beyond = at.checked_sub(self.campaign.cells.len())?;
        Kind::BESIDE.get(beyond).copied()
    }

    /// The cell that is visited at this place of a round.
    fn cell(&self, at: usize) -> usize {
        match (self.kind(at), self.control) {
            (Some(_), Some(control)) => control,
            _ => at,
        }
    }

    /// What this round has of controls.
    fn controlled(&self, round: u32, notebook: &Notebook) -> BTreeMap<usize, Visited> {
        let places = self.campaign.cells.len()..;
        let kinds = Kind::BESIDE.into_iter().filter(|_| self.control.is_some());
        let of = |(at, kind)| {
            let (samples, failed) = controls::taken(notebook, round, kind);
            (at, Visited { samples, failed })
        };
        places.zip(kinds).map(of).collect()
    }

    fn visited(&self, round: u32, rows: &[Row]) -> BTreeMap<usize, Visited> {
        let mut visited = BTreeMap::<usize, Visited>::new();
        for row in rows.iter().filter(|row| row.round == round) {
            if let Some(at) = self.index.of(row) {
                let had = visited.entry(at).or_default();
                had.samples += 1;
                had.failed |= row.error.is_some();
            }
        }
        visited
    }

    /// What earlier sittings say of how long visits take: warming up, the samples,
    /// and building the model.
    fn recall(&mut self, rows: &[Row]) {
        for row in rows {
            if let (Some(at), Some(wall)) = (self.index.of(row), row.wall_ns) {
                let samples = u64::from(self.campaign.samples(at)) * wall;
                let before = row.warm_up_ns.unwrap_or(wall) + row.startup_ns.unwrap_or(0);
                self.pace.took(at, Duration::from_nanos(samples + before));
            }
        }
        self.served(rows);
    }

    /// Notes how many orders samples of these rows served.
    fn served(&mut self, rows: &[Row]) {
        for row in rows.iter().filter(|row| row.error.is_none()) {
            if let Some(at) = self.index.of(row) {
                self.orders.insert(at, row.orders);
            }
        }
    }

    /// Whether visits to these cells would end within the budget.
    fn fits(&self, cells: impl IntoIterator<Item = usize>) -> bool {
        let left = self.stopwatch.left();
        left.is_none_or(|left| !left.is_zero() && self.pace.visits(cells) <= left)
    }

    /// Time left, where so many visits of this round are to come.
    fn left(&self, round: u32, visits: usize, part: &[usize]) -> Option<Duration> {
        let by_rounds = (!self.pace.is_unknown()).then(|| {
            let whole = self.pace.visits(part.iter().copied());
            let later = whole * (self.campaign.last() - round);
            whole.mul_f64(visits as f64 / part.len() as f64) + later
        });
        [by_rounds, self.stopwatch.left()]
            .into_iter()
            .flatten()
            .min()
    }

    /// How many rounds, and why no more.
    fn line(&self, ended: Ended, round: u32, rows: &[Row]) -> String {
        let done = counted(round as usize - 1, "round");
        let standing = self.standing(round, rows);
        let begun = !self.visited(round, rows).is_empty();
        let part = if begun { " and a part of the next" } else { "" };
        match ended {
            Ended::Asked if round as usize <= ROUNDS => format!("{done}, as asked"),
            Ended::Asked => format!("{done}, as asked; {standing}"),
            Ended::Known => format!("{done}: {standing}"),
            Ended::Spent => {
                let budget = self.stopwatch.budget();
                let budget = budget.map_or_else(String::new, |budget| format!(" of {budget}"));
                let wanted = match self.campaign.rounds {
                    Some(asked) => format!("{asked} were asked for"),
                    None => standing,
                };
                format!("{done}{part}: the budget{budget} is spent; {wanted}")
            }
            Ended::Most => format!("{done}, the most there are; {standing}"),
            Ended::Interrupted => format!("{done}{part}: interrupted"),
        }
    }

    /// How many scenarios are decided, futile and open, and which more time may decide.
    fn standing(&self, round: u32, rows: &[Row]) -> String {
        let (mut decided, mut futile, mut open) = (0, 0, Vec::new());
        for panel in &self.panels {
            match panel.outlook(rows, &self.index, round) {
                Outlook::Decided => decided += 1,
                Outlook::Futile => futile += 1,
                Outlook::Open(_) => open.push(panel.title.as_str()),
            }
        }
        let (named, rest) = open.split_at(open.len().min(NAMED));
        let names = match (named, rest.len()) {
            ([], _) => String::new(),
            (named, 0) => format!(" (more time may decide {})", named.join(", ")),
            (named, more) => format!(
                " (more time may decide {} and {more} more)",
                named.join(", ")
            ),
        };
        format!(
            "of {}, {decided} decided, {futile} futile, {} open{names}",
            counted(self.panels.len(), "scenario"),
            open.len()
        )
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// A permutation of `0..count` for this round, recorded by its seed.
fn shuffled(count: usize, seed: u64, round: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    shuffle(&mut order, seed, u64::from(round));
    order
}
