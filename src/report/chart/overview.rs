//! All scenarios at a glance: a small panel each.

use super::super::palette::colour;
use super::super::panel::Panel;
use super::super::si;
use super::super::summary::Summary;
use super::canvas::{Anchor, Canvas, text_width};
use super::{Caption, FAINT, FAULT, INK, LINE, MARGIN, WIDTH};
use super::{draw_foot, draw_legend, fitted, foot, foot_height};

const ROW: i32 = 16;
const BAR: i32 = 11;
/// Space right of a panel's plot for the longest bar's number.
const VALUE: i32 = 44;
const GUTTER: i32 = 30;
/// Height of a panel's heading.
const HEAD: i32 = 44;

/// A panel a scenario, in each a bar a model in the order that is fixed
/// everywhere, relative to the panel's highest median throughput. Cells of
/// clients that are not ranked are left out.
#[must_use]
pub fn overview(panels: &[Panel<'_>], caption: &Caption) -> String {
    let ranked: Vec<(&Panel<'_>, Vec<&Summary>)> = panels
        .iter()
        .map(|panel| {
            (
                panel,
                panel
                    .cells
                    .iter()
                    .copied()
                    .filter(|cell| cell.ranked())
                    .collect(),
            )
        })
        .filter(|(_, cells): &(_, Vec<&Summary>)| !cells.is_empty())
        .collect();
    let mut canvas = Canvas::default();
    let title = "Throughput of all scenarios";
    canvas.bold(title, MARGIN, MARGIN + 8, 20, INK);
    let subtitle =
        "Orders per second relative to the highest median of each scenario = 100 %, more is better";
    canvas.text(subtitle, MARGIN, MARGIN + 36, 13, FAINT);
    let cells = ranked.iter().flat_map(|(_, cells)| cells.iter().copied());
    let longest = cells
        .clone()
        .map(|cell| text_width(&cell.label(), 11))
        .max();
    draw_legend(&mut canvas, &cells, MARGIN + 54);

    // A plot narrower than a hundred pixels shows nothing.
    let inner = WIDTH as i32 - 2 * MARGIN;
    let labels = longest.unwrap_or(0) + 8;
    let across = ((inner + GUTTER) / (labels + 100 + VALUE + GUTTER)).clamp(1, 3);
    let width = (inner + GUTTER) / across - GUTTER;
    let mut top = MARGIN + 86;
    for row in ranked.chunks(across as usize) {
        for (at, (panel, cells)) in row.iter().enumerate() {
            let left = MARGIN + at as i32 * (width + GUTTER);
            draw_panel(&mut canvas, panel, cells, (left, top), (width, labels));
        }
        let most = row.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        top += HEAD + ROW * most as i32 + 24;
    }

    let lines = foot(&["Bars show medians and no ranks.".to_owned()], caption);
    draw_foot(&mut canvas, &lines, top - 12);
    let height = top - 12 + foot_height(&lines) + MARGIN / 2;
    canvas.finish(WIDTH, height as u32, &format!("{title}: {subtitle}"))
}

fn draw_panel(
    canvas: &mut Canvas,
    panel: &Panel<'_>,
    cells: &[&Summary],
    (left, top): (i32, i32),
    (width, labels): (i32, i32),
) {
    let best = panel.best();
    canvas.bold(&fitted(&panel.title, 13, width), left, top + 8, 13, INK);
    let under = best.map_or("nothing measured".to_owned(), |best| {
        format!("100 % = {} orders/s", si::short(best))
    });
    canvas.text(&under, left, top + 26, 11, FAINT);
    let zero = left + labels;
    let plot = width - labels - VALUE;
    let top = top + HEAD;
    let bottom = top + ROW * cells.len() as i32;
    for quarter in 0..=4 {
        let x = zero + plot * quarter / 4;
        canvas.line((x, top), (x, bottom), LINE, 1);
    }
    for (at, cell) in cells.iter().enumerate() {
        let middle = top + ROW * at as i32 + ROW / 2;
        canvas.anchored(&cell.label(), (zero - 8, middle), 11, INK, Anchor::Right);
        match (cell.orders_per_s, best) {
            (Some(value), Some(best)) if best > 0.0 => {
                let share = value / best;
                let length = (share * f64::from(plot)).round() as i32;
                canvas.rect(zero, middle - BAR / 2, length, BAR, colour(&cell.model));
                let text = format!("{:.0} %", share * 100.0);
                canvas.number(&text, zero + length + 5, middle, 11, FAINT);
            }
            _ => {
                let (text, ink) = if cell.errors.is_empty() {
                    ("not measured", FAINT)
                } else {
                    ("failed", FAULT)
                };
                canvas.number(text, zero + 5, middle, 11, ink);
            }
        }
    }
    canvas.line((zero, top), (zero, bottom), FAINT, 1);
}
