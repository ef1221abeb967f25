//! Scenarios measured at several values of one parameter: a column a value, and
//! the knee.

use std::collections::BTreeMap;

use super::below::{Below, carried, errors, title};
use super::column::{nothing, number, service, time_unit};
use super::grid::{Cell, Column, Grid, Markup, Style};
use super::html;
use super::once::Once;
use crate::base::si::{self, ABSENT};
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::quantity::THROUGHPUT;
use crate::report::analysis::open_loop::overloaded;
use crate::report::analysis::panel::Index;
use crate::report::analysis::standing::Statement;
use crate::report::analysis::summary::Summary;
use crate::report::analysis::summary::sampling;
use crate::report::analysis::sweeps::Sweep;
use crate::stats::interval::Interval;
use crate::stats::knee::{Censored, Knee};

impl<'p, 'a> Sweep<'p, 'a> {
    /// Throughput where the loop is closed, times and knee of each model, and what
    /// flags and errors there are.
    pub(crate) fn table(&self, rows: &Index<'_>, style: &Style, once: &mut Once) -> String {
        let name = format!("{} over {}", self.title(), self.key);
        title(&name, &self.about(), style) + &self.figures(rows, style, once)
    }

    /// How many samples stand behind each figure, and what was set.
    pub(crate) fn about(&self) -> String {
        let all: Vec<&Summary> = self.cells().map(|(_, cell)| cell).collect();
        let mut about = vec![format!("{} at each value", sampling(&all))];
        let set = self.points.first();
        about.extend(
            set.into_iter()
                .flat_map(|(_, first)| first.shared.untold(&first.apart)),
        );
        about.join("; ")
    }

    /// The tables and what stands below them, without a title.
    pub(crate) fn figures(&self, rows: &Index<'_>, style: &Style, once: &mut Once) -> String {
        let open = self.open();
        let all: Vec<&Summary> = self.cells().map(|(_, cell)| cell).collect();
        let mut out = String::new();
        if !open && self.key != "rate" {
            let of = |cell: &Summary| {
                cell.of(&THROUGHPUT)
                    .map_or(nothing(cell), |rate| si::short(rate).into())
            };
            let grid = self.grid(format!("orders/s by {}", self.key), &of);
            out += &piece(&grid, style);
            once.grid(&grid, style);
            once.word("orders/s");
            out.push('\n');
        }
        let p50 = |cell: &Summary| cell.of(&self.time());
        let settled = all.iter().filter(|cell| !overloaded(cell));
        let what = if open { "response" } else { "service" };
        let (unit, ns) = time_unit(settled.filter_map(|cell| p50(cell)));
        let grid = {
            let of = |cell: &Summary| match p50(cell) {
                Some(time) if overloaded(cell) => (si::plain(time / ns) + "*").into(),
                Some(time) if open => number(Some(time), ns),
                Some(_) => service(cell, &self.time(), ns, &self.fullest(cell)),
                None => nothing(cell),
            };
            let label = format!("{what} p50, {unit}, by {}", self.key);
            let mut grid = self.grid(label, &of);
            grid.columns.push(Column::new(&["knee"], true));
            for (row, (label, _)) in grid.rows.iter_mut().zip(self.models()) {
                row.push(self.told(&self.knee(&label, rows)).into());
            }
            grid
        };
        once.grid(&grid, style);
        once.word(what);
        once.word("knee");
        out += &piece(&grid, style);
        let mut below = Below::new(style);
        self.flagged(&mut below);
        for (value, panel) in &self.points {
            let at = format!(" at {} = {}", self.key, value.0);
            errors(
                panel.cells.iter().copied(),
                |cell| cell.label() + &at,
                &mut below,
            );
        }
        out += &below.told();
        all.iter().for_each(|cell| once.met(cell));
        out
    }

    fn grid(&self, label: String, of: &dyn Fn(&Summary) -> Cell) -> Grid {
        let models = self.models();
        let mut columns = vec![Column::new(&["model"], true)];
        columns.extend(
            self.points
                .iter()
                .map(|(value, _)| Column::new(&[value.0], false)),
        );
        let rows = models.iter().map(|(label, _)| {
            let mut row = vec![Cell::from(label.clone())];
            row.extend(self.points.iter().map(|(_, panel)| {
                let cell = panel.cells.iter().find(|cell| cell.label() == *label);
                cell.map_or(ABSENT.to_owned().into(), |cell| of(cell))
            }));
            row
        });
        Grid {
            rows: rows.collect(),
            columns,
            apart: models.iter().filter(|(_, ranked)| *ranked).count(),
            label,
            ..Grid::default()
        }
    }

    /// A knee in words.
    pub(crate) fn told(&self, knee: &Knee) -> String {
        told(knee, if self.key == "rate" { "/s" } else { "" })
    }

    /// A line a flag: which models carry it at which values.
    fn flagged(&self, below: &mut Below) {
        let mut flagged: BTreeMap<&Word<Flag>, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (value, cell) in self.cells() {
            for flag in cell.flags.keys() {
                let models = flagged.entry(flag).or_default();
                let values = models.entry(cell.label()).or_default();
                let part = carried(cell, flag).map_or(String::new(), |part| format!(" ({part})"));
                values.push(format!("{}{part}", value.0));
            }
        }
        for (flag, models) in flagged {
            let models = models
                .into_iter()
                .map(|(label, values)| format!("{label} at {}", values.join(", ")));
            below.statement(&Statement {
                lead: format!("flagged {flag}"),
                facts: models.collect(),
            });
        }
    }
}

/// A grid below what it shows.
fn piece(grid: &Grid, style: &Style) -> String {
    let what = format!("{}:", grid.label);
    let what = match style.markup {
        Markup::Plain => what + "\n",
        Markup::Markdown => what + "\n\n",
        Markup::Html => html::paragraph(&what),
    };
    what + &grid.render(style)
}

/// `≈ 5.2k/s [4.8k, 5.9k]`; an end that was not seen reads `≥ 10k`.
fn told(knee: &Knee, unit: &str) -> String {
    let (point, interval) = match knee {
        Knee::TooFew => return ABSENT.to_owned(),
        Knee::At { load, interval } => (format!("≈ {}{unit}", si::tidy(*load)), interval),
        Knee::Beyond { last, interval } => {
            // Where no resample leaves the plateau, an interval adds nothing.
            let interval = interval.as_ref().filter(|i| i.interval.low < *last);
            return format!("none up to {}{unit}{}", si::tidy(*last), ends(interval));
        }
    };
    point + &ends(interval.as_ref())
}

fn ends(interval: Option<&Censored>) -> String {
    interval.map_or(String::new(), |of| {
        let Interval { low, high } = of.interval;
        let open = if of.open_above { "≥ " } else { "" };
        format!(" [{}, {open}{}]", si::tidy(low), si::tidy(high))
    })
}
