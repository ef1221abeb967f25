//! What stands above and below a table: its title, verdicts, flags and errors.

use super::grid::{Markup, Style, escaped, one_line};
use super::html;
use super::lines::wrapped;
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::quantity::THROUGHPUT;
use crate::report::analysis::standing::Statement;
use crate::report::analysis::summary::Summary;

pub(crate) fn title(name: &str, rest: &str, style: &Style) -> String {
    match style.markup {
        Markup::Plain => {}
        Markup::Markdown => return format!("### {}\n\n{}\n\n", escaped(name), escaped(rest)),
        Markup::Html => return html::heading(name) + &html::paragraph(rest),
    }
    let text = wrapped(&format!("{name} ({rest})"), "", "  ", style.width);
    match text.strip_prefix(name) {
        Some(rest) if style.color => format!("\x1b[1m{name}\x1b[0m{rest}\n"),
        _ => text + "\n",
    }
}

/// Lines under a table.
pub(crate) struct Below {
    style: Style,
    lines: Vec<String>,
}

impl Below {
    pub(crate) fn new(style: &Style) -> Self {
        Below {
            style: *style,
            lines: Vec::new(),
        }
    }

    /// A statement, and a line for each of its facts.
    pub(crate) fn statement(&mut self, statement: &Statement) {
        if self.style.markup != Markup::Plain {
            return self.line(&statement.sentence());
        }
        // Names may stand behind a colon already.
        let ends = statement.facts.is_empty() || statement.lead.contains(": ");
        let colon = if ends { "" } else { ":" };
        let lead = one_line(&statement.lead) + colon;
        let width = self.style.width;
        self.lines.push(wrapped(&lead, "", "    ", width));
        let facts = statement.facts.iter();
        let facts = facts.map(|fact| wrapped(&one_line(fact), "  ", "    ", width));
        self.lines.extend(facts);
    }

    pub(crate) fn line(&mut self, text: &str) {
        let text = one_line(text);
        self.lines.push(match self.style.markup {
            Markup::Plain => wrapped(&text, "", "  ", self.style.width),
            Markup::Markdown => format!("- {}\n", escaped(&text)),
            Markup::Html => text,
        });
    }

    /// All of them; empty where there is nothing.
    pub(crate) fn told(self) -> String {
        let lines = self.lines;
        match self.style.markup {
            Markup::Plain => lines.concat(),
            Markup::Markdown if lines.is_empty() => String::new(),
            Markup::Markdown => format!("\n{}", lines.concat()),
            Markup::Html => html::list(lines.iter().map(String::as_str)),
        }
    }
}

/// What a reader must know of a cell: that samples failed, and its flags.
pub(crate) fn note(summary: &Summary) -> String {
    let mut parts = Vec::new();
    if !summary.errors.is_empty() && summary.of(&THROUGHPUT).is_some() {
        let failed: usize = summary.errors.values().sum();
        parts.push(format!("{failed} failed"));
    }
    let flags = summary.flags.keys();
    parts.extend(flags.map(|flag| match carried(summary, flag) {
        Some(part) => format!("{flag} {part}"),
        None => flag.to_string(),
    }));
    one_line(&parts.join(", "))
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

/// How many of the cell's samples carry `flag`, as `3/24`; nothing where all do.
pub(crate) fn carried(cell: &Summary, flag: &Word<Flag>) -> Option<String> {
    let times = cell.flags.get(flag).copied().unwrap_or(0);
    (times < cell.taken).then(|| format!("{times}/{}", cell.taken))
}
