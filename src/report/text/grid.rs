//! Text in aligned columns, for terminals and for Markdown.

use std::fmt::Write as _;

/// Columns of a plain table stand this far apart.
const GAP: usize = 2;

#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Lines of the heading.
    pub(crate) head: Vec<String>,
    /// Words stand to the left, numbers to the right.
    pub(crate) left: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Emphasis {
    #[default]
    None,
    /// The best of its column.
    Best,
    /// What went wrong.
    Fault,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) emphasis: Emphasis,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell {
            text,
            emphasis: Emphasis::None,
        }
    }
}

/// A table whose first columns are repeated wherever it is split.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    pub(crate) columns: Vec<Column>,
    /// Each as long as `columns`.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// Rows from here on stand apart below a line, if there are any.
    pub(crate) apart: usize,
    /// Columns behind the first that are repeated with it.
    pub(crate) names: usize,
    /// Columns that go to a piece of their own, in their order, where not all fit
    /// beside each other.
    pub(crate) aside: Vec<usize>,
}

impl Grid {
    /// The whole table, in as many pieces as fit `style.width` columns; a
    /// piece of one column may be wider.
    pub(crate) fn render(&self, style: &Style) -> String {
        let pieces: Vec<String> = self
            .pieces(style)
            .iter()
            .map(|columns| {
                if style.markdown {
                    self.markdown(columns)
                } else {
                    self.plain(columns, style.color)
                }
            })
            .collect();
        pieces.join("\n")
    }

    /// Which columns stand together.
    fn pieces(&self, style: &Style) -> Vec<Vec<usize>> {
        let gap = if style.markdown { 3 } else { GAP };
        let names: Vec<usize> = (0..=self.names).collect();
        let widths = names.iter().map(|&column| self.width(column, style));
        let edges = if style.markdown { 4 } else { 0 };
        let first = widths.sum::<usize>() + self.names * gap + edges;
        let mut pieces = Vec::new();
        let (mut piece, mut taken) = (names.clone(), first);
        let mut columns: Vec<usize> = (names.len()..self.columns.len()).collect();
        let widths = columns
            .iter()
            .map(|&column| gap + self.width(column, style));
        let fits = widths.fold(first, usize::saturating_add) <= style.width;
        if !fits {
            // Stable: both parts keep their order.
            columns.sort_by_key(|column| self.aside.contains(column));
        }
        for column in columns {
            let width = gap + self.width(column, style);
            let aside = !fits && self.aside.first() == Some(&column);
            if (aside || taken + width > style.width) && piece.len() > names.len() {
                pieces.push(std::mem::replace(&mut piece, names.clone()));
                taken = first;
            }
            piece.push(column);
            taken += width;
        }
        pieces.push(piece);
        pieces
    }

    fn width(&self, column: usize, style: &Style) -> usize {
        let head = &self.columns[column];
        let cells = self.rows.iter().map(|row| {
            let cell = &row[column];
            if style.markdown {
                width(&marked(cell))
            } else {
                width(&cell.text)
            }
        });
        let heads = head.head.iter().map(|line| width(line));
        let widest = if style.markdown {
            width(&joined(head)).max(3)
        } else {
            heads.max().unwrap_or(0)
        };
        cells.fold(widest, usize::max)
    }

    fn plain(&self, columns: &[usize], color: bool) -> String {
        let style = Style {
            color,
            markdown: false,
            width: usize::MAX,
        };
        let widths: Vec<usize> = columns.iter().map(|&c| self.width(c, &style)).collect();
        let mut out = String::new();
        let mut line = |cells: Vec<(&str, Emphasis)>| {
            let mut text = String::new();
            for (at, (cell, emphasis)) in cells.into_iter().enumerate() {
                let blank = " ".repeat(widths[at].saturating_sub(width(cell)));
                let cell = if color {
                    lit(cell, emphasis)
                } else {
                    cell.to_owned()
                };
                if at > 0 {
                    text.push_str(&" ".repeat(GAP));
                }
                text += &if self.columns[columns[at]].left {
                    cell + &blank
                } else {
                    blank + &cell
                };
            }
            out.push_str(text.trim_end());
            out.push('\n');
        };
        let lines = columns
            .iter()
            .map(|&c| self.columns[c].head.len())
            .max()
            .unwrap_or(0);
        for at in 0..lines {
            // Headings stand on the table, not under the ceiling.
            let heads = columns.iter().map(|&c| {
                let head = &self.columns[c].head;
                let text = (at + head.len())
                    .checked_sub(lines)
                    .map_or("", |at| &head[at]);
                (text, Emphasis::None)
            });
            line(heads.collect());
        }
        let rules: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        let rule: Vec<_> = rules
            .iter()
            .map(|rule| (rule.as_str(), Emphasis::None))
            .collect();
        line(rule.clone());
        for (at, row) in self.rows.iter().enumerate() {
            if at == self.apart && at > 0 {
                line(rule.clone());
            }
            line(
                columns
                    .iter()
                    .map(|&c| (row[c].text.as_str(), row[c].emphasis))
                    .collect(),
            );
        }
        out
    }

    fn markdown(&self, columns: &[usize]) -> String {
        let style = Style {
            color: false,
            markdown: true,
            width: usize::MAX,
        };
        let widths: Vec<usize> = columns.iter().map(|&c| self.width(c, &style)).collect();
        let mut out = String::new();
        let mut line = |cells: Vec<String>| {
            for (at, cell) in cells.iter().enumerate() {
                let blank = " ".repeat(widths[at].saturating_sub(width(cell)));
                let _ = if self.columns[columns[at]].left {
                    write!(out, "| {cell}{blank} ")
                } else {
                    write!(out, "| {blank}{cell} ")
                };
            }
            out.push_str("|\n");
        };
        line(columns.iter().map(|&c| joined(&self.columns[c])).collect());
        let rules = columns.iter().zip(&widths).map(|(&c, &width)| {
            let rule = "-".repeat(width - 1);
            if self.columns[c].left {
                format!(":{rule}")
            } else {
                format!("{rule}:")
            }
        });
        line(rules.collect());
        for row in &self.rows {
            line(columns.iter().map(|&c| marked(&row[c])).collect());
        }
        out
    }
}

/// `text` on one line, without control characters, which an error message
/// may bring along.
pub(crate) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// `text` such that Markdown shows it as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '\\' | '|' | '*' | '_' | '`' | '[' | ']' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

fn joined(column: &Column) -> String {
    let mut text = String::new();
    for line in &column.head {
        if !text.is_empty() && !text.ends_with('/') {
            text.push(' ');
        }
        text.push_str(line);
    }
    escaped(&text)
}

fn marked(cell: &Cell) -> String {
    match cell.emphasis {
        Emphasis::Best => format!("**{}**", escaped(&cell.text)),
        Emphasis::None | Emphasis::Fault => escaped(&cell.text),
    }
}

fn lit(text: &str, emphasis: Emphasis) -> String {
    match emphasis {
        Emphasis::None => text.to_owned(),
        Emphasis::Best => format!("\x1b[1m{text}\x1b[0m"),
        Emphasis::Fault => format!("\x1b[31m{text}\x1b[0m"),
    }
}

/// Columns that `text` takes: all we write is of single width.
fn width(text: &str) -> usize {
    text.chars().count()
}

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
