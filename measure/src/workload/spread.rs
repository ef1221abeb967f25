//! A distribution of whole numbers (nanoseconds or bytes), written in
//! scenarios as `fixed:10ms`, `uniform:1000,150000`, `log-normal:5ms,0.8`, …

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base::seed::{draw, unit};

/// How a delay or a size varies from item to item.
///
/// Values are nanoseconds for delays and bytes for sizes. In text, numbers
/// take a unit: `ns`, `us`, `ms`, `s` for times; none, `kB` (1,000) or `MB`
/// for bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Spread {
    /// Always zero. Text: `none`.
    None,
    /// Always the same. Text: `fixed:VALUE`, or `VALUE` alone.
    Fixed(u64),
    /// Uniform over `low..=high`. Text: `uniform:LOW,HIGH`.
    Uniform {
        /// Least value.
        low: u64,
        /// Greatest value.
        high: u64,
    },
    /// Log-normal with this median and shape `sigma`, cut off at `cap`.
    /// Text: `log-normal:MEDIAN,SIGMA,CAP`.
    LogNormal {
        /// Median of the distribution before the cut.
        median: u64,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// Greatest value; larger draws become it.
        cap: u64,
    },
    /// Pareto with scale `min` and tail index `alpha`, cut off at `cap`.
    /// Text: `pareto:MIN,ALPHA,CAP`.
    Pareto {
        /// Least value.
        min: u64,
        /// Tail index: smaller is heavier.
        alpha: f64,
        /// Greatest value; larger draws become it.
        cap: u64,
    },
}

impl Spread {
    /// The value of item `id` on draw lanes `lane` and `lane + 1`.
    ///
    /// Log-normal draws use Box and Muller's transform (1958), Pareto draws
    /// the inverse of its distribution function.
    #[must_use]
    pub fn value(&self, seed: u64, id: u64, lane: u64) -> u64 {
        match *self {
            Spread::None => 0,
            Spread::Fixed(value) => value,
            Spread::Uniform { low, high } => {
                let span = u128::from(high - low) + 1;
                low + ((u128::from(draw(seed, id, lane)) * span) >> 64) as u64
            }
            Spread::LogNormal { median, sigma, cap } => {
                let radius = (-2.0 * unit(draw(seed, id, lane)).ln()).sqrt();
                let angle = std::f64::consts::TAU * unit(draw(seed, id, lane + 1));
                let normal = radius * angle.cos();
                ((median as f64 * (sigma * normal).exp()) as u64).min(cap)
            }
            Spread::Pareto { min, alpha, cap } => {
                let u = unit(draw(seed, id, lane));
                ((min as f64 / u.powf(1.0 / alpha)) as u64).min(cap)
            }
        }
    }

    /// The greatest value that this spread can yield.
    #[must_use]
    pub fn max(&self) -> u64 {
        match *self {
            Spread::None => 0,
            Spread::Fixed(value) => value,
            Spread::Uniform { high, .. } => high,
            Spread::LogNormal { cap, .. } | Spread::Pareto { cap, .. } => cap,
        }
    }
}

/// Parses `10ms`, `1.5s`, `128`, `150kB` into nanoseconds or bytes.
///
/// # Errors
/// A line that names the text and the units allowed.
pub fn quantity(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit.trim() {
        "" | "ns" | "B" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "kB" => 1e3,
        "MB" => 1e6,
        other => {
            return Err(format!(
                "unknown unit '{other}' in '{text}': ns, us, ms, s, B, kB or MB"
            ));
        }
    };
    let number: f64 = number
        .replace('_', "")
        .parse()
        .map_err(|_| format!("'{text}' is not a number with a unit, as in 10ms or 150kB"))?;
    let value = number * scale;
    if value > 1e15 {
        return Err(format!("'{text}' is absurdly large"));
    }
    Ok(value.round() as u64)
}

/// What follows the number of a quantity.
fn unit_of(text: &str) -> &str {
    let text = text.trim();
    let number = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
    text.trim_start_matches(number).trim()
}

/// A time as a reader writes it, ns: a number alone could be of any unit.
fn time(text: &str) -> Result<u64, String> {
    let value = quantity(text)?;
    let text = text.trim();
    match unit_of(text) {
        "" if value > 0 => Err(format!(
            "'{text}' has no unit: write {text}ns, {text}us, {text}ms or {text}s"
        )),
        "B" | "kB" | "MB" => Err(format!("'{text}' is no time: ns, us, ms or s")),
        _ => Ok(value),
    }
}

/// A size as a reader writes it, bytes.
fn size(text: &str) -> Result<u64, String> {
    let value = quantity(text)?;
    match unit_of(text) {
        "" | "B" | "kB" | "MB" => Ok(value),
        _ => Err(format!("'{}' is no size: B, kB or MB", text.trim())),
    }
}

impl Spread {
    /// Reads a distribution of times, each with its unit.
    ///
    /// # Errors
    /// Text that is none, with what is allowed.
    pub fn of_times(text: &str) -> Result<Self, String> {
        Self::read(text, time)
    }

    /// Reads a distribution of sizes; a number alone is bytes.
    ///
    /// # Errors
    /// Text that is none, with what is allowed.
    pub fn of_sizes(text: &str) -> Result<Self, String> {
        Self::read(text, size)
    }

    fn read(text: &str, quantity: fn(&str) -> Result<u64, String>) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or(("", text));
        let parts: Vec<&str> = rest.split(',').map(str::trim).collect();
        let float = |t: &str, low: f64, high: f64| -> Result<f64, String> {
            match t.parse::<f64>() {
                Ok(x) if x > low && x <= high => Ok(x),
                _ => Err(format!(
                    "'{t}' in '{text}' is not a number above {low}, at most {high}"
                )),
            }
        };
        match (kind, parts.as_slice()) {
            ("", ["none"]) => Ok(Spread::None),
            ("" | "fixed", [value]) => Ok(Spread::Fixed(quantity(value)?)),
            ("uniform", [low, high]) => {
                let (low, high) = (quantity(low)?, quantity(high)?);
                if low > high {
                    return Err(format!("'{text}': the low end lies above the high end"));
                }
                Ok(Spread::Uniform { low, high })
            }
            ("log-normal", [median, sigma, cap]) => Ok(Spread::LogNormal {
                median: quantity(median)?,
                sigma: float(sigma, 0.0, 10.0)?,
                cap: quantity(cap)?,
            }),
            ("pareto", [min, alpha, cap]) => Ok(Spread::Pareto {
                min: quantity(min)?,
                alpha: float(alpha, 0.0, 100.0)?,
                cap: quantity(cap)?,
            }),
            _ => Err(format!(
                "'{text}' is no distribution: none, fixed:V, uniform:LOW,HIGH, \
                 log-normal:MEDIAN,SIGMA,CAP or pareto:MIN,ALPHA,CAP"
            )),
        }
    }
}

/// As machines write it to each other: numbers without a unit are nanoseconds or
/// bytes.
impl FromStr for Spread {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::read(text, quantity)
    }
}

impl TryFrom<String> for Spread {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Spread::None => write!(f, "none"),
            Spread::Fixed(value) => write!(f, "fixed:{value}"),
            Spread::Uniform { low, high } => write!(f, "uniform:{low},{high}"),
            Spread::LogNormal { median, sigma, cap } => {
                write!(f, "log-normal:{median},{sigma},{cap}")
            }
            Spread::Pareto { min, alpha, cap } => write!(f, "pareto:{min},{alpha},{cap}"),
        }
    }
}

impl From<Spread> for String {
    fn from(spread: Spread) -> Self {
        spread.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_round_trip() {
        for text in [
            "none",
            "fixed:10000000",
            "uniform:1,9",
            "log-normal:5000000,0.8,200000000",
            "pareto:1000,1.5,90000",
        ] {
            assert_eq!(text.parse::<Spread>().unwrap().to_string(), text);
        }
        assert_eq!("10ms".parse::<Spread>().unwrap(), Spread::Fixed(10_000_000));
        assert_eq!("150kB".parse::<Spread>().unwrap(), Spread::Fixed(150_000));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for text in [
            "",
            "gauss:1",
            "uniform:9,1",
            "fixed:ten",
            "log-normal:1ms,-1,2ms",
            "10 parsecs",
        ] {
            assert!(text.parse::<Spread>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_have_their_unit_and_sizes_are_no_times() {
        for text in [
            "5ms",
            "0",
            "none",
            "uniform:0,1ms",
            "log-normal:5ms,0.8,100ms",
        ] {
            assert!(Spread::of_times(text).is_ok(), "{text}");
        }
        for (text, mend) in [
            ("5", "write 5ns, 5us, 5ms or 5s"),
            ("fixed:5", "write 5ns"),
            ("uniform:1,2ms", "write 1ns"),
            ("pareto:1ms,1.5,9", "write 9ns"),
            ("5kB", "no time"),
        ] {
            let why = Spread::of_times(text).unwrap_err();
            assert!(why.contains(mend), "{text}: {why}");
        }
        for text in ["5", "5B", "uniform:1kB,2MB"] {
            assert!(Spread::of_sizes(text).is_ok(), "{text}");
        }
        for text in ["5ms", "uniform:1,2s"] {
            let why = Spread::of_sizes(text).unwrap_err();
            assert!(why.contains("no size"), "{text}: {why}");
        }
    }

    #[test]
    fn draws_stay_within_and_match_known_medians() {
        let spread: Spread = "log-normal:5ms,0.8,200ms".parse().unwrap();
        let mut values: Vec<u64> = (0..20_001).map(|id| spread.value(7, id, 0)).collect();
        values.sort_unstable();
        let median = values[10_000] as f64;
        assert!((median / 5e6 - 1.0).abs() < 0.03, "{median}");
        let spread: Spread = "pareto:1ms,2,1s".parse().unwrap();
        let mut values: Vec<u64> = (0..20_001).map(|id| spread.value(7, id, 0)).collect();
        values.sort_unstable();
        // The median of a Pareto distribution is min · 2^(1/alpha).
        let median = values[10_000] as f64;
        assert!(
            (median / (1e6 * 2f64.sqrt()) - 1.0).abs() < 0.03,
            "{median}"
        );
        assert!(values[0] >= 1_000_000 && values[20_000] <= 1_000_000_000);
    }
}
