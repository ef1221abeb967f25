//! A scenario over one parameter: throughput, times, and the knee.

use super::super::analysis::open_loop::overloaded;
use super::super::analysis::panel::Index;
use super::super::analysis::summary::Summary;
use super::super::analysis::summary::sampling;
use super::super::analysis::sweeps::Sweep;
use super::drawing::axis::Axis;
use super::drawing::curves::{BELOW, Curve, Names, Side, field, height};
use super::drawing::look::{As, legend};
use super::drawing::plate::Plate;
use super::{Chart, Frame, Kind, Of};
use crate::base::si;
use crate::record::quantity::THROUGHPUT;
use crate::report::analysis::panel;
use crate::stats::knee::{Knee, LEAVES};

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "load",
    of: Of::Sweep { draw: load },
};

/// Throughput above, the median time below, over the parameter; each model's knee is
/// marked and named.
fn load(sweep: &Sweep<'_, '_>, rows: &Index<'_>, frame: &Frame) -> Chart {
    let open = sweep.open();
    let times = if open {
        "response time p50"
    } else {
        "service time p50"
    };
    let all: Vec<&Summary> = sweep.cells().map(|(_, cell)| cell).collect();
    let title = format!(
        "Throughput and {times} of {} over {}",
        sweep.title(),
        sweep.key()
    );
    let subtitle = format!("{} at each value", sampling(&all));
    let mut plate = Plate::new(frame, &title, &subtitle);
    let models = sweep.models();
    let found: Vec<Knee> = models
        .iter()
        .map(|(label, _)| sweep.knee(label, rows))
        .collect();
    let knees: Vec<String> = found.iter().map(|knee| sweep.told(knee)).collect();
    let done: Vec<Curve<'_>> = curves(sweep, &|_| String::new(), "throughput", &|cell| {
        let rate = cell.of(&THROUGHPUT)?;
        Some((rate, si::short(rate) + " orders/s"))
    });
    let mut answered: Vec<Curve<'_>> = curves(
        sweep,
        &|label| {
            let at = models.iter().position(|(own, _)| own == label);
            at.map_or(String::new(), |at| match knees[at].as_str() {
                si::ABSENT => String::new(),
                knee => format!(": {knee}"),
            })
        },
        times,
        &|cell| {
            let time = cell.of(&sweep.time())?;
            let behind = if overloaded(cell) {
                " (overloaded)".to_owned()
            } else {
                sweep.fullest(cell).behind(cell)
            };
            Some((time, si::time(time) + &behind))
        },
    );
    for curve in &mut answered {
        let at = models
            .iter()
            .position(|(label, _)| *label == curve.cell.label());
        if let Some(Knee::At { load, .. }) = at.map(|at| &found[at]) {
            let least = curve.points.iter().map(|(_, time)| *time);
            curve.knee = Some((*load, LEAVES * least.fold(f64::INFINITY, f64::min)));
        }
    }
    let loads = || {
        done.iter()
            .chain(&answered)
            .flat_map(|curve| curve.points.iter())
    };
    let across = Side {
        axis: &|ends| {
            let lost = done.iter().flat_map(|curve| &curve.failed);
            let all = loads().map(|(x, _)| *x).chain(lost.map(|(x, _)| *x));
            Axis::log(all, ends)
        },
        numbers: &|axis| axis.numbers(si::tidy),
        title: &format!("{} (log scale)", sweep.key()),
    };
    let mut notes = vec![
        "Upright strokes, and behind each name of the lower field: the knee, the load past which \
         the time leaves its plateau for good (1.5 times its least), with its confidence interval at 99.5 % where rounds \
         suffice."
            .to_owned(),
    ];
    if sweep
        .cells()
        .any(|(_, cell)| !sweep.fullest(cell).compares(cell))
    {
        notes.push(
            "Service times compare only where as many orders are in flight: the table of these \
             figures has those of others in parentheses."
                .to_owned(),
        );
    }
    let lost: Vec<String> = done
        .iter()
        .filter(|curve| !curve.failed.is_empty())
        .map(|curve| {
            let at: Vec<String> = curve.failed.iter().map(|(at, _)| si::tidy(*at)).collect();
            format!("{} at {}", curve.cell.label(), at.join(", "))
        })
        .collect();
    if !lost.is_empty() {
        notes.push(format!(
            "Crosses: every sample failed: {}.",
            lost.join("; ")
        ));
    }
    // Of several hosts nothing is tested.
    if panel::hosts(all.iter().copied()).is_empty() {
        notes.push("Models whose knees' intervals overlap are undecided.".to_owned());
    }
    notes.extend(legend(&all.iter().copied(), As::Lines));
    let room = plate.room(&notes, 2 * BELOW + 70).map(|room| room / 2);
    let most = |curves: &[Curve<'_>]| {
        let points = curves.iter().flat_map(|curve| curve.points.iter());
        points.map(|(_, y)| *y).fold(0.0, f64::max)
    };
    let up = Side {
        axis: &|ends| Axis::from_zero(most(&done), 5.0, ends),
        numbers: &|axis| axis.numbers(si::tidy),
        title: "orders/s",
    };
    field(
        &mut plate,
        (&across, &up),
        &done,
        Names::AtEnds,
        height(done.len(), room),
    );
    plate.top += 12;
    let values = || answered.iter().flat_map(|curve| curve.points.iter());
    let up = Side {
        axis: &|ends| Axis::log(values().map(|(_, y)| *y), ends),
        numbers: &|axis| axis.numbers(si::tidy_time),
        title: &format!("{times} (log scale)"),
    };
    let high = height(answered.len(), room);
    field(&mut plate, (&across, &up), &answered, Names::AtEnds, high);
    let told: Vec<String> = models
        .iter()
        .zip(&knees)
        .map(|((label, _), knee)| format!("{label}: knee {knee}"))
        .collect();
    let bottom = plate.top;
    plate.finish(bottom, &notes, &told.join(". "))
}

/// A curve a model, of what `of` says of its cells, by ascending load.
fn curves<'a>(
    sweep: &Sweep<'_, 'a>,
    behind: &dyn Fn(&str) -> String,
    what: &str,
    of: &dyn Fn(&Summary) -> Option<(f64, String)>,
) -> Vec<Curve<'a>> {
    let curve = |(label, _): (String, bool)| {
        let cells: Vec<(f64, &'a Summary)> = sweep
            .cells()
            .filter(|(_, cell)| cell.label() == label)
            .filter_map(|(value, cell)| Some((value.number()?, cell)))
            .collect();
        let marks: Vec<((f64, f64), String)> = cells
            .iter()
            .filter_map(|(at, cell)| {
                let (value, text) = of(cell)?;
                let told = format!(
                    "{label} at {} = {}: {what} {text}",
                    sweep.key(),
                    si::tidy(*at)
                );
                Some(((*at, value), told))
            })
            .collect();
        let figures: Vec<&str> = marks.iter().map(|(_, told)| told.as_str()).collect();
        Some(Curve {
            cell: cells.first()?.1,
            name: format!("{label}{}", behind(&label)),
            told: figures.join("; "),
            points: marks.iter().map(|(at, _)| *at).collect(),
            marks: marks.clone(),
            failed: cells
                .iter()
                .filter(|(_, cell)| cell.samples == 0)
                .filter_map(|(at, cell)| {
                    let error = cell.errors.keys().next()?;
                    let key = sweep.key();
                    let told = format!("{label} at {key} = {}: failed: {error}", si::tidy(*at));
                    Some((*at, told))
                })
                .collect(),
            knee: None,
        })
    };
    sweep.models().into_iter().filter_map(curve).collect()
}
