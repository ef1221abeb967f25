//! The comparison of two builds for people: in a terminal, and as a comment on a
//! pull request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::json::word;
use super::{COMPARED, Cell, Difference, Found, Heading, Side, Standing};
use crate::base::si::ABSENT;
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::report::text::grid::Style;
use crate::report::text::grid::{self, Column, Emphasis, Grid, escaped, one_line};
use crate::stats::ROUNDS;
use crate::stats::ratio::Ratio;

/// The comparison in plain text.
#[must_use]
pub fn text(found: &Found, heading: &Heading, style: &Style) -> String {
    let mut out = String::new();
    for side in Side::BOTH {
        let _ = writeln!(out, "{}", sided(found, heading, side));
    }
    let _ = writeln!(out, "{}\n", versions(found));
    out += &table(&found.cells.iter().collect::<Vec<_>>(), style);
    let _ = writeln!(out, "\n{}", counts(found));
    for line in below(found) {
        let _ = writeln!(out, "{line}");
    }
    for line in legend(found) {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// The comparison in Markdown, fit for a comment: what differs first, ties folded.
#[must_use]
pub fn markdown(found: &Found, heading: &Heading) -> String {
    let (ties, others): (Vec<&Cell>, Vec<&Cell>) = found
        .cells
        .iter()
        .partition(|cell| cell.standing() == Standing::Tie);
    // Who reads a comment can scroll; a table in pieces is hard to follow.
    let style = Style {
        width: usize::MAX,
        ..Style::MARKDOWN
    };
    let mut out = format!("### bakeoff ab: {}\n", escaped(&counts(found)));
    if !others.is_empty() {
        let _ = write!(out, "\n{}", table(&others, &style));
    }
    if !ties.is_empty() {
        let summary = format!("{} neither slower nor faster", counted(ties.len()));
        let folded = table(&ties, &style);
        let _ = write!(
            out,
            "\n<details><summary>{summary}</summary>\n\n{folded}\n</details>\n"
        );
    }
    for line in below(found) {
        let _ = write!(out, "\n- {}", escaped(&line));
    }
    let mut foot: Vec<String> = Side::BOTH.map(|side| sided(found, heading, side)).to_vec();
    foot.push(versions(found));
    foot.push(heading.ended.clone());
    foot.extend(legend(found));
    let foot: Vec<String> = foot.iter().map(|line| escaped(line)).collect();
    let _ = write!(
        out,
        "\n\n<details><summary>How it was compared</summary>\n\n{}\n\n</details>\n",
        foot.join("\n\n")
    );
    out
}

fn sided(found: &Found, heading: &Heading, side: Side) -> String {
    let versions: Vec<String> = found.versions[side as usize]
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let command = one_line(&heading.commands[side as usize]);
    let versions = if versions.is_empty() {
        "versions unknown".into()
    } else {
        versions.join(", ")
    };
    format!("{}: {command} ({versions})", side.name())
}

/// Which versions the two sides differ in.
fn versions(found: &Found) -> String {
    let [base, head] = &found.versions;
    let of = |versions: &BTreeMap<String, String>, name: &str| {
        versions.get(name).cloned().unwrap_or_else(|| ABSENT.into())
    };
    let mut names: Vec<&String> = base.keys().chain(head.keys()).collect();
    names.sort();
    names.dedup();
    let differ: Vec<String> = names
        .into_iter()
        .map(|name| (name, of(base, name), of(head, name)))
        .filter(|(_, base, head)| base != head)
        .map(|(name, base, head)| format!("{name} {base} → {head}"))
        .collect();
    if differ.is_empty() {
        "the versions that they name are the same".into()
    } else {
        format!("versions that differ: {}", differ.join(", "))
    }
}

fn table(cells: &[&Cell], style: &Style) -> String {
    let column = Column::new;
    let mut columns = vec![column(&["cell"], true)];
    for name in COMPARED {
        columns.push(column(&[name, "head to base"], false));
        columns.push(column(&[""], true));
    }
    columns.push(column(&["rounds"], false));
    let rows = cells.iter().map(|cell| {
        let mut row = vec![grid::Cell::from(cell.title())];
        for difference in &cell.differences {
            row.push(change(difference).into());
            row.push(shown(cell, difference));
        }
        row.push(cell.rounds.to_string().into());
        row
    });
    let grid = Grid {
        columns,
        rows: rows.collect(),
        ..Grid::default()
    };
    grid.render(style)
}

/// `+10.2 % [+9.5, +11.0]`.
fn change(difference: &Difference) -> String {
    match (difference.ratio, &difference.shown.ratio) {
        (_, Some(ratio)) => interval(ratio),
        (Some(ratio), None) => format!("{} %", percent(ratio, 1)),
        (None, None) => ABSENT.into(),
    }
}

/// The change and its interval, with as many decimals as tell the nearer end from
/// no change.
fn interval(ratio: &Ratio) -> String {
    let ends = [ratio.interval.low, ratio.interval.high];
    let told = |decimals: &usize| {
        let nothing = percent(1.0, *decimals);
        ends.iter().all(|end| percent(*end, *decimals) != nothing)
    };
    let decimals = if ratio.interval.contains(1.0) {
        1
    } else {
        (1..4).find(told).unwrap_or(4)
    };
    format!(
        "{} % [{}, {}]",
        percent(ratio.middle, decimals),
        percent(ends[0], decimals),
        percent(ends[1], decimals)
    )
}

/// A ratio as a change in percent, signed.
fn percent(ratio: f64, decimals: usize) -> String {
    let unit = 10f64.powi(decimals as i32);
    // Nothing is neither positive nor negative: minus zero loses its sign.
    let change = ((ratio - 1.0) * 100.0 * unit).round() / unit + 0.0;
    format!("{change:+.decimals$}")
}

fn shown(cell: &Cell, difference: &Difference) -> grid::Cell {
    let fault = |text: &str| grid::Cell {
        text: text.into(),
        emphasis: Emphasis::Fault,
    };
    match cell.standing() {
        Standing::Failed => fault(Standing::Failed.word()),
        Standing::New => Standing::New.word().to_owned().into(),
        _ if difference.regression => fault(Standing::Regression.word()),
        _ => word(difference.shown.verdict).to_owned().into(),
    }
}

/// `8 cells: 1 regression, 7 tie`.
fn counts(found: &Found) -> String {
    let each: Vec<String> = Standing::ALL
        .into_iter()
        .map(|standing| (found.count(standing), standing.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match each.as_slice() {
        [] => "no cell was compared".into(),
        each => format!("{}: {}", counted(found.cells.len()), each.join(", ")),
    }
}

fn counted(cells: usize) -> String {
    let plural = if cells == 1 { "" } else { "s" };
    format!("{cells} cell{plural}")
}

/// What a reader must know of single cells: errors, too few rounds, flags.
fn below(found: &Found) -> Vec<String> {
    let mut lines = Vec::new();
    for cell in &found.cells {
        for side in Side::BOTH {
            for (error, count) in &cell.errors[side as usize] {
                let (name, title) = (side.name(), cell.title());
                let error = one_line(error);
                let plural = if *count == 1 { "" } else { "s" };
                lines.push(format!(
                    "{name} failed: {title}: {error} ({count} sample{plural})"
                ));
            }
        }
    }
    let few = |cell: &&Cell| cell.standing() == Standing::Undecided && cell.rounds < ROUNDS;
    let few: Vec<String> = found.cells.iter().filter(few).map(Cell::title).collect();
    if !few.is_empty() {
        let few = few.join(", ");
        lines.push(format!("too few rounds, {ROUNDS} are needed: {few}"));
    }
    let mut flagged: BTreeMap<&Word<Flag>, Vec<String>> = BTreeMap::new();
    for cell in &found.cells {
        for flag in &cell.flags {
            flagged.entry(flag).or_default().push(cell.title());
        }
    }
    for (flag, cells) in flagged {
        lines.push(format!("{flag}: {}", cells.join(", ")));
    }
    lines
}

/// What the words and figures mean.
fn legend(found: &Found) -> Vec<String> {
    let threshold = found.threshold * 100.0;
    vec![
        "head to base: the median over rounds of the median of their pairs; negative is less"
            .into(),
        format!(
            "in brackets: the confidence interval at 99.5 % after Holm's correction for {} comparisons",
            found.comparisons
        ),
        format!(
            "regression: shown slower, and by more than {threshold} %; tie: within ±3 %; \
             undecided: more rounds may tell, even where 0 % is outside the brackets"
        ),
    ]
}
