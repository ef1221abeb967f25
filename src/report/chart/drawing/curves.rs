//! Curves over a field, one a cell, each named beside it.

use std::collections::BTreeMap;

use super::axis::{Axis, widest};
use super::canvas::{Anchor, Canvas, text_width};
use super::look::Look;
use super::plate::{MARGIN, Plate};
use super::spread::spread;
use super::theme::{FAINT, INK, lighter};
use crate::report::analysis::panel;
use crate::report::analysis::summary::Summary;

/// Height of a name.
const NAME: i32 = 17;
/// Space for a mark before a name.
const SWATCH: i32 = 22;
/// Space for a mark on its line, where lines must be told apart.
const WIDE_SWATCH: i32 = 50;
/// Space in which lines go from their ends to their names.
const FAN: i32 = 44;
const LEAST_HEIGHT: i32 = 340;
/// Height of a field whose names stand below it.
const SLIM_HEIGHT: i32 = 260;

/// One cell's curve, in the field's values.
pub(crate) struct Curve<'a> {
    pub(crate) cell: &'a Summary,
    /// Stands beside it.
    pub(crate) name: String,
    /// All of it in words.
    pub(crate) told: String,
    pub(crate) points: Vec<(f64, f64)>,
    /// Points that are marked, each with its exact figures.
    pub(crate) marks: Vec<((f64, f64), String)>,
    /// Where every sample failed, each with the error.
    pub(crate) failed: Vec<(f64, String)>,
    /// Where it leaves its plateau, if that is known.
    pub(crate) knee: Option<(f64, f64)>,
}

/// Where names stand beside the field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Each near its curve's end.
    AtEnds,
    /// From top to bottom in the order of the curves.
    Listed,
}

/// One dimension of a field: its axis for given ends, and how to number it.
pub(crate) struct Side<'s> {
    pub(crate) axis: &'s dyn Fn((i32, i32)) -> Axis,
    pub(crate) numbers: &'s dyn Fn(&Axis) -> Vec<(f64, String)>,
    pub(crate) title: &'s str,
}

/// Height of a field with so many curves.
pub(crate) fn height(curves: usize, room: Option<i32>) -> i32 {
    let least = LEAST_HEIGHT.max(NAME * curves as i32 + 8);
    room.map_or(least, |room| room.max(least))
}

/// Pixels below a field for its numbers and title.
pub(crate) const BELOW: i32 = 46;

/// Draws the field with its curves from the plate's top on, `high` pixels high, and
/// moves the plate's top below it.
pub(crate) fn field(
    plate: &mut Plate<'_>,
    (across, up): (&Side<'_>, &Side<'_>),
    curves: &[Curve<'_>],
    names: Names,
    high: i32,
) {
    let slim = plate.slim();
    let top = plate.top + 20;
    let bottom = top + if slim { SLIM_HEIGHT } else { high };
    let widths = curves.iter().map(|curve| text_width(&curve.name, 12));
    let hosts = panel::hosts(curves.iter().map(|curve| curve.cell));
    let swatch = if hosts.len() > 1 { WIDE_SWATCH } else { SWATCH };
    let inner = plate.width - 2 * MARGIN;
    let column = if slim {
        inner
    } else {
        widths.max().unwrap_or(0).min(plate.width / 3) + swatch
    };
    let y = (up.axis)((bottom, top));
    let rungs = (up.numbers)(&y);
    let left = MARGIN + widest(&rungs) + 10;
    let fan = if names == Names::AtEnds { FAN } else { 8 };
    // The last number of the axis reaches past its end.
    let right = plate.width - MARGIN - if slim { 16 } else { column + fan };
    let x = (across.axis)((left, right));

    let canvas = &mut plate.canvas;
    canvas.text(up.title, MARGIN, plate.top + 5, 12, FAINT);
    y.up(canvas, (left, right), &rungs);
    x.across(canvas, (top, bottom), &(across.numbers)(&x));
    let middle = ((left + right) / 2, bottom + 34);
    canvas.anchored(across.title, middle, 12, FAINT, Anchor::Middle);
    canvas.line((left, bottom), (right, bottom), FAINT, 1);
    canvas.line((left, top), (left, bottom), FAINT, 1);

    let pixel = |&(a, b): &(f64, f64)| (x.at(a), y.at(b));
    let ends: Vec<i32> = curves
        .iter()
        .enumerate()
        .map(|(at, curve)| match (names, curve.points.last()) {
            (Names::AtEnds, Some(end)) => y.at(end.1),
            (Names::AtEnds, None) => bottom,
            (Names::Listed, _) => top + NAME * at as i32,
        })
        .collect();
    let places: Vec<(i32, i32)> = if slim {
        below(curves, &ends, (swatch, plate.width), bottom + BELOW + 6)
    } else {
        let places = spread(&ends, NAME, (top, bottom)).into_iter();
        places.map(|y| (right + fan, y)).collect()
    };
    let lowest = places.iter().map(|(_, y)| *y).max();
    let mut lost: BTreeMap<i32, i32> = BTreeMap::new();
    for (curve, place) in curves.iter().zip(places) {
        let (ink, look) = (curve.cell.colour(), Look::of(curve.cell, &hosts));
        canvas.figure(&curve.cell.label(), &curve.told, |canvas| {
            let line = simplified(curve.points.iter().map(pixel));
            if line.len() > 1 {
                look.line(canvas, line);
            }
            for (at, told) in &curve.marks {
                canvas.figure(&curve.cell.label(), told, |canvas| {
                    look.mark(canvas, pixel(at));
                });
            }
            if let Some((x, y)) = curve.knee.as_ref().map(pixel) {
                canvas.line((x, y - 10), (x, y + 10), INK, 2);
            }
            let end = curve.points.last().map(pixel);
            if let (Names::AtEnds, Some((x, y))) = (names, end)
                && right - x < 30
                && !slim
            {
                let path = vec![(x, y), (right + 4, y), (right + fan - 4, place.1)];
                canvas.path(path, lighter(ink, 0.35), 1);
            }
            name(canvas, &curve.name, look, place, (swatch, column));
            for (at, told) in &curve.failed {
                // Above each other where several failed at one place.
                let failed: &mut i32 = lost.entry(x.at(*at)).or_default();
                let (x, y) = (x.at(*at), bottom - 8 - 12 * *failed);
                *failed += 1;
                canvas.figure(&curve.cell.label(), told, |canvas| {
                    canvas.line((x - 4, y - 4), (x + 4, y + 4), ink, 2);
                    canvas.line((x - 4, y + 4), (x + 4, y - 4), ink, 2);
                });
            }
        });
    }
    plate.top = match lowest {
        Some(lowest) if slim => lowest + NAME,
        _ => bottom + BELOW,
    };
}

/// Places for names in lines below a field, in the order of the curves' ends.
fn below(
    curves: &[Curve<'_>],
    ends: &[i32],
    (swatch, width): (i32, i32),
    top: i32,
) -> Vec<(i32, i32)> {
    let mut order: Vec<usize> = (0..curves.len()).collect();
    order.sort_by_key(|&at| ends[at]);
    let mut places = vec![(MARGIN, top); curves.len()];
    let (mut x, mut y) = (MARGIN, top);
    for at in order {
        let wide = swatch + text_width(&curves[at].name, 12);
        if x > MARGIN && x + wide > width - MARGIN {
            (x, y) = (MARGIN, y + NAME);
        }
        places[at] = (x, y);
        x += wide + 10;
    }
    places
}

/// A name behind its swatch, which takes so much of the column.
fn name(
    canvas: &mut Canvas,
    name: &str,
    look: Look,
    (x, y): (i32, i32),
    (swatch, column): (i32, i32),
) {
    if swatch == WIDE_SWATCH {
        look.line(canvas, vec![(x, y), (x + swatch - 10, y)]);
        look.mark(canvas, (x + (swatch - 10) / 2, y));
    } else {
        look.mark(canvas, (x + 6, y));
    }
    let text = super::plate::fitted(name, 12, column - swatch);
    canvas.text(&text, x + swatch - 4, y, 12, INK);
}

/// The same line without points that lie on it.
fn simplified(points: impl Iterator<Item = (i32, i32)>) -> Vec<(i32, i32)> {
    let mut line: Vec<(i32, i32)> = Vec::new();
    for point in points {
        if line.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = line[..] {
            let level = a.1 == b.1 && b.1 == point.1;
            let upright = a.0 == b.0 && b.0 == point.0;
            if level || upright {
                line.pop();
            }
        }
        line.push(point);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_stay() {
        let line = [(0, 0), (1, 0), (2, 0), (2, 0), (2, 5), (2, 9), (3, 10)];
        assert_eq!(
            simplified(line.into_iter()),
            [(0, 0), (2, 0), (2, 9), (3, 10)]
        );
    }
}
