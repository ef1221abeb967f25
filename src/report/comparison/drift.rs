//! How the machine itself changed between two runs, and a figure without that.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::machine::{Reading, Slice};
use crate::record::quantity::{CPUS, Quantity, Unit};
use crate::record::row::Row;
use crate::stats::quantile::median;
use crate::stats::unpaired::noise_between;

/// What the references say of two runs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drift {
    arithmetic: Tracks,
    loopback: Tracks,
}

/// One reference in two runs, where both have it.
#[derive(Clone, Debug, PartialEq)]
struct Tracks {
    /// By time.
    wall: Option<Track>,
    /// By CPU time, from which other programs take nothing.
    cpu: Option<Track>,
}

/// One figure of a reference in two runs.
#[derive(Clone, Debug, PartialEq)]
struct Track {
    base: Path,
    head: Path,
    /// Standard deviation between two runs, on the log scale.
    noise: f64,
}

/// The same in one run: logarithms.
#[derive(Clone, Debug, PartialEq)]
struct Path {
    rounds: BTreeMap<u32, f64>,
    middle: f64,
}

/// How much longer the machine itself took for a reference in the head's run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reference {
    /// By time; absent where a run lacks it.
    pub wall: Option<Moved>,
    /// By CPU time.
    pub cpu: Option<Moved>,
}

/// How much longer it took by one of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Moved {
    /// Its time in the head's run over that in the base's, medians over rounds.
    pub ratio: f64,
    /// What this says of the noise between two runs: a standard deviation on the
    /// log scale ([`noise_between`]).
    pub noise: f64,
}

/// Which of the two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Base,
    Head,
}

impl Drift {
    /// From what was read in both runs; a reference that one of them lacks is
    /// none.
    pub(super) fn of(base: &[Reading], head: &[Reading]) -> Self {
        let of = |slice: fn(&Reading) -> Option<Slice>| {
            let track = |of: fn(&Slice) -> f64| {
                let path = |readings| path(readings, |reading| Some(of(&slice(reading)?)));
                Track::new(path(base)?, path(head)?)
            };
            Tracks {
                wall: track(|slice| slice.wall_ns),
                cpu: track(|slice| slice.cpu_ns),
            }
        };
        Drift {
            arithmetic: of(|reading| Some(reading.arithmetic)),
            loopback: of(|reading| reading.loopback),
        }
    }

    /// The loop of arithmetic.
    pub(super) fn arithmetic(&self) -> Reference {
        self.arithmetic.moved()
    }

    /// The loopback exchange.
    pub(super) fn loopback(&self) -> Reference {
        self.loopback.moved()
    }

    /// What a figure of a cell of `workload` goes by.
    fn track(&self, workload: &str, figure: Quantity) -> Option<&Track> {
        let tracks = match workload {
            "fetch" => &self.loopback,
            _ => &self.arithmetic,
        };
        match figure.unit {
            Unit::PerSecond | Unit::Time => tracks.wall.as_ref(),
            Unit::CpuTime => tracks.cpu.as_ref(),
            _ => None,
        }
    }

    /// The noise between runs that a figure has, of whose time `share` is the
    /// machine's.
    pub(super) fn noise(&self, workload: &str, figure: Quantity, share: f64) -> f64 {
        let track = self.track(workload, figure);
        track.map_or(0.0, |track| sensitivity(figure, share) * track.noise)
    }

    /// The logarithms of what a cell cost in each round, as it would have been on a
    /// machine halfway between the two runs: ln c − ln(1 + φ·(s − 1)), with s how
    /// much slower the machine was in that round and φ the part of the time that
    /// is the machine's. Waiting takes no longer on a slow machine, and memory is
    /// no time.
    pub(super) fn without(
        &self,
        costs: &BTreeMap<u32, f64>,
        which: Which,
        workload: &str,
        figure: Quantity,
        share: f64,
    ) -> Vec<f64> {
        let track = self.track(workload, figure);
        let part = sensitivity(figure, share);
        costs
            .iter()
            .map(|(round, cost)| {
                let slower = track.map_or(0.0, |track| {
                    let slowness = track.slowness(which, *round);
                    (1.0 + part * (slowness - 1.0)).ln()
                });
                cost.ln() - slower
            })
            .collect()
    }
}

/// The part of a figure that grows with the machine's own time.
fn sensitivity(figure: Quantity, share: f64) -> f64 {
    match figure.unit {
        Unit::PerSecond | Unit::Time => share,
        Unit::CpuTime => 1.0,
        _ => 0.0,
    }
}

impl Tracks {
    fn moved(&self) -> Reference {
        Reference {
            wall: self.wall.as_ref().map(Track::moved),
            cpu: self.cpu.as_ref().map(Track::moved),
        }
    }
}

impl Track {
    fn new(base: Path, head: Path) -> Option<Self> {
        let values = |path: &Path| path.rounds.values().copied().collect::<Vec<_>>();
        let noise = noise_between(&values(&base), &values(&head));
        noise.is_finite().then_some(Track { base, head, noise })
    }

    fn moved(&self) -> Moved {
        Moved {
            ratio: (self.head.middle - self.base.middle).exp(),
            noise: self.noise,
        }
    }

    /// How much slower than halfway between the runs the machine was in a round; in
    /// one that nobody looked at, as in its whole run.
    fn slowness(&self, which: Which, round: u32) -> f64 {
        let path = match which {
            Which::Base => &self.base,
            Which::Head => &self.head,
        };
        let halfway = f64::midpoint(self.base.middle, self.head.middle);
        let log = path.rounds.get(&round).copied().unwrap_or(path.middle);
        (log - halfway).exp()
    }
}

/// By round the median of what was read; `None` of nothing.
fn path(readings: &[Reading], of: impl Fn(&Reading) -> Option<f64>) -> Option<Path> {
    let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for reading in readings {
        if let Some(time) = of(reading) {
            rounds.entry(reading.round).or_default().push(time.ln());
        }
    }
    let rounds: BTreeMap<u32, f64> = rounds
        .into_iter()
        .filter_map(|(round, logs)| Some((round, median(&logs)?)))
        .collect();
    let values: Vec<f64> = rounds.values().copied().collect();
    Some(Path {
        middle: median(&values)?,
        rounds,
    })
}

/// The part of a cell's time in which somebody computes, of the model or of its
/// server, median over samples: CPU time over wall time and the CPUs that the model
/// could use (those of its mask, but no more than its threads), and the server's
/// CPU time over wall time; together at most 1. What is left is waiting, which no
/// machine makes longer.
pub(super) fn machine_share<'a>(rows: impl Iterator<Item = &'a Row>) -> f64 {
    let shares: Vec<f64> = rows
        .filter(|row| row.error.is_none())
        .filter_map(|row| {
            let wall = row.wall_ns.filter(|wall| *wall > 0)? as f64;
            let threads = row.threads.unwrap_or(u64::MAX) as usize;
            let cpus = row.cpus.len().min(threads).max(1) as f64;
            let served = row.server_cpu_ns.unwrap_or(0) as f64 / wall;
            Some((CPUS.of_row(row)? / cpus + served).min(1.0))
        })
        .collect();
    median(&shares).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::machine::{Moment, SCHEMA};
    use crate::record::quantity::{CPU, MEMORY, THROUGHPUT};

    fn readings(times: impl IntoIterator<Item = f64>) -> Vec<Reading> {
        (1..)
            .zip(times)
            .map(|(round, time)| Reading {
                schema: SCHEMA,
                run: "r".into(),
                round,
                moment: Moment::Start,
                // Another program takes a half, and no CPU time.
                arithmetic: Slice {
                    wall_ns: 2.0 * time,
                    cpu_ns: 1e6 + 0.5 * (time - 1e6),
                },
                loopback: None,
            })
            .collect()
    }

    fn costs(value: f64) -> BTreeMap<u32, f64> {
        (1..=9).map(|round| (round, value)).collect()
    }

    #[test]
    fn what_the_machine_did_divides_out_as_far_as_it_computes() {
        let wavering = |slow: f64| (0..8).map(move |round| slow * (1.0 + 0.01 * f64::from(round)));
        let drift = Drift::of(&readings(wavering(1e6)), &readings(wavering(1.2e6)));
        assert!((drift.arithmetic().wall.unwrap().ratio - 1.2).abs() < 1e-9);
        assert_eq!(drift.loopback().wall, None);
        let change = |share: f64, figure, workload: &str| {
            let side = |which, cost| {
                median(&drift.without(&costs(cost), which, workload, figure, share)).unwrap()
            };
            (side(Which::Head, 1.2) - side(Which::Base, 1.0)).exp()
        };
        // Busy throughout: all of it was the machine.
        assert!((change(1.0, THROUGHPUT, "bakery") - 1.0).abs() < 0.01);
        // Of CPU time, as much as CPU time grew.
        assert!((change(0.1, CPU, "bakery") - 1.2 / 1.1).abs() < 0.01);
        // Hardly ever busy, or no time, or another reference: none of it was.
        assert!((change(0.0, THROUGHPUT, "bakery") - 1.2).abs() < 1e-9);
        assert!((change(1.0, MEMORY, "bakery") - 1.2).abs() < 1e-9);
        assert!((change(1.0, THROUGHPUT, "fetch") - 1.2).abs() < 1e-9);
        assert_eq!(drift.noise("bakery", MEMORY, 1.0), 0.0);
        assert_eq!(drift.noise("fetch", CPU, 1.0), 0.0);
        let noise = drift.noise("bakery", THROUGHPUT, 0.5);
        assert!(noise > 0.08 && noise < 0.092, "{noise}");
    }

    #[test]
    fn the_share_is_what_model_and_server_compute() {
        let row = |threads, server: Option<u64>| Row {
            wall_ns: Some(1000),
            cpu_ns: Some(400),
            cpus: vec![0, 1],
            threads: Some(threads),
            server_cpu_ns: server,
            ..Row::default()
        };
        for (row, share) in [
            (row(1, None), 0.4),
            (row(9, None), 0.2),
            (row(9, Some(300)), 0.5),
            (row(1, Some(900)), 1.0),
        ] {
            assert!((machine_share([&row].into_iter()) - share).abs() < 1e-12);
        }
        assert_eq!(machine_share(std::iter::empty()), 1.0);
    }
}
