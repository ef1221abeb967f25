//! A cell under a tracer: its system calls for an order, by kind.
//!
//! A tracer counts from a runner's start to its end, so each round serves two samples
//! under it, of more and of fewer orders. What they differ in is the orders' own, and
//! nothing of start, sessions and gate. A third sample without a tracer shows what the
//! tracing cost. Each is of a fresh runner, and their order is shuffled.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::shuffled;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::host::tracer::{ByKind, Calls, Tracer};
use crate::lab::Lab;
use crate::record::row::Row;
use crate::report::text::calls::{Counted, PerOrder};
use crate::selection::resolved::ResolvedCell;
use crate::stats::quantile::median;

/// Most orders that are traced where the number is not asked for: a tracer takes some
/// ten microseconds a call.
const MOST: u64 = 8000;
/// The larger sample has so many times the orders of the smaller.
const TIMES: u64 = 4;
/// Doublings after which a model that runs a share of the orders must run more.
const DOUBLINGS: u32 = 8;

/// The samples of a round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Fewer,
    More,
    Untraced,
}

const PARTS: [Part; 3] = [Part::Fewer, Part::More, Part::Untraced];

/// A cell that is traced.
pub struct Traced {
    fewer: ResolvedCell,
    more: ResolvedCell,
    /// Who traces.
    pub tracer: Tracer,
    /// How often each sample is taken.
    pub rounds: u32,
    /// Seed of the orders' draws and of the shuffling.
    pub seed: u64,
}

/// What was counted of one sample.
struct Count {
    orders: u64,
    calls: ByKind,
}

/// What was counted in one round.
struct Round {
    fewer: Count,
    more: Count,
}

impl Traced {
    /// Traces `cell`, in samples of as many orders as it has where that was `asked`
    /// for, else of as many as a tracer gets through in seconds.
    ///
    /// # Errors
    /// Too few orders to take some away.
    pub fn new(
        cell: &ResolvedCell,
        asked: bool,
        tracer: Tracer,
        rounds: u32,
        seed: u64,
    ) -> Result<Self> {
        let held = cell.served().map_or(0, |served| served.profile(seed).hold);
        let step = u64::from(held).max(1);
        let whole = |orders: u64| (orders / step).max(1) * step;
        let with = |orders: u64| {
            cell.changed(|spec| spec.scenario.params.put("orders", &orders.to_string()))
        };
        let units = cell.shared().concurrency as u64;
        let mut orders = match asked {
            true => cell.shared().orders,
            false => cell.shared().orders.min(MOST).max(TIMES * units),
        };
        for _ in 0..=DOUBLINGS {
            let (fewer, more) = (with(whole(orders / TIMES))?, with(whole(orders))?);
            if fewer.orders() < more.orders() {
                return Ok(Traced {
                    fewer,
                    more,
                    tracer,
                    rounds,
                    seed,
                });
            }
            if asked {
                break;
            }
            orders *= 2;
        }
        Err(Error::Usage(format!(
            "{} runs {} orders, and fewer are to be taken from more: ask for more, as in --set orders=1000",
            cell.id(),
            cell.orders()
        )))
    }

    /// Samples that are taken in all.
    #[must_use]
    pub fn samples(&self) -> usize {
        PARTS.len() * self.rounds as usize
    }

    /// Measures; `begins` is told each sample that begins.
    ///
    /// # Errors
    /// A sample that failed, or what the tracer says against it.
    pub fn run(
        &self,
        lab: &mut Lab,
        program: &Path,
        begins: &mut dyn FnMut(&str),
    ) -> Result<Counted> {
        let scratch = Scratch::new()?;
        let mut counted = Vec::new();
        let (mut traced, mut untraced) = (Vec::new(), Vec::new());
        for round in 1..=self.rounds {
            let (mut fewer, mut more) = (None, None);
            for at in shuffled(PARTS.len(), self.seed, round) {
                if interrupt::requested() {
                    return Err(Error::Interrupted("interrupted".into()));
                }
                let part = PARTS[at];
                let (cell, what) = match part {
                    Part::Fewer => (&self.fewer, "traced, fewer orders"),
                    Part::More => (&self.more, "traced, more orders"),
                    Part::Untraced => (&self.more, "not traced"),
                };
                begins(&format!("{} ({what})", cell.id()));
                if part == Part::Untraced {
                    let open = lab.open(cell)?;
                    untraced.push(self.sample(lab, open, round)?);
                    continue;
                }
                let counts = scratch.0.join("counts");
                let open = lab.open_with(self.tracer.runner(program, &counts), cell)?;
                let row = self.sample(lab, open, round)?;
                let text = std::fs::read_to_string(&counts).map_err(|error| {
                    Error::Failed(format!("what {} counted: {error}", self.tracer.name()))
                })?;
                let found = Some(Count {
                    orders: row.orders,
                    calls: self.tracer.read(&text)?,
                });
                if part == Part::More {
                    more = found;
                    traced.push(row);
                } else {
                    fewer = found;
                }
            }
            counted.extend(fewer.zip(more).map(|(fewer, more)| Round { fewer, more }));
        }
        let name = |round: &Round| {
            let names = round.fewer.calls.keys().chain(round.more.calls.keys());
            names.cloned().collect::<BTreeSet<String>>()
        };
        let names: BTreeSet<String> = counted.iter().flat_map(name).collect();
        let of = |kind: Option<&str>| per_order(&counted, kind);
        Ok(Counted {
            cell: self.more.id(),
            tracer: self.tracer.name(),
            rounds: counted.len(),
            orders: (self.fewer.orders(), self.more.orders()),
            calls: names
                .iter()
                .filter_map(|kind| Some((kind.clone(), of(Some(kind))?)))
                .collect::<BTreeMap<_, _>>(),
            all: of(None).ok_or_else(|| Error::Failed("no round was counted".into()))?,
            traced,
            untraced,
        })
    }

    /// One sample, checked as any other, and the runner's end.
    fn sample(&self, lab: &mut Lab, mut open: crate::lab::OpenCell, round: u32) -> Result<Row> {
        let row = open.sample(lab, self.seed.wrapping_add(u64::from(round)), round, 0);
        if interrupt::requested() {
            return Err(Error::Interrupted("interrupted".into()));
        }
        if let Some(error) = row.error {
            return Err(Error::Failed(format!("{}: {error}", row.cell)));
        }
        open.close()?;
        Ok(row)
    }
}

/// Calls of a kind, or of all kinds, that the orders made by which the samples of a
/// round differ.
fn per_order(rounds: &[Round], kind: Option<&str>) -> Option<PerOrder> {
    let of = |count: &Count, part: fn(&Calls) -> u64| -> f64 {
        let own = count.calls.iter();
        let own = own.filter(|(name, _)| kind.is_none_or(|kind| kind == *name));
        own.map(|(_, calls)| part(calls)).sum::<u64>() as f64
    };
    let each = |part: fn(&Calls) -> u64| -> Vec<f64> {
        let rounds = rounds.iter();
        rounds
            .map(|Round { fewer, more }| {
                (of(more, part) - of(fewer, part)) / (more.orders - fewer.orders) as f64
            })
            .collect()
    };
    let made = each(|calls| calls.made);
    Some(PerOrder {
        median: median(&made)?,
        least: made.iter().copied().fold(f64::INFINITY, f64::min),
        greatest: made.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        failed: median(&each(|calls| calls.failed))?,
    })
}

/// A folder that nobody else writes to, gone at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let name = format!("bakeoff-why-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| {
                Error::Failed(format!("could not make {}: {error}", path.display()))
            })?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is a small file among others of its kind.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_samples_have_alike_is_no_orders() {
        let count = |orders, reads, failed, started| {
            let of = |made, failed| Calls { made, failed };
            let calls = ByKind::from([
                ("recvfrom".to_owned(), of(reads, failed)),
                ("openat".to_owned(), of(started, 0)),
            ]);
            Count { orders, calls }
        };
        let rounds = [(1030, 500, 55), (1070, 500, 59), (1030, 540, 55)];
        let rounds = rounds.map(|(reads, failed, started)| Round {
            fewer: count(100, 230, 100, 55),
            more: count(500, reads, failed, started),
        });
        let reads = per_order(&rounds, Some("recvfrom")).unwrap();
        assert_eq!((reads.median, reads.failed), (2.0, 1.0));
        assert_eq!((reads.least, reads.greatest), (2.0, 2.1));
        assert_eq!(per_order(&rounds, Some("openat")).unwrap().median, 0.0);
        assert_eq!(per_order(&rounds, None).unwrap().median, 2.0);
        assert_eq!(per_order(&[], None), None);
    }
}
