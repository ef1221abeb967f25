//! Text in aligned columns, for terminals, for Markdown and for pages.

use std::fmt::Write as _;

use super::html;
use super::lines::{broken, width};

/// The least that a column of words is narrowed to.
const NARROWEST: usize = 24;
/// Columns of a plain table stand this far apart.
const GAP: usize = 2;

#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Lines of the heading.
    pub(crate) head: Vec<String>,
    /// Words stand to the left, numbers to the right.
    pub(crate) left: bool,
    /// How well a reader can do without it where there is no room for all: the highest
    /// is left out first, 0 never is. Of plain text alone: elsewhere tables scroll.
    pub(crate) spare: u8,
    /// The word of its heading that is [explained](super::once) below.
    pub(crate) word: Option<&'static str>,
}

impl Column {
    /// A column that is always shown and needs no explanation.
    pub(crate) fn new(head: &[&str], left: bool) -> Self {
        Column {
            head: head.iter().map(|&line| line.to_owned()).collect(),
            left,
            spare: 0,
            word: None,
        }
    }
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
    /// What it shows: its name for readers who hear a page.
    pub(crate) label: String,
}

impl Grid {
    /// The whole table within `style.width` columns: first without what can be spared,
    /// then with its last column of words broken into lines, then in several pieces. A
    /// piece of one column may be wider.
    pub(crate) fn render(&self, style: &Style) -> String {
        match style.markup {
            Markup::Plain => self.fitted(style),
            Markup::Markdown => {
                let pieces = self.pieces((0..self.columns.len()).collect(), style);
                let pieces = pieces.iter().map(|columns| self.markdown(columns));
                pieces.collect::<Vec<_>>().join("\n")
            }
            Markup::Html => self.html(),
        }
    }

    /// In plain text, within `style.width`.
    fn fitted(&self, style: &Style) -> String {
        let shown = self.shown(style);
        let grid = self.narrowed(&shown, style);
        let grid = grid.unwrap_or_else(|| self.clone());
        let pieces = grid.pieces(shown, style);
        let pieces = pieces
            .iter()
            .map(|columns| grid.plain(columns, style.color));
        pieces.collect::<Vec<_>>().join("\n")
    }

    /// The headings of what `render` leaves out.
    pub(crate) fn left_out(&self, style: &Style) -> Vec<String> {
        let shown = self.shown(style);
        let left = (0..self.columns.len()).filter(|column| !shown.contains(column));
        left.map(|column| headed(&self.columns[column])).collect()
    }

    /// Columns that there is room for.
    pub(crate) fn shown(&self, style: &Style) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        if style.scrolls() {
            return shown;
        }
        while self.least(&shown, style) > style.width {
            let least = shown.iter().enumerate();
            let least = least.max_by_key(|(_, column)| self.columns[**column].spare);
            match least {
                Some((at, column)) if self.columns[*column].spare > 0 => {
                    shown.remove(at);
                }
                _ => break,
            }
        }
        shown
    }

    /// What they take at least, words of the last broken into lines.
    fn least(&self, columns: &[usize], style: &Style) -> usize {
        let taken = self.taken(columns, style);
        match columns.last() {
            Some(&last) if self.columns[last].left && columns.len() > 1 => {
                taken - self.width(last, style).saturating_sub(NARROWEST)
            }
            _ => taken,
        }
    }

    fn taken(&self, columns: &[usize], style: &Style) -> usize {
        let widths = columns.iter().map(|&column| self.width(column, style));
        widths.fold(0, usize::saturating_add) + GAP * columns.len().saturating_sub(1)
    }

    /// The same with its last column's words broken into lines, where it is too wide for
    /// no other reason.
    fn narrowed(&self, shown: &[usize], style: &Style) -> Option<Self> {
        let (&last, rest) = shown.split_last()?;
        let room = style.width.checked_sub(self.taken(rest, style) + GAP)?;
        let wide = self.width(last, style) > room;
        if !wide || room < NARROWEST || !self.columns[last].left || rest.is_empty() {
            return None;
        }
        let mut grid = Grid {
            rows: Vec::new(),
            ..self.clone()
        };
        for (at, row) in self.rows.iter().enumerate() {
            if at == self.apart {
                grid.apart = grid.rows.len();
            }
            let lines = broken(&row[last].text, room);
            for (line, text) in lines.iter().enumerate() {
                let mut cells = if line == 0 {
                    row.clone()
                } else {
                    vec![Cell::default(); row.len()]
                };
                cells[last] = Cell {
                    text: text.clone(),
                    ..row[last]
                };
                grid.rows.push(cells);
            }
        }
        if self.apart >= self.rows.len() {
            grid.apart = grid.rows.len();
        }
        Some(grid)
    }

    /// Which of `columns` stand together.
    fn pieces(&self, columns: Vec<usize>, style: &Style) -> Vec<Vec<usize>> {
        let markdown = style.markup == Markup::Markdown;
        let gap = if markdown { 3 } else { GAP };
        let names: Vec<usize> = (0..=self.names).collect();
        let widths = names.iter().map(|&column| self.width(column, style));
        let edges = if markdown { 4 } else { 0 };
        let first = widths.sum::<usize>() + self.names * gap + edges;
        let mut pieces = Vec::new();
        let (mut piece, mut taken) = (names.clone(), first);
        for column in columns.into_iter().filter(|column| !names.contains(column)) {
            let width = gap + self.width(column, style);
            if taken + width > style.width && piece.len() > names.len() {
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
        let markdown = style.markup == Markup::Markdown;
        let head = &self.columns[column];
        let cells = self.rows.iter().map(|row| {
            let cell = &row[column];
            if markdown {
                width(&marked(cell))
            } else {
                width(&cell.text)
            }
        });
        let heads = head.head.iter().map(|line| width(line));
        let widest = if markdown {
            width(&joined(head)).max(3)
        } else {
            heads.max().unwrap_or(0)
        };
        cells.fold(widest, usize::max)
    }

    fn plain(&self, columns: &[usize], color: bool) -> String {
        let style = Style {
            color,
            width: usize::MAX,
            ..Style::PLAIN
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
            width: usize::MAX,
            ..Style::MARKDOWN
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

    /// As a part of a page, whose style sheet aligns cells to the right where no class
    /// says otherwise.
    fn html(&self) -> String {
        let class = |column: &Column| if column.left { " class=\"left\"" } else { "" };
        let mut table = String::from("<table>\n<thead><tr>");
        for column in &self.columns {
            let head = html::escaped(&headed(column));
            let _ = write!(table, "<th scope=\"col\"{}>{head}</th>", class(column));
        }
        table += "</tr></thead>\n<tbody>\n";
        for (line, row) in self.rows.iter().enumerate() {
            if line == self.apart && line > 0 {
                table += "</tbody>\n<tbody>\n";
            }
            table += "<tr>";
            for (at, (column, cell)) in self.columns.iter().zip(row).enumerate() {
                let text = shown_on_page(cell);
                // What a row is of is its heading; a rank before it is a number.
                table += &if at <= self.names && column.left {
                    format!("<th scope=\"row\">{text}</th>")
                } else {
                    format!("<td{}>{text}</td>", class(column))
                };
            }
            table += "</tr>\n";
        }
        table += "</tbody></table>";
        let of = if self.label.is_empty() { "" } else { " of " };
        html::scrolled(&format!("Table{of}{}", self.label), &table)
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

/// The lines of a heading as one.
fn headed(column: &Column) -> String {
    let mut text = String::new();
    for line in &column.head {
        if !text.is_empty() && !text.ends_with('/') {
            text.push(' ');
        }
        text.push_str(line);
    }
    text
}

fn joined(column: &Column) -> String {
    escaped(&headed(column))
}

fn marked(cell: &Cell) -> String {
    match cell.emphasis {
        Emphasis::Best => format!("**{}**", escaped(&cell.text)),
        Emphasis::None | Emphasis::Fault => escaped(&cell.text),
    }
}

fn shown_on_page(cell: &Cell) -> String {
    let text = html::escaped(&cell.text);
    match cell.emphasis {
        Emphasis::None => text,
        Emphasis::Best => format!("<strong>{text}</strong>"),
        Emphasis::Fault => format!("<span class=\"fault\">{text}</span>"),
    }
}

fn lit(text: &str, emphasis: Emphasis) -> String {
    match emphasis {
        Emphasis::None => text.to_owned(),
        Emphasis::Best => format!("\x1b[1m{text}\x1b[0m"),
        Emphasis::Fault => format!("\x1b[31m{text}\x1b[0m"),
    }
}

/// What tables are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Text for a terminal.
    Plain,
    /// Markdown as GitHub takes it.
    Markdown,
    /// Parts of a page.
    Html,
}

/// How tables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Emphasis by terminal colours; plain text only.
    pub color: bool,
    /// What they are written in.
    pub markup: Markup,
    /// Columns that text may take: tables leave out what can be spared or are split,
    /// lines are broken between words. In Markdown it holds for tables over all scenarios
    /// alone; HTML does without it.
    pub width: usize,
}

impl Style {
    /// Plain text for 100 columns without colour: what is no terminal gets it.
    pub const PLAIN: Style = Style {
        color: false,
        markup: Markup::Plain,
        width: 100,
    };
    /// Markdown whose source fits 120 columns.
    pub const MARKDOWN: Style = Style {
        color: false,
        markup: Markup::Markdown,
        width: 120,
    };
    /// Parts of a page, which breaks lines itself.
    pub const HTML: Style = Style {
        color: false,
        markup: Markup::Html,
        width: usize::MAX,
    };

    /// Whether tables scroll where they are read, so that they may be of any width.
    pub(crate) fn scrolls(&self) -> bool {
        self.markup != Markup::Plain
    }
}
