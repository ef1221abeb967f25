//! Horizontal bars from zero, one a cell, with what each may be.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, text_width};
use super::frame::{Chart, Frame};
use super::look::Look;
use super::plate::{MARGIN, Plate, fitted};
use super::theme::{FAINT, FAULT, GROUND, INK};
use crate::record::quantity::Quantity;
use crate::report::analysis::study::{Between, Study};
use crate::report::analysis::summary::Summary;

const ROW: i32 = 28;
/// The same where the label stands above the bar.
const SLIM_ROW: i32 = 38;
/// Rows higher than this would only be thick.
const HIGHEST: i32 = 44;

/// What a chart of bars says around them.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) notes: Vec<String>,
    /// Points on a scale that is even in logarithms, where lengths would mislead.
    pub(crate) log: bool,
}

/// The bars of `cells`, from top to bottom.
pub(crate) fn bars(
    study: &Study<'_, '_>,
    cells: &[&Summary],
    quantity: &Quantity,
    words: &Words,
    frame: &Frame,
) -> Chart {
    let mut plate = Plate::new(frame, &words.title, &words.subtitle);
    plate.legend(&cells.iter().copied());
    let shown: Vec<(&Summary, Option<f64>, Option<Between>)> = cells
        .iter()
        .map(|cell| {
            let value = cell.of(quantity).filter(|value| value.is_finite());
            let between = value.and_then(|_| study.between(cell, quantity));
            (*cell, value, between)
        })
        .collect();
    // No label may squeeze the bars themselves away.
    let labels = cells.iter().map(|cell| text_width(&cell.label(), 13)).max();
    let labels = labels.unwrap_or(0).min((plate.width - 2 * MARGIN) / 2);
    let numbers = shown.iter().filter_map(|(_, value, _)| *value);
    let numbers = numbers
        .map(|value| text_width(&number(quantity, value), 13))
        .max();
    let numbers = numbers.unwrap_or(0) + 14;
    let slim = plate.slim();
    let left = MARGIN + if slim { 0 } else { labels + 10 };
    let right = plate.width - MARGIN - numbers;
    let top = plate.top;
    let count = cells.len().max(1) as i32;
    let least = if slim { SLIM_ROW } else { ROW };
    let row = plate
        .room(&words.notes, 28)
        .map_or(least, |room| (room / count).clamp(least, HIGHEST));
    let bottom = top + row * cells.len() as i32;
    plate.canvas.row = Some(row);
    let most = shown
        .iter()
        .filter_map(|(_, value, between)| reach(*value, *between));
    let axis = if words.log {
        let ends = shown.iter().flat_map(|(_, value, between)| {
            let ends = between.map(|of| [of.low, of.high]);
            value.iter().copied().chain(ends.into_iter().flatten())
        });
        Axis::log(ends, (left, right))
    } else {
        Axis::from_zero(most.fold(0.0, f64::max), 5.0, (left, right))
    };

    axis.across(
        &mut plate.canvas,
        (top, bottom),
        &axis.numbers(|value| quantity.tick(value)),
    );
    for (at, (cell, value, between)) in shown.iter().enumerate() {
        let above = top + row * at as i32;
        let (label_at, middle) = if slim {
            (above + 9, above + 26)
        } else {
            (above + row / 2, above + row / 2)
        };
        let told = study.told(cell, quantity);
        plate.canvas.figure(&cell.label(), &told, |canvas| {
            if slim {
                let label = fitted(&cell.label(), 12, right + numbers - left);
                canvas.number(&label, left + 2, label_at, 12, INK);
            } else {
                let label = fitted(&cell.label(), 13, labels);
                canvas.anchored(&label, (left - 10, label_at), 13, INK, Anchor::Right);
            }
            let Some(value) = *value else {
                let (text, ink) = absence(cell);
                let text = fitted(&text, 12, right - left + numbers - 16);
                canvas.number(&text, left + 8, middle, 12, ink);
                return;
            };
            let bar = if slim { 14 } else { row * 9 / 14 };
            let (length, ink, hatched) = (axis.at(value) - left, cell.colour(), !cell.ranked());
            if words.log {
                canvas.line((left, middle), (axis.at(value), middle), ink, 2);
                Look::of(cell, &[]).mark(canvas, (axis.at(value), middle));
            } else {
                canvas.bar(left, middle - bar / 2, length, bar, ink, hatched);
            }
            if let Some(of) = between {
                whisker(canvas, (axis.at(of.low), axis.at(of.high)), middle);
            }
            let behind = reach(Some(value), *between).map_or(left, |most| axis.at(most));
            canvas.number(&number(quantity, value), behind + 8, middle, 13, INK);
        });
    }
    plate.canvas.line((left, top), (left, bottom), FAINT, 1);
    let told: Vec<String> = shown
        .iter()
        .map(|(cell, value, _)| match value {
            Some(value) => format!("{} {}", cell.label(), quantity.told(*value)),
            None => format!("{} {}", cell.label(), absence(cell).0),
        })
        .collect();
    let told = format!("From top to bottom: {}.", told.join(", "));
    plate.finish(bottom + 28, &words.notes, &told)
}

/// The number at a bar's end: without a unit that the title has told.
fn number(quantity: &Quantity, value: f64) -> String {
    quantity
        .told(value)
        .trim_end_matches(" orders/s")
        .to_owned()
}

/// Why a cell has no bar.
pub(crate) fn absence(cell: &Summary) -> (String, crate::record::palette::Rgb) {
    match cell.errors.keys().next() {
        Some(reason) if cell.is_not_offered() => (reason.clone(), FAINT),
        Some(error) if cell.samples == 0 => (format!("failed: {error}"), FAULT),
        _ => ("not measured".to_owned(), FAINT),
    }
}

fn reach(value: Option<f64>, between: Option<Between>) -> Option<f64> {
    let value = value?;
    Some(between.map_or(value, |of| of.high.max(value)))
}

/// White beneath, because it lies on dark bars too.
fn whisker(canvas: &mut Canvas, (low, high): (i32, i32), middle: i32) {
    let form = |out: i32, half: i32| {
        vec![
            (low, middle - half),
            (low, middle + half),
            (low, middle),
            (high + out, middle),
            (high, middle - half),
            (high, middle + half),
        ]
    };
    canvas.path(form(0, 5), GROUND, 4);
    canvas.path(form(0, 4), INK, 2);
}
