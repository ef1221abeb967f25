//! `machine.jsonl`: what the machine itself did at the start and at the end of
//! every round, one reading a line. It is no row: it ranks nothing and ends no run,
//! and rows without it are whole.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::readings::{self, Readings};
use crate::base::error::Result;

/// The file's name in a results directory.
pub const FILE: &str = "machine.jsonl";
/// What a line of it is called.
const WHAT: &str = "a reading";

/// Version of the reading's fields and of the work that they time.
pub const SCHEMA: u32 = 1;

/// The references, read once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Version of these fields, and of the work that they time.
    pub schema: u32,
    /// Name of the run: its results directory.
    pub run: String,
    /// Which pass over all cells, from 1.
    pub round: u32,
    /// When in that round.
    pub moment: Moment,
    /// A fixed loop of arithmetic.
    pub arithmetic: Slice,
    /// A fixed number of exchanges over loopback; null where that does not work.
    pub loopback: Option<Slice>,
}

/// What one slice of fixed work took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Time, ns.
    pub wall_ns: f64,
    /// CPU time of the thread that did it, ns.
    pub cpu_ns: f64,
}

/// When in a round the references were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// Before its first cell.
    Start,
    /// After its last one.
    End,
}

/// Reads a results directory's readings: none where it has no such file.
///
/// # Errors
/// [`Error::Usage`](crate::base::error::Error::Usage) where there is a file that cannot be
/// read. What is wrong in it is a warning that names the line.
pub fn read(dir: &Path) -> Result<Readings<Reading>> {
    readings::read(&dir.join(FILE), WHAT, reading)
}

fn reading(line: &str) -> Result<Reading, String> {
    let reading: Reading = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if reading.schema != SCHEMA {
        return Err(format!("schema {}", reading.schema));
    }
    let slices = [Some(reading.arithmetic), reading.loopback];
    let wrong = slices
        .into_iter()
        .flatten()
        .flat_map(|slice| [slice.wall_ns, slice.cpu_ns])
        .find(|ns| !(ns.is_finite() && *ns > 0.0));
    match wrong {
        Some(ns) => Err(format!("a time of {ns} ns")),
        None => Ok(reading),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(round: u32) -> Reading {
        Reading {
            schema: SCHEMA,
            run: "mine".into(),
            round,
            moment: Moment::End,
            arithmetic: Slice {
                wall_ns: 1.5e6,
                cpu_ns: 1.25e6,
            },
            loopback: None,
        }
    }

    #[test]
    fn what_is_broken_is_skipped_and_named() {
        let good = serde_json::to_string(&reading(1)).unwrap();
        let newer = good.replace("\"schema\":1", "\"schema\":2");
        let negative = good.replace("1500000.0", "-1.0");
        let text = format!("{good}\n{newer}\n{negative}\n{good}\n{{\"schema\":1,");
        let read = readings::parse(&text, Path::new("r/machine.jsonl"), WHAT, super::reading);
        assert_eq!(read.readings, [reading(1), reading(1)]);
        assert_eq!(read.warnings.len(), 3);
        for (warning, words) in read.warnings.iter().zip([
            "machine.jsonl:2: skipped, not a reading of this version (schema 2",
            "machine.jsonl:3: skipped, not a reading of this version (a time of -1 ns",
            "machine.jsonl:5: skipped",
        ]) {
            assert!(warning.contains(words), "{warning}");
        }
    }

    #[test]
    fn no_file_is_no_reading() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()).unwrap(), Readings::default());
    }
}
