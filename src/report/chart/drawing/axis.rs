//! Axes: where a value stands, and which numbers are written.

use super::canvas::{Anchor, Canvas, text_width};
use super::theme::{FAINT, LINE};

/// A straight line of values on pixels, even in them or in their logarithms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    log: bool,
    low: f64,
    high: f64,
    /// Pixels of `low` and `high`.
    ends: (i32, i32),
}

impl Axis {
    /// From zero to a round number above `most`, in about `steps` steps.
    pub(crate) fn from_zero(most: f64, steps: f64, ends: (i32, i32)) -> Self {
        let step = step(most / steps);
        Axis {
            log: false,
            low: 0.0,
            high: step * (most / step * (1.0 - 1e-9)).ceil().max(1.0),
            ends,
        }
    }

    /// From `low` to `high` as they are.
    pub(crate) fn exact(low: f64, high: f64, ends: (i32, i32)) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Axis {
            log: false,
            low,
            high,
            ends,
        }
    }

    /// Even in logarithms, from a little below the least of `values` to a little
    /// above the greatest; what is not positive has no place. One to ten where there
    /// are none.
    pub(crate) fn log(values: impl Iterator<Item = f64>, ends: (i32, i32)) -> Self {
        let known = values.filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = known.fold((f64::INFINITY, 0.0f64), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = if low > high { (1.0, 10.0) } else { (low, high) };
        // At least a tenth on each side, or noise would look like a difference.
        let room = (high / low).powf(0.04).max(1.1);
        Axis {
            log: true,
            low: low / room,
            high: high * room,
            ends,
        }
    }

    /// The pixel of `value`, within the ends.
    pub(crate) fn at(&self, value: f64) -> i32 {
        let part = if self.log {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        let length = f64::from(self.ends.1 - self.ends.0);
        let part = if part.is_finite() { part } else { 0.0 };
        self.ends.0 + (part.clamp(0.0, 1.0) * length).round() as i32
    }

    /// Numbers worth a line: round ones.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        if !self.log {
            let step = step((self.high - self.low) / 6.0);
            let first = (self.low / step).ceil() as i64;
            let last = (self.high / step * (1.0 + 1e-9)).floor() as i64;
            return (first..=last).map(|at| at as f64 * step).collect();
        }
        // The roundest numbers of which there are enough.
        let choices: [&[f64]; 5] = [
            &[1.0],
            &[1.0, 3.0],
            &[1.0, 2.0, 5.0],
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0],
            &[
                1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0, 2.2, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0,
                5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5,
            ],
        ];
        let within = choices.iter().map(|digits| self.round(digits));
        let mut most = Vec::new();
        for ticks in within {
            let enough = ticks.len() >= 4;
            most = ticks;
            if enough {
                break;
            }
        }
        most
    }

    /// These digits times powers of ten, as far as the axis goes.
    fn round(&self, digits: &[f64]) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor(), self.high.log10().ceil());
        (first as i32..=last as i32)
            .flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)))
            .filter(|tick| (self.low..=self.high).contains(tick))
            .collect()
    }

    /// Draws it along the bottom of a plot, with lines up to `top`.
    pub(crate) fn across(
        &self,
        canvas: &mut Canvas,
        (top, bottom): (i32, i32),
        ticks: &[(f64, String)],
    ) {
        let mut taken = i32::MIN;
        for (value, text) in ticks {
            let x = self.at(*value);
            canvas.line((x, top), (x, bottom), LINE, 1);
            let width = text_width(text, 12);
            // A number that would touch the one before stays away.
            if x - width / 2 < taken {
                continue;
            }
            taken = x + width / 2 + 8;
            canvas.anchored(text, (x, bottom + 14), 12, FAINT, Anchor::Middle);
        }
    }

    /// Draws it along the left of a plot, with lines over to `right`.
    pub(crate) fn up(
        &self,
        canvas: &mut Canvas,
        (left, right): (i32, i32),
        ticks: &[(f64, String)],
    ) {
        let mut taken = i32::MAX;
        for (value, text) in ticks {
            let y = self.at(*value);
            canvas.line((left, y), (right, y), LINE, 1);
            if y > taken {
                continue;
            }
            taken = y - 15;
            canvas.anchored(text, (left - 8, y), 12, FAINT, Anchor::Right);
        }
    }

    /// Its ticks with their numbers.
    pub(crate) fn numbers(&self, told: impl Fn(f64) -> String) -> Vec<(f64, String)> {
        self.ticks()
            .into_iter()
            .map(|tick| {
                let text = if tick == 0.0 {
                    "0".to_owned()
                } else {
                    told(tick)
                };
                (tick, text)
            })
            .collect()
    }
}

/// Space that the widest of these numbers takes.
pub(crate) fn widest(ticks: &[(f64, String)]) -> i32 {
    let widths = ticks.iter().map(|(_, text)| text_width(text, 12));
    widths.max().unwrap_or(0)
}

/// The least of 1, 2 and 5 times a power of ten that is not below `least`.
pub(crate) fn step(least: f64) -> f64 {
    if least <= 0.0 || !least.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers() {
        for (least, expected) in [
            (0.0, 1.0),
            (0.3, 0.5),
            (1.0, 1.0),
            (1.1, 2.0),
            (260.0, 500.0),
            (51e3, 100e3),
        ] {
            assert!((step(least) / expected - 1.0).abs() < 1e-9, "{least}");
        }
        let log = Axis::log([0.0, 230.0, f64::NAN, 41_000.0].into_iter(), (0, 100));
        assert!(log.low < 230.0 && log.high > 41_000.0 && log.high < 60_000.0);
        assert_eq!(
            (log.at(log.low), log.at(log.high), log.at(0.0)),
            (0, 100, 0)
        );
        assert_eq!(log.ticks(), [300.0, 1000.0, 3000.0, 10_000.0, 30_000.0]);
        // What hardly differs still has numbers to be read by.
        let narrow = Axis::log([10.2, 12.0].into_iter(), (0, 100));
        assert!(narrow.ticks().len() >= 3, "{:?}", narrow.ticks());
        let zero = Axis::from_zero(74.0, 5.0, (10, 110));
        assert_eq!((zero.at(0.0), zero.high), (10, 80.0));
    }

    #[test]
    fn an_axis_of_one_value_or_none_has_a_length() {
        for values in [vec![], vec![5.0], vec![7.3, 7.3]] {
            let axis = Axis::log(values.into_iter(), (0, 10));
            assert!(axis.high > axis.low && !axis.ticks().is_empty(), "{axis:?}");
        }
    }
}
