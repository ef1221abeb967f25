//! What charts are drawn with: text and boxes on whole pixels.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::palette::Rgb;

#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Left,
    Right,
    Middle,
}

enum Shape {
    Rect([(i32, i32); 2], Rgb, bool),
    Line([(i32, i32); 2], Rgb, u32),
    Text {
        text: String,
        at: (i32, i32),
        size: i32,
        colour: Rgb,
        anchor: Anchor,
        bold: bool,
    },
}

/// A list of shapes, drawn when its height is known.
#[derive(Default)]
pub(super) struct Canvas {
    shapes: Vec<Shape>,
}

impl Canvas {
    pub(super) fn rect(&mut self, left: i32, top: i32, width: i32, height: i32, colour: Rgb) {
        let corners = [(left, top), (left + width, top + height)];
        self.shapes.push(Shape::Rect(corners, colour, true));
    }

    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), colour: Rgb, width: u32) {
        self.shapes.push(Shape::Line([from, to], colour, width));
    }

    /// A bar: filled, or light and hatched for what is not ranked.
    pub(super) fn bar(
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
        self.rect(left, top, width, height, lighter(colour));
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
        let corners = [(left, top), (left + width, top + height)];
        self.shapes.push(Shape::Rect(corners, colour, false));
    }

    /// Text that begins at `left`, its middle at `middle`.
    pub(super) fn text(&mut self, text: &str, left: i32, middle: i32, size: i32, colour: Rgb) {
        self.anchored(text, (left, middle), size, colour, Anchor::Left);
    }

    /// Text on white, for numbers that may stand across a line of the grid.
    pub(super) fn number(&mut self, text: &str, left: i32, middle: i32, size: i32, colour: Rgb) {
        let height = size + 2;
        self.rect(
            left - 2,
            middle - height / 2,
            text_width(text, size) + 2,
            height,
            (255, 255, 255),
        );
        self.text(text, left, middle, size, colour);
    }

    pub(super) fn anchored(
        &mut self,
        text: &str,
        at: (i32, i32),
        size: i32,
        colour: Rgb,
        anchor: Anchor,
    ) {
        self.push_text(text, at, size, colour, anchor, false);
    }

    pub(super) fn bold(&mut self, text: &str, left: i32, middle: i32, size: i32, colour: Rgb) {
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
        self.shapes.push(Shape::Text {
            text: text.to_owned(),
            at,
            size,
            colour,
            anchor,
            bold,
        });
    }

    /// The picture as SVG on white; `title` is what a screen reader says.
    pub(super) fn finish(self, width: u32, height: u32, title: &str) -> String {
        let mut svg = String::new();
        draw(
            &self.shapes,
            SVGBackend::with_string(&mut svg, (width, height)),
        )
        .expect("drawing into a string does not fail");
        let title = title.replace('&', "&amp;").replace('<', "&lt;");
        svg.replacen(
            ">\n",
            &format!(" role=\"img\">\n<title>{title}</title>\n"),
            1,
        )
    }
}

type DrawError = DrawingAreaErrorKind<std::io::Error>;

fn draw(shapes: &[Shape], backend: SVGBackend<'_>) -> Result<(), DrawError> {
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
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
            Shape::Line(ends, colour, width) => {
                let style = rgb(*colour).stroke_width(*width);
                area.draw(&PathElement::new(ends.to_vec(), style))?;
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
                let across = match anchor {
                    Anchor::Left => HPos::Left,
                    Anchor::Right => HPos::Right,
                    Anchor::Middle => HPos::Center,
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

fn rgb((red, green, blue): Rgb) -> RGBColor {
    RGBColor(red, green, blue)
}

/// Halfway and a little more to white.
fn lighter((red, green, blue): Rgb) -> Rgb {
    let mix = |channel: u8| (f64::from(channel) * 0.4 + 255.0 * 0.6) as u8;
    (mix(red), mix(green), mix(blue))
}

/// Pixels that `text` takes at most in the sans-serif fonts in use. The SVG
/// does not know its reader's font, so widths are those of the widest common
/// one (DejaVu Sans): text never overlaps, and elsewhere stands a bit looser.
pub(super) fn text_width(text: &str, size: i32) -> i32 {
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
