//! The committed figures: what was counted, how much that varied, with what.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use bakeoff::base::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The command that makes the file anew.
pub(crate) const RECORD: &str =
    "cargo bench --bench instructions --features instructions -- --record";

/// All figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// What they depend on beside the code.
    pub(crate) made_with: MadeWith,
    /// Each by its name.
    pub(crate) figures: BTreeMap<String, Figure>,
}

/// What counts depend on beside the code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MadeWith {
    /// The compiler.
    pub(crate) rustc: String,
    /// The processor's architecture.
    pub(crate) arch: String,
    /// The processor, whose features decide how bytes are copied.
    pub(crate) cpu: String,
    /// The C library, which allocates and copies.
    pub(crate) libc: String,
    /// Valgrind, which tells programs what the processor can do.
    pub(crate) valgrind: String,
    /// The build profile, which decides what is inlined.
    #[serde(default)]
    pub(crate) profile: String,
}

/// What one operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figure {
    /// Instructions: the median over runs.
    pub(crate) instructions: f64,
    /// From the least run to the most, percent of the median.
    pub(crate) spread_percent: f64,
}

impl Figure {
    /// The figure of so many runs, to a tenth of an instruction and a hundredth
    /// of a percent.
    #[must_use]
    pub(crate) fn of(runs: &[f64]) -> Self {
        let mut sorted = runs.to_vec();
        sorted.sort_by(f64::total_cmp);
        let [least, .., most] = sorted[..] else {
            let only = sorted.first().copied().unwrap_or_default();
            return Figure {
                instructions: rounded(only, 10.0),
                spread_percent: 0.0,
            };
        };
        // A count that was seen, and none between two.
        let middle = sorted[sorted.len() / 2];
        Figure {
            instructions: rounded(middle, 10.0),
            spread_percent: rounded((most - least) / middle.abs() * 100.0, 100.0),
        }
    }

    /// Whether it is the same in every run, as far as a gate of this tolerance
    /// must know: what varies by more than half of it would flap.
    #[must_use]
    pub(crate) fn is_stable(&self, tolerance: f64) -> bool {
        self.spread_percent <= tolerance / 2.0
    }
}

/// To so many parts of one.
fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

impl MadeWith {
    /// What is not the same there and here, in words.
    #[must_use]
    pub(crate) fn differences(&self, here: &MadeWith) -> Vec<String> {
        [
            ("rustc", &self.rustc, &here.rustc),
            ("architecture", &self.arch, &here.arch),
            ("processor", &self.cpu, &here.cpu),
            ("C library", &self.libc, &here.libc),
            ("valgrind", &self.valgrind, &here.valgrind),
            ("build profile", &self.profile, &here.profile),
        ]
        .into_iter()
        .filter(|(_, there, here)| there != here)
        .map(|(what, there, here)| format!("{what}: '{there}' there, '{here}' here"))
        .collect()
    }
}

/// Reads the file.
///
/// # Errors
/// A file that is missing, or is none of figures, with line and column.
pub(crate) fn read(path: &Path) -> Result<Figures> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::Usage(format!(
            "{}: {error}; make it with: {RECORD}",
            path.display()
        ))
    })?;
    let figures: Figures = serde_json::from_str(&text).map_err(|error| {
        Error::Usage(format!(
            "{}: not figures of instructions: {error}; make it anew with: {RECORD}",
            path.display()
        ))
    })?;
    for (name, figure) in &figures.figures {
        // A slope may fall below 0 only where runs differ by more than it is.
        let possible = figure.instructions > 0.0 || figure.spread_percent > 100.0;
        if !possible || figure.spread_percent < 0.0 {
            return Err(Error::Usage(format!(
                "{}: {name}: {} instructions with a spread of {} % are impossible; make it anew \
                 with: {RECORD}",
                path.display(),
                figure.instructions,
                figure.spread_percent
            )));
        }
    }
    Ok(figures)
}

impl Figures {
    /// Writes the file.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self).map_err(std::io::Error::from)?;
        text.push('\n');
        std::fs::write(path, text)
            .map_err(|error| Error::Failed(format!("{}: {error}", path.display())))
    }

    /// As a table for people.
    #[must_use]
    pub(crate) fn table(&self) -> String {
        let mut out = format!("{:30}{:>14}{:>10}\n", "", "instructions", "spread");
        for (name, figure) in &self.figures {
            let _ = writeln!(
                out,
                "{name:30}{:>14.1}{:>8.2} %",
                figure.instructions, figure.spread_percent
            );
        }
        out
    }
}
