//! Cells whose rounds fall into two groups of different speed, told from rows.

use std::collections::{BTreeMap, BTreeSet};

use super::order::time;
use crate::base::si;
use crate::record::identity::{Identity, Settings};
use crate::record::rounds::{Round, by_round};
use crate::record::row::Row;
use crate::stats::MARGIN;
use crate::stats::quantile::median;
use crate::stats::two_speeds::Split;

/// Something that rows count and that may set two speeds apart.
struct Cause {
    /// Of the faster rounds and the slower ones, `{}` in place of each figure.
    words: [&'static str; 2],
    of: fn(&Row) -> Option<f64>,
}

/// What may be, the likeliest first.
const CAUSES: [Cause; 1] = [Cause {
    words: [
        "the faster rounds switch {} times in a sample",
        "the slower ones {} times",
    ],
    of: |row| row.voluntary_switches.map(|count| count as f64),
}];

/// The two speeds of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TwoSpeeds {
    /// Rounds of the greater speed, and the median of their time per order, s; in an open
    /// loop of their response time, ns.
    faster: (usize, f64),
    /// Likewise of the lesser one.
    slower: (usize, f64),
    /// Whether it is a response time.
    response: bool,
    /// What sets the two apart, in words.
    cause: Option<String>,
}

impl TwoSpeeds {
    /// `two speeds: 6 rounds at 128k/s, 4 at 190k/s; …`.
    pub(crate) fn told(&self) -> String {
        let level = |time: f64| {
            if self.response {
                si::time(time)
            } else {
                si::rate(1.0 / time)
            }
        };
        // The greater group first.
        let mut groups = [self.faster, self.slower];
        groups.sort_by_key(|(rounds, _)| std::cmp::Reverse(*rounds));
        let [(many, most), (few, rest)] = groups;
        let cause = self.cause.iter().map(|words| format!("; {words}"));
        format!(
            "two speeds: {many} rounds at {}, {few} at {}, so that no single median tells it{}",
            level(most),
            level(rest),
            cause.collect::<String>()
        )
    }
}

/// By round, the logarithm of time per order.
type Path<'a> = BTreeMap<Round<'a>, f64>;

/// Of each of `cells`, given by its rows, its two speeds in the first run that shows
/// them.
///
/// A round in which the whole machine was slower is no speed of one cell: where a run
/// has two other cells or more of the same scenario, times are taken relative to the
/// median of what these differ by from their own medians in that round.
pub(crate) fn of(cells: &[Vec<&Row>]) -> Vec<Option<TwoSpeeds>> {
    let paths: Vec<Path<'_>> = cells.iter().map(|rows| path(rows)).collect();
    let mut panels: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, rows) in cells.iter().enumerate() {
        if let Some(row) = rows.first() {
            panels.entry(panel(row)).or_default().push(at);
        }
    }
    let mut found = vec![None; cells.len()];
    for panel in panels.values() {
        let shifts: Vec<Path<'_>> = panel.iter().map(|&at| shifts(&paths[at])).collect();
        for (place, &at) in panel.iter().enumerate() {
            let others = || {
                let others = shifts.iter().enumerate();
                others.filter(move |(other, _)| *other != place)
            };
            let own: Path<'_> = paths[at]
                .iter()
                .map(|(round, time)| {
                    let shared: Vec<f64> = others()
                        .filter_map(|(_, shifts)| shifts.get(round).copied())
                        .collect();
                    let shared = median(&shared).filter(|_| shared.len() > 1);
                    (*round, time - shared.unwrap_or(0.0))
                })
                .collect();
            found[at] = in_any_run(&cells[at], &own);
        }
    }
    found
}

/// What cells of one panel share.
fn panel(row: &Row) -> (Identity<'_>, Settings<'_>) {
    let identity = Identity {
        cell: "".into(),
        model: "".into(),
        place: 0,
        unranked: false,
        client: Default::default(),
        workers: None,
        ..Identity::of(row)
    };
    (identity, Settings::of(&row.set))
}

fn path<'a>(rows: &[&'a Row]) -> Path<'a> {
    let times = by_round(rows, time).into_iter();
    times.map(|(round, time)| (round, time.ln())).collect()
}

/// How far each round is from the cell's own median of its run.
fn shifts<'a>(path: &Path<'a>) -> Path<'a> {
    let runs: BTreeSet<&str> = path.keys().map(|(run, _)| *run).collect();
    let middles: BTreeMap<&str, f64> = runs
        .into_iter()
        .filter_map(|run| {
            let own = path.iter().filter(|((of, _), _)| *of == run);
            let times: Vec<f64> = own.map(|(_, time)| *time).collect();
            Some((run, median(&times)?))
        })
        .collect();
    path.iter()
        .filter_map(|(round, time)| Some((*round, time - middles.get(round.0)?)))
        .collect()
}

fn in_any_run(rows: &[&Row], relative: &Path<'_>) -> Option<TwoSpeeds> {
    let runs: BTreeSet<&str> = relative.keys().map(|(run, _)| *run).collect();
    runs.into_iter().find_map(|run| {
        let of_run: Vec<&Row> = rows.iter().copied().filter(|row| row.run == run).collect();
        let rounds: Vec<Round<'_>> = relative.keys().copied().filter(|of| of.0 == run).collect();
        let values: Vec<f64> = rounds.iter().map(|round| relative[round]).collect();
        in_run(&of_run, &rounds, &values)
    })
}

fn in_run(rows: &[&Row], rounds: &[Round<'_>], values: &[f64]) -> Option<TwoSpeeds> {
    let split = Split::of(values)?;
    let side = |places: &[usize], of: &[f64]| -> Option<f64> {
        let own: Vec<f64> = places.iter().map(|&at| of[at]).collect();
        median(&own)
    };
    // Speeds that differ by less are a tie.
    let apart = side(&split.upper, values)? - side(&split.lower, values)?;
    if apart < MARGIN.ln() {
        return None;
    }
    let cause = CAUSES.iter().find_map(|cause| {
        let counted = counted(rows, rounds, cause.of);
        let (faster, slower) = split.separated_by(&counted)?;
        let told = [(cause.words[0], faster), (cause.words[1], slower)]
            .map(|(words, count)| words.replace("{}", &si::grouped(count.round())));
        Some(told.join(", "))
    });
    if !split.is_more_than_chance(cause.is_some()) {
        return None;
    }
    let times = by_round(rows, time);
    let times: Vec<f64> = rounds.iter().map(|round| times[round]).collect();
    let group = |places: &[usize]| Some((places.len(), side(places, &times)?));
    Some(TwoSpeeds {
        faster: group(&split.lower)?,
        slower: group(&split.upper)?,
        response: rows.iter().any(|row| row.response.is_some()),
        cause,
    })
}

/// By round the median over its samples; not a number where none says.
fn counted(rows: &[&Row], rounds: &[Round<'_>], of: fn(&Row) -> Option<f64>) -> Vec<f64> {
    let of_round = |(run, round): &Round<'_>| {
        let own = rows
            .iter()
            .filter(|row| row.error.is_none() && row.run == *run && row.round == *round);
        let values: Vec<f64> = own.filter_map(|row| of(row)).collect();
        median(&values).unwrap_or(f64::NAN)
    };
    rounds.iter().map(of_round).collect()
}
