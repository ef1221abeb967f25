//! What stands above and below a table: its title, verdicts, flags and errors.

use std::fmt::Write as _;

use super::grid::{Style, escaped, one_line};
use super::lines::wrapped;
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::quantity::THROUGHPUT;
use crate::report::analysis::standing::Statement;
use crate::report::analysis::summary::Summary;

pub(crate) fn title(name: &str, rest: &str, style: &Style) -> String {
    if style.markdown {
        return format!("### {}\n\n{rest}\n\n", escaped(name));
    }
    let text = wrapped(&format!("{name} ({rest})"), "", "  ", style.width);
    match text.strip_prefix(name) {
        Some(rest) if style.color => format!("\x1b[1m{name}\x1b[0m{rest}\n"),
        _ => text + "\n",
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

    /// A statement, and a line for each of its facts.
    pub(crate) fn statement(&mut self, statement: &Statement) {
        if self.markdown {
            return self.line(&statement.sentence());
        }
        // Names may stand behind a colon already.
        let ends = statement.facts.is_empty() || statement.lead.contains(": ");
        let colon = if ends { "" } else { ":" };
        let lead = one_line(&statement.lead) + colon;
        self.text += &wrapped(&lead, "", "    ", self.width);
        for fact in &statement.facts {
            self.text += &wrapped(&one_line(fact), "  ", "    ", self.width);
        }
    }

    pub(crate) fn line(&mut self, text: &str) {
        let text = one_line(text);
        if self.markdown {
            if self.text.is_empty() {
                self.text.push('\n');
            }
            let _ = writeln!(self.text, "- {}", escaped(&text));
        } else {
            self.text += &wrapped(&text, "", "  ", self.width);
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
