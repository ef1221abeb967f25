//! The harness measured with itself: how much the mock server gives, and how
//! far a cell differs from itself.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use super::Lab;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::base::seed::SEED;
use crate::record::flag::Flag;
use crate::record::row::Row;
use crate::registry;
use crate::scenarios;
use crate::selection::resolved::ResolvedCell;
use crate::selection::{self, Set};
use crate::stats::quantile::{median, quantile};

/// What the mock server gives the fastest client here.
#[derive(Clone, Debug, PartialEq)]
pub struct Ceiling {
    /// The cell that was measured.
    pub cell: String,
    /// Samples behind the medians.
    pub samples: usize,
    /// Requests per second, median.
    pub requests_per_s: f64,
    /// CPU time of the server over the wall's, median.
    pub server_share: f64,
    /// Whether most samples are flagged `server-bound`.
    pub server_bound: bool,
}

/// How far a cell differs from itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Floor {
    /// The cell that was measured under two names.
    pub cell: String,
    /// Pairs of neighbouring samples, each of a fresh runner.
    pub pairs: usize,
    /// Median of the pairs' ratios of wall time.
    pub median: f64,
    /// Below this lies one pair in forty.
    pub low: f64,
    /// Above this lies one pair in forty.
    pub high: f64,
}

impl Floor {
    /// Of the pairs' ratios; `None` of nothing.
    #[must_use]
    pub fn of(cell: &str, ratios: &[f64]) -> Option<Self> {
        Some(Floor {
            cell: cell.into(),
            pairs: ratios.len(),
            median: median(ratios)?,
            low: quantile(ratios, 0.025)?,
            high: quantile(ratios, 0.975)?,
        })
    }

    /// How much slower one sample is than the other without any cause, as a
    /// part of the faster: the farther end of the middle 95 %, whichever name
    /// it is that was slower.
    #[must_use]
    pub fn part(&self) -> f64 {
        self.high.max(1.0 / self.low) - 1.0
    }
}

/// Fetches without delay over keep-alive connections with the model that
/// fetches fastest of those that are built, `samples` times after a batch to
/// warm up.
///
/// # Errors
/// A cell that cannot be opened, or whose sample fails.
pub fn ceiling(lab: &mut Lab, samples: usize) -> Result<Ceiling> {
    let model = ["tokio-ct", "smol", "os-threads"]
        .into_iter()
        .find(|name| registry::model(name).is_ok())
        .unwrap_or("os-threads");
    let spec = cell(&format!("fetch/no-delay/{model}"), &["orders=5000".into()])?;
    let mut open = lab.open(&spec)?;
    held(open.sample(lab, SEED, 0, 0))?;
    let (mut rates, mut shares, mut bound) = (Vec::new(), Vec::new(), 0);
    for _ in 0..samples {
        let row = held(open.sample(lab, SEED, 0, 0))?;
        let wall = wall_ns(&row);
        rates.push(row.orders as f64 / wall * 1e9);
        shares.push(row.server_cpu_ns.unwrap_or(0) as f64 / wall);
        bound += usize::from(row.flagged(Flag::ServerBound));
    }
    open.close()?;
    Ok(Ceiling {
        cell: spec.id(),
        samples,
        requests_per_s: median(&rates).unwrap_or(f64::NAN),
        server_share: median(&shares).unwrap_or(f64::NAN),
        server_bound: 2 * bound > samples,
    })
}

/// Measures a cell of arithmetic against itself, so many orders a sample, in
/// at least the first of `pairs` and up to the last while `budget` lasts. Each
/// sample has a fresh runner, warmed up, and which name goes first alternates.
///
/// # Errors
/// A cell that cannot be opened, or whose sample fails.
pub fn floor(
    lab: &mut Lab,
    orders: u64,
    pairs: RangeInclusive<usize>,
    budget: Duration,
) -> Result<Floor> {
    let spec = cell("bakery/cpu-bound/os-threads", &[format!("orders={orders}")])?;
    let begun = Instant::now();
    let mut ratios = Vec::new();
    while ratios.len() < *pairs.start() || (ratios.len() < *pairs.end() && begun.elapsed() < budget)
    {
        let (first, second) = (fresh(lab, &spec, 1)?, fresh(lab, &spec, 1)?);
        ratios.push(if ratios.len() % 2 == 0 {
            second / first
        } else {
            first / second
        });
    }
    Floor::of(&spec.id(), &ratios)
        .ok_or_else(|| Error::Failed("no pair of samples was asked for".into()))
}

/// Median wall time of so many samples in a runner of their own, ns, after one to
/// warm it up: what a round of `bakeoff run` counts.
///
/// # Errors
/// A cell that cannot be opened, a sample that fails, or none asked for.
pub fn fresh(lab: &mut Lab, spec: &ResolvedCell, samples: usize) -> Result<f64> {
    let mut open = lab.open(spec)?;
    held(open.sample(lab, SEED, 0, 0))?;
    let mut walls = Vec::new();
    for _ in 0..samples {
        walls.push(wall_ns(&held(open.sample(lab, SEED, 0, 0))?));
    }
    open.close()?;
    median(&walls).ok_or_else(|| Error::Failed("no sample was asked for".into()))
}

fn wall_ns(row: &Row) -> f64 {
    row.wall_ns.unwrap_or(0).max(1) as f64
}

/// The one cell of this id, with parameters set as by `--set`.
///
/// # Errors
/// A pattern of no cell, a setting without `=`, or a parameter out of range.
pub fn cell(id: &str, sets: &[String]) -> Result<ResolvedCell> {
    let known = scenarios::embedded()?;
    let mut found = selection::select(&known, &[id.to_owned()], &[], Set::Default)?;
    let mut spec = found.swap_remove(0);
    for set in sets {
        spec.scenario.params.set(set)?;
    }
    spec.resolve()
}

/// The row of a sample that held.
fn held(row: Row) -> Result<Row> {
    match row.error {
        _ if interrupt::requested() => Err(Error::Interrupted("interrupted".into())),
        Some(error) => Err(Error::Failed(error)),
        None => Ok(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_farther_end_of_the_middle() {
        assert_eq!(Floor::of("a", &[]), None);
        let ratios: Vec<f64> = (0..=40).map(|n| 0.96 + f64::from(n) / 500.0).collect();
        let floor = Floor::of("a", &ratios).unwrap();
        assert_eq!(floor.pairs, 41);
        assert!((floor.median - 1.0).abs() < 1e-9, "{floor:?}");
        assert!((floor.low - 0.962).abs() < 1e-9, "{floor:?}");
        assert!((floor.high - 1.038).abs() < 1e-9, "{floor:?}");
        assert!(
            (floor.part() - (1.0 / 0.962 - 1.0)).abs() < 1e-9,
            "{floor:?}"
        );
    }
}
