//! The harness judged by pairs of cells whose truth is known: a cell against
//! itself, of which nothing may be shown, and against one whose orders cost a
//! little more, of which that must be shown.
//!
//! ```sh
//! cargo build --release --bins --examples
//! target/release/examples/self_comparison aa
//! target/release/examples/self_comparison power
//! ```
//!
//! Exits 1 where more than 1 % of the comparisons of a cell with itself call it
//! faster or slower, or where the costlier cell is called slower in fewer than
//! 95 % of the tries.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use bakeoff::base::error::{Error, Result};
use bakeoff::base::interrupt;
use bakeoff::base::seed::SEED;
use bakeoff::base::seed::draw;
use bakeoff::base::streams::say;
use bakeoff::lab::Lab;
use bakeoff::lab::selftest::{cell, fresh};
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::stats::verdict::{Comparison, Pairs, Verdict};
use bakeoff::stats::{MARGIN, ROUNDS};
use clap::{Parser, Subcommand, value_parser};

/// Few, so that clock reads and slots are lost in what an order costs.
const ORDERS: u64 = 100;
/// Most comparisons of a cell with itself that may call it different, percent.
const MOST_DIFFERENT: usize = 1;
/// Fewest tries that must call the costlier cell slower, percent.
const FEWEST_SLOWER: usize = 95;
/// Time between two lines of progress.
const QUIET: Duration = Duration::from_secs(15);

/// Compares orders of known arithmetic with themselves, or with costlier ones.
///
/// One order is in flight at a time: with a busy thread on each CPU, a sample
/// lasts as long as on the CPU that was disturbed most. Samples are short and
/// rounds many, each cell in a fresh runner, as in `bakeoff run`.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    mode: Mode,

    /// The binary that runners are started from [default: the release build]
    #[arg(long, value_name = "PATH", global = true)]
    bakeoff: Option<PathBuf>,

    /// Model of both cells
    #[arg(long, value_name = "NAME", default_value = "sequential", global = true)]
    model: String,

    /// Samples in each fresh runner, after one to warm up
    #[arg(long, value_name = "N", default_value_t = 3, global = true,
          value_parser = value_parser!(u16).range(1..=1000))]
    samples: u16,

    /// About how long a sample lasts, ms
    #[arg(long, value_name = "MS", default_value_t = 20, global = true,
          value_parser = value_parser!(u16).range(1..=10_000))]
    sample_ms: u16,

    /// Seed of which cell goes first
    #[arg(long, value_name = "N", default_value_t = SEED, global = true)]
    seed: u64,
}

#[derive(Subcommand)]
enum Mode {
    /// A cell against itself under two names, in disjoint blocks of one long run
    Aa {
        /// Blocks, each compared by itself
        #[arg(long, value_name = "N", default_value_t = 200,
              value_parser = value_parser!(u32).range(1..=100_000))]
        comparisons: u32,
        /// Rounds in a block; a verdict needs 8
        #[arg(long, value_name = "N", default_value_t = 40,
              value_parser = value_parser!(u32).range(ROUNDS as i64..=10_000))]
        rounds: u32,
    },
    /// A cell against one whose orders cost a little more
    Power {
        /// How often it is tried
        #[arg(long, value_name = "N", default_value_t = 40,
              value_parser = value_parser!(u32).range(1..=100_000))]
        tries: u32,
        /// How much more iterations an order of the second cell has, percent
        #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = amount)]
        slower: f64,
        /// Time of a try, all that is done for its rounds included, s
        #[arg(long, value_name = "S", default_value_t = 20.0, value_parser = amount)]
        seconds: f64,
    },
}

fn amount(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| *number > 0.0 && *number <= 10_000.0)
        .ok_or_else(|| "not a number above 0 and at most 10000".into())
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            bakeoff::note!("self_comparison: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// Whether what must hold does.
fn run(arguments: &Arguments) -> Result<bool> {
    interrupt::catch()?;
    match arguments.mode {
        Mode::Aa {
            comparisons,
            rounds,
        } => aa(
            &mut Pair::open(arguments, 0.0)?,
            comparisons as usize,
            rounds as usize,
        ),
        Mode::Power {
            tries,
            slower,
            seconds,
        } => power(
            &mut Pair::open(arguments, slower)?,
            tries as usize,
            Duration::from_secs_f64(seconds),
        ),
    }
}

fn aa(pair: &mut Pair, comparisons: usize, rounds: usize) -> Result<bool> {
    let mut progress = Progress::new();
    let mut found = Vec::new();
    while found.len() < comparisons {
        let mut block = Vec::new();
        while block.len() < rounds {
            block.push(pair.round()?);
            let done = (found.len() * rounds + block.len()) as f64;
            progress.say(done / (comparisons * rounds) as f64, &counts(&found));
        }
        found.push(compare(&block));
    }
    let different = count(&found, Verdict::Faster) + count(&found, Verdict::Slower);
    let holds = 100 * different <= MOST_DIFFERENT * comparisons;
    say(&format!(
        "A/A: {comparisons} comparisons of {rounds} rounds in {:.0} s: {}\n",
        progress.begun.elapsed().as_secs_f64(),
        counts(&found)
    ))?;
    say(&format!("  {}\n", ratios(&found)))?;
    say(&format!(
        "  {different} of {comparisons} called different, at most {MOST_DIFFERENT} %: {}\n",
        said(holds)
    ))?;
    Ok(holds)
}

fn power(pair: &mut Pair, tries: usize, budget: Duration) -> Result<bool> {
    let mut progress = Progress::new();
    let (mut found, mut lengths) = (Vec::new(), Vec::new());
    while found.len() < tries {
        let begun = Instant::now();
        let mut block = Vec::new();
        let mut longest = Duration::ZERO;
        // The last round ends within the time, too.
        while begun.elapsed() + longest < budget {
            let round = Instant::now();
            block.push(pair.round()?);
            longest = longest.max(round.elapsed());
            let part = begun.elapsed().div_duration_f64(budget).min(1.0);
            progress.say((found.len() as f64 + part) / tries as f64, &counts(&found));
        }
        lengths.push(block.len());
        found.push(compare(&block));
    }
    let slower = count(&found, Verdict::Slower);
    let holds = 100 * slower >= FEWEST_SLOWER * tries;
    lengths.sort_unstable();
    say(&format!(
        "power: {tries} tries of {} s, {} to {} rounds each: {}\n",
        budget.as_secs_f64(),
        lengths[0],
        lengths[tries - 1],
        counts(&found)
    ))?;
    say(&format!("  {}\n", ratios(&found)))?;
    say(&format!(
        "  {slower} of {tries} called slower, at least {FEWEST_SLOWER} %: {}\n",
        said(holds)
    ))?;
    Ok(holds)
}

fn said(holds: bool) -> &'static str {
    if holds { "holds" } else { "DOES NOT HOLD" }
}

/// Two cells of orders whose price is known.
struct Pair {
    lab: Lab,
    cells: [ResolvedCell; 2],
    samples: usize,
    seed: u64,
    rounds: u64,
}

impl Pair {
    /// Sets both cells so that a sample of the first lasts as long as asked for,
    /// and the second has so many percent more iterations.
    fn open(arguments: &Arguments, slower: f64) -> Result<Self> {
        let program = program(arguments.bakeoff.as_ref())?;
        let mut lab = Lab::new(program);
        let spec = |iterations: u64| {
            cell(
                &format!("nothing/orders/{}", arguments.model),
                &[
                    format!("orders={ORDERS}"),
                    "concurrency=1".into(),
                    format!("iterations={iterations}"),
                ],
            )
        };
        // The price is the runner's, which may be built otherwise than this.
        let open = lab.open(&spec(0)?)?;
        let ready = open.runner().expect("just opened").ready();
        let price = ready.ns_per_iteration.expect("this build measures it");
        open.close()?;
        let iterations = f64::from(arguments.sample_ms) * 1e6 / ORDERS as f64 / price;
        let more = iterations * (1.0 + slower / 100.0);
        let [first, second] = [iterations, more].map(|iterations| iterations.round() as u64);
        let cells = [spec(first)?, spec(second)?];
        for cell in &cells {
            lab.check(cell)?;
        }
        say(&format!(
            "{}: {} orders of {first} against {second} iterations, {price:.2} ns each; \
             a round is the median of {} samples of each\n",
            cells[0].id(),
            cells[0].orders(),
            arguments.samples
        ))?;
        Ok(Pair {
            lab,
            cells,
            samples: arguments.samples.into(),
            seed: arguments.seed,
            rounds: 0,
        })
    }

    /// Measures both cells in random order; the wall time of each, ns.
    fn round(&mut self) -> Result<[f64; 2]> {
        self.rounds += 1;
        let first = (draw(self.seed, self.rounds, 0) & 1) as usize;
        let mut walls = [0.0; 2];
        for at in [first, 1 - first] {
            walls[at] = fresh(&mut self.lab, &self.cells[at], self.samples)?;
        }
        Ok(walls)
    }
}

/// The binary that runners are started from: where none is named, that of the
/// release build in the target directory which this program lies in.
fn program(named: Option<&PathBuf>) -> Result<PathBuf> {
    let program = match named {
        Some(path) => path.clone(),
        None => {
            let own = std::env::current_exe()?;
            let target = own.ancestors().nth(3).unwrap_or(&own);
            target.join("release/bakeoff")
        }
    };
    if program.is_file() {
        return Ok(program);
    }
    Err(Error::Usage(format!(
        "no binary at {}: build it with `cargo build --release`, or name one with --bakeoff PATH",
        program.display()
    )))
}

/// The second cell against the first, by the wall times of each round.
fn compare(rounds: &[[f64; 2]]) -> Comparison {
    let walls = |at: usize| -> BTreeMap<usize, f64> {
        rounds.iter().map(|walls| walls[at]).enumerate().collect()
    };
    Pairs::new(&[&walls(0), &walls(1)], MARGIN).get(1, 0)
}

fn count(found: &[Comparison], verdict: Verdict) -> usize {
    found.iter().filter(|one| one.verdict == verdict).count()
}

fn counts(found: &[Comparison]) -> String {
    format!(
        "{} faster, {} slower, {} tie, {} undecided",
        count(found, Verdict::Faster),
        count(found, Verdict::Slower),
        count(found, Verdict::Tie),
        count(found, Verdict::Undecided)
    )
}

/// The second cell's wall time over the first's, from the least comparison's to
/// the greatest's.
fn ratios(found: &[Comparison]) -> String {
    let ratios = found.iter().filter_map(|one| one.ratio);
    let mut middles: Vec<f64> = ratios.map(|ratio| ratio.middle).collect();
    middles.sort_by(f64::total_cmp);
    match middles.as_slice() {
        [] => format!("no ratio: fewer than {ROUNDS} rounds"),
        [least, .., greatest] => format!(
            "median ratio {:.4}, from {least:.4} to {greatest:.4}",
            middles[middles.len() / 2]
        ),
        [only] => format!("median ratio {only:.4}"),
    }
}

/// Time left, on standard error, now and then.
struct Progress {
    begun: Instant,
    said: Instant,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Progress {
            begun: now,
            said: now,
        }
    }

    /// This part of the whole is done.
    fn say(&mut self, part: f64, so_far: &str) {
        if self.said.elapsed() < QUIET {
            return;
        }
        self.said = Instant::now();
        let left = self.begun.elapsed().mul_f64(1.0 / part - 1.0);
        bakeoff::note!("about {} s left: {so_far}", left.as_secs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many rounds of which the second cell takes `ratio` times the first.
    fn rounds(ratio: f64, count: u64) -> Vec<[f64; 2]> {
        (0..count)
            .map(|round| {
                let noise = |lane| (draw(1, round, lane) % 100) as f64 * 1e-4;
                [1e7 * (1.0 + noise(0)), 1e7 * ratio * (1.0 + noise(1))]
            })
            .collect()
    }

    #[test]
    fn the_second_cell_is_judged_against_the_first() {
        let slower = compare(&rounds(1.05, 40));
        assert_eq!(slower.verdict, Verdict::Slower);
        let ratio = slower.ratio.unwrap();
        assert!((ratio.middle - 1.05).abs() < 0.005 && ratio.rounds == 40);
        assert_eq!(compare(&rounds(0.95, 40)).verdict, Verdict::Faster);
        assert_eq!(compare(&rounds(1.0, 40)).verdict, Verdict::Tie);
        assert_eq!(compare(&rounds(2.0, 7)).verdict, Verdict::Undecided);
    }

    #[test]
    fn verdicts_are_counted_and_ratios_told_from_least_to_greatest() {
        let found = [1.05, 1.0, 1.305, 1.0, 0.905].map(|ratio| compare(&rounds(ratio, 40)));
        assert_eq!(counts(&found), "1 faster, 2 slower, 2 tie, 0 undecided");
        let told = ratios(&found);
        assert!(
            told.contains("from 0.90") && told.contains("to 1.30"),
            "{told}"
        );
        assert!(ratios(&[compare(&[])]).contains("fewer than 8 rounds"));
    }

    #[test]
    fn an_amount_is_above_zero_and_finite() {
        assert_eq!(amount("2.5"), Ok(2.5));
        for bad in ["0", "-1", "nan", "inf", "10001", "five"] {
            assert!(amount(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_missing_binary_is_told_with_the_command_that_builds_it() {
        let missing = program(Some(&PathBuf::from("/nowhere/bakeoff"))).unwrap_err();
        assert_eq!(missing.exit_code(), 2);
        let line = missing.to_string();
        assert!(line.contains("/nowhere/bakeoff") && line.contains("cargo build --release"));
    }
}
