//! Light and dark: charts are drawn in the light colours, and shaded at the end.

use std::collections::BTreeSet;

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

/// Colours of a ramp from nothing to the best, and its inks, light and dark. In the
/// dark it runs the other way, so that the best stands out on either ground.
const STEPS: usize = 20;
const RAMP: [[Rgb; 2]; 2] = [
    [(0xf3, 0xf6, 0xfa), (0x05, 0x3c, 0x82)],
    [(0x16, 0x1b, 0x22), (0x79, 0xb8, 0xff)],
];
/// How much later than evenly the dark ramp rises: then one step parts black from
/// white text on both.
const RISE: f64 = 1.3;
const PARTING: usize = 14;
/// Ink on the ramp below [`PARTING`] and from there on, light and dark.
const ON_RAMP: [(Rgb, Rgb); 2] = [
    ((0x00, 0x00, 0x00), (0xff, 0xff, 0xff)),
    ((0xff, 0xff, 0xfe), (0x00, 0x00, 0x00)),
];

/// The ground for a part of the best, and the ink that can be read on it.
pub(crate) fn ramp(part: f64) -> (Rgb, Rgb) {
    let step = (part.clamp(0.0, 1.0) * STEPS as f64).round() as usize;
    let ink = ON_RAMP[usize::from(step >= PARTING)].0;
    (rung(step).0, ink)
}

/// A step of the ramp, light and dark.
fn rung(step: usize) -> (Rgb, Rgb) {
    let part = step as f64 / STEPS as f64;
    let mix = |[from, to]: [Rgb; 2], part: f64| {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part) as u8;
        (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
    };
    (mix(RAMP[0], part), mix(RAMP[1], part.powf(RISE)))
}

/// The ramp and its inks, light first.
fn ramps() -> impl Iterator<Item = (Rgb, Rgb)> {
    (0..=STEPS).map(rung).chain(ON_RAMP)
}

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
    /// hue, whoever chose it, and is lightened on a dark ground until it can be seen
    /// there.
    pub(crate) fn shade(self, colour: Rgb) -> Rgb {
        if self == Theme::Light {
            return colour;
        }
        if let Some((_, dark)) = DARK.iter().find(|(light, _)| *light == colour) {
            return *dark;
        }
        if let Some((_, dark)) = ramps().find(|(light, _)| *light == colour) {
            return dark;
        }
        (0..=20)
            .map(|step| lighter(colour, f64::from(step) / 20.0))
            .find(|lit| contrast(*lit, DARK[0].1) >= CONTRAST)
            .unwrap_or(colour)
    }
}

/// Every colour that is another one in the dark, light first: those of all charts, and
/// `others`, which programs in other languages ask for.
pub(crate) fn dark(others: &BTreeSet<Rgb>) -> impl Iterator<Item = (Rgb, Rgb)> {
    let others = others.iter().filter(|other| {
        let mut known = on_ground().chain(ramps());
        !known.any(|(light, _)| light == **other)
    });
    let others = others.map(|other| (*other, Theme::Dark.shade(*other)));
    on_ground().chain(ramps()).chain(others)
}

/// Those that stand on the ground itself.
fn on_ground() -> impl Iterator<Item = (Rgb, Rgb)> {
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
        for (light, dark) in on_ground().filter(|(light, _)| ![GROUND, LINE].contains(light)) {
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

    #[test]
    fn what_a_program_asks_for_can_be_seen_in_the_dark_too() {
        let asked = BTreeSet::from([(0x1f, 0x5f, 0x99), (0x05, 0x05, 0x40), INK]);
        let shades: Vec<(Rgb, Rgb)> = dark(&asked).collect();
        for colour in asked {
            let of = shades.iter().filter(|(light, _)| *light == colour);
            let of: Vec<Rgb> = of.map(|(_, dark)| *dark).collect();
            assert_eq!(of, [Theme::Dark.shade(colour)], "{colour:?}: one rule");
            assert!(contrast(of[0], DARK[0].1) >= CONTRAST, "{colour:?}");
            assert_eq!(Theme::Light.shade(colour), colour);
        }
    }

    #[test]
    fn text_can_be_read_on_every_step_of_the_ramp() {
        for step in 0..=STEPS {
            let (ground, ink) = ramp(step as f64 / STEPS as f64);
            assert!(contrast(ground, ink) >= 4.5, "{step}");
            let [ground, ink] = [ground, ink].map(|colour| Theme::Dark.shade(colour));
            assert!(contrast(ground, ink) >= 4.5, "{step} in the dark");
        }
        let (none, best) = (ramp(0.0).0, ramp(1.0).0);
        let [none, best] = [none, best].map(|colour| luminance(Theme::Dark.shade(colour)));
        assert!(none < best, "the best stands out in the dark");
    }
}
