//! All scenarios at a glance: a small panel each.

use super::super::analysis::open_loop::is_open;
use super::super::analysis::panel::Panel;
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::drawing::canvas::{Anchor, Canvas, text_width};
use super::drawing::plate::{MARGIN, Plate, fitted};
use super::drawing::theme::{FAINT, FAULT, INK, LINE};
use super::{Chart, Frame, Kind, Of};
use crate::base::si;
use crate::record::quantity::THROUGHPUT;

const ROW: i32 = 16;
const BAR: i32 = 11;
/// Space right of a panel's plot for the longest bar's number.
const VALUE: i32 = 44;
const GUTTER: i32 = 30;
/// Height of a panel's heading.
const HEAD: i32 = 44;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "overview",
    of: Of::All {
        alt: "Throughput by scenario and model, relative to the best",
        // The heat map says the same, and is smaller.
        on_page: false,
        applies: |studies| !closed(studies).is_empty(),
        draw: overview,
    },
};

/// Scenarios whose throughput is their own: in an open loop it is the schedule's.
fn closed<'p, 'a>(studies: &[Study<'p, 'a>]) -> Vec<&'p Panel<'a>> {
    let panels = studies.iter().map(|study| study.panel);
    panels.filter(|panel| !is_open(panel)).collect()
}

/// A panel a scenario, in each a bar a model in the order that is fixed
/// everywhere, relative to the panel's highest median throughput. Cells of
/// clients that are not ranked are left out.
fn overview(studies: &[Study<'_, '_>], frame: &Frame) -> Chart {
    let ranked = |panel: &Panel<'_>| panel.cells.iter().any(|cell| cell.ranked());
    let panels: Vec<(&Panel<'_>, Vec<&Summary>)> = closed(studies)
        .into_iter()
        .filter(|panel| ranked(panel))
        .map(|panel| {
            let cells = panel.cells.iter().copied();
            (panel, cells.filter(|cell| cell.ranked()).collect())
        })
        .collect();
    let mut plate = Plate::new(
        frame,
        "Throughput of all scenarios",
        "Orders per second relative to the highest median of each scenario = 100 %, more is better",
    );
    let cells = panels.iter().flat_map(|(_, cells)| cells.iter().copied());
    let longest = cells
        .clone()
        .map(|cell| text_width(&cell.label(), 11))
        .max();
    plate.legend(&cells);

    // A plot narrower than a hundred pixels shows nothing.
    let inner = plate.width - 2 * MARGIN;
    let labels = longest.unwrap_or(0) + 8;
    let across = ((inner + GUTTER) / (labels + 100 + VALUE + GUTTER)).clamp(1, 3);
    let width = (inner + GUTTER) / across - GUTTER;
    let mut top = plate.top;
    for row in panels.chunks(across as usize) {
        for (at, (panel, cells)) in row.iter().enumerate() {
            let left = MARGIN + at as i32 * (width + GUTTER);
            draw_panel(
                &mut plate.canvas,
                panel,
                cells,
                (left, top),
                (width, labels),
            );
        }
        let most = row.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        top += HEAD + ROW * most as i32 + 24;
    }
    let told: Vec<String> = panels
        .iter()
        .map(|(panel, _)| match panel.best() {
            Some(best) => format!("{}: 100 % is {}", panel.title, si::rate(best)),
            None => format!("{}: nothing measured", panel.title),
        })
        .collect();
    let notes = ["Bars show medians and no ranks.".to_owned()];
    plate.finish(top - 12, &notes, &told.join(". "))
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
        let measured = cell
            .of(&THROUGHPUT)
            .zip(best)
            .filter(|(_, best)| *best > 0.0);
        let told = cell
            .of(&THROUGHPUT)
            .map_or("no figure".to_owned(), si::rate);
        let told = format!("{} in {}: {told}", cell.label(), panel.title);
        canvas.figure(&cell.label(), &told, |canvas| {
            canvas.anchored(&cell.label(), (zero - 8, middle), 11, INK, Anchor::Right);
            let Some((value, best)) = measured else {
                let (text, ink) = if cell.errors.is_empty() {
                    ("not measured", FAINT)
                } else {
                    ("failed", FAULT)
                };
                canvas.number(text, zero + 5, middle, 11, ink);
                return;
            };
            let share = value / best;
            let length = (share * f64::from(plot)).round() as i32;
            canvas.rect(zero, middle - BAR / 2, length, BAR, cell.colour());
            let text = si::part_of_best(share);
            canvas.number(&text, zero + length + 5, middle, 11, FAINT);
        });
    }
    canvas.line((zero, top), (zero, bottom), FAINT, 1);
}
