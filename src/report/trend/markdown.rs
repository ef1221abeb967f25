//! `trend.md`: the same in text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::chart::Caption;
use super::super::text::grid::Style;
use super::super::text::grid::{Cell, Column, Grid, escaped, one_line};
use super::run::charted;
use super::{Kind, Section, Trend, sampled, words};

/// The columns of what changed.
const HEADS: [&str; 6] = ["", "cell", "figure", "change", "where", "what else differs"];

pub(super) fn text(trend: &Trend, caption: &Caption) -> String {
    let mut out = String::from("# Trend\n\n");
    for line in sampled(&trend.runs, caption) {
        let _ = writeln!(out, "{}\n", escaped(&one_line(&line)));
    }
    let _ = writeln!(
        out,
        "## What changed\n\n{}\n",
        escaped(&words::outcome(trend))
    );
    let changes = changes(trend);
    if !changes.rows.is_empty() {
        let style = Style {
            width: usize::MAX,
            ..Style::MARKDOWN
        };
        out += &changes.render(&style);
        out.push('\n');
    }
    for section in trend.all() {
        let _ = writeln!(out, "## {}\n", escaped(&section.title));
        for strips in section.charts() {
            let figure = strips[0].figure;
            let name = section.chart_name(figure);
            let _ = writeln!(
                out,
                "![{}: {} over runs](charts/{name}.svg)\n",
                escaped(&section.title),
                charted(figure).to_lowercase()
            );
        }
        for line in said(trend, section) {
            let _ = writeln!(out, "- {}", escaped(&one_line(&line)));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}", escaped(&words::legend()));
    out
}

fn changes(trend: &Trend) -> Grid {
    let columns = HEADS
        .iter()
        .enumerate()
        .map(|(at, head)| Column::new(&[head], at != 3));
    let rows = trend.changed().into_iter().map(|(_, series, change)| {
        let kind = match change.kind {
            Kind::Step => "",
            Kind::Drift => "drifts ",
        };
        let mut also = vec![words::also(change)];
        also.extend(change.machine.iter().cloned());
        let cells = [
            words::verdict(series, change).to_owned(),
            series.key.name(),
            series.figure.title.to_owned(),
            format!(
                "{} {}",
                words::percent(change.ratio.middle),
                words::interval(change)
            ),
            format!("{kind}{}", words::place(change, &trend.runs)),
            also.join("; "),
        ];
        cells
            .into_iter()
            .map(|text| Cell::from(one_line(&text)))
            .collect()
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    Grid {
        columns: columns.collect(),
        apart: rows.len(),
        rows,
        ..Grid::default()
    }
}

/// What is said of each cell of a section: breaks, changes, gaps, and what is not shown
/// to change. What several cells share is said once.
fn said(trend: &Trend, section: &Section) -> Vec<String> {
    let all: BTreeSet<&str> = section
        .series
        .iter()
        .map(|of| of.key.label.as_str())
        .collect();
    let (mut breaks, mut changes, mut gaps) =
        (Shared::default(), Shared::default(), Shared::default());
    let mut unchanged: Vec<(String, Shared<'_>)> = Vec::new();
    for series in &section.series {
        let label = series.key.label.as_str();
        for of in &series.breaks {
            let text = words::broken((of.before, of.after), &of.why, &trend.runs);
            breaks.add(format!("break {text}"), label);
        }
        for change in &series.changes {
            changes.add(words::told(series, change, &trend.runs), label);
        }
        for line in words::missing(series, &trend.runs) {
            gaps.add(line, label);
        }
        if series.changes.is_empty() {
            let text = words::unchanged(series);
            let at = unchanged.iter().position(|(own, _)| *own == text);
            let at = at.unwrap_or_else(|| {
                unchanged.push((text, Shared::default()));
                unchanged.len() - 1
            });
            unchanged[at].1.add(label.to_owned(), series.figure.title);
        }
    }
    let shared = [breaks, changes, gaps]
        .into_iter()
        .flat_map(|of| of.lines(&all));
    let rest = unchanged.into_iter().map(|(text, cells)| {
        let cells = cells
            .0
            .into_iter()
            .map(|(label, figures)| format!("{label} ({})", figures.join(", ")));
        format!("{text}: {}", cells.collect::<Vec<_>>().join("; "))
    });
    shared.chain(rest).collect()
}

/// Lines, each with those that share it, in the order in which they came.
#[derive(Default)]
struct Shared<'a>(Vec<(String, Vec<&'a str>)>);

impl<'a> Shared<'a> {
    fn add(&mut self, line: String, whose: &'a str) {
        match self.0.iter_mut().find(|(own, _)| *own == line) {
            Some((_, cells)) if cells.contains(&whose) => {}
            Some((_, cells)) => cells.push(whose),
            None => self.0.push((line, vec![whose])),
        }
    }

    /// Each with its cells before it.
    fn lines(self, all: &BTreeSet<&str>) -> Vec<String> {
        let told = |(line, cells): (String, Vec<&str>)| {
            if cells.len() == all.len() && cells.len() > 1 {
                format!("all: {line}")
            } else {
                format!("{}: {line}", cells.join(", "))
            }
        };
        self.0.into_iter().map(told).collect()
    }
}
