//! What stands above and below a table: its title, and lines of verdicts, notes,
//! flags and errors.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::flags;
use super::grid::Style;
use super::grid::{escaped, one_line};
use crate::report::analysis::summary::Summary;

/// Longest text of flags that stands in a table's last column itself.
const NOTE: usize = 30;

pub(crate) fn title(name: &str, rest: &str, style: &Style) -> String {
    if style.markdown {
        format!("### {}\n\n{rest}\n\n", escaped(name))
    } else if style.color {
        format!("\x1b[1m{name}\x1b[0m ({rest})\n\n")
    } else {
        format!("{name} ({rest})\n\n")
    }
}

/// Lines under a table.
pub(crate) struct Below {
    markdown: bool,
    width: usize,
    pub(crate) text: String,
}

impl Below {
    pub(crate) fn new(style: &Style) -> Self {
        Below {
            markdown: style.markdown,
            width: style.width,
            text: String::new(),
        }
    }

    /// One line of clauses, broken between them where plain text is too wide.
    pub(crate) fn clauses(&mut self, clauses: &[String]) {
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

    pub(crate) fn line(&mut self, text: &str) {
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
pub(crate) struct Footnotes<'a> {
    notes: &'a BTreeMap<String, String>,
    lines: Vec<String>,
}

impl<'a> Footnotes<'a> {
    pub(crate) fn new(notes: &'a BTreeMap<String, String>) -> Self {
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
    pub(crate) fn behind(&mut self, label: &str, model: &str) -> String {
        match self.notes.get(model) {
            Some(note) => format!("{label} {}", self.mark(format!("{model}: {note}"))),
            None => label.to_owned(),
        }
    }

    /// What a reader must know of a cell: its flags, and its model's note.
    pub(crate) fn note(&mut self, summary: &Summary) -> String {
        let (mut parts, mut marks) = (Vec::new(), Vec::new());
        if !summary.errors.is_empty() && summary.orders_per_s.is_some() {
            let failed: usize = summary.errors.values().sum();
            parts.push(format!("{failed} failed"));
        }
        let flags: Vec<String> = summary
            .flags
            .keys()
            .map(|flag| match carried(summary, flag) {
                Some(part) => format!("{flag} {part}"),
                None => flag.clone(),
            })
            .collect();
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

    pub(crate) fn write(&self, below: &mut Below) {
        for (at, line) in self.lines.iter().enumerate() {
            below.line(&format!("({}) {line}", at + 1));
        }
    }
}

pub(crate) fn errors<'a>(
    summaries: impl Iterator<Item = &'a Summary>,
    name: impl Fn(&Summary) -> String,
    below: &mut Below,
) {
    for summary in summaries {
        let all = summary.taken;
        for (error, times) in &summary.errors {
            let name = name(summary);
            below.line(&format!(
                "error: {name}: {error} ({times} of {all} samples)"
            ));
        }
    }
}

/// The flags of `cells` and what they mean, a line each.
pub(crate) fn explained<'a>(cells: impl Iterator<Item = &'a Summary>, below: &mut Below) {
    let flags: BTreeSet<&str> = cells
        .flat_map(|cell| cell.flags.keys())
        .map(|flag| name(flag))
        .collect();
    for flag in flags {
        if let Some(meaning) = flags::meaning(flag) {
            below.line(&format!("{flag}: {meaning}"));
        }
    }
}

/// How many of the cell's samples carry `flag`, as `3/24`; nothing where all do.
pub(crate) fn carried(cell: &Summary, flag: &str) -> Option<String> {
    let times = cell.flags.get(flag).copied().unwrap_or(0);
    (times < cell.taken).then(|| format!("{times}/{}", cell.taken))
}

/// A flag without the detail that may stand behind its name.
fn name(flag: &str) -> &str {
    flag.split(':').next().unwrap_or(flag)
}
