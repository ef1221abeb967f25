//! What charts are drawn with: text, lines and boxes on whole pixels, those of one
//! figure gathered so that a reader can point at them.

use std::fmt::Write as _;

use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::theme::{GROUND, Theme, lighter};
use crate::record::palette::Rgb;
use crate::report::text::html::escaped;

#[derive(Clone, Copy)]
pub(crate) enum Anchor {
    Left,
    Right,
    Middle,
    /// Read from below, from the given point up.
    Up,
}

enum Shape {
    Rect([(i32, i32); 2], Rgb, bool),
    Path(Vec<(i32, i32)>, Rgb, u32),
    /// A path in dashes of so many pixels, with so many between them.
    Dashes(Vec<(i32, i32)>, Rgb, u32, (u32, u32)),
    Polygon(Vec<(i32, i32)>, Rgb),
    Circle((i32, i32), i32, Rgb),
    /// The line about a circle.
    Ring((i32, i32), i32, Rgb, u32),
    Text {
        text: String,
        at: (i32, i32),
        size: i32,
        colour: Rgb,
        anchor: Anchor,
        bold: bool,
    },
}

enum Item {
    Shape(Shape),
    /// What follows belongs to this model and reads so; up to [`Item::Close`].
    Open(String, String),
    Close,
}

/// A list of shapes, drawn when its height is known.
#[derive(Default)]
pub(crate) struct Canvas {
    items: Vec<Item>,
    /// Height of a row, where each model has one of its own: whoever leaves some out
    /// can close the gaps.
    pub(crate) row: Option<i32>,
}

impl Canvas {
    fn push(&mut self, shape: Shape) {
        self.items.push(Item::Shape(shape));
    }

    /// Gathers what `draw` draws: figures of the model `label`, which `told` states
    /// exactly.
    pub(crate) fn figure(&mut self, label: &str, told: &str, draw: impl FnOnce(&mut Self)) {
        self.items
            .push(Item::Open(label.to_owned(), told.to_owned()));
        draw(self);
        self.items.push(Item::Close);
    }

    pub(crate) fn rect(&mut self, left: i32, top: i32, width: i32, height: i32, colour: Rgb) {
        let corners = [(left, top), (left + width, top + height)];
        self.push(Shape::Rect(corners, colour, true));
    }

    pub(crate) fn outline(&mut self, left: i32, top: i32, width: i32, height: i32, colour: Rgb) {
        let corners = [(left, top), (left + width, top + height)];
        self.push(Shape::Rect(corners, colour, false));
    }

    pub(crate) fn line(&mut self, from: (i32, i32), to: (i32, i32), colour: Rgb, width: u32) {
        self.path(vec![from, to], colour, width);
    }

    pub(crate) fn path(&mut self, points: Vec<(i32, i32)>, colour: Rgb, width: u32) {
        self.push(Shape::Path(points, colour, width));
    }

    /// A mark of the given form about `(x, y)`: forms tell apart what colours do
    /// not.
    pub(crate) fn mark(&mut self, form: usize, at: (i32, i32), colour: Rgb) {
        match corners(form, at) {
            None => self.push(Shape::Circle(at, 4, colour)),
            Some(corners) => self.polygon(corners, colour),
        }
    }

    /// The same mark as an outline.
    pub(crate) fn hollow_mark(&mut self, form: usize, at: (i32, i32), colour: Rgb) {
        self.mark(form, at, GROUND);
        match corners(form, at) {
            None => self.ring(at, 4, colour, 2),
            Some(mut corners) => {
                corners.extend_from_within(..2);
                self.path(corners, colour, 2);
            }
        }
    }

    /// A ring, as about a mark that a reader should look at.
    pub(crate) fn ring(&mut self, at: (i32, i32), radius: i32, colour: Rgb, width: u32) {
        self.push(Shape::Ring(at, radius, colour, width));
    }

    pub(crate) fn dashes(
        &mut self,
        points: Vec<(i32, i32)>,
        colour: Rgb,
        width: u32,
        pattern: (u32, u32),
    ) {
        self.push(Shape::Dashes(points, colour, width, pattern));
    }

    fn polygon(&mut self, points: Vec<(i32, i32)>, colour: Rgb) {
        self.push(Shape::Polygon(points, colour));
    }

    /// A bar: filled, or light and hatched for what is not ranked.
    pub(crate) fn bar(
        &mut self,
        left: i32,
        top: i32,
        width: i32,
        height: i32,
        colour: Rgb,
        hatched: bool,
    ) {
        if !hatched {
            self.rect(left, top, width, height, colour);
            return;
        }
        self.rect(left, top, width, height, lighter(colour, 0.6));
        // Strokes from bottom left to top right, clipped to the bar.
        let mut start = -height + 5;
        while start < width {
            let from = start.max(0);
            let to = (start + height).min(width);
            self.line(
                (left + from, top + height - (from - start)),
                (left + to, top + height - (to - start)),
                colour,
                1,
            );
            start += 7;
        }
        self.outline(left, top, width, height, colour);
    }

    /// Text that begins at `left`, its middle at `middle`.
    pub(crate) fn text(&mut self, text: &str, left: i32, middle: i32, size: i32, colour: Rgb) {
        self.anchored(text, (left, middle), size, colour, Anchor::Left);
    }

    /// Text on the ground, for numbers that may stand across a line of the grid.
    pub(crate) fn number(&mut self, text: &str, left: i32, middle: i32, size: i32, colour: Rgb) {
        let height = size + 2;
        self.rect(
            left - 2,
            middle - height / 2,
            text_width(text, size) + 2,
            height,
            GROUND,
        );
        self.text(text, left, middle, size, colour);
    }

    pub(crate) fn anchored(
        &mut self,
        text: &str,
        at: (i32, i32),
        size: i32,
        colour: Rgb,
        anchor: Anchor,
    ) {
        self.push_text(text, at, size, colour, anchor, false);
    }

    pub(crate) fn bold(&mut self, text: &str, left: i32, middle: i32, size: i32, colour: Rgb) {
        self.push_text(text, (left, middle), size, colour, Anchor::Left, true);
    }

    fn push_text(
        &mut self,
        text: &str,
        at: (i32, i32),
        size: i32,
        colour: Rgb,
        anchor: Anchor,
        bold: bool,
    ) {
        self.push(Shape::Text {
            text: text.to_owned(),
            at,
            size,
            colour,
            anchor,
            bold,
        });
    }

    /// The picture as SVG; `title` and `desc` are what a screen reader says.
    pub(crate) fn finish(
        self,
        (width, height): (i32, i32),
        theme: Theme,
        title: &str,
        desc: &str,
    ) -> String {
        let mut out = format!(
            "<svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             xmlns=\"http://www.w3.org/2000/svg\" font-family=\"sans-serif\" role=\"img\"{}>\n\
             <title>{}</title>\n<desc>{}</desc>\n",
            self.row
                .map_or(String::new(), |row| format!(" data-row=\"{row}\"")),
            escaped(title),
            escaped(desc)
        );
        let ground = Shape::Rect([(0, 0), (width, height)], GROUND, true);
        let mut shapes = vec![ground];
        for item in self.items {
            match item {
                Item::Shape(shape) => shapes.push(shape),
                Item::Open(label, told) => {
                    out += &elements(&std::mem::take(&mut shapes), theme, (width, height));
                    let _ = writeln!(
                        out,
                        "<g data-model=\"{}\">\n<title>{}</title>",
                        escaped(&label),
                        escaped(&told)
                    );
                }
                Item::Close => {
                    out += &elements(&std::mem::take(&mut shapes), theme, (width, height));
                    out += "</g>\n";
                }
            }
        }
        out += &elements(&shapes, theme, (width, height));
        out + "</svg>\n"
    }
}

/// The corners of a mark; `None` of a circle.
fn corners(form: usize, (x, y): (i32, i32)) -> Option<Vec<(i32, i32)>> {
    match form % 5 {
        0 => None,
        1 => Some(vec![
            (x - 4, y - 4),
            (x + 4, y - 4),
            (x + 4, y + 4),
            (x - 4, y + 4),
        ]),
        2 => Some(vec![(x, y - 5), (x + 5, y + 4), (x - 5, y + 4)]),
        3 => Some(vec![(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]),
        _ => Some(vec![(x, y + 5), (x + 5, y - 4), (x - 5, y - 4)]),
    }
}

/// The elements alone, without what every one of them would repeat.
fn elements(shapes: &[Shape], theme: Theme, (width, height): (i32, i32)) -> String {
    let mut svg = String::new();
    let size = (width as u32, height as u32);
    draw(shapes, theme, SVGBackend::with_string(&mut svg, size))
        .expect("drawing into a string does not fail");
    let inside = svg.split_once(">\n").map_or("", |(_, rest)| rest);
    let inside = inside.trim_end().trim_end_matches("</svg>");
    inside
        .replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(" stroke-width=\"1\"", "")
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" text-anchor=\"start\"", "")
}

type DrawError = DrawingAreaErrorKind<std::io::Error>;

fn draw(shapes: &[Shape], theme: Theme, backend: SVGBackend<'_>) -> Result<(), DrawError> {
    let area = backend.into_drawing_area();
    let rgb = |colour: Rgb| {
        let (red, green, blue) = theme.shade(colour);
        RGBColor(red, green, blue)
    };
    for shape in shapes {
        match shape {
            Shape::Rect(corners, colour, filled) => {
                let style = ShapeStyle {
                    color: rgb(*colour).to_rgba(),
                    filled: *filled,
                    stroke_width: 1,
                };
                area.draw(&Rectangle::new(*corners, style))?;
            }
            Shape::Path(points, colour, width) => {
                let style = rgb(*colour).stroke_width(*width);
                area.draw(&PathElement::new(points.clone(), style))?;
            }
            Shape::Dashes(points, colour, width, (dash, gap)) => {
                let style = rgb(*colour).stroke_width(*width);
                let points = points.iter().copied();
                area.draw(&DashedPathElement::new(points, *dash, *gap, style))?;
            }
            Shape::Polygon(points, colour) => {
                area.draw(&Polygon::new(points.clone(), rgb(*colour)))?;
            }
            Shape::Circle(at, radius, colour) => {
                area.draw(&Circle::new(*at, *radius, rgb(*colour).filled()))?;
            }
            Shape::Ring(at, radius, colour, width) => {
                let style = rgb(*colour).stroke_width(*width);
                area.draw(&Circle::new(*at, *radius, style))?;
            }
            Shape::Text {
                text,
                at,
                size,
                colour,
                anchor,
                bold,
            } => {
                let weight = if *bold {
                    FontStyle::Bold
                } else {
                    FontStyle::Normal
                };
                // plotters divides sizes by 1.24 on their way into the SVG.
                let font = FontDesc::new(FontFamily::SansSerif, f64::from(*size) * 1.24, weight);
                let (font, across) = match anchor {
                    Anchor::Left => (font, HPos::Left),
                    Anchor::Right => (font, HPos::Right),
                    Anchor::Middle => (font, HPos::Center),
                    Anchor::Up => (font.transform(FontTransform::Rotate270), HPos::Left),
                };
                let ink = rgb(*colour);
                let style = TextStyle::from(font)
                    .color(&ink)
                    .pos(Pos::new(across, VPos::Center));
                area.draw_text(text, &style, *at)?;
            }
        }
    }
    area.present()
}

/// Pixels that `text` takes at most in the sans-serif fonts in use. The SVG
/// does not know its reader's font, so widths are those of the widest common
/// one (DejaVu Sans): text never overlaps, and elsewhere stands a bit looser.
pub(crate) fn text_width(text: &str, size: i32) -> i32 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '/' | 'I' => 0.36,
            'f' | 't' | 'r' | '(' | ')' | '-' | '[' | ']' => 0.42,
            'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' => 1.0,
            'A'..='Z' => 0.75,
            _ => 0.64,
        })
        .sum();
    (ems * f64::from(size)).ceil() as i32
}
