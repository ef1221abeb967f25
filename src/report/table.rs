//! Tables: all scenarios at a glance, and each scenario in full.
//!
//! Ranks and verdicts stand in and under each scenario's own table, where rounds
//! suffice for them; none goes over several scenarios, because none would be true.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::grid::{Cell, Column, Emphasis, Grid, escaped, one_line};
use super::row::{Latency, Row};
use super::si::{self, ABSENT};
use super::standing::{self, Said};
use super::summary::{Panel, Summary, panels, summarise};

/// How tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Emphasis by terminal colours; plain text only.
    pub color: bool,
    /// Markdown instead of plain text.
    pub markdown: bool,
    /// Columns of text that a table may take; wider ones are split (but not
    /// those of one scenario in Markdown).
    pub width: usize,
}

impl Style {
    /// Plain text for 120 columns without colour.
    pub const PLAIN: Style = Style {
        color: false,
        markdown: false,
        width: 120,
    };
    /// Markdown whose source fits 120 columns.
    pub const MARKDOWN: Style = Style {
        color: false,
        markdown: true,
        width: 120,
    };
}

/// Longest text of flags that stands in a table's last column itself.
const NOTE: usize = 30;

/// One compact table: a row a model, a column a scenario, in each cell the
/// median throughput in orders per second.
///
/// `notes` says for a model where it is a misuse; those notes and all errors
/// stand below. Empty where there are no rows.
#[must_use]
pub fn overview(rows: &[Row], notes: &BTreeMap<String, String>, style: &Style) -> String {
    let summaries = summarise(rows);
    let panels = panels(&summaries);
    // In the order of all tables, those of other clients below.
    let mut models: BTreeMap<(bool, usize, String), &str> = BTreeMap::new();
    for summary in &summaries {
        let key = (
            !summary.ranked(),
            super::palette::place(&summary.model),
            summary.label(),
        );
        models.insert(key, &summary.model);
    }
    if models.is_empty() {
        return String::new();
    }
    let mut foot = Footnotes::new(notes);
    let mut grid = Grid {
        columns: vec![Column {
            head: vec!["model".into()],
            left: true,
        }],
        apart: models.keys().filter(|(other, _, _)| !other).count(),
        ..Grid::default()
    };
    grid.columns.extend(panels.iter().map(|panel| {
        Column {
            head: panel
                .title
                .split_inclusive(['/', ' '])
                .map(|line| line.trim_end().to_owned())
                .collect(),
            left: false,
        }
    }));
    for ((_, _, label), model) in &models {
        let mut cells = vec![Cell::from(foot.behind(label, model))];
        cells.extend(panels.iter().map(|panel| {
            let summary = panel.cells.iter().find(|cell| cell.label() == *label);
            summary.map_or(ABSENT.to_owned().into(), |summary| {
                throughput(summary, panel, true)
            })
        }));
        grid.rows.push(cells);
    }
    let mut out = title("orders/s of all scenarios", "median over samples", style);
    out += &grid.render(style);
    let mut below = Below::new(style);
    let partly = summaries
        .iter()
        .any(|s| s.orders_per_s.is_some() && !s.errors.is_empty());
    let best = if style.markdown || style.color {
        "bold: highest of its column (no rank); "
    } else {
        ""
    };
    let some = if partly {
        "; !: some samples failed"
    } else {
        ""
    };
    below.line(&format!("{best}{ABSENT}: not run{some}"));
    foot.write(&mut below);
    errors(summaries.iter(), |summary| summary.cell.clone(), &mut below);
    out + &below.text
}

/// One full table a scenario, models sorted by median throughput; `@reqwest`
/// below. Where rounds suffice, ranks lead the rows and the verdicts stand below
/// in words; where a run has too few, a line says so.
///
/// `notes` says for a model where it is a misuse; those notes and all errors
/// stand below each table. Empty where there are no rows.
#[must_use]
pub fn scenarios(rows: &[Row], notes: &BTreeMap<String, String>, style: &Style) -> String {
    let summaries = summarise(rows);
    let tables: Vec<String> = panels(&summaries)
        .iter()
        .map(|panel| scenario(panel, rows, notes, style))
        .collect();
    tables.join("\n")
}

fn scenario(
    panel: &Panel<'_>,
    rows: &[Row],
    notes: &BTreeMap<String, String>,
    style: &Style,
) -> String {
    let cells = by_throughput(panel);
    let said = standing::of(panel, rows);
    let mut foot = Footnotes::new(notes);
    let mut grid = Grid {
        apart: cells.iter().filter(|cell| cell.ranked()).count(),
        rows: vec![Vec::new(); cells.len()],
        ..Grid::default()
    };
    let mut column = |head: &[&str], left: bool, of: &mut dyn FnMut(&Summary) -> Cell| {
        grid.columns.push(Column {
            head: head.iter().map(|&line| line.to_owned()).collect(),
            left,
        });
        for (row, cell) in grid.rows.iter_mut().zip(&cells) {
            row.push(of(cell));
        }
    };
    if let Said::Ranks { ranks, .. } = &said {
        column(&["rank"], false, &mut |s| {
            count(ranks.get(&s.label()).map(|&rank| rank as u64))
        });
    }
    column(&["model"], true, &mut |s| s.label().into());
    column(&["orders/s"], false, &mut |s| throughput(s, panel, false));
    let (unit, ns) = time_unit(&cells);
    let p50 = format!("p50, {unit}");
    let p99 = format!("p99, {unit}");
    column(&["service", &p50], false, &mut |s| {
        number(s.service_p50_ns, ns)
    });
    column(&["service", &p99], false, &mut |s| {
        number(p99_of(s.service.as_ref()), ns)
    });
    if cells.iter().any(|cell| cell.response.is_some()) {
        column(&["response", &p50], false, &mut |s| {
            number(
                s.response
                    .as_ref()
                    .and_then(|r| r.p50_ns)
                    .map(|ns| ns as f64),
                ns,
            )
        });
        column(&["response", &p99], false, &mut |s| {
            number(p99_of(s.response.as_ref()), ns)
        });
    }
    column(&["CPU,", "µs/order"], false, &mut |s| {
        number(s.cpu_ns_per_order, 1e3)
    });
    column(&["efficiency,", "%"], false, &mut |s| {
        number(s.efficiency, 0.01)
    });
    column(&["memory,", "MB"], false, &mut |s| {
        number(s.memory_bytes, 1e6)
    });
    column(&["threads"], false, &mut |s| count(s.threads));
    column(&["processes"], false, &mut |s| count(s.processes));
    column(&["note"], true, &mut |s| foot.note(s).into());
    grid.names = usize::from(matches!(said, Said::Ranks { .. }));

    let mut out = title(&panel.title, &sampling(&cells), style);
    // Markdown is read where tables scroll; split ones could not be compared.
    let width = if style.markdown {
        usize::MAX
    } else {
        style.width
    };
    out += &grid.render(&Style { width, ..*style });
    let mut below = Below::new(style);
    match &said {
        Said::Nothing => {}
        Said::None(why) => below.line(&format!("no ranks: {why}")),
        Said::Ranks { words, .. } => {
            for clauses in words {
                below.clauses(clauses);
            }
        }
    }
    foot.write(&mut below);
    errors(cells.iter().copied(), Summary::label, &mut below);
    out + &below.text
}

/// What the absence of a number means, and what the words of the headings do;
/// for once above or below all tables.
#[must_use]
pub fn legend() -> &'static str {
    "orders/s: median over samples. service: from an order's actual start to its end \
     (p50: median over samples; p99: all samples merged, stated where at least ten orders \
     lie beyond it). CPU: user and system time of all the model's processes. \
     efficiency: the least possible time over the time taken. memory: proportional share (PSS) \
     of all processes. Tables are sorted by throughput, which is no rank: that is, where \
     rounds suffice, 1 + the number of models shown faster (level 99.5 %). In brackets: what the \
     ratio may be at that level; undecided: more rounds may tell."
}

/// Highest first; failed cells and other clients last.
pub(super) fn by_throughput<'a>(panel: &Panel<'a>) -> Vec<&'a Summary> {
    let mut cells = panel.cells.clone();
    // Stable: equal ones keep the order of all tables.
    cells.sort_by(|a, b| {
        let value = |s: &Summary| s.orders_per_s.unwrap_or(f64::NEG_INFINITY);
        b.ranked()
            .cmp(&a.ranked())
            .then(value(b).total_cmp(&value(a)))
    });
    cells
}

/// How many samples the panel's medians are of.
pub(super) fn sampling(cells: &[&Summary]) -> String {
    let span = |of: fn(&Summary) -> usize, one: &str, many: &str| -> String {
        let measured = || cells.iter().filter(|s| s.samples > 0).map(|s| of(s));
        match (measured().min(), measured().max()) {
            (Some(1), Some(1)) => format!("1 {one}"),
            (Some(low), Some(high)) if low == high => format!("{low} {many}"),
            (Some(low), Some(high)) => format!("{low} to {high} {many}"),
            _ => format!("no {many}"),
        }
    };
    format!(
        "{} in {}",
        span(|s| s.samples, "sample", "samples"),
        span(|s| s.rounds, "round", "rounds")
    )
}

fn throughput(summary: &Summary, panel: &Panel<'_>, mark_partial: bool) -> Cell {
    let Some(value) = summary.orders_per_s else {
        let failed = !summary.errors.is_empty();
        return Cell {
            text: if failed { "error" } else { ABSENT }.to_owned(),
            emphasis: if failed {
                Emphasis::Fault
            } else {
                Emphasis::None
            },
        };
    };
    let mut text = si::short(value);
    if mark_partial && !summary.errors.is_empty() {
        text.push('!');
    }
    let best = summary.ranked() && panel.best() == Some(value);
    Cell {
        text,
        emphasis: if best { Emphasis::Best } else { Emphasis::None },
    }
}

fn number(value: Option<f64>, unit: f64) -> Cell {
    value
        .map_or(ABSENT.to_owned(), |value| si::plain(value / unit))
        .into()
}

fn count(value: Option<u64>) -> Cell {
    value
        .map_or(ABSENT.to_owned(), |value| value.to_string())
        .into()
}

fn p99_of(latency: Option<&Latency>) -> Option<f64> {
    latency?.p99_ns.map(|ns| ns as f64)
}

/// One unit for all times of a table, so that a glance down a column compares
/// them; with its length in ns.
fn time_unit(cells: &[&Summary]) -> (&'static str, f64) {
    let times = |s: &&Summary| {
        [
            s.service_p50_ns,
            p99_of(s.service.as_ref()),
            p99_of(s.response.as_ref()),
        ]
    };
    let times: Vec<f64> = cells.iter().flat_map(times).flatten().collect();
    let middle = crate::stats::quantile::median(&times).unwrap_or(1e6);
    let longest = times.iter().copied().fold(0.0, f64::max);
    [("ns", 1.0), ("µs", 1e3), ("ms", 1e6)]
        .into_iter()
        // Five digits are as many as a column should hold.
        .find(|(_, ns)| middle < ns * 1e3 && longest < ns * 1e5)
        .unwrap_or(("s", 1e9))
}

fn title(name: &str, rest: &str, style: &Style) -> String {
    if style.markdown {
        format!("### {}\n\n{rest}\n\n", escaped(name))
    } else if style.color {
        format!("\x1b[1m{name}\x1b[0m ({rest})\n\n")
    } else {
        format!("{name} ({rest})\n\n")
    }
}

/// Lines under a table.
struct Below {
    markdown: bool,
    width: usize,
    text: String,
}

impl Below {
    fn new(style: &Style) -> Self {
        Below {
            markdown: style.markdown,
            width: style.width,
            text: String::new(),
        }
    }

    /// One line of clauses, broken between them where plain text is too wide.
    fn clauses(&mut self, clauses: &[String]) {
        if self.markdown {
            return self.line(&clauses.join("; "));
        }
        let mut line = String::new();
        for (at, clause) in clauses.iter().enumerate() {
            let end = if at + 1 < clauses.len() { ";" } else { "" };
            let taken = line.chars().count() + clause.chars().count() + end.len() + 1;
            if !line.trim().is_empty() && taken > self.width {
                let _ = writeln!(self.text, "{line}");
                line = " ".to_owned();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += clause;
            line += end;
        }
        let _ = writeln!(self.text, "{line}");
    }

    fn line(&mut self, text: &str) {
        let text = one_line(text);
        if self.markdown {
            if self.text.is_empty() {
                self.text.push('\n');
            }
            let _ = writeln!(self.text, "- {}", escaped(&text));
        } else {
            let _ = writeln!(self.text, "{text}");
        }
    }
}

/// Numbered notes under a table.
struct Footnotes<'a> {
    notes: &'a BTreeMap<String, String>,
    lines: Vec<String>,
}

impl<'a> Footnotes<'a> {
    fn new(notes: &'a BTreeMap<String, String>) -> Self {
        Footnotes {
            notes,
            lines: Vec::new(),
        }
    }

    /// The mark of a line, new or known.
    fn mark(&mut self, line: String) -> String {
        let at = self.lines.iter().position(|known| *known == line);
        let at = at.unwrap_or_else(|| {
            self.lines.push(line);
            self.lines.len() - 1
        });
        format!("({})", at + 1)
    }

    /// `label` with the mark of its model's note behind it, if it has one.
    fn behind(&mut self, label: &str, model: &str) -> String {
        match self.notes.get(model) {
            Some(note) => format!("{label} {}", self.mark(format!("{model}: {note}"))),
            None => label.to_owned(),
        }
    }

    /// What a reader must know of a cell: its flags, and its model's note.
    fn note(&mut self, summary: &Summary) -> String {
        let (mut parts, mut marks) = (Vec::new(), Vec::new());
        if !summary.errors.is_empty() && summary.orders_per_s.is_some() {
            let failed: usize = summary.errors.values().sum();
            parts.push(format!("{failed} failed"));
        }
        let flags: Vec<&str> = summary.flags.iter().map(String::as_str).collect();
        let flags = one_line(&flags.join(", "));
        if flags.chars().count() > NOTE {
            marks.push(self.mark(format!("{}: {flags}", summary.label())));
        } else if !flags.is_empty() {
            parts.push(flags);
        }
        if let Some(note) = self.notes.get(&summary.model) {
            marks.push(self.mark(format!("{}: {note}", summary.model)));
        }
        let text = parts.join(", ");
        let text: Vec<String> = Some(text)
            .filter(|text| !text.is_empty())
            .into_iter()
            .chain(marks)
            .collect();
        text.join(" ")
    }

    fn write(&self, below: &mut Below) {
        for (at, line) in self.lines.iter().enumerate() {
            below.line(&format!("({}) {line}", at + 1));
        }
    }
}

fn errors<'a>(
    summaries: impl Iterator<Item = &'a Summary>,
    name: fn(&Summary) -> String,
    below: &mut Below,
) {
    for summary in summaries {
        let failed: usize = summary.errors.values().sum();
        let all = summary.samples + failed;
        for (error, times) in &summary.errors {
            let name = name(summary);
            below.line(&format!(
                "error: {name}: {error} ({times} of {all} samples)"
            ));
        }
    }
}
