//! Scenarios measured at several values of one parameter: a column a value, and
//! the knee.

use std::collections::{BTreeMap, BTreeSet};

use super::below::{Below, carried, errors, explained, title};
use super::grid::{Cell, Column, Grid};
use super::table::{Style, nothing, number, sampling, time_unit};
use crate::base::si::{self, ABSENT};
use crate::record::rounds::by_round;
use crate::record::row::{Latency, Row};
use crate::record::setting::Setting;
use crate::report::analysis::open_loop::{is_open, overloaded};
use crate::report::analysis::palette::place;
use crate::report::analysis::panel::Panel;
use crate::report::analysis::study::Index;
use crate::report::analysis::summary::Summary;
use crate::stats::bootstrap::Interval;
use crate::stats::knee::{Censored, Knee, knee};

/// Values from which on panels are told in one table.
const VALUES: usize = 3;

/// What a reader is shown as one.
pub(crate) enum Shown<'p, 'a> {
    /// A panel of its own.
    Alone(&'p Panel<'a>),
    /// Panels that differ in one number.
    Sweep(Sweep<'p, 'a>),
}

/// A scenario at several values of one parameter.
pub(crate) struct Sweep<'p, 'a> {
    key: &'a str,
    /// By ascending value.
    points: Vec<(Setting<'a>, &'p Panel<'a>)>,
}

/// The panels, in their order, those of each sweep gathered where its first stands.
pub(crate) fn found<'p, 'a>(panels: &'p [Panel<'a>]) -> Vec<Shown<'p, 'a>> {
    let mut shown = Vec::new();
    let mut taken = BTreeSet::new();
    for (at, panel) in panels.iter().enumerate() {
        if taken.contains(&at) {
            continue;
        }
        let base = panel.shared.without(None);
        let alike: Vec<usize> = (0..panels.len())
            .filter(|&other| panels[other].shared.without(None) == base)
            .collect();
        let sweep = axis(&alike, panels).and_then(|key| {
            let rest = panel.shared.without(Some(key));
            let mut points: Vec<(Setting<'a>, usize)> = alike
                .iter()
                .filter(|&&other| panels[other].shared.without(Some(key)) == rest)
                .filter_map(|&other| Some((value(&panels[other], key)?, other)))
                .collect();
            points.sort();
            let values = points.len() >= VALUES && points.iter().any(|(_, other)| *other == at);
            values.then_some((key, points))
        });
        shown.push(match sweep {
            None => Shown::Alone(panel),
            Some((key, points)) => {
                taken.extend(points.iter().map(|(_, at)| *at));
                let points = points.into_iter().map(|(value, at)| (value, &panels[at]));
                Shown::Sweep(Sweep {
                    key,
                    points: points.collect(),
                })
            }
        });
    }
    shown
}

/// The parameter with most numbers among panels that are alike otherwise; the first
/// by name of several.
fn axis<'a>(alike: &[usize], panels: &[Panel<'a>]) -> Option<&'a str> {
    let mut values: BTreeMap<&'a str, BTreeSet<Setting<'a>>> = BTreeMap::new();
    for &at in alike {
        for (key, value) in &panels[at].shared.set {
            if value.number().is_some() {
                values.entry(key).or_default().insert(*value);
            }
        }
    }
    let most = values.values().map(BTreeSet::len).max()?;
    values
        .into_iter()
        .find(|(_, values)| values.len() == most && most >= VALUES)
        .map(|(key, _)| key)
}

/// The panel's value of `key`, where it is a number.
fn value<'a>(panel: &Panel<'a>, key: &str) -> Option<Setting<'a>> {
    let mut set = panel.shared.set.iter();
    let (_, value) = set.find(|(other, _)| *other == key)?;
    value.number().map(|_| *value)
}

impl<'p, 'a> Sweep<'p, 'a> {
    /// Throughput where the loop is closed, times and knee of each model, and what
    /// flags and errors there are.
    pub(crate) fn table(&self, rows: &Index<'_>, style: &Style) -> String {
        let Some((_, first)) = self.points.first() else {
            return String::new();
        };
        let open = self.open();
        let all: Vec<&Summary> = self.cells().map(|(_, cell)| cell).collect();
        let mut about = vec![format!("{} at each value", sampling(&all))];
        about.extend(first.shared.untold(&first.apart));
        let name = self.title();
        let mut out = title(
            &format!("{name} over {}", self.key),
            &about.join("; "),
            style,
        );
        if !open && self.key != "rate" {
            let of = |cell: &Summary| {
                cell.orders_per_s
                    .map_or(nothing(cell), |rate| si::short(rate).into())
            };
            let grid = self.grid(&of);
            out += &piece(&format!("orders/s by {}", self.key), &grid, style);
            out.push('\n');
        }
        let p50 = |cell: &Summary| {
            if open {
                cell.response_p50_ns
            } else {
                cell.service_p50_ns
            }
        };
        let settled = all.iter().filter(|cell| !overloaded(cell));
        let (unit, ns) = time_unit(settled.filter_map(|cell| p50(cell)));
        let grid = {
            let of = |cell: &Summary| match p50(cell) {
                Some(time) if overloaded(cell) => (si::plain(time / ns) + "*").into(),
                Some(time) => number(Some(time), ns),
                None => nothing(cell),
            };
            let mut grid = self.grid(&of);
            grid.columns.push(Column {
                head: vec!["knee".into()],
                left: true,
            });
            for (row, (label, _)) in grid.rows.iter_mut().zip(self.models()) {
                row.push(self.told(&self.knee(&label, rows)).into());
            }
            grid
        };
        let what = if open { "response" } else { "service" };
        out += &piece(
            &format!("{what} p50, {unit}, by {}", self.key),
            &grid,
            style,
        );
        let mut below = Below::new(style);
        if all.iter().any(|cell| overloaded(cell)) {
            below.line("*: overloaded");
        }
        self.flagged(&mut below);
        explained(self.cells().map(|(_, cell)| cell), &mut below);
        for (value, panel) in &self.points {
            let at = format!(" at {} = {}", self.key, value.0);
            errors(
                panel.cells.iter().copied(),
                |cell| cell.label() + &at,
                &mut below,
            );
        }
        out + &below.text
    }

    /// The parameter's name.
    pub(crate) fn key(&self) -> &'a str {
        self.key
    }

    /// The scenario, with what is the same at all values.
    pub(crate) fn title(&self) -> String {
        self.points.first().map_or(String::new(), |(_, first)| {
            first.shared.title(&first.apart, Some(self.key))
        })
    }

    /// Whether orders came from outside.
    pub(crate) fn open(&self) -> bool {
        self.points.iter().any(|(_, panel)| is_open(panel))
    }

    /// All cells, each with its value.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Setting<'a>, &'a Summary)> {
        self.points
            .iter()
            .flat_map(|(value, panel)| panel.cells.iter().map(|&cell| (*value, cell)))
    }

    /// Labels of all models in the order of all tables, and whether each is ranked.
    pub(crate) fn models(&self) -> Vec<(String, bool)> {
        let models: BTreeSet<_> = self
            .cells()
            .map(|(_, cell)| (!cell.ranked(), place(&cell.model), cell.label()))
            .collect();
        models
            .into_iter()
            .map(|(other, _, label)| (label, !other))
            .collect()
    }

    fn grid(&self, of: &dyn Fn(&Summary) -> Cell) -> Grid {
        let models = self.models();
        let mut columns = vec![Column {
            head: vec!["model".into()],
            left: true,
        }];
        columns.extend(self.points.iter().map(|(value, _)| Column {
            head: vec![value.0.to_owned()],
            left: false,
        }));
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
            ..Grid::default()
        }
    }

    /// Where the median time of the model `label` leaves its plateau. A median,
    /// because too few orders of one round stand behind a tail.
    pub(crate) fn knee(&self, label: &str, rows: &Index<'_>) -> Knee {
        let open = self.open();
        let p50 = |latency: &Option<Latency>| latency.as_ref()?.p50_ns.map(|ns| ns as f64);
        let curve: Vec<(f64, BTreeMap<_, f64>)> = self
            .cells()
            .filter(|(_, cell)| cell.label() == label)
            .filter_map(|(value, cell)| {
                let own = rows.get(cell.cell.as_str()).into_iter().flatten().copied();
                let held: Vec<&Row> = own.filter(|row| cell.holds(row)).collect();
                let times = by_round(&held, |row| {
                    p50(if open { &row.response } else { &row.service })
                });
                Some((value.number()?, times))
            })
            .collect();
        knee(&curve)
    }

    /// A knee in words.
    pub(crate) fn told(&self, knee: &Knee) -> String {
        told(knee, if self.key == "rate" { "/s" } else { "" })
    }

    /// A line a flag: which models carry it at which values.
    fn flagged(&self, below: &mut Below) {
        let mut flagged: BTreeMap<&str, BTreeMap<String, Vec<String>>> = BTreeMap::new();
        for (value, cell) in self.cells() {
            for flag in cell.flags.keys() {
                let models = flagged.entry(flag).or_default();
                let values = models.entry(cell.label()).or_default();
                let part = carried(cell, flag).map_or(String::new(), |part| format!(" ({part})"));
                values.push(format!("{}{part}", value.0));
            }
        }
        for (flag, models) in flagged {
            let mut clauses: Vec<String> = models
                .into_iter()
                .map(|(label, values)| format!("{label} at {}", values.join(", ")))
                .collect();
            if let Some(first) = clauses.first_mut() {
                *first = format!("flagged {flag}: {first}");
            }
            below.clauses(&clauses);
        }
    }
}

/// A grid below what it shows.
fn piece(what: &str, grid: &Grid, style: &Style) -> String {
    let gap = if style.markdown { "\n\n" } else { "\n" };
    format!("{what}:{gap}{}", grid.render(style))
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
