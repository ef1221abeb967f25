//! What is said once below all tables, of what occurs in them: what words and flags
//! mean, where models are a misuse, and what there was no room for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::grid::{Emphasis, Grid, Markup, Style, escaped, one_line};
use super::html;
use super::lines::{width, wrapped};
use crate::base::si::ABSENT;
use crate::base::word::{Named as _, Word};
use crate::report::analysis::standing::{RESOLUTION, Statement};
use crate::report::analysis::summary::Summary;

/// Words of headings and verdicts, in the order in which they are told.
const TERMS: [(&str, &str); 24] = [
    ("orders/s", "median over samples"),
    ("offered/s", "orders that came from outside"),
    (
        "response",
        "from when an order was planned to its end; p50: median over samples, others: all \
         samples merged, stated where ten orders or more lie beyond",
    ),
    (
        "service",
        "from an order's actual start to its end; p50: median over samples, others: all \
         samples merged, stated where ten orders or more lie beyond",
    ),
    (
        "late",
        "how much later than asked for a sleep ended; median over samples",
    ),
    (
        "CPU",
        "user and system time of all the model's processes, per order; in open loop without the \
         pacer's, who hands orders over",
    ),
    (
        "switches",
        "context switches per order, by waiting and by being interrupted",
    ),
    (
        "CPU wait",
        "how long threads that could run waited for a CPU, per order",
    ),
    (
        "file calls",
        "calls per order that read or write, but not those for sockets alone",
    ),
    ("efficiency", "the least possible time over the time taken"),
    ("in flight", "orders in service at once, on average"),
    (
        "memory",
        "proportional share (PSS) of all the model's processes",
    ),
    ("per unit", "what memory grew by for each order in flight"),
    (
        "rank",
        "what is not excluded: behind all that are shown faster, before all that are shown \
         slower; tables are sorted by throughput, in open loop by response time, which is no rank",
    ),
    (
        "[low, high]",
        "confidence interval of the percentage or factor before it: level 99.5 %, Holm's \
         correction for all pairs of models; of a tie 99 %, two one-sided tests at 0.5 % each",
    ),
    (
        "ties",
        "shown to differ by less than 3 %, in CPU per order by less than 10 %",
    ),
    ("undecided", "neither a tie nor shown to differ"),
    (
        RESOLUTION,
        "the least true difference that would have been shown, with a probability of 95 % for half \
         of the pairs of models",
    ),
    ("bold", "the best of its column (no rank)"),
    (ABSENT, "not run, or not stated"),
    (
        "(time)",
        "a service time that does not compare: fewer orders were in flight than with the model \
         that had most, by more than a tenth",
    ),
    ("!", "some samples failed"),
    (
        "knee",
        "the load past which the time leaves its plateau for good (1.5 times its least)",
    ),
    ("*", "overloaded"),
];

/// All words of the headings and what they mean, for once beside all tables.
pub(crate) fn legend() -> String {
    let marks = ["bold", ABSENT, "(time)", "!", "*"];
    let told: Vec<String> = TERMS
        .iter()
        .filter(|(name, _)| !marks.contains(name))
        .map(|(name, meaning)| format!("{name}: {meaning}."))
        .collect();
    told.join(" ")
}

/// Collects it from table to table.
#[derive(Default)]
pub(crate) struct Once {
    words: BTreeSet<&'static str>,
    /// Flags with their meanings.
    flags: BTreeMap<&'static str, &'static str>,
    models: BTreeSet<String>,
    left_out: Vec<String>,
}

impl Once {
    /// Takes in a word that is to be explained.
    pub(crate) fn word(&mut self, word: &'static str) {
        self.words.insert(word);
    }

    /// Takes in the headings and marks of a table, and what it has no room for.
    pub(crate) fn grid(&mut self, grid: &Grid, style: &Style) {
        let shown = grid.shown(style);
        let words = shown.iter().filter_map(|&at| grid.columns[at].word);
        self.words.extend(words);
        for cell in grid
            .rows
            .iter()
            .flat_map(|row| shown.iter().map(|&at| &row[at]))
        {
            let marked = style.scrolls() || style.color;
            if marked && cell.emphasis == Emphasis::Best {
                self.word("bold");
            }
            for mark in ["!", "*"] {
                if cell.text.len() > 1 && cell.text.ends_with(mark) {
                    self.word(mark);
                }
            }
            if cell.text == ABSENT {
                self.word(ABSENT);
            }
            if cell.text.starts_with('(') {
                self.word("(time)");
            }
        }
        for column in grid.left_out(style) {
            // Of units, a reader can do without.
            let name = column.split(',').next().unwrap_or_default().to_owned();
            if !self.left_out.contains(&name) {
                self.left_out.push(name);
            }
        }
    }

    /// Takes in verdicts.
    pub(crate) fn verdicts(&mut self, said: &[Statement]) {
        for fact in said.iter().flat_map(|statement| &statement.facts) {
            self.word("[low, high]");
            for word in ["ties", "undecided"] {
                if fact.split(' ').any(|own| own == word) {
                    self.word(word);
                }
            }
        }
    }

    /// Takes in what stands in tables of this cell.
    pub(crate) fn met(&mut self, cell: &Summary) {
        self.models.insert(cell.model.clone());
        let flags = cell.flags.keys().filter_map(Word::known);
        self.flags
            .extend(flags.map(|flag| (flag.name(), flag.meaning())));
    }

    /// What the marks and flags of cells mean alone, where words are explained elsewhere.
    pub(crate) fn marks(&self, style: &Style) -> String {
        let marks = TERMS
            .iter()
            .filter(|(name, _)| ["*", "(time)"].contains(name));
        let marks = marks.filter(|(name, _)| self.words.contains(name));
        let lines: Vec<(&str, &str)> = marks.copied().chain(self.flagged()).collect();
        let mut out = String::new();
        list(&mut out, "Marks and flags", &lines, style);
        out
    }

    fn flagged(&self) -> impl Iterator<Item = (&str, &str)> {
        self.flags.iter().map(|(flag, meaning)| (*flag, *meaning))
    }

    /// What is to be said; empty where there is nothing. `notes` are those of models.
    pub(crate) fn told(&self, notes: &BTreeMap<String, String>, style: &Style) -> String {
        let words = TERMS.iter().filter(|(name, _)| self.words.contains(name));
        let words: Vec<(&str, &str)> = words.copied().collect();
        let flags: Vec<(&str, &str)> = self.flagged().collect();
        let notes: Vec<(&str, &str)> = self
            .models
            .iter()
            .filter_map(|model| Some((model.as_str(), notes.get(model)?.as_str())))
            .collect();
        let mut out = String::new();
        for (title, lines) in [
            ("How to read this", words),
            ("Flags", flags),
            ("Where models are a misuse", notes),
        ] {
            list(&mut out, title, &lines, style);
        }
        if !self.left_out.is_empty() {
            let text = format!(
                "No room in {} columns, in some of the tables, for {}: tables.md and report.html have \
                 them.",
                style.width,
                self.left_out.join(", ")
            );
            out += &wrapped(&text, "", "", style.width);
        }
        out
    }
}

fn list(out: &mut String, title: &str, lines: &[(&str, &str)], style: &Style) {
    if lines.is_empty() {
        return;
    }
    match style.markup {
        Markup::Plain => plain(out, title, lines, style.width),
        Markup::Markdown => {
            let _ = write!(out, "\n{title}:\n\n");
            for (name, meaning) in lines {
                let _ = writeln!(out, "- {}: {}", escaped(name), escaped(&one_line(meaning)));
            }
        }
        Markup::Html => {
            let lines = lines
                .iter()
                .map(|(name, meaning)| format!("{name}: {meaning}"));
            let lines: Vec<String> = lines.collect();
            *out += &html::paragraph(&format!("{title}:"));
            *out += &html::list(lines.iter().map(String::as_str));
        }
    }
}

fn plain(out: &mut String, title: &str, lines: &[(&str, &str)], columns: usize) {
    let _ = writeln!(out, "{title}");
    let widest = lines.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    // Meanings stand in a column of their own where it leaves them enough room.
    let column = if columns >= 2 * widest + 30 {
        widest
    } else {
        0
    };
    for (name, meaning) in lines {
        let blank = " ".repeat(column.saturating_sub(width(name)));
        let first = if column > 0 {
            format!("  {name}{blank}  ")
        } else {
            format!("  {name}: ")
        };
        let next = " ".repeat(if column > 0 { column + 4 } else { 4 });
        *out += &wrapped(&one_line(meaning), &first, &next, columns);
    }
}
