//! Models by scenarios: how near each comes to the best.

use std::collections::BTreeMap;

use super::super::analysis::open_loop::{Tail, by_response, is_open, overloaded};
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::drawing::canvas::{Anchor, text_width};
use super::drawing::plate::{MARGIN, Plate};
use super::drawing::theme::{FAINT, FAULT, INK, contrast};
use super::{Chart, Frame};
use crate::base::si;
use crate::record::palette::{Rgb, place};

const CELL: i32 = 44;
const ROW: i32 = 28;

/// From nothing to the best: one hue, so that lightness alone tells.
const LEAST: Rgb = (0xf3, 0xf6, 0xfa);
const BEST: Rgb = (0x08, 0x51, 0x9c);
/// Inks on those, whatever the page's ground.
const ON_LIGHT: Rgb = (0x12, 0x16, 0x1c);
const ON_DARK: Rgb = (0xfd, 0xfd, 0xfd);

/// A row a model, a column a scenario: the median throughput relative to the highest
/// of the column; where orders come from outside, the least response time relative to
/// the model's. Clients that are not ranked are left out.
#[must_use]
pub fn heatmap(studies: &[Study<'_, '_>], frame: &Frame) -> Chart {
    let models = models(studies);
    let labels = models.iter().map(|label| text_width(label, 12)).max();
    let left = MARGIN + labels.unwrap_or(0) + 10;
    let wide = left + CELL * studies.len() as i32 + MARGIN;
    let title = "Models by scenarios, relative to the best";
    let subtitle = "In percent of the highest median throughput of each scenario; where orders \
         come from outside (open loop), the shortest response time in percent of the model's. \
         More is better";
    let mut plate = Plate::wide(frame, wide, title, subtitle);
    let names: Vec<String> = studies
        .iter()
        .map(|study| study.panel.title.clone())
        .collect();
    let names: Vec<String> = names
        .iter()
        .map(|name| super::drawing::plate::fitted(name, 12, 320))
        .collect();
    let heads = names
        .iter()
        .map(|name| text_width(name, 12))
        .max()
        .unwrap_or(0);
    let top = plate.top + heads + 14;
    let bottom = top + ROW * models.len() as i32;
    for (at, name) in names.iter().enumerate() {
        let x = left + CELL * at as i32 + CELL / 2;
        plate
            .canvas
            .anchored(name, (x, top - 8), 12, INK, Anchor::Up);
    }
    for (row, label) in models.iter().enumerate() {
        let y = top + ROW * row as i32;
        plate.canvas.figure(label, label, |canvas| {
            canvas.anchored(label, (left - 10, y + ROW / 2), 12, INK, Anchor::Right);
        });
        for (column, study) in studies.iter().enumerate() {
            let x = left + CELL * column as i32;
            let cell = study.panel.cells.iter().find(|cell| cell.label() == *label);
            let shown = cell.map_or(Shown::nothing("not run"), |cell| shown(study, cell));
            let told = format!("{label} in {}: {}", study.panel.title, shown.told);
            plate.canvas.figure(label, &told, |canvas| {
                let mut ink = shown.ink;
                if let Some(part) = shown.part {
                    let ground = between(part);
                    canvas.rect(x + 1, y + 1, CELL - 2, ROW - 2, ground);
                    ink = if contrast(ON_DARK, ground) > contrast(ON_LIGHT, ground) {
                        ON_DARK
                    } else {
                        ON_LIGHT
                    };
                }
                if shown.first {
                    canvas.outline(x + 3, y + 3, CELL - 6, ROW - 6, ink);
                }
                let middle = (x + CELL / 2, y + ROW / 2);
                canvas.anchored(&shown.text, middle, 12, ink, Anchor::Middle);
            });
        }
    }
    let framed = "Framed: rank 1, so no model was shown faster (level 99.5 %); those framed in one \
         column tie or are undecided. Without frames in a column, rounds do not suffice.";
    let apart = studies.iter().any(|study| study.apart);
    let framed = (!apart).then(|| framed.to_owned());
    let notes: Vec<String> = framed
        .into_iter()
        .chain([format!(
            "{}: not run. over: overloaded. fail: every sample failed.",
            si::ABSENT
        )])
        .collect();
    plate.finish(bottom + 8, &notes, &prose(studies))
}

/// The models of all studies, in the order of all tables.
fn models(studies: &[Study<'_, '_>]) -> Vec<String> {
    let cells = studies.iter().flat_map(|study| &study.panel.cells);
    let models: BTreeMap<(usize, String), ()> = cells
        .filter(|cell| cell.ranked())
        .map(|cell| ((place(&cell.model), cell.label()), ()))
        .collect();
    models.into_keys().map(|(_, label)| label).collect()
}

/// What stands in one place.
struct Shown {
    text: String,
    told: String,
    part: Option<f64>,
    ink: Rgb,
    first: bool,
}

impl Shown {
    fn nothing(why: &str) -> Self {
        Shown {
            text: si::ABSENT.to_owned(),
            told: why.to_owned(),
            part: None,
            ink: FAINT,
            first: false,
        }
    }
}

fn shown(study: &Study<'_, '_>, cell: &Summary) -> Shown {
    if cell.samples == 0 && !cell.errors.is_empty() {
        return Shown {
            text: "fail".into(),
            ink: FAULT,
            ..Shown::nothing("every sample failed")
        };
    }
    let open = is_open(study.panel);
    if open && overloaded(cell) {
        return Shown {
            text: "over".into(),
            ..Shown::nothing("overloaded")
        };
    }
    let Some((part, figure)) = relative(study, cell) else {
        return Shown::nothing("not measured");
    };
    let percent = part * 100.0;
    let text = if percent < 9.95 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    };
    let rank = study.said.ranks.get(&cell.label());
    let told = rank.map_or(String::new(), |rank| format!(", rank {rank}"));
    Shown {
        told: format!("{text} % of the best, {figure}{told}"),
        text,
        part: Some(part),
        ink: INK,
        first: rank == Some(&1),
    }
}

/// Part of the best, and the figure itself.
fn relative(study: &Study<'_, '_>, cell: &Summary) -> Option<(f64, String)> {
    if !is_open(study.panel) {
        let (value, best) = (cell.orders_per_s?, study.panel.best()?);
        let part = value / best;
        return part.is_finite().then(|| (part, si::rate(value)));
    }
    let tail = Tail::of_panel(study.panel);
    let best = by_response(study.panel)
        .into_iter()
        .find(|cell| cell.ranked() && !overloaded(cell))?;
    let (value, best) = (tail.of_cell(cell)?, tail.of_cell(best)?);
    let part = best / value;
    let figure = format!("response {} {}", tail.name(), si::time(value));
    part.is_finite().then_some((part, figure))
}

/// The colour for a part of the best.
fn between(part: f64) -> Rgb {
    let part = part.clamp(0.0, 1.0);
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part) as u8;
    (
        mix(LEAST.0, BEST.0),
        mix(LEAST.1, BEST.1),
        mix(LEAST.2, BEST.2),
    )
}

fn prose(studies: &[Study<'_, '_>]) -> String {
    let lines = studies.iter().map(|study| {
        let best: Vec<String> = study
            .panel
            .cells
            .iter()
            .filter(|cell| cell.ranked())
            .filter_map(|cell| Some((cell.label(), relative(study, cell)?.0)))
            .map(|(label, part)| format!("{label} {}", si::part_of_best(part)))
            .collect();
        format!("{}: {}.", study.panel.title, best.join(", "))
    });
    lines.collect::<Vec<_>>().join(" ")
}
