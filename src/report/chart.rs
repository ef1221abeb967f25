//! Charts as SVG: one scenario in full, and all scenarios at a glance.
//!
//! Everything stands on an opaque white ground, so that it reads on light and
//! dark pages alike. The same rows give the same bytes.

mod canvas;
mod overview;
mod scenario;

pub use overview::overview;
pub use scenario::throughput;

use super::palette::{Family, Rgb};
use super::summary::Summary;
use canvas::Canvas;

/// Width of every chart, pixels.
pub const WIDTH: u32 = 960;

/// Space around everything, pixels.
const MARGIN: i32 = 28;
const INK: Rgb = (0x1f, 0x23, 0x28);
const FAINT: Rgb = (0x59, 0x63, 0x6e);
const LINE: Rgb = (0xd8, 0xde, 0xe4);
const FAULT: Rgb = (0xb3, 0x1d, 0x28);

/// What stands below a chart, for readers who meet it alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// The machine, in one line.
    pub host: String,
    /// Versions of what was measured, and when, in one line.
    pub versions: String,
}

/// Lines of at most `width` pixels at `size`, broken between words.
fn wrapped(text: &str, size: i32, width: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if canvas::text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `text` cut to `width` pixels at `size`.
fn fitted(text: &str, size: i32, width: i32) -> String {
    if canvas::text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while !kept.is_empty() && canvas::text_width(&format!("{kept}…"), size) > width {
        kept.pop();
    }
    kept.trim_end().to_owned() + "…"
}

/// Captions and notes below a chart, wrapped.
fn foot(notes: &[String], caption: &Caption) -> Vec<String> {
    notes
        .iter()
        .chain([&caption.host, &caption.versions])
        .flat_map(|text| wrapped(text, 12, WIDTH as i32 - 2 * MARGIN))
        .collect()
}

/// Height of [`foot`]'s lines with the space above them.
fn foot_height(lines: &[String]) -> i32 {
    14 + 17 * lines.len() as i32
}

fn draw_foot(canvas: &mut Canvas, lines: &[String], top: i32) {
    for (at, line) in lines.iter().enumerate() {
        canvas.text(line, MARGIN, top + 14 + 17 * at as i32, 12, FAINT);
    }
}

/// The families of `cells` and their colours, from `left` on; one line.
fn draw_legend<'a>(
    canvas: &mut Canvas,
    cells: &(impl Iterator<Item = &'a Summary> + Clone),
    top: i32,
) {
    let mut left = MARGIN;
    for family in Family::ALL {
        if !cells
            .clone()
            .any(|cell| super::palette::family(&cell.model) == family)
        {
            continue;
        }
        canvas.bar(left, top, 12, 12, family.colour(), false);
        canvas.text(family.name(), left + 18, top + 6, 12, FAINT);
        left += 18 + canvas::text_width(family.name(), 12) + 22;
    }
    if cells.clone().any(|cell| !cell.ranked()) {
        canvas.bar(left, top, 12, 12, FAINT, true);
        canvas.text("with reqwest, not ranked", left + 18, top + 6, 12, FAINT);
    }
}

#[cfg(test)]
mod tests;
