//! A line for each cell from its least marked value to its greatest, one below the
//! other: for more curves than anybody tells apart in one field.

use super::axis::Axis;
use super::canvas::{Anchor, text_width};
use super::curves::Curve;
use super::look::Look;
use super::plate::{MARGIN, Plate, fitted};
use super::theme::{FAINT, INK};
use crate::base::si;

/// Curves that a field may have; of more, each gets a line of its own.
pub(crate) const MOST_CURVES: usize = 20;

const ROW: i32 = 20;
/// The same where the label stands above the line.
const SLIM_ROW: i32 = 32;
/// Rows higher than this would only be far apart.
const HIGHEST: i32 = 32;

/// Draws the marked times of `curves`, ns, along one logarithmic axis, in their order
/// from top to bottom, and moves the plate's top below it. A mark stands at the first
/// time of each, strokes at the others, and the last is written out.
pub(crate) fn ranges(plate: &mut Plate<'_>, curves: &[Curve<'_>], notes: &[String]) {
    plate.legend(&curves.iter().map(|curve| curve.cell));
    let slim = plate.slim();
    let last = |curve: &Curve<'_>| curve.marks.last().map(|((_, value), _)| *value);
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        let widths = texts.map(|text| text_width(&text, 12));
        widths.max().unwrap_or(0)
    };
    let labels = widest(&mut curves.iter().map(|curve| curve.name.clone()));
    let labels = labels.min((plate.width - 2 * MARGIN) / 2);
    let numbers = widest(&mut curves.iter().filter_map(last).map(si::time)) + 14;
    let left = MARGIN + if slim { 4 } else { labels + 10 };
    let right = plate.width - MARGIN - numbers;
    let least = if slim { SLIM_ROW } else { ROW };
    let row = plate.room(notes, 28).map_or(least, |room| {
        (room / curves.len().max(1) as i32).clamp(least, HIGHEST.max(least))
    });
    let (top, bottom) = (plate.top, plate.top + row * curves.len() as i32);
    let values = curves.iter().flat_map(|curve| &curve.marks);
    let axis = Axis::log(values.map(|((_, value), _)| *value), (left, right));
    let canvas = &mut plate.canvas;
    canvas.row = Some(row);
    axis.across(canvas, (top, bottom), &axis.numbers(si::tidy_time));
    for (at, curve) in curves.iter().enumerate() {
        let above = top + row * at as i32;
        let (label_at, middle) = if slim {
            (above + 8, above + 23)
        } else {
            (above + row / 2, above + row / 2)
        };
        let (ink, look) = (curve.cell.colour(), Look::of(curve.cell, &[]));
        let label = curve.cell.label();
        canvas.figure(&label, &curve.told, |canvas| {
            if slim {
                let name = fitted(&curve.name, 12, right + numbers - left);
                canvas.number(&name, left, label_at, 12, INK);
            } else {
                let name = fitted(&curve.name, 12, labels);
                canvas.anchored(&name, (left - 10, label_at), 12, INK, Anchor::Right);
            }
            let at = |mark: &((f64, f64), String)| axis.at(mark.0.1);
            let (Some(first), Some(end)) = (curve.marks.first(), curve.marks.last()) else {
                return;
            };
            look.line(canvas, vec![(at(first), middle), (at(end), middle)]);
            for (which, mark) in curve.marks.iter().enumerate() {
                canvas.figure(&label, &mark.1, |canvas| match which {
                    0 => look.mark(canvas, (at(mark), middle)),
                    _ => canvas.line((at(mark), middle - 5), (at(mark), middle + 5), ink, 2),
                });
            }
            canvas.number(&si::time(end.0.1), at(end) + 10, middle, 12, INK);
        });
    }
    canvas.line((left, top), (left, bottom), FAINT, 1);
    plate.top = bottom + 28;
}
