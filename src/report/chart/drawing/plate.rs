//! What every chart has: its title above, notes and caption below.

use super::canvas::{Canvas, text_width};
use super::frame::{Chart, Frame};
use super::theme::{FAINT, INK};
use crate::record::palette::Family;
use crate::report::analysis::panel::other_clients;
use crate::report::analysis::summary::Summary;

/// Space around everything, pixels.
pub(crate) const MARGIN: i32 = 16;
/// Below this width a chart is laid out for a phone: names stand above or below what
/// they name and not beside it.
const SLIM: i32 = 520;
/// Bold letters are about so much wider.
const BOLD: f64 = 1.12;

/// A chart as it is drawn, from top to bottom.
pub(crate) struct Plate<'f> {
    pub(crate) canvas: Canvas,
    /// Where what comes next may begin.
    pub(crate) top: i32,
    /// Pixels across, margins included.
    pub(crate) width: i32,
    frame: &'f Frame,
    title: String,
    subtitle: String,
}

impl<'f> Plate<'f> {
    /// Begins with title and subtitle, which may take several lines.
    pub(crate) fn new(frame: &'f Frame, title: &str, subtitle: &str) -> Self {
        Self::wide(frame, frame.width as i32, title, subtitle)
    }

    /// The same for what needs `width` pixels, if the frame has fewer.
    pub(crate) fn wide(frame: &'f Frame, width: i32, title: &str, subtitle: &str) -> Self {
        let width = width.max(frame.width as i32);
        let mut plate = Plate {
            canvas: Canvas::default(),
            top: MARGIN - 4,
            width,
            frame,
            title: title.to_owned(),
            subtitle: subtitle.to_owned(),
        };
        let inner = width - 2 * MARGIN;
        let size = if plate.slim() { 16 } else { 20 };
        let room = (f64::from(inner) / BOLD) as i32;
        for line in wrapped(title, size, room) {
            let line = fitted(&line, size, room);
            plate.canvas.bold(&line, MARGIN, plate.top + 12, size, INK);
            plate.top += size + 7;
        }
        for line in wrapped(subtitle, 13, inner) {
            let line = fitted(&line, 13, inner);
            plate.canvas.text(&line, MARGIN, plate.top + 11, 13, FAINT);
            plate.top += 19;
        }
        plate.top += 8;
        plate
    }

    /// Whether it is laid out for a phone.
    pub(crate) fn slim(&self) -> bool {
        self.width < SLIM
    }

    /// The families of `cells` and their colours, on one line.
    pub(crate) fn legend<'a>(&mut self, cells: &(impl Iterator<Item = &'a Summary> + Clone)) {
        let (mut left, top) = (MARGIN, self.top);
        for family in Family::ALL {
            let among = |cell: &Summary| cell.family() == family;
            if !cells.clone().any(among) {
                continue;
            }
            self.entry(&mut left, family.name(), family.colour(), false);
        }
        if let Some(clients) = other_clients(cells.clone()) {
            let name = format!("with {clients}, not ranked");
            self.entry(&mut left, &name, FAINT, true);
        }
        self.top = self.top.max(top) + 28;
    }

    fn entry(
        &mut self,
        left: &mut i32,
        name: &str,
        colour: crate::record::palette::Rgb,
        hatched: bool,
    ) {
        let wide = 18 + text_width(name, 12);
        if *left > MARGIN && *left + wide > self.width - MARGIN {
            *left = MARGIN;
            self.top += 20;
        }
        self.canvas.bar(*left, self.top, 12, 12, colour, hatched);
        self.canvas.text(name, *left + 18, self.top + 6, 12, FAINT);
        *left += wide + if self.slim() { 12 } else { 22 };
    }

    /// Lines below the chart: `notes`, then the caption.
    fn foot(&self, notes: &[String]) -> Vec<String> {
        let inner = self.width - 2 * MARGIN;
        let caption = self.frame.caption.iter();
        let caption = caption.flat_map(|of| of.host.lines().chain(of.versions.lines()));
        let lines = notes.iter().map(String::as_str).chain(caption);
        lines
            .flat_map(|text| wrapped(text, 12, inner))
            .map(|line| fitted(&line, 12, inner))
            .collect()
    }

    /// Pixels that are left for the plot between [`Plate::top`] and the notes, where
    /// the frame says how high all of it should be.
    pub(crate) fn room(&self, notes: &[String], below: i32) -> Option<i32> {
        let foot = foot_height(self.foot(notes).len());
        let height = self.frame.height? as i32;
        Some(height - self.top - below - foot - MARGIN / 2)
    }

    /// Ends below `bottom`. `told` says in prose what is seen.
    pub(crate) fn finish(mut self, bottom: i32, notes: &[String], told: &str) -> Chart {
        let lines = self.foot(notes);
        for (at, line) in lines.iter().enumerate() {
            let middle = bottom + 14 + 17 * at as i32;
            self.canvas.text(line, MARGIN, middle, 12, FAINT);
        }
        let least = bottom + foot_height(lines.len()) + MARGIN / 2;
        let height = least.max(self.frame.height.map_or(0, |height| height as i32));
        let title = format!("{}: {}", self.title, self.subtitle);
        let told = match told.trim_end_matches('.') {
            "" => None,
            told => Some(format!("{told}.")),
        };
        let notes = notes.join(" ");
        let desc: Vec<&str> = told
            .as_deref()
            .into_iter()
            .chain([notes.as_str()])
            .filter(|part| !part.is_empty())
            .collect();
        let desc = desc.join(" ");
        Chart {
            heading: self.title,
            svg: self
                .canvas
                .finish((self.width, height), self.frame.theme, &title, &desc),
            title,
            told: desc,
            notes,
            size: (self.width as u32, height as u32),
        }
    }
}

/// Height of so many lines with the space above them.
fn foot_height(lines: usize) -> i32 {
    14 + 17 * lines as i32
}

/// Lines of at most `width` pixels at `size`, broken between words.
fn wrapped(text: &str, size: i32, width: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // A percent sign stays with its number.
    let text = text.replace(" %", "\u{a0}%");
    let words = text
        .split([' ', '\n', '\t'])
        .filter(|word| !word.is_empty());
    for word in words {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let plain = |line: &String| line.replace('\u{a0}', " ");
    lines.iter().map(plain).collect()
}

/// `text` cut to `width` pixels at `size`.
pub(crate) fn fitted(text: &str, size: i32, width: i32) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while !kept.is_empty() && text_width(&format!("{kept}…"), size) > width {
        kept.pop();
    }
    kept.trim_end().to_owned() + "…"
}
