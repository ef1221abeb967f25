//! `controls.jsonl`: what a run measured of itself. In each round one of its cells is
//! measured twice more: once as it is, and once so that less is credited than was served.
//! The truth of both is known, so they tell what the run's verdicts are worth.
//!
//! They are no rows: no table, rank or export counts them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::readings::{self, Readings};
use crate::base::error::Result;
use crate::base::visible::make_visible;
use crate::record::quantity::CPU;
use crate::record::row::Row;
use crate::stats::quantile::median;

/// The file's name in a results directory.
pub const FILE: &str = "controls.jsonl";
/// What a line of it is called.
const WHAT: &str = "a control";

/// Version of the fields.
pub const SCHEMA: u32 = 1;

/// How many times what is credited [`Kind::Slower`] serves: its orders take so much more time
/// and CPU each.
pub const SLOWER: f64 = 1.05;

/// Which of the three a reading is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The cell's own visit, whose rows are in `rows.jsonl` too.
    Plain,
    /// The same again.
    Same,
    /// The same again, of which 1 / [`SLOWER`] of the orders are credited.
    Slower,
}

impl Kind {
    /// Those that are measured beside the cell itself.
    pub const BESIDE: [Kind; 2] = [Kind::Same, Kind::Slower];

    /// How many times more an order costs by construction.
    #[must_use]
    pub fn truth(self) -> f64 {
        match self {
            Kind::Plain | Kind::Same => 1.0,
            Kind::Slower => SLOWER,
        }
    }
}

/// What one sample came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Version of these fields.
    pub schema: u32,
    /// Name of the run: its results directory.
    pub run: String,
    /// Which pass over all cells, from 1.
    pub round: u32,
    /// Id of the cell.
    pub cell: String,
    /// Which of the three it is.
    pub kind: Kind,
    /// Time per credited order, ns; null where the sample failed.
    pub time_ns: Option<f64>,
    /// CPU time per credited order, ns; null where it failed or is not known.
    pub cpu_ns: Option<f64>,
    /// Why the sample failed.
    pub error: Option<String>,
}

impl Reading {
    /// What a row comes to as a control of this kind.
    #[must_use]
    pub fn of(kind: Kind, row: &Row) -> Self {
        let held = row.error.is_none();
        let credited = |ns: f64| {
            let ns = ns * kind.truth();
            (held && ns.is_finite() && ns > 0.0).then_some(ns)
        };
        let time = row.wall_ns.map(|wall| wall as f64 / row.orders as f64);
        Reading {
            schema: SCHEMA,
            run: row.run.clone(),
            round: row.round,
            cell: row.cell.clone(),
            kind,
            time_ns: time.and_then(credited),
            cpu_ns: CPU.of_row(row).and_then(credited),
            error: row.error.clone(),
        }
    }
}

/// One figure of each round: the median of its readings of this kind.
#[must_use]
pub fn by_round(
    readings: &[Reading],
    kind: Kind,
    figure: impl Fn(&Reading) -> Option<f64>,
) -> BTreeMap<u32, f64> {
    let mut rounds = BTreeMap::<u32, Vec<f64>>::new();
    for reading in readings.iter().filter(|reading| reading.kind == kind) {
        if let Some(value) = figure(reading) {
            rounds.entry(reading.round).or_default().push(value);
        }
    }
    rounds
        .into_iter()
        .filter_map(|(round, values)| Some((round, median(&values)?)))
        .collect()
}

/// Reads a results directory's controls: none where it has no such file.
///
/// # Errors
/// [`Error::Usage`](crate::base::error::Error::Usage) where there is a file that cannot be
/// read. What is wrong in it is a warning that names the line.
pub fn read(dir: &Path) -> Result<Readings<Reading>> {
    readings::read(&dir.join(FILE), WHAT, reading)
}

fn reading(line: &str) -> Result<Reading, String> {
    let mut reading: Reading = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if reading.schema != SCHEMA {
        return Err(format!("schema {}", reading.schema));
    }
    let times = [reading.time_ns, reading.cpu_ns].into_iter().flatten();
    if let Some(ns) = { times }.find(|ns| !(ns.is_finite() && *ns > 0.0)) {
        return Err(format!("a time of {ns} ns"));
    }
    // The file may be from anywhere.
    make_visible(&mut reading.cell);
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            run: "mine".into(),
            cell: "bakery/rush/smol".into(),
            round: 3,
            orders: 1000,
            wall_ns: Some(2_000_000),
            cpu_ns: Some(500_000),
            ..Row::default()
        }
    }

    #[test]
    fn what_is_credited_less_costs_more() {
        let [same, slower] = Kind::BESIDE.map(|kind| Reading::of(kind, &row()));
        assert_eq!((same.time_ns, same.cpu_ns), (Some(2000.0), Some(500.0)));
        assert_eq!(slower.time_ns, Some(2100.0));
        assert_eq!(slower.cpu_ns, Some(525.0));
        let failed = Row {
            error: Some("burnt".into()),
            ..row()
        };
        let failed = Reading::of(Kind::Same, &failed);
        assert_eq!(
            (failed.time_ns, failed.error.as_deref()),
            (None, Some("burnt"))
        );
    }

    #[test]
    fn a_round_is_the_median_of_its_samples() {
        let of = |wall_ns, round| {
            let row = Row {
                wall_ns: Some(wall_ns),
                round,
                ..row()
            };
            Reading::of(Kind::Same, &row)
        };
        let readings = [of(1000, 1), of(9000, 1), of(3000, 1), of(5000, 2)];
        let rounds = by_round(&readings, Kind::Same, |of| of.time_ns);
        assert_eq!(rounds, BTreeMap::from([(1, 3.0), (2, 5.0)]));
        assert!(by_round(&readings, Kind::Slower, |of| of.time_ns).is_empty());
    }

    #[test]
    fn what_is_broken_is_skipped_and_named() {
        let good = serde_json::to_string(&Reading::of(Kind::Slower, &row())).unwrap();
        let newer = good.replace("\"schema\":1", "\"schema\":2");
        let negative = good.replace("2100.0", "-1.0");
        let text = format!("{good}\n{newer}\n{negative}\n{{\"schema\":1,");
        let read = readings::parse(&text, Path::new("r/controls.jsonl"), WHAT, super::reading);
        assert_eq!(read.readings, [Reading::of(Kind::Slower, &row())]);
        for (warning, words) in read
            .warnings
            .iter()
            .zip(["(schema 2", "(a time of -1 ns", ":4:"])
        {
            assert!(warning.contains(words), "{warning}");
        }
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(super::read(dir.path()).unwrap(), Readings::default());
    }
}
