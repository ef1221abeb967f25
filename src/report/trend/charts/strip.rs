//! One cell's strip.

use super::super::super::trend::{Kind, Run, Series, told, unchanged};
use super::Across;
use crate::report::chart::drawing::axis::{Axis, widest};
use crate::report::chart::drawing::canvas::{Anchor, Canvas, text_width};
use crate::report::chart::drawing::plate::{MARGIN, fitted};
use crate::report::chart::drawing::theme::{FAINT, FAULT, INK, LINE, lighter};
use crate::stats::MARGIN as WEIGHT;

/// Height of a strip with all that belongs to it.
pub(super) const ROW: i32 = 108;
/// What stands above its plot: its name, and numbers of changes.
const HEAD: i32 = 34;
const PLOT: i32 = 62;

pub(super) struct Strip<'a> {
    series: &'a Series,
    runs: &'a [Run],
    /// One a version of the scenario: they are no figures of one kind.
    pub(super) scales: Vec<Scale>,
}

/// An axis of some runs.
pub(super) struct Scale {
    /// The first of them and the last.
    runs: (usize, usize),
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Scale {
    fn of(series: &Series, runs: &[usize]) -> Option<Self> {
        let points = || runs.iter().filter_map(|&run| series.points[run].as_ref());
        let middles = || points().map(|point| point.value.middle);
        let least = middles().fold(f64::INFINITY, f64::min);
        let most = middles().fold(0.0, f64::max);
        // What is of no weight must not look like a change.
        let centre = (least * most).sqrt();
        let (least, most) = (least.min(centre / WEIGHT), most.max(centre * WEIGHT));
        // A wide whisker is cut, or it would flatten the points.
        let room = (most - least) * 0.25;
        let ends = points().filter_map(|point| point.value.between);
        let (low, high) = ends.fold((least, most), |(low, high), between| {
            (low.min(between.0), high.max(between.1))
        });
        let edge = (most - least) * 0.08;
        Some(Scale {
            runs: (*runs.first()?, *runs.last()?),
            low: low.max(least - room) - edge,
            high: high.min(most + room) + edge,
        })
    }

    /// Between the bottom of a plot and its top.
    fn axis(&self, ends: (i32, i32)) -> Axis {
        Axis::exact(self.low, self.high, ends)
    }

    fn numbers(&self, axis: &Axis, tick: &dyn Fn(f64) -> String) -> Vec<(f64, String)> {
        let all = axis.numbers(tick);
        // Every other one is enough for so low a plot.
        let skip = if all.len() > 4 { 2 } else { 1 };
        all.into_iter().step_by(skip).collect()
    }
}

impl<'a> Strip<'a> {
    pub(super) fn of(series: &'a Series, runs: &'a [Run]) -> Self {
        let figures = series.figures();
        Strip {
            series,
            runs,
            scales: figures
                .iter()
                .filter_map(|runs| Scale::of(series, runs))
                .collect(),
        }
    }

    /// Space that numbers take to the left and, where the last runs have an axis of
    /// their own, to the right.
    pub(super) fn widest(&self) -> [i32; 2] {
        let tick = |value| self.series.figure.tick(value);
        let width = |scale: &Scale| widest(&scale.numbers(&scale.axis((PLOT, 0)), &tick));
        match &self.scales[..] {
            [] => [0, 0],
            [one] => [width(one), 0],
            [first, .., last] => [width(first), width(last)],
        }
    }

    /// All of it in words.
    pub(super) fn told(&self) -> String {
        let series = self.series;
        let all: Vec<String> = if series.changes.is_empty() {
            vec![unchanged(series)]
        } else {
            let changes = series.changes.iter();
            changes
                .map(|change| told(series, change, self.runs))
                .collect()
        };
        format!("{}: {}", series.key.label, all.join("; "))
    }

    /// Draws it below `top`.
    pub(super) fn draw(&self, canvas: &mut Canvas, top: i32, across: &Across) {
        canvas.figure(&self.series.key.label, &self.told(), |canvas| {
            self.head(canvas, top, across);
            let ends = (top + HEAD + PLOT, top + HEAD);
            self.rungs(canvas, ends, across);
            self.plot(canvas, ends, across);
            let (bottom, top) = ends;
            canvas.line((across.left, bottom), (across.right, bottom), LINE, 1);
            for of in &self.series.breaks {
                let at = across.between((of.before, of.after));
                canvas.dashes(vec![(at, top - 4), (at, bottom)], FAINT, 1, (4, 4));
            }
            self.missing(canvas, bottom, across);
        });
    }

    fn head(&self, canvas: &mut Canvas, top: i32, across: &Across) {
        let key = &self.series.key;
        let middle = top + 9;
        canvas.mark(key.form, (MARGIN + 5, middle), key.colour);
        let figure = self.series.figure;
        let last = self.series.points.iter().flatten().next_back();
        let range =
            |scale: &Scale| format!("{} to {}", figure.told(scale.low), figure.told(scale.high));
        let ranges = match &self.scales[..] {
            [one] => range(one),
            [first, .., last] => format!("left {}, right {}", range(first), range(last)),
            [] => String::new(),
        };
        let short = last.map_or("no figure".to_owned(), |last| {
            format!("last {}", figure.told(last.value.middle))
        });
        // Bold letters are wider.
        let room = across.edge - MARGIN - 17 - 12;
        let name = fitted(&key.label, 13, (room - text_width(&short, 12)) * 5 / 6);
        canvas.bold(&name, MARGIN + 17, middle, 13, INK);
        // The axis says its range by its numbers as well.
        let long = format!("{short}; axis {ranges}");
        let left = room - text_width(&name, 13) * 6 / 5;
        let fits = last.is_some() && text_width(&long, 12) <= left;
        let text = if fits { long } else { short };
        canvas.anchored(&text, (across.edge, middle), 12, FAINT, Anchor::Right);
    }

    /// Lines of the axes, each as far as its runs go, with numbers at the outer ends.
    fn rungs(&self, canvas: &mut Canvas, ends: (i32, i32), across: &Across) {
        let tick = |value| self.series.figure.tick(value);
        let meets = |at: usize| {
            let [one, other] = [&self.scales[at - 1], &self.scales[at]];
            across.between((one.runs.1, other.runs.0))
        };
        let last = self.scales.len().saturating_sub(1);
        for (at, scale) in self.scales.iter().enumerate() {
            let axis = scale.axis(ends);
            let left = if at == 0 { across.left } else { meets(at) };
            let right = if at == last {
                across.right
            } else {
                meets(at + 1)
            };
            let numbers = scale.numbers(&axis, &tick);
            if at == 0 {
                axis.up(canvas, (left, right), &numbers);
                continue;
            }
            for (value, text) in &numbers {
                let y = axis.at(*value);
                canvas.line((left, y), (right, y), LINE, 1);
                if at == last {
                    canvas.text(text, right + 8, y, 12, FAINT);
                }
            }
        }
    }

    /// The pixel of a value in the axis of this run.
    fn height(&self, run: usize, value: f64, ends: (i32, i32)) -> i32 {
        let own = |scale: &&Scale| (scale.runs.0..=scale.runs.1).contains(&run);
        let scale = self.scales.iter().find(own);
        scale.map_or(ends.0, |scale| scale.axis(ends).at(value))
    }

    fn plot(&self, canvas: &mut Canvas, ends: (i32, i32), across: &Across) {
        let series = self.series;
        let (figure, ink) = (series.figure, series.key.colour);
        let pale = lighter(ink, 0.45);
        let place = |run: usize| {
            let point = series.points[run].as_ref()?;
            Some((across.at(run), self.height(run, point.value.middle, ends)))
        };
        for part in series.parts() {
            let path: Vec<(i32, i32)> = part.iter().filter_map(|&run| place(run)).collect();
            if path.len() > 1 {
                canvas.path(path, pale, 1);
            }
        }
        for line in &series.lines {
            let end = |run: usize, value: f64| (across.at(run), self.height(run, value, ends));
            let (from, to) = (end(line.runs.0, line.ends.0), end(line.runs.1, line.ends.1));
            canvas.line(from, to, INK, 2);
        }
        let dense = across.runs > 1 && across.at(1) - across.at(0) < 9;
        for (run, point) in series.points.iter().enumerate() {
            let (Some(point), Some(at)) = (point, place(run)) else {
                continue;
            };
            let own = &self.runs[run];
            let between = point.value.between.map_or(String::new(), |(low, high)| {
                format!(" [{}, {}]", figure.told(low), figure.told(high))
            });
            let parts = [own.date(), own.revision().unwrap_or("")];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let dated = if parts.is_empty() {
                String::new()
            } else {
                format!(" ({})", parts.join(", "))
            };
            let flags = if point.flags.is_empty() {
                String::new()
            } else {
                format!("; {}", point.flags.join(", "))
            };
            let told = format!(
                "{}, {}{dated}: {} {}{between}; {} rounds{flags}",
                series.key.label,
                own.name,
                figure.title,
                figure.told(point.value.middle),
                point.value.rounds,
            );
            canvas.figure(&series.key.label, &told, |canvas| {
                if let Some((low, high)) = point.value.between {
                    let [low, high] = [low, high].map(|value| self.height(run, value, ends));
                    canvas.line((at.0, low), (at.0, high), pale, 1);
                }
                if dense {
                    canvas.rect(at.0 - 2, at.1 - 2, 4, 4, ink);
                } else {
                    canvas.mark(series.key.form, at, ink);
                }
            });
        }
        self.changes(canvas, ends, across);
    }

    /// Rings and numbers, as far as numbers do not touch.
    fn changes(&self, canvas: &mut Canvas, ends: (i32, i32), across: &Across) {
        let mut taken = i32::MIN;
        for change in &self.series.changes {
            let worse = self.series.cost(change) > 1.0;
            let ink = if worse { FAULT } else { INK };
            let (from, to) = change.runs;
            let (x, y) = match (change.kind, &self.series.points[to]) {
                (Kind::Step, Some(point)) => {
                    let at = (across.at(to), self.height(to, point.value.middle, ends));
                    canvas.ring(at, 8, ink, 2);
                    (at.0, at.1 - 17)
                }
                _ => {
                    let middle = f64::midpoint(change.values.0, change.values.1);
                    (
                        across.between((from, to)),
                        self.height(to, middle, ends) - 15,
                    )
                }
            };
            let name = change.number.to_string();
            let half = text_width(&name, 12) / 2 + 2;
            if x - half >= taken {
                canvas.anchored(&name, (x, y), 12, ink, Anchor::Middle);
                taken = x + half;
            }
        }
    }

    /// A cross where a run has no figure.
    fn missing(&self, canvas: &mut Canvas, bottom: i32, across: &Across) {
        for (run, why) in &self.series.missing {
            let (x, y) = (across.at(*run), bottom - 6);
            let told = format!("{}, {}: {why}", self.series.key.label, self.runs[*run].name);
            canvas.figure(&self.series.key.label, &told, |canvas| {
                canvas.line((x - 4, y - 4), (x + 4, y + 4), FAULT, 2);
                canvas.line((x - 4, y + 4), (x + 4, y - 4), FAULT, 2);
            });
        }
    }
}
