//! One figure of one cell over all runs: its points, where it is broken, and what it
//! shows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::comparison::facts;
use super::key::Key;
use super::run::{Cell, OF_CELLS, OF_MACHINE, Run, Value};
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::quantity::{Quantity, RESPONSE_P50, RESPONSE_P99, THROUGHPUT};
use crate::stats::change_point::{History, histories};
use crate::stats::ratio::Ratio;

/// A figure's history. Runs are places in the trend's own order.
#[derive(Clone, Debug)]
pub(in super::super) struct Series {
    pub(in super::super) key: Key,
    pub(in super::super) figure: Quantity,
    /// A point a run; none where the run has none.
    pub(in super::super) points: Vec<Option<Point>>,
    /// Runs without a point, and why, where they say so.
    pub(in super::super) missing: Vec<(usize, String)>,
    pub(in super::super) breaks: Vec<Break>,
    /// What describes the points, where it is known that they changed.
    pub(in super::super) lines: Vec<Line>,
    pub(in super::super) changes: Vec<Change>,
}

/// One run's figure.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Point {
    pub(in super::super) value: Value,
    version: u32,
    workers: Option<u64>,
    versions: BTreeMap<String, String>,
    pub(in super::super) flags: Vec<Word<Flag>>,
}

/// Between two runs that no line joins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Break {
    pub(in super::super) before: usize,
    pub(in super::super) after: usize,
    /// What is another there, a line each.
    pub(in super::super) why: Vec<String>,
}

/// A level, or the slope of a drift, in the figure's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Line {
    pub(in super::super) runs: (usize, usize),
    pub(in super::super) ends: (f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Step,
    Drift,
}

/// A change that is shown.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Change {
    /// Stands at its mark and in the notes of the chart.
    pub(in super::super) number: usize,
    pub(in super::super) kind: Kind,
    /// The runs before and after a step; the first and the last of a drift.
    pub(in super::super) runs: (usize, usize),
    /// How many it describes.
    pub(in super::super) count: usize,
    /// The figure there.
    pub(in super::super) values: (f64, f64),
    /// Of the figure.
    pub(in super::super) ratio: Ratio,
    /// What else is recorded to differ between the two runs.
    pub(in super::super) also: Vec<String>,
    /// What the machine itself did there.
    pub(in super::super) machine: Vec<String>,
}

impl Series {
    /// How many times more the figure costs after the change: above 1 is worse.
    pub(in super::super) fn cost(&self, change: &Change) -> f64 {
        if self.figure.less {
            change.ratio.middle
        } else {
            change.ratio.middle.recip()
        }
    }

    /// Runs with a point, parted at breaks.
    pub(in super::super) fn parts(&self) -> Vec<Vec<usize>> {
        let mut parts = vec![Vec::new()];
        for run in (0..self.points.len()).filter(|&run| self.points[run].is_some()) {
            if self.breaks.iter().any(|of| of.after == run) {
                parts.push(Vec::new());
            }
            if let Some(part) = parts.last_mut() {
                part.push(run);
            }
        }
        parts
    }

    /// Runs with a point, parted where the scenario's version changed: each part is
    /// another figure.
    pub(in super::super) fn figures(&self) -> Vec<Vec<usize>> {
        let mut figures: Vec<(u32, Vec<usize>)> = Vec::new();
        for (run, point) in self.points.iter().enumerate() {
            let Some(point) = point else { continue };
            match figures
                .last_mut()
                .filter(|(version, _)| *version == point.version)
            {
                Some((_, runs)) => runs.push(run),
                None => figures.push((point.version, vec![run])),
            }
        }
        figures.into_iter().map(|(_, runs)| runs).collect()
    }

    /// Versions of what this run measured.
    pub(super) fn versions(&self, run: usize) -> impl Iterator<Item = (&str, &str)> {
        let versions = self.points[run].iter().flat_map(|point| &point.versions);
        versions.map(|(name, version)| (name.as_str(), version.as_str()))
    }

    fn logs(&self, part: &[usize]) -> Vec<f64> {
        let points = part.iter().filter_map(|&run| self.points[run].as_ref());
        points.map(|point| point.value.middle.ln()).collect()
    }

    /// Takes over what was found in one of its parts.
    fn learn(&mut self, part: &[usize], found: &History, runs: &[Run]) {
        if found.pieces.len() > 1 || found.pieces.iter().any(|piece| piece.drift.is_some()) {
            self.lines.extend(found.pieces.iter().map(|piece| Line {
                runs: (part[piece.runs.start], part[piece.runs.end - 1]),
                ends: (piece.ends.0.exp(), piece.ends.1.exp()),
            }));
        }
        let steps = found.steps.iter().map(|step| {
            let before = found.pieces.iter().find(|piece| piece.runs.end == step.at);
            let after = found
                .pieces
                .iter()
                .find(|piece| piece.runs.start == step.at);
            let values = (
                before.map_or(f64::NAN, |piece| piece.ends.1.exp()),
                after.map_or(f64::NAN, |piece| piece.ends.0.exp()),
            );
            let count = after.map_or(0, |piece| piece.runs.len());
            (
                Kind::Step,
                (step.at - 1, step.at),
                count,
                values,
                step.ratio,
            )
        });
        let drifts = found.pieces.iter().filter_map(|piece| {
            let ends = (piece.runs.start, piece.runs.end - 1);
            let values = (piece.ends.0.exp(), piece.ends.1.exp());
            Some((Kind::Drift, ends, piece.runs.len(), values, piece.drift?))
        });
        for (kind, (from, to), count, values, ratio) in steps.chain(drifts) {
            let ends = (part[from], part[to]);
            let also = self.also(ends, runs);
            self.changes.push(Change {
                number: 0,
                kind,
                runs: ends,
                count,
                values,
                ratio,
                also,
                machine: Vec::new(),
            });
        }
        self.changes.sort_by_key(|change| change.runs);
    }

    /// Revisions and versions that are not the same in two runs, a line each.
    fn also(&self, (from, to): (usize, usize), runs: &[Run]) -> Vec<String> {
        let told = |what: &str, a: Option<&str>, b: Option<&str>| {
            let known = |of: Option<&str>| of.unwrap_or("unknown").to_owned();
            (a != b).then(|| format!("{what} {} → {}", known(a), known(b)))
        };
        let revision = told("rev", runs[from].revision(), runs[to].revision());
        let of = |run: usize| self.points[run].as_ref().map(|point| &point.versions);
        let names: BTreeSet<&String> = [from, to]
            .into_iter()
            .filter_map(of)
            .flat_map(BTreeMap::keys)
            .collect();
        let crates = names.into_iter().filter_map(|name| {
            let version = |run| of(run).and_then(|all| all.get(name)).map(String::as_str);
            told(name, version(from), version(to))
        });
        // `rustc 1.95.0 (59807616e 2026-04-14)`: the number is enough here.
        let rustc = |run: usize| runs[run].host.as_ref()?.rustc.as_deref()?.split(' ').nth(1);
        let kernel = |run: usize| Some(runs[run].host.as_ref()?.os.as_str());
        let compiler = told("rustc", rustc(from), rustc(to));
        let kernel = told("kernel", kernel(from), kernel(to));
        revision
            .into_iter()
            .chain(crates)
            .chain(compiler)
            .chain(kernel)
            .collect()
    }
}

/// What of two hosts is not the same, a line each; whoever takes hosts for one leaves
/// their names out. Compiler and kernel are followed like any version.
fn moved(from: &Run, to: &Run, across_hosts: bool) -> Vec<String> {
    let (Some(a), Some(b)) = (&from.host, &to.host) else {
        let known = from.host.is_none() && to.host.is_none();
        return (!known)
            .then(|| "host not recorded on one side".to_owned())
            .into_iter()
            .collect();
    };
    facts(a)
        .into_iter()
        .zip(facts(b))
        .filter(|((what, _), _)| !["compiler", "kernel"].contains(what))
        .filter(|((what, _), _)| !(across_hosts && *what == "host"))
        .filter(|((_, a), (_, b))| a != b)
        .map(|((what, a), (_, b))| format!("{what} {a} → {b}"))
        .collect()
}

/// Every figure of every cell that any run has, in the order of all tables.
pub(super) fn of_cells(runs: &[Run], across_hosts: bool) -> Vec<Series> {
    let mut cells: BTreeMap<Key, Vec<(usize, &Cell)>> = BTreeMap::new();
    let (placed, homeless): (Vec<_>, Vec<_>) = runs
        .iter()
        .enumerate()
        .flat_map(|(run, of)| of.cells.iter().map(move |cell| (run, cell)))
        .partition(|(_, cell)| !cell.key.identity.placement.is_empty() || cell.missing.is_none());
    for (run, cell) in placed {
        cells.entry(cell.key.clone()).or_default().push((run, cell));
    }
    // What was refused before it was placed goes with the first that was.
    for (run, cell) in homeless {
        let home = cells.keys().find(|key| key.unplaced() == cell.key).cloned();
        let home = home.unwrap_or_else(|| cell.key.clone());
        cells.entry(home).or_default().push((run, cell));
    }
    let mut all = Vec::new();
    for (key, mut own) in cells {
        own.sort_by_key(|(run, _)| *run);
        let has = |figure: Quantity| {
            own.iter()
                .any(|(_, cell)| cell.values.contains_key(&figure))
        };
        let lacks = own.iter().any(|(_, cell)| {
            cell.values.contains_key(&RESPONSE_P50) && !cell.values.contains_key(&RESPONSE_P99)
        });
        // One percentile in all runs: p99 where each of them states it.
        let other = if lacks { RESPONSE_P99 } else { RESPONSE_P50 };
        let measured: Vec<Quantity> = OF_CELLS
            .into_iter()
            .filter(|&figure| figure != other && has(figure))
            .collect();
        // What always failed has a strip all the same.
        let figures = if measured.is_empty() {
            vec![THROUGHPUT]
        } else {
            measured
        };
        for figure in figures {
            all.push(series(&key, figure, &own, runs, across_hosts));
        }
    }
    all
}

fn series(
    key: &Key,
    figure: Quantity,
    cells: &[(usize, &Cell)],
    runs: &[Run],
    across_hosts: bool,
) -> Series {
    let mut points = vec![None; runs.len()];
    let mut missing = Vec::new();
    for (run, cell) in cells {
        match (cell.values.get(&figure), &cell.missing) {
            (Some(value), _) => {
                points[*run] = Some(Point {
                    value: *value,
                    version: cell.version,
                    workers: cell.workers,
                    versions: cell.versions.clone(),
                    flags: cell.flags.clone(),
                });
            }
            (None, Some(why)) => missing.push((*run, why.clone())),
            (None, None) => missing.push((*run, "not stated".into())),
        }
    }
    Series {
        breaks: breaks(&points, runs, across_hosts),
        key: key.clone(),
        figure,
        points,
        missing,
        lines: Vec::new(),
        changes: Vec::new(),
    }
}

/// What the machine itself took for fixed work.
pub(super) fn of_the_machine(runs: &[Run], across_hosts: bool) -> Vec<Series> {
    OF_MACHINE
        .into_iter()
        .map(|figure| {
            let point = |run: &Run| {
                Some(Point {
                    value: *run.machine.get(&figure)?,
                    version: 0,
                    workers: None,
                    versions: BTreeMap::new(),
                    flags: Vec::new(),
                })
            };
            let points: Vec<Option<Point>> = runs.iter().map(point).collect();
            Series {
                key: Key::machine(figure.name),
                figure,
                breaks: breaks(&points, runs, across_hosts),
                points,
                missing: Vec::new(),
                lines: Vec::new(),
                changes: Vec::new(),
            }
        })
        .filter(|series| series.points.iter().any(Option::is_some))
        .collect()
}

fn breaks(points: &[Option<Point>], runs: &[Run], across_hosts: bool) -> Vec<Break> {
    let known: Vec<(usize, &Point)> = points
        .iter()
        .enumerate()
        .filter_map(|(run, point)| Some((run, point.as_ref()?)))
        .collect();
    let pairs = known.windows(2).filter_map(|pair| {
        let [(before, a), (after, b)] = [pair[0], pair[1]];
        let mut why = moved(&runs[before], &runs[after], across_hosts);
        if let (Some(a), Some(b)) = (a.workers, b.workers)
            && a != b
        {
            why.push(format!("workers {a} → {b}"));
        }
        if a.version != b.version {
            why.insert(0, format!("scenario version {} → {}", a.version, b.version));
        }
        (!why.is_empty()).then_some(Break { before, after, why })
    });
    pairs.collect()
}

/// Judges all of them as one family.
pub(super) fn judge(all: &mut [Series], runs: &[Run]) {
    let parts: Vec<(usize, Vec<usize>)> = all
        .iter()
        .enumerate()
        .flat_map(|(at, series)| series.parts().into_iter().map(move |part| (at, part)))
        .collect();
    let logs: Vec<Vec<f64>> = parts.iter().map(|(at, part)| all[*at].logs(part)).collect();
    for ((at, part), found) in parts.iter().zip(histories(&logs)) {
        if let Some(found) = found {
            all[*at].learn(part, &found, runs);
        }
    }
}
