//! A comparison for people: in plain text, and in Markdown for a pull request's
//! comment.

use std::fmt::Write as _;

use super::decided::{self, reasons};
use super::{Cell, Compared, Comparison, FIGURES, Finding, Machine, Moved, Run};
use crate::base::counted::counted;
use crate::base::si::{self, ABSENT};
use crate::record::quantity::Quantity;
use crate::report::text::grid::Style;
use crate::report::text::grid::{self, Column, Emphasis, Grid, escaped, one_line};
use crate::stats::ALPHA;

/// Lines of a table that a comment holds at most: GitHub takes 65,536 characters.
const MOST: usize = 150;

/// Remarks that it holds at most.
const MOST_REMARKS: usize = 20;

/// The comparison in plain text, coloured where `style` says so.
#[must_use]
pub fn text(of: &Comparison, style: &Style) -> String {
    let mut out = String::new();
    for line in lines(of, usize::MAX) {
        let _ = writeln!(out, "{line}");
    }
    let (changed, unchanged) = (changed(of), unchanged(of));
    if !changed.rows.is_empty() {
        let _ = write!(
            out,
            "\nchanged, the worst first\n\n{}",
            changed.render(style)
        );
    }
    if !unchanged.rows.is_empty() {
        let _ = write!(
            out,
            "\nunchanged or undecided figures\n\n{}",
            unchanged.render(style)
        );
    }
    out.push('\n');
    for clause in legend(of) {
        let _ = writeln!(out, "{clause}");
    }
    out
}

/// The comparison in Markdown: what changed, the worst first, and the rest folded.
#[must_use]
pub fn markdown(of: &Comparison) -> String {
    let style = Style {
        width: usize::MAX,
        ..Style::MARKDOWN
    };
    let mut out = format!("### bakeoff compare: {}\n\n", verdict(of));
    for line in lines(of, MOST_REMARKS) {
        let _ = writeln!(out, "- {}", escaped(&one_line(&line)));
    }
    let (changed, unchanged) = (changed(of), unchanged(of));
    if !changed.rows.is_empty() {
        let _ = write!(out, "\n{}", cut(changed, &style));
    }
    if !unchanged.rows.is_empty() {
        let count = counted(unchanged.rows.len(), "cell");
        let _ = write!(
            out,
            "\n<details>\n<summary>{count} with unchanged or undecided figures</summary>\n\n{}\n</details>\n",
            cut(unchanged, &style)
        );
    }
    let _ = write!(out, "\n{}\n", escaped(&legend(of).join(" ")));
    out
}

/// As many lines of the table as a comment can hold.
fn cut(mut grid: Grid, style: &Style) -> String {
    let more = grid.rows.len().saturating_sub(MOST);
    grid.rows.truncate(MOST);
    let mut out = grid.render(style);
    if more > 0 {
        let _ = writeln!(out, "\nand {more} more: see `--format json`");
    }
    out
}

/// What is said before any table, and what differs before any number; at most so
/// many remarks on single cells.
fn lines(of: &Comparison, most: usize) -> Vec<String> {
    let differs = of.differences.iter();
    let mut lines: Vec<String> = differs.map(|line| format!("differs: {line}")).collect();
    if of.advisory {
        lines.push("advice only, because of what differs: --force decides all the same".into());
    }
    lines.push(outcome(of));
    let whys = of.cells.iter().filter_map(|cell| {
        let why = cell.why.as_ref()?;
        Some(one_line(&format!("{}: {why}", cell.title())))
    });
    let remarks: Vec<String> = of.notes.iter().cloned().chain(whys).collect();
    let more = remarks.len().saturating_sub(most);
    lines.extend(remarks.into_iter().take(most));
    if more > 0 {
        lines.push(format!("and {more} more such remarks: see --format json"));
    }
    lines.push(format!("BASE: {}", told(&of.base)));
    lines.push(format!("HEAD: {}", told(&of.head)));
    lines.extend(machine(of));
    lines
}

fn outcome(of: &Comparison) -> String {
    let gate: Vec<&str> = of.gate.iter().map(|figure| figure.name).collect();
    let gate = format!("gate: {}", gate.join(", "));
    let mut what = Vec::new();
    let regressions = of.regressions();
    if regressions > 0 {
        what.push(counted(regressions, "regression"));
    }
    if of.broken() > 0 {
        what.push(format!(
            "{} failed in HEAD alone",
            counted(of.broken(), "cell")
        ));
    }
    let what = match (what.is_empty(), of.decided()) {
        (true, 0) => "nothing could be compared".into(),
        (true, cells) => format!("no regression in {}", counted(cells, "cell")),
        (false, 0) => what.join(" and "),
        (false, cells) => format!(
            "{} in {}",
            what.join(" and "),
            counted(cells, "compared cell")
        ),
    };
    let threshold = si::tidy(of.threshold_percent);
    let mut clauses = vec![format!("{what} ({gate}; threshold {threshold} %)")];
    clauses.extend(of.gaps());
    clauses.join("; ")
}

/// The outcome in a word or two.
fn verdict(of: &Comparison) -> &'static str {
    match (of.advisory, of.regressions() + of.broken()) {
        (_, 0) if of.decided() == 0 => "nothing compared",
        (_, 0) => "no regression",
        (true, _) => "regression (advice only)",
        (false, _) => "regression",
    }
}

fn told(run: &Run) -> String {
    let parts = [&Some(run.place.clone()), &run.host, &run.at];
    let mut parts: Vec<String> = parts.into_iter().flatten().cloned().collect();
    parts.extend(
        run.revision
            .iter()
            .map(|revision| format!("revision {revision}")),
    );
    parts.join("; ")
}

fn machine(of: &Comparison) -> Option<String> {
    let one = |what: &str, moved: Option<Moved>| {
        moved.map(|moved| {
            let noise = si::percent(moved.noise.exp_m1());
            format!("{what} {:.3}× (noise between runs {noise})", moved.ratio)
        })
    };
    let Machine {
        arithmetic,
        loopback,
    } = of.machine;
    let references = [
        one("arithmetic", arithmetic.wall),
        one("its CPU time", arithmetic.cpu),
        one("loopback", loopback.wall),
        one("its CPU time", loopback.cpu),
    ];
    let references: Vec<String> = references.into_iter().flatten().collect();
    (!references.is_empty()).then(|| {
        format!(
            "the machine itself took, in HEAD's run over BASE's: {}; taken out of the ratios",
            references.join(", ")
        )
    })
}

/// Figures shown to differ, and cells that one run lacks.
fn changed(of: &Comparison) -> Grid {
    let mut found: Vec<(Order, Vec<grid::Cell>)> = Vec::new();
    for cell in &of.cells {
        if let Some(finding) = cell.finding {
            found.push((order_of_cell(cell, finding), whole(cell, finding)));
            continue;
        }
        for (figure, compared) in &cell.figures {
            if let Some(order) = order(compared) {
                found.push((order, line(cell, *figure, compared)));
            }
        }
    }
    // Stable: equal ones keep the order of all tables.
    found.sort_by(|a, b| a.0.0.cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)));
    let head = [
        "cell", "figure", "BASE", "HEAD", "ratio", "may be", "verdict",
    ];
    Grid {
        columns: head
            .into_iter()
            .map(|name| column(name, matches!(name, "cell" | "figure" | "verdict")))
            .collect(),
        apart: usize::MAX,
        rows: found.into_iter().map(|(_, row)| row).collect(),
        names: 1,
        ..Grid::default()
    }
}

/// A class of badness, and within it less is worse.
type Order = (u8, f64);

fn order(of: &Compared) -> Option<Order> {
    let ratio = of.ratio.unwrap_or(1.0);
    match of.finding {
        Finding::Slower if of.regressed() => Some((0, -ratio)),
        Finding::Slower => Some((2, -ratio)),
        Finding::Faster => Some((4, ratio)),
        _ => None,
    }
}

fn order_of_cell(cell: &Cell, finding: Finding) -> Order {
    let class = match finding {
        Finding::Invalid if cell.broken => 1,
        Finding::New => 5,
        _ => 3,
    };
    (class, 0.0)
}

fn line(cell: &Cell, figure: Quantity, of: &Compared) -> Vec<grid::Cell> {
    let value = |value: Option<f64>| value.map_or(ABSENT.into(), |value| figure.brief(value));
    let verdict = match of.finding {
        Finding::Slower if of.regressed() => "slower: REGRESSION",
        Finding::Slower => "slower",
        _ => "faster",
    };
    let emphasis = match of.finding {
        Finding::Slower if of.regressed() => Emphasis::Fault,
        _ => Emphasis::None,
    };
    vec![
        cell.title().into(),
        figure.name.to_owned().into(),
        value(of.base).into(),
        value(of.head).into(),
        of.ratio
            .map_or(ABSENT.into(), |ratio| format!("{ratio:.3}×"))
            .into(),
        interval(of, 3).unwrap_or_else(|| ABSENT.into()).into(),
        grid::Cell {
            text: verdict.into(),
            emphasis,
        },
    ]
}

/// A cell that has nothing to compare.
fn whole(cell: &Cell, finding: Finding) -> Vec<grid::Cell> {
    let verdict = match finding {
        Finding::New => "new: in HEAD alone",
        Finding::Gone => "gone: in BASE alone",
        _ if cell.broken => "invalid: failed in HEAD",
        _ => "invalid: failed in BASE",
    };
    let mut row: Vec<grid::Cell> = vec![cell.title().into()];
    row.extend((0..5).map(|_| grid::Cell::from(ABSENT.to_owned())));
    row.push(grid::Cell {
        text: verdict.into(),
        emphasis: if cell.broken {
            Emphasis::Fault
        } else {
            Emphasis::None
        },
    });
    row
}

/// Cells with a figure that is not shown to differ, a column a figure.
fn unchanged(of: &Comparison) -> Grid {
    let mut columns = vec![column("cell", true), column("rounds", false)];
    columns.extend(FIGURES.map(|figure| column(figure.name, false)));
    let same = |cell: &&Cell| {
        let mut figures = cell.figures.values();
        cell.finding.is_none() && figures.any(|figure| order(figure).is_none())
    };
    let row = |cell: &Cell| {
        let [base, head] = cell.rounds;
        let figures = FIGURES.map(|figure| cell.figures.get(&figure).map_or(ABSENT.into(), brief));
        [cell.title(), format!("{base}, {head}")]
            .into_iter()
            .chain(figures)
            .map(grid::Cell::from)
            .collect()
    };
    Grid {
        columns,
        rows: of.cells.iter().filter(same).map(row).collect(),
        apart: usize::MAX,
        ..Grid::default()
    }
}

/// `1.01 tie`, `1.07 [0.93, 1.24]`, `above` of what the table above holds.
fn brief(of: &Compared) -> String {
    let ratio = of
        .ratio
        .map_or(ABSENT.to_owned(), |ratio| format!("{ratio:.2}"));
    match of.finding {
        Finding::Tie => format!("{ratio} tie"),
        Finding::Slower | Finding::Faster => "above".into(),
        _ => format!("{ratio} {}", interval(of, 2).unwrap_or_else(|| "?".into())),
    }
}

fn interval(of: &Compared, decimals: usize) -> Option<String> {
    let (low, high) = of.low.zip(of.high)?;
    Some(format!("[{low:.decimals$}, {high:.decimals$}]"))
}

fn column(name: &str, left: bool) -> Column {
    Column::new(&[name], left)
}

/// How to read it, a sentence each.
fn legend(of: &Comparison) -> [String; 3] {
    let level = (1.0 - ALPHA) * 100.0;
    let threshold = si::tidy(of.threshold_percent);
    let both = of.cells.iter().filter(|cell| cell.finding.is_none());
    let gaps = both.flat_map(|cell| &cell.figures);
    let gaps = gaps.filter_map(|(figure, compared)| Some((*figure, compared.lack?)));
    let gaps = reasons(gaps);
    let gaps = if gaps.is_empty() {
        String::new()
    } else {
        format!(" ?: could not be compared: {}.", decided::told(&gaps))
    };
    [
        "Ratio: what HEAD costs over what BASE does (time per order, service or response time, CPU per \
         order, memory); above 1 is worse, and called slower."
            .into(),
        format!(
            "In brackets: its confidence interval, at {level} % over all comparisons. tie: within 3 %. above: shown to \
             differ, in the table of what changed.{gaps}"
        ),
        format!(
            "A regression is a figure of the gate that is slower by more than {threshold} %, and significantly \
             so."
        ),
    ]
}
