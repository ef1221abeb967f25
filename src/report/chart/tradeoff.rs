//! What an order costs against how long the slow ones take.

use super::super::analysis::in_flight::Fullest;
use super::super::analysis::open_loop::is_open;
use super::super::analysis::standing::listed;
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::super::analysis::summary::sampling;
use super::drawing::axis::{Axis, widest};
use super::drawing::canvas::{Anchor, text_width};
use super::drawing::look::{As, Look, legend};
use super::drawing::plate::{MARGIN, Plate};
use super::drawing::theme::{FAINT, INK};
use super::latency::what;
use super::{Chart, Frame, Kind, Of};
use crate::base::si;
use crate::record::quantity::{CPU, Quantity, RESPONSE_P99, SERVICE_P99};
use crate::report::analysis::panel;

const HEIGHT: i32 = 400;

/// Where a name may stand, seen from its point, in the order of preference.
const AROUND: [(i32, i32); 8] = [
    (1, 0),
    (-1, 0),
    (0, -1),
    (0, 1),
    (1, -1),
    (1, 1),
    (-1, -1),
    (-1, 1),
];

/// A box on the picture: left, top, right, bottom.
type Area = [i32; 4];

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "tradeoff",
    of: Of::Scenario {
        applies: |study| points(study).len() > 1,
        draw: tradeoff,
    },
};

/// The tail that models are compared by.
fn tail(study: &Study<'_, '_>) -> Quantity {
    if is_open(study.panel) {
        RESPONSE_P99
    } else {
        SERVICE_P99
    }
}

/// CPU time per order and the tail of each cell that has both, as verdicts compare
/// them: what is best in the picture is best in words.
fn points<'a>(study: &Study<'_, 'a>) -> Vec<(&'a Summary, f64, f64)> {
    let cells = study.panel.cells.iter().copied();
    let of = |cell: &'a Summary| {
        let cpu = study.compared(cell, &CPU)?;
        Some((cell, cpu, study.compared(cell, &tail(study))?))
    };
    cells.filter_map(of).collect()
}

/// A point a model: CPU time per order to the right, the 99th percentile upwards, so
/// that what is low and left is cheap and quick.
fn tradeoff(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = &study.panel.cells;
    let points = points(study);
    let drawn = |cell: &Summary| points.iter().any(|(own, _, _)| std::ptr::eq(*own, cell));
    let unknown: Vec<&Summary> = cells.iter().copied().filter(|cell| !drawn(cell)).collect();
    let name = what(study.panel).0;
    let title = format!("CPU time and {name} p99 of {}", study.panel.title);
    let subtitle = format!(
        "Lower left is cheap and quick: each the median over rounds: {}",
        sampling(cells)
    );
    let mut notes = Vec::new();
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|cell| cell.label()).collect();
        let names = listed(names.iter().map(String::as_str));
        notes.push(format!(
            "Not drawn, because too few rounds state a p99 or CPU time: {names}."
        ));
    }
    if !frame.beside_verdicts {
        notes.extend(study.verdict(&CPU));
    }
    notes.extend(study.verdict(&tail(study)));
    let fullest = Fullest::of(study.panel);
    notes.extend(fullest.why(points.iter().map(|(cell, _, _)| *cell)));
    notes.extend(legend(&points.iter().map(|(cell, _, _)| *cell), As::Points));

    let mut plate = Plate::new(frame, &title, &subtitle);
    let top = plate.top + 20;
    let high = plate
        .room(&notes, 66)
        .map_or(HEIGHT, |room| room.max(HEIGHT));
    let bottom = top + high;
    let y = Axis::log(points.iter().map(|(_, _, tail)| *tail), (bottom, top));
    let rungs = y.numbers(si::tidy_time);
    let (left, right) = (MARGIN + widest(&rungs) + 10, plate.width - MARGIN - 20);
    let x = Axis::log(points.iter().map(|(_, cpu, _)| *cpu), (left, right));
    let canvas = &mut plate.canvas;
    canvas.text(
        &format!("{name} p99 (log scale)"),
        MARGIN,
        top - 15,
        12,
        FAINT,
    );
    y.up(canvas, (left, right), &rungs);
    x.across(canvas, (top, bottom), &x.numbers(si::tidy_time));
    let middle = ((left + right) / 2, bottom + 34);
    let below = "CPU time per order (log scale)";
    canvas.anchored(below, middle, 12, FAINT, Anchor::Middle);
    canvas.line((left, bottom), (right, bottom), FAINT, 1);
    canvas.line((left, top), (left, bottom), FAINT, 1);

    let places: Vec<(i32, i32)> = points
        .iter()
        .map(|(_, cpu, tail)| (x.at(*cpu), y.at(*tail)))
        .collect();
    let labels: Vec<String> = points
        .iter()
        .map(|(cell, _, _)| cell.label() + &fullest.behind(cell))
        .collect();
    let hosts = panel::hosts(points.iter().map(|(cell, _, _)| *cell));
    let looks: Vec<Look> = points
        .iter()
        .map(|(cell, _, _)| Look::of(cell, &hosts))
        .collect();
    let taken: Vec<((i32, i32), i32)> = places
        .iter()
        .zip(&looks)
        .map(|(place, look)| (*place, look.reach()))
        .collect();
    let names = named(&taken, &labels, [left + 2, top, right, bottom - 2]);
    let mut unnamed = Vec::new();
    for (at, (cell, cpu, tail)) in points.iter().enumerate() {
        let told = format!(
            "{}: {name} p99 {}, CPU {} per order; {}",
            labels[at],
            si::time(*tail),
            si::time(*cpu),
            sampling(&[cell])
        );
        let ink = cell.colour();
        plate.canvas.figure(&labels[at], &told, |canvas| {
            if let Some([l, t, r, b]) = names[at] {
                let near = (places[at].0.clamp(l, r), places[at].1.clamp(t, b));
                canvas.line(places[at], near, ink, 1);
                canvas.text(&labels[at], l, (t + b) / 2, 12, INK);
            } else {
                unnamed.push(labels[at].as_str());
            }
            looks[at].point(canvas, places[at]);
        });
    }
    if !unnamed.is_empty() {
        notes.push(format!(
            "Without room for a name: {}.",
            listed(unnamed.into_iter())
        ));
    }
    let told: Vec<String> = points
        .iter()
        .map(|(cell, cpu, tail)| {
            format!(
                "{}: CPU {}, p99 {}",
                cell.label(),
                si::time(*cpu),
                si::time(*tail)
            )
        })
        .collect();
    plate.finish(bottom + 46, &notes, &told.join(". "))
}

/// A box for each name near its point, which reaches so far, within `field`, on no point and no other
/// name; `None` where there is no room.
fn named(points: &[((i32, i32), i32)], names: &[String], field: Area) -> Vec<Option<Area>> {
    let mut taken: Vec<Area> = points
        .iter()
        .map(|((x, y), size)| [x - size, y - size, x + size, y + size])
        .collect();
    let mut placed = Vec::new();
    for (((x, y), size), name) in points.iter().zip(names) {
        let (wide, high) = (text_width(name, 12), 14);
        let found = (0..24).flat_map(|ring| {
            AROUND.iter().map(move |(across, down)| {
                let reach = size + 3 + 9 * ring;
                let left = match across {
                    1 => x + reach,
                    -1 => x - reach - wide,
                    _ => x - wide / 2,
                };
                let top = match down {
                    1 => y + reach,
                    -1 => y - reach - high,
                    _ => y - high / 2,
                };
                [left, top, left + wide, top + high]
            })
        });
        let free = |area: &Area| {
            let inside = area[0] >= field[0]
                && area[1] >= field[1]
                && area[2] <= field[2]
                && area[3] <= field[3];
            inside && !taken.iter().any(|other| overlap(area, other))
        };
        let area = found.into_iter().find(free);
        taken.extend(area);
        placed.push(area);
    }
    placed
}

fn overlap(one: &Area, other: &Area) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}
