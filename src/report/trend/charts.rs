//! Cells over runs: a strip each, with an axis of its own.

mod strip;

use crate::base::counted::counted;
use std::collections::BTreeMap;

use super::super::trend::run::{charted, on_machine};
use super::super::trend::{Run, Section, Series, broken, missing, told, unchanged};
use crate::record::quantity::THROUGHPUT;
use crate::report::chart::drawing::canvas::{Anchor, text_width};
use crate::report::chart::drawing::plate::{MARGIN, Plate, fitted};
use crate::report::chart::drawing::theme::FAINT;
use crate::report::chart::{Chart, Frame};
use strip::{ROW, Strip};

/// Space on both sides of the runs, in which names of the outer ones stand.
const SIDE: i32 = 26;
/// A run's name is cut to this.
const NAME: i32 = 100;
/// Breaks that the notes name at most.
const MOST: usize = 12;

/// One figure of all cells of `section`, over `runs`.
#[must_use]
pub(crate) fn trend(section: &Section, strips: &[&Series], runs: &[Run], frame: &Frame) -> Chart {
    let figure = strips.first().map_or(THROUGHPUT, |series| series.figure);
    let who = if on_machine(figure) {
        "kind of work"
    } else {
        "model"
    };
    let what = charted(figure);
    let title = format!(
        "{}: {what} over {}",
        section.title,
        counted(runs.len(), "run")
    );
    let subtitle = format!(
        "A strip a {who}, each with an axis of its own that states its range and does not begin \
         at zero; {} is better. Points: median over rounds of a run; whiskers: its confidence interval \
         at 99.5 % (of 8 rounds, which cannot reach it, at 99.2 %; none of fewer)",
        if figure.less { "less" } else { "more" }
    );
    let mut plate = Plate::new(frame, &title, &subtitle);
    let axes: Vec<Strip<'_>> = strips
        .iter()
        .map(|series| Strip::of(series, runs))
        .collect();
    let widest = |side: usize| {
        axes.iter()
            .map(|strip| strip.widest()[side])
            .max()
            .unwrap_or(0)
    };
    let right = match widest(1) {
        0 => 0,
        numbers => numbers + 8,
    };
    let across = Across {
        left: MARGIN + widest(0).max(24) + 10,
        right: plate.width - MARGIN - right,
        edge: plate.width - MARGIN,
        runs: runs.len(),
    };
    let breaks = breaks(strips);
    if !breaks.is_empty() {
        letters(
            &mut plate,
            &across,
            breaks.keys().map(|(between, _)| *between),
        );
    }
    plate.canvas.row = Some(ROW);
    let top = plate.top;
    for (at, strip) in axes.iter().enumerate() {
        strip.draw(&mut plate.canvas, top + ROW * at as i32, &across);
    }
    let bottom = top + ROW * axes.len() as i32;
    names(&mut plate, &across, runs, bottom);
    let mut notes = Vec::new();
    for series in strips {
        for change in &series.changes {
            let text = told(series, change, runs);
            notes.push(format!("{} {}: {text}.", change.number, series.key.label));
        }
    }
    notes.extend(named(&breaks, strips.len(), runs));
    notes.extend(lists(strips, runs));
    let marked = |series: &&Series| !(series.changes.is_empty() && series.breaks.is_empty());
    let marked = strips.iter().any(marked).then_some(
        "Ringed and numbered: the first run of another level, red where it is worse; black lines: \
         levels, or the slope of a drift; dashed: a break, past which nothing is compared, because \
         the scenario's version or the host is another.",
    );
    notes.extend(marked.map(str::to_owned));
    if right > 0 {
        notes.push(
            "Each version of the scenario has an axis of its own: numbers to the left are of the \
             first, those to the right of the last."
                .into(),
        );
    }
    let spoken: Vec<String> = axes.iter().map(Strip::told).collect();
    plate.finish(bottom + 42, &notes, &spoken.join(". "))
}

/// Where runs stand.
struct Across {
    left: i32,
    right: i32,
    /// Where the picture's margin begins.
    edge: i32,
    runs: usize,
}

impl Across {
    fn at(&self, run: usize) -> i32 {
        let room = self.right - self.left - 2 * SIDE;
        if self.runs < 2 {
            return self.left + SIDE + room / 2;
        }
        self.left + SIDE + (room as usize * run / (self.runs - 1)) as i32
    }

    fn between(&self, (before, after): (usize, usize)) -> i32 {
        i32::midpoint(self.at(before), self.at(after))
    }
}

type Breaks<'a> = BTreeMap<((usize, usize), &'a [String]), Vec<&'a str>>;

/// Every break with the cells that it is of.
fn breaks<'a>(strips: &[&'a Series]) -> Breaks<'a> {
    let mut found = Breaks::new();
    for series in strips {
        for of in &series.breaks {
            let key = ((of.before, of.after), of.why.as_slice());
            found.entry(key).or_default().push(&series.key.label);
        }
    }
    found
}

fn letter(at: usize) -> String {
    let letter = char::from(b'A' + (at % 26) as u8);
    match at / 26 {
        0 => letter.to_string(),
        more => format!("{letter}{more}"),
    }
}

/// A letter above each break, as far as they do not touch.
fn letters(plate: &mut Plate<'_>, across: &Across, breaks: impl Iterator<Item = (usize, usize)>) {
    let mut taken = i32::MIN;
    for (at, between) in breaks.enumerate() {
        let (name, x) = (letter(at), across.between(between));
        let half = text_width(&name, 12) / 2 + 3;
        if x - half >= taken {
            let place = (x, plate.top + 6);
            plate
                .canvas
                .anchored(&name, place, 12, FAINT, Anchor::Middle);
            taken = x + half;
        }
    }
    plate.top += 16;
}

/// Breaks in words.
fn named(breaks: &Breaks<'_>, strips: usize, runs: &[Run]) -> Vec<String> {
    let mut lines: Vec<String> = breaks
        .iter()
        .enumerate()
        .take(MOST)
        .map(|(at, ((between, why), cells))| {
            let whose = if cells.len() == strips {
                String::new()
            } else {
                format!(" of {}", cells.join(", "))
            };
            format!(
                "{} break{whose} {}.",
                letter(at),
                broken(*between, why, runs)
            )
        })
        .collect();
    if breaks.len() > MOST {
        lines.push(format!("And {} more breaks.", breaks.len() - MOST));
    }
    lines
}

/// What is not shown to change, and what is missing, a line for all that share it.
fn lists(strips: &[&Series], runs: &[Run]) -> Vec<String> {
    let mut by_text: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for series in strips {
        if series.changes.is_empty() {
            by_text
                .entry(unchanged(series))
                .or_default()
                .push(&series.key.label);
        }
        for line in missing(series, runs) {
            by_text.entry(line).or_default().push(&series.key.label);
        }
    }
    by_text
        .into_iter()
        .map(|(text, cells)| format!("{}: {text}.", cells.join(", ")))
        .collect()
}

/// Runs by name and date, as many as have room.
fn names(plate: &mut Plate<'_>, across: &Across, runs: &[Run], top: i32) {
    let revisions: Vec<&str> = runs.iter().filter_map(Run::revision).collect();
    let differ = revisions.windows(2).any(|pair| pair[0] != pair[1]);
    let one_day = runs.windows(2).all(|pair| pair[0].date() == pair[1].date());
    let lines: Vec<[String; 2]> = runs
        .iter()
        .map(|run| {
            let name = match run.revision() {
                Some(revision) if differ && revisions.len() == runs.len() => revision,
                _ => &run.name,
            };
            let day = if one_day && runs.len() > 1 {
                run.hour()
            } else {
                run.date()
            };
            [fitted(name, 12, NAME), day.to_owned()]
        })
        .collect();
    let mut taken = i32::MIN;
    for (run, lines) in lines.iter().enumerate() {
        let x = across.at(run);
        let canvas = &mut plate.canvas;
        canvas.line((x, top - 2), (x, top + 3), FAINT, 1);
        let half = lines
            .iter()
            .map(|line| text_width(line, 12))
            .max()
            .unwrap_or(0)
            / 2;
        let place = x.clamp(half + 2, plate.width - half - 2);
        if place - half < taken {
            continue;
        }
        taken = place + half + 10;
        for (line, y) in lines.iter().zip([top + 13, top + 29]) {
            canvas.anchored(line, (place, y), 12, FAINT, Anchor::Middle);
        }
    }
}

#[cfg(test)]
mod tests;
