//! The figures of `scripts/model-cost`, as they were committed.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::fault_in::fault_in;

/// A crate counts as maintained whose last release is no older than this, months before
/// the day of the table.
const MONTHS: i64 = 18;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) toolchain: String,
    #[serde(default, rename = "crate")]
    pub(super) crates: Vec<Library>,
    #[serde(default)]
    pub(super) model: Vec<Brought>,
}

/// A crate that models use by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// The version that was measured.
    pub version: String,
    /// The day on which that was released.
    pub released: String,
    /// The newest version that the registry had.
    pub newest: String,
    /// The day on which that was released.
    pub newest_released: String,
    /// Of the same owner's crates that its models bring, the one that was released last,
    /// with its version; empty where none was later than this crate.
    #[serde(default)]
    pub kin: String,
    /// The day on which that was released.
    #[serde(default)]
    pub kin_released: String,
    /// What the crate says of itself where it is given up; empty where it says nothing.
    #[serde(default)]
    pub given_up: String,
    /// Whether it is maintained, by the rule of this table.
    #[serde(skip_deserializing)]
    pub upkeep: Upkeep,
}

/// Whether a crate is maintained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upkeep {
    /// It had a release in the 18 months before, and does not say that it is given up.
    #[default]
    Maintained,
    /// The same, but the release was of another crate of its owner, as where a crate only
    /// passes on what others have.
    ByItsKin,
    /// Its last release is older.
    NoRelease,
    /// It says of itself that it is given up.
    GivenUp,
}

/// What was measured of a model; `None` is what was not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brought {
    pub(super) name: String,
    #[serde(default)]
    pub(super) uses: Vec<String>,
    #[serde(default)]
    pub(super) crates: Vec<String>,
    pub(super) build_s: Option<f64>,
    pub(super) binary_bytes: Option<u64>,
    pub(super) unsafe_lines: Option<u64>,
}

impl Upkeep {
    /// Whether a model may be built on it.
    pub(super) fn kept(self) -> bool {
        matches!(self, Upkeep::Maintained | Upkeep::ByItsKin)
    }
}

impl Measured {
    /// The figures of `text`; `place` names the file in errors.
    ///
    /// # Errors
    /// What is wrong with it, with its line.
    pub(super) fn read(place: &str, text: &str) -> Result<Self> {
        let mut measured: Measured =
            toml::from_str(text).map_err(|error| fault_in(place, text, &error))?;
        let day = |text: &str| {
            text.parse::<Date>()
                .map_err(|error| Error::Usage(format!("{place}: '{text}' is no day: {error}")))
        };
        let since = day(&measured.date)?.saturating_sub(MONTHS.months());
        for library in &mut measured.crates {
            library.upkeep = if !library.given_up.is_empty() {
                Upkeep::GivenUp
            } else if day(&library.newest_released)? >= since {
                Upkeep::Maintained
            } else if !library.kin.is_empty() && day(&library.kin_released)? >= since {
                Upkeep::ByItsKin
            } else {
                Upkeep::NoRelease
            };
        }
        Ok(measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upkeep(released: &str, kin_released: &str, given_up: &str) -> Upkeep {
        let kin = if kin_released.is_empty() {
            ""
        } else {
            "b 1.0.0"
        };
        let text = format!(
            "date = \"2026-11-30\"\nmachine = \"\"\ntoolchain = \"\"\n[[crate]]\nname = \"a\"\n\
             version = \"1.0.0\"\nreleased = \"2020-01-01\"\nnewest = \"1.1.0\"\n\
             newest_released = \"{released}\"\nkin = \"{kin}\"\nkin_released = \
             \"{kin_released}\"\ngiven_up = \"{given_up}\"\n"
        );
        Measured::read("x.toml", &text).unwrap().crates[0].upkeep
    }

    #[test]
    fn a_crate_is_maintained_that_was_released_within_eighteen_months_and_does_not_deny_it() {
        assert_eq!(upkeep("2025-05-30", "", ""), Upkeep::Maintained);
        assert_eq!(upkeep("2025-05-29", "", ""), Upkeep::NoRelease);
        assert_eq!(upkeep("2025-05-29", "2025-05-29", ""), Upkeep::NoRelease);
        assert_eq!(upkeep("2025-05-29", "2026-01-01", ""), Upkeep::ByItsKin);
        assert_eq!(
            upkeep("2026-11-01", "2026-11-01", "deprecated"),
            Upkeep::GivenUp
        );
    }

    #[test]
    fn a_day_that_is_none_is_named() {
        let text = "date = \"yesterday\"\nmachine = \"\"\ntoolchain = \"\"\n";
        let error = Measured::read("x.toml", text).unwrap_err().to_string();
        assert!(error.contains("x.toml: 'yesterday' is no day"), "{error}");
    }
}
