//! Throughput of one scenario's models.

use super::super::open_loop::is_open;
use super::super::palette::colour;
use super::super::panel::Panel;
use super::super::si;
use super::super::summary::Summary;
use super::super::table::{by_throughput, sampling};
use super::canvas::{Anchor, Canvas, text_width};
use super::{Caption, FAINT, FAULT, INK, LINE, MARGIN, WIDTH};
use super::{draw_foot, draw_legend, fitted, foot, foot_height};

const ROW: i32 = 28;
const BAR: i32 = 18;
/// Space right of the plot for the longest bar's number.
const VALUE: i32 = 64;

/// Horizontal bars of median throughput, highest first, from zero, with
/// whiskers from the first to the third quartile of the samples. A failed
/// cell has a row and its error instead of a bar.
#[must_use]
pub fn throughput(panel: &Panel<'_>, caption: &Caption) -> String {
    let cells = by_throughput(panel);
    let mut canvas = Canvas::default();
    canvas.bold(&panel.title, MARGIN, MARGIN + 8, 20, INK);
    let subtitle = format!(
        "Throughput in orders per second, more is better: median of {}",
        sampling(&cells)
    );
    canvas.text(&subtitle, MARGIN, MARGIN + 36, 13, FAINT);
    draw_legend(&mut canvas, &cells.iter().copied(), MARGIN + 54);

    let labels = cells.iter().map(|cell| text_width(&cell.label(), 13)).max();
    let left = MARGIN + labels.unwrap_or(0) + 10;
    let top = MARGIN + 84;
    let bottom = top + ROW * cells.len() as i32;
    let plot = WIDTH as i32 - MARGIN - VALUE - left;
    let end = cells
        .iter()
        .filter_map(|cell| reach(cell))
        .fold(0.0, f64::max);
    let step = step(end / 5.0);
    let ticks = (end / step).ceil().max(1.0);
    let x = |value: f64| left + (value / (step * ticks) * f64::from(plot)).round() as i32;

    for tick in 0..=ticks as u32 {
        let value = f64::from(tick) * step;
        canvas.line((x(value), top), (x(value), bottom), LINE, 1);
        let text = if tick == 0 {
            "0".to_owned()
        } else {
            si::tidy(value)
        };
        canvas.anchored(&text, (x(value), bottom + 14), 12, FAINT, Anchor::Middle);
    }
    for (at, cell) in cells.iter().enumerate() {
        let middle = top + ROW * at as i32 + ROW / 2;
        canvas.anchored(&cell.label(), (left - 10, middle), 13, INK, Anchor::Right);
        let Some(value) = cell.orders_per_s else {
            let (text, ink) = match cell.errors.keys().next() {
                Some(error) => (format!("failed: {error}"), FAULT),
                None => ("not measured".to_owned(), FAINT),
            };
            let text = fitted(&text, 12, plot + VALUE - 8);
            canvas.number(&text, left + 8, middle, 12, ink);
            continue;
        };
        let hatched = !cell.ranked();
        canvas.bar(
            left,
            middle - BAR / 2,
            x(value) - left,
            BAR,
            colour(&cell.model),
            hatched,
        );
        if let Some((low, high)) = cell.quartiles {
            let (low, high) = (x(low), x(high));
            // White beneath, because the whisker lies on dark bars too.
            canvas.line((low - 1, middle), (high + 1, middle), (255, 255, 255), 4);
            for end in [low, high] {
                canvas.line((end, middle - 5), (end, middle + 5), (255, 255, 255), 4);
                canvas.line((end, middle - 4), (end, middle + 4), INK, 2);
            }
            canvas.line((low, middle), (high, middle), INK, 2);
        }
        let text_at = reach(cell).map_or(left, x) + 8;
        canvas.number(&si::short(value), text_at, middle, 13, INK);
    }
    canvas.line((left, top), (left, bottom), FAINT, 1);

    let mut notes = vec![
        "Whiskers: the middle half of the samples (first to third quartile). \
        The order of bars is no rank."
            .to_owned(),
    ];
    if is_open(panel) {
        notes.push(
            "Orders came from outside at a planned rate, which bounds throughput: \
            models differ in response time."
                .into(),
        );
    }
    let lines = foot(&notes, caption);
    draw_foot(&mut canvas, &lines, bottom + 28);
    let height = bottom + 28 + foot_height(&lines) + MARGIN / 2;
    canvas.finish(
        WIDTH,
        height as u32,
        &format!("{}: {subtitle}", panel.title),
    )
}

/// How far to the right a cell's drawing goes, orders per second.
fn reach(cell: &Summary) -> Option<f64> {
    let value = cell.orders_per_s?;
    Some(cell.quartiles.map_or(value, |(_, high)| high.max(value)))
}

/// The least of 1, 2 and 5 times a power of ten that is not below `least`.
fn step(least: f64) -> f64 {
    if least <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers() {
        for (least, expected) in [
            (0.0, 1.0),
            (0.3, 0.5),
            (1.0, 1.0),
            (1.1, 2.0),
            (260.0, 500.0),
            (51e3, 100e3),
        ] {
            assert!((step(least) / expected - 1.0).abs() < 1e-9, "{least}");
        }
    }
}
