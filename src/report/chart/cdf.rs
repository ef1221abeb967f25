//! Which part of all orders was done within a time.

use super::super::analysis::in_flight::Fullest;
use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::drawing::axis::Axis;
use super::drawing::curves::{BELOW, Curve, Names, Side, field, height};
use super::drawing::look::{As, legend};
use super::drawing::plate::Plate;
use super::latency::{times, what};
use super::{Chart, Frame, Kind, Of};
use crate::base::si;
use crate::record::quantity::{RESPONSE_P50, SERVICE_P50};

/// Points of a curve.
const POINTS: i32 = 100;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "cdf",
    of: Of::Scenario {
        applies: |study| !times(study.panel).is_empty(),
        draw: cdf,
    },
};

/// The cumulative distribution of response times where orders came from outside,
/// else of service times, all samples merged.
fn cdf(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let mut times = times(study.panel);
    // The quickest by the median is named first.
    times.sort_by_key(|(_, times)| times.stated(500));
    let what = what(study.panel);
    let fullest = Fullest::of(study.panel);
    let subtitle = format!(
        "{}; cumulative, further left is better: {}",
        what.1,
        sampling(&study.panel.cells)
    );
    let title = format!("Distribution of {}s of {}", what.0, study.panel.title);
    let mut plate = Plate::new(frame, &title, &subtitle);
    let curves: Vec<Curve<'_>> = times
        .iter()
        .map(|(cell, times)| {
            let at = |q: f64| ((times.at(q) as f64).max(1.0), q);
            let label = cell.label();
            let marks = [("half", 0.5), ("90 %", 0.9)].map(|(part, q)| {
                let point = at(q);
                let told = format!("{label}: {part} of orders within {}", si::time(point.0));
                (point, told)
            });
            let least = (times.min().max(1) as f64, 0.0);
            let rest = (1..=POINTS).map(|part| at(f64::from(part) / f64::from(POINTS) * 0.999));
            Curve {
                cell,
                name: format!("{label}{}", fullest.behind(cell)),
                told: format!(
                    "{label}: half of orders within {}, 90 % within {}",
                    si::time(marks[0].0.0),
                    si::time(marks[1].0.0)
                ),
                points: std::iter::once(least).chain(rest).collect(),
                marks: marks.to_vec(),
                failed: Vec::new(),
                knee: None,
            }
        })
        .collect();
    let values = || curves.iter().flat_map(|curve| curve.points.iter());
    let across = Side {
        axis: &|ends| Axis::log(values().map(|(x, _)| *x), ends),
        numbers: &|axis| axis.numbers(si::tidy_time),
        title: &format!("{} (log scale)", what.0),
    };
    let up = Side {
        axis: &|ends| Axis::exact(0.0, 1.0, ends),
        numbers: &|axis| axis.numbers(|part| format!("{:.0} %", part * 100.0)),
        title: "orders done",
    };
    let mut notes: Vec<String> =
        vec!["Names are in the order of medians, which is no rank. Drawn up to 99.9 %.".into()];
    if frame.beside_verdicts {
        // The chart by percentile beside it has told who ties by the median.
    } else if !super::super::analysis::open_loop::is_open(study.panel) {
        notes.extend(study.verdict(&SERVICE_P50));
    } else {
        notes.extend(study.verdict(&RESPONSE_P50));
    }
    notes.extend(fullest.why(curves.iter().map(|curve| curve.cell)));
    notes.extend(legend(&curves.iter().map(|curve| curve.cell), As::Lines));
    let high = height(curves.len(), plate.room(&notes, BELOW + 20));
    field(&mut plate, (&across, &up), &curves, Names::Listed, high);
    let told: Vec<&str> = curves.iter().map(|curve| curve.told.as_str()).collect();
    let bottom = plate.top;
    plate.finish(bottom, &notes, &told.join(". "))
}
