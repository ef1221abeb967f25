//! `--plan`: what a command would measure, after everything that comes before the
//! first measurement.

use std::fmt::Write as _;

use super::say;
use crate::base::error::Result;
use crate::base::si;
use crate::campaign::time::Budget;
use crate::campaign::{MOST_ROUNDS, OPEN_LOOP, samples};
use crate::lab::sampling::{Planned, Sampling};
use crate::record::objective::Objective;
use crate::selection::resolved::ResolvedCell;
use crate::stats::ROUNDS;

/// What decides how often each cell is visited.
pub(super) enum Extent {
    /// Rounds over all cells, so many or as many as fit; within this time.
    Rounds(Option<u32>, Option<Budget>),
    /// A search for the highest rate that keeps this.
    Search(Objective, Option<Budget>),
    /// Each cell once.
    Once,
}

/// What one visit to a cell serves.
pub(super) enum Visit {
    /// So many batches; of two builds, those of both.
    Batches(u64),
    /// A warm-up, and so many samples or as many as the kind of cell gets.
    Samples(Sampling, Option<u32>),
}

impl Visit {
    /// Orders of a sample, how long it lasts, and how long the visit does, ns.
    fn of(&self, cell: &ResolvedCell) -> (String, u64, u64) {
        let by_rate = cell.shared().load > 0.0;
        let (sampling, taken) = match *self {
            Visit::Batches(batches) => (Sampling::Batch, batches),
            Visit::Samples(sampling, asked) => {
                (sampling, u64::from(asked.unwrap_or_else(|| samples(cell))))
            }
        };
        let Planned {
            orders,
            mut sample_ns,
            mut warm_up_ns,
        } = sampling.planned(cell);
        let orders = match orders {
            // A load becomes a rate when the run has measured what it is a part of.
            _ if by_rate => {
                sample_ns = OPEN_LOOP.as_nanos() as u64;
                "by the rate".into()
            }
            Some(orders) => orders.to_string(),
            None => "by the speed".into(),
        };
        if matches!(self, Visit::Batches(_)) {
            warm_up_ns = 0;
        }
        (
            orders,
            sample_ns,
            sample_ns.saturating_mul(taken).saturating_add(warm_up_ns),
        )
    }
}

/// What a command would measure.
pub(super) struct Preview<'a> {
    pub(super) cells: &'a [ResolvedCell],
    pub(super) visit: Visit,
    pub(super) extent: Extent,
}

impl Preview<'_> {
    /// Writes it to standard output.
    ///
    /// # Errors
    /// An output that cannot be written.
    pub(super) fn show(&self) -> Result<()> {
        say(&self.text())
    }

    fn text(&self) -> String {
        let mut lines = Vec::new();
        let mut round = 0;
        for cell in self.cells {
            let (orders, ns, visit_ns) = self.visit.of(cell);
            round += visit_ns;
            let set = cell.set.iter().map(|(key, value)| format!("{key}={value}"));
            let set: Vec<String> = set.collect();
            lines.push([
                format!("{} {}", cell.id(), set.join(" "))
                    .trim_end()
                    .to_owned(),
                orders,
                cell.in_flight().to_string(),
                if ns == 0 {
                    "—".into()
                } else {
                    si::time(ns as f64)
                },
            ]);
        }
        let mut out = table(["cell", "orders", "in flight", "lasts"], &lines);
        let cells = match self.cells.len() {
            1 => "1 cell".into(),
            several => format!("{several} cells"),
        };
        let _ = writeln!(out, "\n{cells}; {}", self.times(round));
        out += "lasts: waits and arithmetic of a sample's orders, or the least that a sample takes; sockets, the model and the start of processes come on top\nnothing was measured\n";
        out
    }

    /// How often, and how long that takes.
    fn times(&self, round_ns: u64) -> String {
        let time = |ns: u64| si::time(ns as f64);
        let within = |budget: &Option<Budget>| match budget {
            Some(budget) => format!(", within {budget}"),
            None => String::new(),
        };
        match &self.extent {
            Extent::Once => format!("each once, {} at least", time(round_ns)),
            Extent::Search(objective, budget) => format!(
                "a search for the highest rate of each that keeps {objective}{}",
                within(budget)
            ),
            Extent::Rounds(Some(rounds), budget) => format!(
                "{rounds} rounds of at least {} each{}: {} in all",
                time(round_ns),
                within(budget),
                time(round_ns.saturating_mul(u64::from(*rounds)))
            ),
            Extent::Rounds(None, budget) => format!(
                "{ROUNDS} to {MOST_ROUNDS} rounds of at least {} each{}",
                time(round_ns),
                within(budget)
            ),
        }
    }
}

/// Columns under their names: words to the left, numbers to the right.
fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(str::to_owned);
    let mut widths = [0; N];
    for row in rows.iter().chain([&head]) {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut out = String::new();
    for row in [&head].into_iter().chain(rows) {
        let _ = write!(out, "{:width$}", row[0], width = widths[0]);
        for (text, width) in row.iter().zip(widths).skip(1) {
            let _ = write!(out, "  {text:>width$}");
        }
        out.push('\n');
    }
    out
}
