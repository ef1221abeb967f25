//! Searching for capacities: every model is asked in turns at a rate of its own,
//! each time in a fresh runner, until each capacity is known or the time is up.

use std::time::{Duration, Instant};

use super::load::{closed, offer};
use super::time::{Budget, Pace, Stopwatch};
use super::visit::{Visit, keep};
use super::{At, Ended, Outcome, Watch, counted, shuffled};
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::lab::Lab;
use crate::record::objective::OBJECTIVE;
use crate::record::objective::Objective;
use crate::report::text::capacity::over;
use crate::results::notebook::Notebook;
use crate::selection::resolved::ResolvedCell;
use crate::stats::capacity::{LEAST_SAMPLES, Search};

/// How long a sample asks at least: what it says of a rate decides by itself.
const SCHEDULE: Duration = Duration::from_secs(2);
/// The part of its closed-loop throughput that a model is asked at first where
/// its scenario names no rate.
const FIRST: f64 = 0.25;
/// Failed samples after which a model is asked no more: another rate does not
/// mend what is wrong.
const MOST_ERRORS: usize = 3;
/// Most that a search is left to ask: beyond that the machine does not hold still.
const MOST_TURNS: u32 = 100;

/// Whole orders a second, so that what is recorded is what is offered.
fn whole(rate: f64) -> f64 {
    rate.round().max(1.0)
}

/// A search over models.
#[derive(Clone, Debug)]
pub struct Hunt {
    /// The cells.
    pub cells: Vec<ResolvedCell>,
    /// What response times must keep.
    pub objective: Objective,
    /// Seed of the orders' draws and of the turns' shuffling.
    pub seed: u64,
}

impl Hunt {
    /// The time that the search is given: `asked`, or what it is likely to take.
    ///
    /// # Errors
    /// [`Error::Usage`] where `asked` is spent before a single capacity can be known:
    /// all models are asked in turns.
    pub fn budget(&self, asked: Option<Budget>) -> Result<Budget> {
        // Runners start, schedules are longer for high quantiles, rates are far off.
        let likely = Budget::of(2 * self.least());
        let Some(budget) = asked else {
            return Ok(likely);
        };
        if budget.0 >= self.least() {
            return Ok(budget);
        }
        let each = self.least() / self.cells.len().max(1) as u32;
        let enough = budget.0.as_secs() / each.as_secs().max(1);
        let fewer = match enough {
            0 => String::new(),
            enough => format!(
                ", or name at most {} with --models",
                counted(enough as usize, "model")
            ),
        };
        Err(Error::Usage(format!(
            "--slo searches {} in turns, which takes {} s at least and about {likely}; \
             --budget {budget} would find no capacity: leave it out{fewer}",
            counted(self.cells.len(), "cell"),
            self.least().as_secs()
        )))
    }

    /// The least time in which every capacity can be known.
    fn least(&self) -> Duration {
        SCHEDULE * LEAST_SAMPLES * self.cells.len() as u32
    }

    /// Asks in turns until each model's capacity is known, or the time is up.
    /// Rows say in `round` which turn it was.
    ///
    /// # Errors
    /// A row that cannot be kept or passed on, or a rate out of range.
    pub fn run(
        &self,
        lab: &mut Lab,
        notebook: &mut Notebook,
        stopwatch: &Stopwatch,
        watch: &mut dyn Watch,
    ) -> Result<Outcome> {
        let mut searches: Vec<Option<Search>> = vec![None; self.cells.len()];
        let mut errors = vec![0; self.cells.len()];
        let (mut pace, mut visits, mut failed) = (Pace::default(), 0, 0);
        let mut turn = 1;
        lab.end_by(stopwatch.end());
        let ended = 'hunt: loop {
            let open = |search: &Option<Search>| {
                search.as_ref().is_none_or(|search| search.next().is_some())
            };
            let mut order = shuffled(self.cells.len(), self.seed, turn);
            order.retain(|&at| open(&searches[at]) && errors[at] < MOST_ERRORS);
            if order.is_empty() {
                break Ended::Known;
            }
            if turn > MOST_TURNS {
                break Ended::Most;
            }
            let asked = order.len();
            for (position, at) in (0..).zip(order) {
                if interrupt::requested() {
                    break 'hunt Ended::Interrupted;
                }
                let left = stopwatch.left();
                if left.is_some_and(|left| pace.visit(at) > left || left.is_zero()) {
                    break 'hunt Ended::Spent;
                }
                let cell = &self.cells[at];
                let to_come = searches.iter().zip(0..).map(|(search, at)| {
                    let answers = search.as_ref().map_or(LEAST_SAMPLES, Search::left);
                    pace.visit(at) * answers
                });
                let to_come = (!pace.is_unknown()).then(|| to_come.sum());
                watch.begins(&At {
                    round: turn,
                    done: position as usize,
                    cells: asked,
                    left: [to_come, left].into_iter().flatten().min(),
                    cell: cell.id(),
                });
                let begun = Instant::now();
                let search = match &mut searches[at] {
                    Some(search) => search,
                    unknown => match self.first(lab, cell) {
                        Ok(rate) => unknown.insert(Search::from(rate)),
                        // The next visit would not be waited for.
                        Err(error) if lab.is_over() => {
                            let asked = self.at(cell, 1.0)?;
                            let row = lab.refused(&asked, &error, self.seed, turn, position);
                            failed += usize::from(keep(&row, notebook, watch)?);
                            break 'hunt Ended::Spent;
                        }
                        // The first visit meets it too, and keeps a row that says why.
                        Err(_) => unknown.insert(Search::from(1.0)),
                    },
                };
                let Some(rate) = search.next() else { continue };
                let visit = Visit {
                    cell: &self.at(cell, rate)?,
                    seed: self.seed.wrapping_add(u64::from(turn)),
                    round: turn,
                    position,
                    samples: 1,
                    before: None,
                };
                let errors_now = visit.make(lab, &mut |row| keep(&row, notebook, watch))?;
                errors[at] += errors_now;
                failed += errors_now;
                if interrupt::requested() {
                    break 'hunt Ended::Interrupted;
                }
                let answer = notebook.rows().last();
                let found = answer.map_or(f64::INFINITY, |row| over(row, &self.objective));
                search.answer(whole(rate), found);
                pace.took(at, begun.elapsed());
                visits += 1;
            }
            turn += 1;
        };
        let narrow = |search: &&Search| search.known().is_narrow();
        let known = searches.iter().flatten().filter(narrow).count();
        Ok(Outcome {
            ended,
            rounds: turn - 1,
            visits,
            failed,
            line: self.line(ended, known, visits, stopwatch),
        })
    }

    /// The rate that a model is asked at first: the scenario's, or a part of what
    /// one closed-loop batch shows.
    ///
    /// # Errors
    /// A batch that failed.
    fn first(&self, lab: &mut Lab, cell: &ResolvedCell) -> Result<f64> {
        let rate = cell.shared().rate;
        if rate > 0.0 {
            return Ok(rate);
        }
        let row = lab.open(&closed(cell)?)?.sample(lab, self.seed, 0, 0);
        match row.orders_per_s {
            Some(most) => Ok(FIRST * most),
            None => Err(Error::Failed(row.error.unwrap_or_default())),
        }
    }

    /// The cell at a rate, with a schedule that is long enough to state the
    /// objective's quantile.
    fn at(&self, cell: &ResolvedCell, rate: f64) -> Result<ResolvedCell> {
        let cell = cell.changed(|spec| {
            offer(spec, whole(rate));
            let orders = self.objective.orders().to_string();
            spec.scenario.params.put("orders", &orders);
            let objective = self.objective.to_string();
            spec.set.insert(OBJECTIVE.into(), objective);
        })?;
        cell.lengthened(SCHEDULE)
    }

    fn line(&self, ended: Ended, known: usize, visits: usize, stopwatch: &Stopwatch) -> String {
        let all = self.cells.len();
        let asked = counted(visits, "sample");
        match ended {
            Ended::Spent => {
                let budget = stopwatch.budget().map(|budget| format!(" of {budget}"));
                let budget = budget.unwrap_or_default();
                format!(
                    "{asked}: the budget{budget} is spent; {known} of {all} capacities are known to 5 %"
                )
            }
            Ended::Interrupted => {
                format!("{asked}: interrupted; {known} of {all} capacities are known to 5 %")
            }
            _ => format!("{asked}: {known} of {all} capacities are known to 5 %"),
        }
    }
}
