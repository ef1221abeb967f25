//! Two runs against each other: every cell of them, figure by figure.
//!
//! A run's rounds share no moment with another's, so nothing is paired: see
//! [`unpaired`]. What the machine itself did meanwhile is taken out, and what that
//! leaves in doubt widens the intervals: see `drift`.

mod cells;
mod decided;
mod differences;
mod drift;
mod figure;
mod render;
mod side;

use std::collections::BTreeMap;

use serde::Serialize;

use self::cells::{Matched, matched};
pub use self::decided::Lack;
use self::decided::lack;
use self::differences::differences;
pub(super) use self::differences::facts;
use self::drift::{Drift, Which, machine_share};
pub use self::drift::{Moved, Reference};
use self::figure::cost;
pub use self::figure::{FIGURES, figure};
pub use self::render::{markdown, text};
pub use self::side::{Side, comparable};
use crate::base::word::Word;
use crate::host::HostFacts;
use crate::kit::Class;
use crate::record::identity::Identity;
use crate::record::latency;
use crate::record::placement::Placed;
use crate::record::quantity::{Quantity, Source, THROUGHPUT};
use crate::record::rounds::by_round;
use crate::record::row::Row;
use crate::stats::quantile::median;
use crate::stats::unpaired::{self, Unpaired};
use crate::stats::verdict::{Comparison as Judged, Verdict};
use crate::workload::client::Client;

/// How two runs are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// How much more a figure may cost before that is a regression, as a part.
    pub threshold: f64,
    /// The figures that decide; the others advise.
    pub gate: Vec<Quantity>,
    /// Decide although hosts or versions differ.
    pub force: bool,
}

/// Two runs, compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The run that is compared with.
    pub base: Run,
    /// The run that is compared.
    pub head: Run,
    /// What differs besides what was to be compared, a line each.
    pub differences: Vec<String>,
    /// Whether this decides nothing, because of what differs.
    pub advisory: bool,
    /// What else a reader should know, a line each.
    pub notes: Vec<String>,
    /// How much more is a regression, per cent.
    pub threshold_percent: f64,
    /// The figures that decide.
    pub gate: Vec<Quantity>,
    /// How the machine's own speed changed, by reference.
    pub machine: Machine,
    /// Every cell of either run.
    pub cells: Vec<Cell>,
}

/// One of the runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Run {
    /// Where it lies.
    pub place: String,
    /// Its rows' own name for it.
    pub run: Option<String>,
    /// The machine in one line.
    pub host: Option<String>,
    /// When it began.
    pub at: Option<String>,
    /// Revision of the source tree.
    pub revision: Option<String>,
}

/// How the machine's own speed changed; absent where a run has no reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// By the loop of arithmetic.
    pub arithmetic: Reference,
    /// By the loopback exchange.
    pub loopback: Reference,
}

/// What is said of a figure, or of a whole cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The head costs less.
    Faster,
    /// The head costs more.
    Slower,
    /// Neither, and the interval lies within ±3 %.
    Tie,
    /// None of these: more rounds may tell.
    Undecided,
    /// In the head alone.
    New,
    /// In the base alone.
    Gone,
    /// No sample of one run held.
    Invalid,
}

/// One cell in both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// All that was asked of it.
    #[serde(skip)]
    pub identity: Identity<'static>,
    /// Its id.
    pub cell: String,
    /// The URL that was asked; absent where it was the mock server, or there is none.
    pub target: Option<String>,
    /// `equal` or `shipped`.
    pub class: Word<Class>,
    /// Where its server sat; empty where rows do not say.
    pub placement: Word<Placed>,
    /// `wire`, `reqwest` or `none`.
    pub client: Word<Client>,
    /// Parameters that were changed.
    pub set: BTreeMap<String, String>,
    /// New, gone or invalid; absent where its figures say more.
    pub finding: Option<Finding>,
    /// Why it is invalid.
    pub why: Option<String>,
    /// Whether it failed in the head alone, which no gate lets pass.
    pub broken: bool,
    /// Rounds in base and head.
    pub rounds: [usize; 2],
    /// Samples that failed in base and head.
    pub failed: [usize; 2],
    /// What is known of each figure.
    pub figures: BTreeMap<Quantity, Compared>,
}

/// One figure of a cell in both runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// Median over the base's rounds, in the figure's unit, as measured.
    pub base: Option<f64>,
    /// Likewise, of the head.
    pub head: Option<f64>,
    /// What the head costs over what the base does, without what the machine itself
    /// did; above 1 is worse.
    pub ratio: Option<f64>,
    /// What that may be at least, at the level of this comparison within all.
    pub low: Option<f64>,
    /// What that may be at most.
    pub high: Option<f64>,
    /// What is shown.
    pub finding: Finding,
    /// Why nothing can be; absent where something is.
    pub lack: Option<Lack>,
    /// Whether this figure decides.
    pub gates: bool,
    /// Whether it is slower by more than the threshold.
    pub beyond: bool,
}

impl Compared {
    /// Whether this is what a gate is there for.
    #[must_use]
    pub fn regressed(&self) -> bool {
        self.gates && self.beyond
    }
}

impl Cell {
    /// Its id, with what else was asked of it behind it.
    #[must_use]
    pub fn title(&self) -> String {
        self.identity.name()
    }
}

impl Comparison {
    /// Figures that gate and regressed.
    #[must_use]
    pub fn regressions(&self) -> usize {
        let figures = self.cells.iter().flat_map(|cell| cell.figures.values());
        figures.filter(|figure| figure.regressed()).count()
    }

    /// Cells that failed in the head alone.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.cells.iter().filter(|cell| cell.broken).count()
    }

    /// Whether a gate lets this pass: one that did not decide does not.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.regressions() + self.broken() == 0 && self.undecided().is_empty()
    }
}

/// Compares `head` with `base`.
#[must_use]
pub fn compare(base: &Side, head: &Side, asked: &Asked) -> Comparison {
    let matched = matched(&base.rows, &head.rows);
    let differences = differences(base, head, &matched);
    let drift = Drift::of(&base.readings, &head.readings);
    let mut cells: Vec<Cell> = matched.iter().map(cell).collect();
    judge(&mut cells, &matched, &drift, asked);
    Comparison {
        base: run(base),
        head: run(head),
        advisory: !asked.force && !differences.is_empty(),
        differences,
        notes: notes(base, head, &matched),
        threshold_percent: asked.threshold * 100.0,
        gate: asked.gate.clone(),
        machine: Machine {
            arithmetic: drift.arithmetic(),
            loopback: drift.loopback(),
        },
        cells,
    }
}

fn run(side: &Side) -> Run {
    let host = side.host.as_ref();
    let host = host.filter(|host| **host != HostFacts::default());
    Run {
        place: side.place.clone(),
        run: side.rows.first().map(|row| row.run.clone()),
        host: host.map(HostFacts::line),
        at: host.map(|host| host.at.clone()),
        revision: host.and_then(|host| host.revision.clone()),
    }
}

/// What the rows say of a cell before anything is judged.
fn cell(matched: &Matched<'_>) -> Cell {
    let any = matched.head.first().or(matched.base.first());
    let finding = finding(matched);
    let error = |rows: &[&Row]| rows.iter().find_map(|row| row.error.clone());
    let failed = |rows: &[&Row]| !rows.iter().any(|row| row.error.is_none());
    let invalid = finding == Some(Finding::Invalid);
    let broken = invalid && !failed(&matched.base);
    let why = invalid.then(|| {
        let side = if broken { "HEAD" } else { "BASE" };
        let rows = if broken { &matched.head } else { &matched.base };
        format!("failed in {side}: {}", error(rows).unwrap_or_default())
    });
    let rounds = [&matched.base, &matched.head]
        .map(|rows| by_round(rows, |row| cost(THROUGHPUT, row)).len());
    Cell {
        cell: any.map_or_else(String::new, |row| row.cell.clone()),
        class: any.map_or_else(Word::default, |row| row.class.clone()),
        placement: matched.identity.placement.clone(),
        identity: matched.identity.clone().into_owned(),
        target: any.and_then(|row| row.target.clone()),
        client: any.map_or_else(Word::default, |row| row.client.clone()),
        set: any.map_or_else(BTreeMap::new, |row| row.set.clone()),
        finding,
        why,
        broken,
        rounds,
        failed: [&matched.base, &matched.head]
            .map(|rows| rows.iter().filter(|row| row.error.is_some()).count()),
        figures: FIGURES
            .into_iter()
            .filter_map(|figure| Some((figure, measured(figure, matched, finding)?)))
            .collect(),
    }
}

fn finding(matched: &Matched<'_>) -> Option<Finding> {
    let failed = |rows: &[&Row]| !rows.iter().any(|row| row.error.is_none());
    if matched.base.is_empty() {
        Some(Finding::New)
    } else if matched.head.is_empty() {
        Some(Finding::Gone)
    } else if failed(&matched.base) || failed(&matched.head) {
        Some(Finding::Invalid)
    } else {
        None
    }
}

/// A figure as it was measured; `None` where neither run has it.
fn measured(figure: Quantity, matched: &Matched<'_>, finding: Option<Finding>) -> Option<Compared> {
    let middle = |rows: &[&Row]| {
        let rounds: Vec<f64> = by_round(rows, |row| figure.of_row(row))
            .into_values()
            .collect();
        median(&rounds).or_else(|| merged(figure, rows))
    };
    let (base, head) = (middle(&matched.base), middle(&matched.head));
    base.or(head)?;
    // Too few rounds for an interval still show how far the figures lie apart.
    let apart = base.zip(head).map(|(base, head)| match figure.less {
        true => head / base,
        false => base / head,
    });
    let lack = lack(figure, matched);
    Some(Compared {
        base,
        head,
        ratio: apart.filter(|_| finding.is_none() && lack != Some(Lack::InFlight)),
        low: None,
        high: None,
        finding: finding.unwrap_or(Finding::Undecided),
        lack,
        gates: false,
        beyond: false,
    })
}

/// A percentile that no round states, of all rounds together.
fn merged(figure: Quantity, rows: &[&Row]) -> Option<f64> {
    let Source::Times(times, percentile) = figure.source else {
        return None;
    };
    let good = rows.iter().filter(|row| row.error.is_none());
    let parts = good.filter_map(|row| times.of_row(row));
    percentile.ns(&latency::merge(parts).ok()??)
}

/// Says of every figure that both runs have in enough rounds what is shown. Those
/// that gate are one family of comparisons, the others another.
fn judge(cells: &mut [Cell], matched: &[Matched<'_>], drift: &Drift, asked: &Asked) {
    for gates in [true, false] {
        let (mut at, mut family) = (Vec::new(), Vec::new());
        for (index, (cell, matched)) in cells.iter().zip(matched).enumerate() {
            if cell.finding.is_some() {
                continue;
            }
            let share = machine_share(matched.base.iter().chain(&matched.head).copied());
            for (figure, compared) in &cell.figures {
                let figure = *figure;
                if compared.lack != Some(Lack::InFlight) && asked.gate.contains(&figure) == gates {
                    at.push((index, figure));
                    family.push(costs(matched, figure, drift, share));
                }
            }
        }
        let found = unpaired::compare(&family);
        for (((index, figure), of), judged) in at.into_iter().zip(&family).zip(found) {
            if let Some(compared) = cells[index].figures.get_mut(&figure) {
                compared.gates = gates;
                compared.say(of, judged, asked.threshold);
            }
        }
    }
}

impl Compared {
    fn say(&mut self, of: &Unpaired, judged: Judged, threshold: f64) {
        if let Some(difference) = of.difference() {
            self.ratio = Some(difference.exp());
        }
        let Some(ratio) = judged.ratio else { return };
        self.low = Some(ratio.interval.low);
        self.high = Some(ratio.interval.high);
        self.finding = match judged.verdict {
            Verdict::Faster => Finding::Faster,
            Verdict::Slower => Finding::Slower,
            Verdict::Tie => Finding::Tie,
            Verdict::Undecided => Finding::Undecided,
        };
        self.beyond = self.finding == Finding::Slower && ratio.middle > 1.0 + threshold;
    }
}

/// What a figure cost in each round of both runs, without what the machine did.
fn costs(matched: &Matched<'_>, figure: Quantity, drift: &Drift, share: f64) -> Unpaired {
    let workload = matched.base.first().map_or("", |row| row.workload.as_str());
    let without = |rows: &[&Row], which| {
        let costs = by_round(rows, |row| cost(figure, row))
            .into_iter()
            .map(|((_, round), cost)| (round, cost))
            .collect();
        drift.without(&costs, which, workload, figure, share)
    };
    Unpaired {
        base: without(&matched.base, Which::Base),
        head: without(&matched.head, Which::Head),
        noise: drift.noise(workload, figure, share),
    }
}

fn notes(base: &Side, head: &Side, cells: &[Matched<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    let without: Vec<&str> = [("BASE", base), ("HEAD", head)]
        .into_iter()
        .filter(|(_, side)| side.readings.is_empty())
        .map(|(name, _)| name)
        .collect();
    if !without.is_empty() {
        notes.push(format!(
            "no reference of the machine's own speed in {}: figures are compared as they are, and a drift between the runs is in them",
            without.join(" and ")
        ));
    }
    for cell in cells {
        for (name, rows) in [("BASE", &cell.base), ("HEAD", &cell.head)] {
            let failed = rows.iter().filter(|row| row.error.is_some()).count();
            if failed > 0 && failed < rows.len() {
                let all = rows.len();
                notes.push(format!(
                    "{}: {failed} of {all} samples failed in {name}; the others are compared",
                    rows[0].cell
                ));
            }
        }
        let rate = |rows: &[&Row]| rows.first().and_then(|row| row.set.get("rate").cloned());
        if let (Some(base), Some(head)) = (rate(&cell.base), rate(&cell.head))
            && base != head
        {
            let (workload, scenario) = (&cell.base[0].workload, &cell.base[0].scenario);
            let line = format!(
                "{workload}/{scenario}: its load came to {base}/s in BASE and {head}/s in HEAD"
            );
            if !notes.contains(&line) {
                notes.push(line);
            }
        }
    }
    notes
}

#[cfg(test)]
mod tests;
