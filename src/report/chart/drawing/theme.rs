//! Light and dark: charts are drawn in the light colours, and shaded at the end.

use crate::record::palette::{self, Rgb};

/// What everything stands on.
pub(crate) const GROUND: Rgb = (0xff, 0xff, 0xff);
pub(crate) const INK: Rgb = (0x1f, 0x23, 0x28);
pub(crate) const FAINT: Rgb = (0x59, 0x63, 0x6e);
pub(crate) const LINE: Rgb = (0xd8, 0xde, 0xe4);
pub(crate) const FAULT: Rgb = (0xb3, 0x1d, 0x28);

/// The same on a dark page.
const DARK: [(Rgb, Rgb); 5] = [
    (GROUND, (0x0d, 0x11, 0x17)),
    (INK, (0xe6, 0xed, 0xf3)),
    (FAINT, (0x9d, 0xa7, 0xb3)),
    (LINE, (0x30, 0x36, 0x3d)),
    (FAULT, (0xff, 0x7b, 0x72)),
];

/// Least contrast of a graphic against its ground (WCAG 2.1, 1.4.11).
const CONTRAST: f64 = 3.0;

/// On what ground a chart stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// White.
    #[default]
    Light,
    /// Nearly black.
    Dark,
}

impl Theme {
    /// What stands in this theme for a colour of the light one. A model keeps its
    /// hue, and is lightened on a dark ground until it can be seen there.
    pub(crate) fn shade(self, colour: Rgb) -> Rgb {
        if self == Theme::Light {
            return colour;
        }
        if let Some((_, dark)) = DARK.iter().find(|(light, _)| *light == colour) {
            return *dark;
        }
        if !palette::colours().any(|of| of == colour) {
            return colour;
        }
        (0..=20)
            .map(|step| lighter(colour, f64::from(step) / 20.0))
            .find(|lit| contrast(*lit, DARK[0].1) >= CONTRAST)
            .unwrap_or(colour)
    }
}

/// Every colour that is another one in the dark, light first.
pub(crate) fn dark() -> impl Iterator<Item = (Rgb, Rgb)> {
    let models = palette::colours().map(|colour| (colour, Theme::Dark.shade(colour)));
    DARK.into_iter().chain(models)
}

/// `part` of the way to white.
pub(crate) fn lighter((red, green, blue): Rgb, part: f64) -> Rgb {
    let mix = |channel: u8| (f64::from(channel) * (1.0 - part) + 255.0 * part) as u8;
    (mix(red), mix(green), mix(blue))
}

/// Contrast of two colours, from 1 to 21 (WCAG 2.1).
pub(crate) fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance (WCAG 2.1).
fn luminance((red, green, blue): Rgb) -> f64 {
    let linear = |channel: u8| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.040_45 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_seen_on_its_ground() {
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 1e-9);
        for (light, dark) in dark().filter(|(light, _)| ![GROUND, LINE].contains(light)) {
            assert!(
                contrast(dark, DARK[0].1) >= CONTRAST,
                "{light:?} as {dark:?}"
            );
        }
        for text in [INK, FAINT, FAULT] {
            assert!(contrast(text, GROUND) >= 4.5);
            assert!(contrast(Theme::Dark.shade(text), DARK[0].1) >= 4.5);
        }
    }
}
