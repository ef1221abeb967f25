//! Models by scenarios: how near each comes to the best.

use std::collections::BTreeMap;

use super::super::analysis::open_loop::{by_response, is_open, overloaded, tail};
use super::super::analysis::study::Study;
use super::super::analysis::summary::Summary;
use super::drawing::canvas::{Anchor, text_width};
use super::drawing::plate::{MARGIN, Plate};
use super::drawing::theme::{FAINT, FAULT, INK, ramp};
use super::{Chart, Frame, Kind, Of};
use crate::base::si;
use crate::record::palette::Rgb;
use crate::record::quantity::THROUGHPUT;

const CELL: i32 = 44;
const ROW: i32 = 28;

/// Side of a cell on a phone, where a scenario's name stands above its cells.
const SLIM_ROW: i32 = 24;
/// Height of that name.
const NAME: i32 = 18;
/// Less is no room for a model's name, read from below.
const NARROWEST: i32 = 16;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "heatmap",
    of: Of::All {
        alt: "Models by scenarios, relative to the best",
        on_page: true,
        applies: |studies| !studies.is_empty(),
        draw: heatmap,
    },
};

/// A row a model, a column a scenario: the median throughput relative to the highest
/// of the column; where orders come from outside, the least response time relative to
/// the model's. Clients that are not ranked are left out.
fn heatmap(studies: &[Study<'_, '_>], frame: &Frame) -> Chart {
    let models = models(studies);
    let title = "Models by scenarios, relative to the best";
    let subtitle = "In percent of the highest median throughput of each scenario; where orders \
         come from outside (open loop), the shortest response time in percent of the model's. \
         More is better";
    let names: Vec<String> = studies
        .iter()
        .map(|study| super::drawing::plate::fitted(&study.panel.title, 12, 320))
        .collect();
    let widest = |texts: &[String]| {
        let widths = texts.iter().map(|text| text_width(text, 12));
        widths.max().unwrap_or(0)
    };
    let narrow = Plate::new(frame, title, subtitle);
    let each = (narrow.width - 2 * MARGIN) / models.len().max(1) as i32;
    // Of very many models a line each is read by scrolling rather than not at all.
    let slim = narrow.slim() && each >= NARROWEST;
    let (mut plate, grid) = if slim {
        let plate = narrow;
        let grid = Grid {
            left: MARGIN,
            top: plate.top + widest(&models) + 14 + NAME,
            across: each.min(CELL),
            down: SLIM_ROW + NAME,
            high: SLIM_ROW,
            size: 10,
            by_scenario: true,
        };
        (plate, grid)
    } else {
        let left = MARGIN + widest(&models) + 10;
        let wide = left + CELL * studies.len() as i32 + MARGIN;
        let plate = Plate::wide(frame, wide, title, subtitle);
        let grid = Grid {
            left,
            top: plate.top + widest(&names) + 14,
            across: CELL,
            down: ROW,
            high: ROW,
            size: 12,
            by_scenario: false,
        };
        (plate, grid)
    };
    let left = grid.left;
    for (at, name) in names.iter().enumerate() {
        if slim {
            let y = grid.top + grid.down * at as i32 - NAME / 2;
            plate.canvas.text(name, left, y, 12, INK);
        } else {
            let x = left + grid.across * at as i32 + grid.across / 2;
            let place = (x, grid.top - 8);
            plate.canvas.anchored(name, place, 12, INK, Anchor::Up);
        }
    }
    for (row, label) in models.iter().enumerate() {
        plate.canvas.figure(label, label, |canvas| {
            let (x, y) = grid.at(row, 0);
            if slim {
                let place = (x + grid.across / 2, grid.top - NAME - 6);
                canvas.anchored(label, place, 12, INK, Anchor::Up);
            } else {
                let place = (left - 10, y + ROW / 2);
                canvas.anchored(label, place, 12, INK, Anchor::Right);
            }
        });
        for (column, study) in studies.iter().enumerate() {
            let (x, y) = grid.at(row, column);
            let (wide, high) = (grid.across, grid.high);
            let cell = study.panel.cells.iter().find(|cell| cell.label() == *label);
            let shown = cell.map_or(Shown::nothing("not run"), |cell| shown(study, cell));
            let told = format!("{label} in {}: {}", study.panel.title, shown.told);
            plate.canvas.figure(label, &told, |canvas| {
                let mut ink = shown.ink;
                if let Some(part) = shown.part {
                    let (ground, on) = ramp(part);
                    canvas.rect(x + 1, y + 1, wide - 2, high - 2, ground);
                    ink = on;
                }
                if shown.first {
                    canvas.outline(x + 3, y + 3, wide - 6, high - 6, ink);
                }
                let middle = (x + wide / 2, y + high / 2);
                canvas.anchored(&shown.text, middle, grid.size, ink, Anchor::Middle);
            });
        }
    }
    let bottom = if slim {
        grid.top + grid.down * studies.len() as i32 - NAME
    } else {
        grid.top + grid.down * models.len() as i32
    };
    let framed = "Framed: no model was shown faster, so rank 1 is not excluded (level 99.5 %); those framed \
         in one column tie or are undecided. Without frames in a column, rounds do not suffice.";
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

/// Where cells stand.
struct Grid {
    left: i32,
    top: i32,
    /// From cell to cell.
    across: i32,
    down: i32,
    /// Height of a cell, and of its text.
    high: i32,
    size: i32,
    /// A line a scenario instead of a line a model.
    by_scenario: bool,
}

impl Grid {
    fn at(&self, model: usize, scenario: usize) -> (i32, i32) {
        let (across, down) = if self.by_scenario {
            (model, scenario)
        } else {
            (scenario, model)
        };
        (
            self.left + self.across * across as i32,
            self.top + self.down * down as i32,
        )
    }
}

/// The models of all studies, in the order of all tables.
fn models(studies: &[Study<'_, '_>]) -> Vec<String> {
    let cells = studies.iter().flat_map(|study| &study.panel.cells);
    let models: BTreeMap<(usize, String), ()> = cells
        .filter(|cell| cell.ranked())
        .map(|cell| ((cell.place(), cell.label()), ()))
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
        first: rank.is_some_and(|rank| rank.first == 1),
    }
}

/// Part of the best, and the figure itself.
fn relative(study: &Study<'_, '_>, cell: &Summary) -> Option<(f64, String)> {
    if !is_open(study.panel) {
        let (value, best) = (cell.of(&THROUGHPUT)?, study.panel.best()?);
        let part = value / best;
        return part.is_finite().then(|| (part, si::rate(value)));
    }
    let tail = tail(study.panel);
    let best = by_response(study.panel)
        .into_iter()
        .find(|cell| cell.ranked() && !overloaded(cell))?;
    let (value, best) = (cell.of(&tail)?, best.of(&tail)?);
    let part = best / value;
    let figure = format!("{} {}", tail.short, tail.brief(value));
    part.is_finite().then_some((part, figure))
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
