//! Times by percentile, on an axis that gives each nine of the tail the same room.

use super::super::analysis::in_flight::Fullest;
use super::super::analysis::open_loop::{is_open, overloaded};
use super::super::analysis::panel::Panel;
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::super::analysis::summary::sampling;
use super::drawing::axis::Axis;
use super::drawing::curves::{BELOW, Curve, Names, Side, field, height};
use super::drawing::look::{As, legend};
use super::drawing::plate::Plate;
use super::drawing::ranges::{MOST_CURVES, ranges};
use super::{Chart, Frame, Kind, Of};
use crate::base::si;
use crate::record::quantiles::Quantiles;
use crate::record::quantity::{Quantity, RESPONSE_P50, RESPONSE_P99, SERVICE_P50, SERVICE_P99};

/// Percentiles that are named, each with its place on the axis.
const NAMED: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
    ("p99.999", 0.99999),
];

/// Points of a curve for each nine of the tail.
const POINTS: f64 = 24.0;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "latency",
    of: Of::Scenario {
        applies: |study| !times(study.panel).is_empty(),
        draw: latency,
    },
};

/// A line a model: response times where orders came from outside, else service
/// times, all samples merged. A quantile is drawn where at least ten orders lie
/// beyond it.
fn latency(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let times = times(study.panel);
    let what = what(study.panel);
    let mut notes = Vec::new();
    if is_open(study.panel) && frame.beside_verdicts {
        // The page has told who answers first.
    } else if is_open(study.panel) {
        notes.extend(study.said.notes(times.len()));
    } else {
        notes.extend(study.verdict(&SERVICE_P50));
    }
    notes.extend(Fullest::of(study.panel).why(times.iter().map(|(cell, _)| *cell)));
    let subtitle = format!(
        "{}, less is better: {}",
        what.1,
        sampling(&study.panel.cells)
    );
    let title = format!("{}s of {} by percentile", what.2, study.panel.title);
    let mut plate = Plate::new(frame, &title, &subtitle);
    let mut curves: Vec<Curve<'_>> = times
        .iter()
        .map(|(cell, times)| curve(study, cell, times))
        .collect();
    if curves.len() > MOST_CURVES {
        curves.sort_by(|one, other| median(one).total_cmp(&median(other)));
        return below_each_other(plate, &curves, notes);
    }
    let values = || curves.iter().flat_map(|curve| curve.points.iter());
    let end = values().map(|(x, _)| *x).fold(1.0, f64::max);
    notes.push("Lines end where fewer than ten orders lie beyond.".into());
    let across = Side {
        axis: &|ends| Axis::exact(0.0, end, ends),
        numbers: &|_| {
            let named = NAMED.iter().map(|(name, q)| (tail(*q), (*name).to_owned()));
            named.filter(|(x, _)| *x <= end + 1e-9).collect()
        },
        title: "percentile of orders (log scale of the tail)",
    };
    let up = Side {
        axis: &|ends| Axis::log(values().map(|(_, y)| *y), ends),
        numbers: &|axis| axis.numbers(si::tidy_time),
        title: &format!("{} (log scale)", what.0),
    };
    notes.extend(legend(&curves.iter().map(|curve| curve.cell), As::Lines));
    let high = height(curves.len(), plate.room(&notes, BELOW + 20));
    field(&mut plate, (&across, &up), &curves, Names::AtEnds, high);
    let told: Vec<&str> = curves.iter().map(|curve| curve.told.as_str()).collect();
    let bottom = plate.top;
    plate.finish(bottom, &notes, &told.join(". "))
}

/// What is stated of each, in a line of its own: of many models no curve could be
/// followed.
fn below_each_other(mut plate: Plate<'_>, curves: &[Curve<'_>], mut notes: Vec<String>) -> Chart {
    notes.push(
        "On a log scale: a mark at p50, strokes at p90 and p99, and so on, as far as ten orders lie \
         beyond; the number is the last of them. The order is that of p50, which is no rank."
            .into(),
    );
    notes.extend(legend(&curves.iter().map(|curve| curve.cell), As::Points));
    ranges(&mut plate, curves, &notes);
    let told: Vec<&str> = curves.iter().map(|curve| curve.told.as_str()).collect();
    let bottom = plate.top;
    plate.finish(bottom, &notes, &told.join(". "))
}

/// The first value that is stated of a curve.
fn median(curve: &Curve<'_>) -> f64 {
    curve.marks.first().map_or(f64::MAX, |((_, time), _)| *time)
}

/// Each cell of the panel with its times, where it has any: response times where
/// orders came from outside, else service times.
pub(crate) fn times<'a>(panel: &Panel<'a>) -> Vec<(&'a Summary, Quantiles)> {
    let open = is_open(panel);
    panel
        .cells
        .iter()
        .filter_map(|cell| {
            let times = if open { &cell.response } else { &cell.service };
            // What cannot be read was told as an error when samples were merged.
            let times = Quantiles::of(times.as_ref()?).ok()?;
            Some((*cell, times)).filter(|(_, times)| times.count() >= 20)
        })
        .collect()
}

/// Which times these are: short, in full, and as a title begins.
pub(crate) fn what(panel: &Panel<'_>) -> (&'static str, &'static str, &'static str) {
    if is_open(panel) {
        (
            "response time",
            "Response time (open loop): from when an order was planned to its end",
            "Response time",
        )
    } else {
        (
            "service time",
            "Service time (closed loop): from an order's actual start to its end",
            "Service time",
        )
    }
}

/// The place of a quantile on the axis: one for each nine.
fn tail(quantile: f64) -> f64 {
    -(1.0 - quantile).log10()
}

fn curve<'a>(study: &Study<'_, 'a>, cell: &'a Summary, times: &Quantiles) -> Curve<'a> {
    let most = (times.count() as f64 / 10.0).log10();
    let last = (most * POINTS).floor() as i32;
    let at = |x: f64| {
        let quantile = 1.0 - 10f64.powf(-x);
        (x, (times.at(quantile) as f64).max(1.0))
    };
    let mut points: Vec<(f64, f64)> = (0..=last)
        .map(|step| at(f64::from(step) / POINTS))
        .collect();
    let (name, open) = (what(study.panel).0, is_open(study.panel));
    let stated = NAMED.iter().filter(|(_, q)| tail(*q) <= most + 1e-9);
    let marks: Vec<((f64, f64), String)> = stated
        .clone()
        .map(|(percentile, q)| {
            let point = at(tail(*q));
            let quantity = by_rounds(percentile, open);
            let between = quantity.and_then(|of| study.between(cell, &of));
            let between = between.map_or(String::new(), |of| {
                format!(" [{}, {}]", si::time(of.low), si::time(of.high))
            });
            let told = format!(
                "{}: {name} {percentile} {}{between}; {}",
                cell.label(),
                si::time(point.1),
                sampling(&[cell])
            );
            (point, told)
        })
        .collect();
    points.extend(marks.last().map(|(point, _)| *point));
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let figures: Vec<String> = stated
        .zip(&marks)
        .map(|((percentile, _), (point, _))| format!("{percentile} {}", si::time(point.1)))
        .collect();
    let behind = if overloaded(cell) {
        " (overloaded)".to_owned()
    } else {
        Fullest::of(study.panel).behind(cell)
    };
    Curve {
        cell,
        name: format!("{}{behind}", cell.label()),
        told: format!("{}{behind}: {name} {}", cell.label(), figures.join(", ")),
        points,
        marks,
        failed: Vec::new(),
        knee: None,
    }
}

/// What of single rounds says how far a percentile may be off.
fn by_rounds(percentile: &str, open: bool) -> Option<Quantity> {
    let all = if open {
        [RESPONSE_P50, RESPONSE_P99]
    } else {
        [SERVICE_P50, SERVICE_P99]
    };
    let mut all = all.into_iter();
    all.find(|of| of.percentile().is_some_and(|of| of.name() == percentile))
}
