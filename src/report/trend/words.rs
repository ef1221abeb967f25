//! A history in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::chart::Caption;
use super::run::Run;
use super::series::{Change, Kind, Series};
use super::{Section, Trend};
use crate::base::counted::counted;
use crate::record::quantity::Unit;
use crate::stats::change_point::{RUNS, SIDE};

/// A ratio as what it adds: `−9.8 %`.
pub(in super::super) fn percent(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    let digits = if percent.abs() < 99.95 { 1 } else { 0 };
    let sign = if percent < 0.0 { "−" } else { "+" };
    format!("{sign}{:.digits$} %", percent.abs())
}

/// What it may be.
pub(super) fn interval(change: &Change) -> String {
    let of = change.ratio.interval;
    format!("[{}, {}]", percent(of.low), percent(of.high))
}

/// Whether that is worse, in a word or two.
pub(super) fn verdict(series: &Series, change: &Change) -> &'static str {
    let worse = series.cost(change) > 1.0;
    match (series.figure.unit, worse) {
        (Unit::CpuTime, true) => "costs more",
        (Unit::CpuTime, false) => "costs less",
        (_, true) => "slower",
        (_, false) => "faster",
    }
}

/// When it happened, by the names of runs.
pub(super) fn place(change: &Change, runs: &[Run]) -> String {
    let (from, to) = change.runs;
    match change.kind {
        Kind::Step => format!("from {} on", runs[to].name),
        Kind::Drift => format!(
            "over {} runs, from {} to {}",
            change.count, runs[from].name, runs[to].name
        ),
    }
}

/// What else is recorded to be another there.
pub(super) fn also(change: &Change) -> String {
    if change.also.is_empty() {
        return "no recorded revision or version differs".into();
    }
    change.also.join(", ")
}

/// All of a change but whose it is.
pub(in super::super) fn told(series: &Series, change: &Change, runs: &[Run]) -> String {
    let figure = series.figure;
    let drifts = match change.kind {
        Kind::Step => "",
        Kind::Drift => "drifts ",
    };
    let (from, to) = change.values;
    let mut text = format!(
        "{} {drifts}{} {} {}: {} → {}, {}; {}",
        figure.title,
        percent(change.ratio.middle),
        interval(change),
        place(change, runs),
        figure.told(from),
        figure.told(to),
        verdict(series, change),
        also(change),
    );
    for line in &change.machine {
        text += "; ";
        text += line;
    }
    text
}

/// What the machine itself did where a cell changed, a line each.
pub(super) fn machine(change: &Change, machine: &[Series], runs: &[Run]) -> Vec<String> {
    let mut lines = Vec::new();
    for series in machine {
        for own in &series.changes {
            let (from, to) = own.runs;
            let together = match (change.kind, own.kind) {
                // A step is known to within a run.
                (Kind::Step, Kind::Step) => to.abs_diff(change.runs.1) <= 1,
                (Kind::Step, Kind::Drift) => from < change.runs.1 && change.runs.1 <= to,
                (Kind::Drift, Kind::Step) => change.runs.0 < to && to <= change.runs.1,
                (Kind::Drift, Kind::Drift) => from < change.runs.1 && change.runs.0 < to,
            };
            if together {
                let place = if own.runs == change.runs && own.kind == change.kind {
                    "there".to_owned()
                } else {
                    place(own, runs)
                };
                lines.push(format!(
                    "the machine's own {} changed too ({} time {place})",
                    series.key.label,
                    percent(own.ratio.middle),
                ));
            }
        }
    }
    lines
}

/// A break with its runs.
pub(in super::super) fn broken(
    (before, after): (usize, usize),
    why: &[String],
    runs: &[Run],
) -> String {
    let names = [before, after].map(|run| runs[run].name.as_str());
    format!("between {} and {}: {}", names[0], names[1], why.join(", "))
}

/// What is shown of a series without a change: that nothing is, or why.
pub(in super::super) fn unchanged(series: &Series) -> String {
    let parts = series.parts();
    let most = parts.iter().map(Vec::len).max().unwrap_or(0);
    let last = parts.last().map_or(0, Vec::len);
    let since = if parts.len() > 1 {
        " since the last break"
    } else {
        ""
    };
    if most < RUNS {
        format!("{}{since}, {RUNS} are needed", counted(last, "run"))
    } else if last < RUNS {
        format!(
            "no change shown before the last break; {}{since}, {RUNS} are needed",
            counted(last, "run")
        )
    } else {
        format!("no change shown in {}{since}", counted(last, "run"))
    }
}

/// Runs without a figure, a line a reason.
pub(in super::super) fn missing(series: &Series, runs: &[Run]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (run, why) in &series.missing {
        by_reason.entry(why).or_default().push(&runs[*run].name);
    }
    by_reason
        .into_iter()
        .map(|(why, names)| match names[..] {
            [name] => format!("no figure of {name}: {why}"),
            [first, .., last] => format!(
                "no figure of {} runs from {first} to {last}: {why}",
                names.len()
            ),
            [] => String::new(),
        })
        .collect()
}

/// How many runs, of which days.
pub(super) fn runs(runs: &[Run]) -> String {
    let mut text = counted(runs.len(), "run");
    let names = (runs.first(), runs.last());
    if let (Some(first), Some(last)) = names {
        if runs.len() > 1 {
            text += &format!(", from {} to {}", dated(first), dated(last));
        } else {
            text += &format!(", {}", dated(first));
            text += &format!(": a trend takes more, and {RUNS} before it shows a change");
        }
    }
    text
}

fn dated(run: &Run) -> String {
    if run.date().is_empty() {
        run.name.clone()
    } else {
        format!("{} ({})", run.name, run.date())
    }
}

/// What stands below every chart.
pub(super) fn caption(runs: &[Run], sections: &[Section]) -> Caption {
    let mut hosts: Vec<String> = Vec::new();
    for run in runs {
        let line = match &run.host {
            Some(host) => host.line(),
            None => "host not recorded".to_owned(),
        };
        if hosts.last() != Some(&line) {
            hosts.push(line);
        }
    }
    let host = match &hosts[..] {
        [one] => one.clone(),
        [first, .., last] => format!("{first}; at the end {last}"),
        [] => String::new(),
    };
    Caption {
        // When stands along the axis.
        brief: host.clone(),
        host,
        versions: versions(runs, sections),
    }
}

/// Of each crate the version at the beginning and the one at the end.
fn versions(runs: &[Run], sections: &[Section]) -> String {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for run in 0..runs.len() {
        let series = sections.iter().flat_map(|section| &section.series);
        for (name, version) in series.flat_map(|series| series.versions(run)) {
            let all = by_name.entry(name).or_default();
            if !all.contains(&version) {
                all.push(version);
            }
        }
    }
    let ours = by_name.remove_entry("bakeoff");
    let mut parts: Vec<String> = ours
        .into_iter()
        .chain(by_name)
        .map(|(name, versions)| match versions[..] {
            [first, .., last] => format!("{name} {first} to {last}"),
            _ => format!("{name} {}", versions.concat()),
        })
        .collect();
    let mut compilers: Vec<String> = runs
        .iter()
        .filter_map(|run| run.host.as_ref()?.rustc.as_deref())
        // `rustc 1.95.0 (59807616e 2026-04-14)`: the number is enough here.
        .filter_map(|line| line.split_whitespace().nth(1))
        .map(str::to_owned)
        .collect();
    compilers.dedup();
    match &compilers[..] {
        [] => {}
        [one] => parts.push(format!("rustc {one}")),
        [first, .., last] => parts.push(format!("rustc {first} to {last}")),
    }
    parts.join(", ")
}

/// What changed, in a line.
pub(super) fn outcome(trend: &Trend) -> String {
    let cells = counted(trend.cells(), "cell");
    let (steps, drifts) = trend.changes();
    let mut text = if steps + drifts == 0 {
        format!("No change is shown in {cells}.")
    } else {
        let (steps, drifts) = (counted(steps, "change point"), counted(drifts, "drift"));
        format!("{steps} and {drifts} in {cells}.")
    };
    let machine: usize = trend
        .machine
        .series
        .iter()
        .map(|series| series.changes.len())
        .sum();
    if machine > 0 {
        let _ = write!(
            text,
            " The machine itself changed too ({} of its own): see its strips before you blame \
             code.",
            counted(machine, "change")
        );
    }
    text
}

/// How a change is shown.
pub(super) fn legend() -> String {
    format!(
        "A run is one point: the median over its rounds. A change point is a step between two \
         levels with {SIDE} runs on each side at least, a drift a slope that describes its runs \
         better than steps do; either is shown at 99.5 % over all histories of this page together \
         (Holm), and comes to more than 3 %. Below {RUNS} unbroken runs nothing is said. \
         Histories are broken, and nothing is compared across, where the scenario's version or the \
         host is another. Runs are taken to scatter by chance: what makes neighbouring runs alike, \
         another layout of memory after a reboot or a neighbour that stays for a week, looks like a \
         change, and the strips of the machine itself show only a part of that."
    )
}
