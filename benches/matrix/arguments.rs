//! What the command line asks of criterion, as far as the bench must know it before
//! criterion does: which benchmarks will run, and in how many samples.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Duration;

use bakeoff::base::error::{Error, Result};
use clap::{Arg, ArgAction, ArgMatches, Command};
use regex::Regex;

use crate::baselines::{self, Benchmark};

/// Criterion's options that take a value: what follows them is no filter.
const VALUED: [(&str, Option<char>); 15] = [
    ("color", Some('c')),
    ("save-baseline", Some('s')),
    ("baseline", Some('b')),
    ("baseline-lenient", None),
    ("load-baseline", None),
    ("format", None),
    ("profile-time", None),
    ("sample-size", None),
    ("warm-up-time", None),
    ("measurement-time", None),
    ("nresamples", None),
    ("noise-threshold", None),
    ("confidence-level", None),
    ("significance-level", None),
    ("plotting-backend", None),
];

/// Its options that take none and matter here.
const FLAGS: [&str; 6] = ["bench", "exact", "ignored", "list", "quick", "test"];

/// What was asked for.
pub(crate) struct Arguments {
    matches: ArgMatches,
    filter: Filter,
}

/// Which benchmarks run.
enum Filter {
    All,
    None,
    Exact(String),
    Regex(Regex),
}

impl Arguments {
    /// Reads arguments as criterion does; those that it would refuse are left to it.
    ///
    /// # Errors
    /// A filter that is no regular expression.
    pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Self> {
        let mut command = Command::new("bench")
            .ignore_errors(true)
            .disable_help_flag(true)
            .arg(Arg::new("FILTER").index(1))
            .arg(Arg::new("output-format").long("output-format"));
        for (name, short) in VALUED {
            let arg = Arg::new(name).long(name).action(ArgAction::Set);
            let arg = match short {
                Some(short) => arg.short(short),
                None => arg,
            };
            command = command.arg(arg);
        }
        for flag in FLAGS {
            command = command.arg(Arg::new(flag).long(flag).action(ArgAction::SetTrue));
        }
        // Those that change nothing here.
        for (flag, short) in [
            ("verbose", Some('v')),
            ("noplot", Some('n')),
            ("quiet", None),
        ] {
            let arg = Arg::new(flag).long(flag).action(ArgAction::SetTrue);
            command = command.arg(match short {
                Some(short) => arg.short(short),
                None => arg,
            });
        }
        let matches = command.get_matches_from(args);
        let filter = match matches.get_one::<String>("FILTER") {
            _ if matches.get_flag("ignored") => Filter::None,
            None => Filter::All,
            Some(exact) if matches.get_flag("exact") => Filter::Exact(exact.clone()),
            Some(pattern) => Filter::Regex(Regex::new(pattern).map_err(|error| {
                let error = error.to_string();
                let why = error.lines().last().unwrap_or_default();
                Error::Usage(format!(
                    "the filter '{pattern}' is no regular expression ({}); `cargo bench -- --list` names the benchmarks, and --exact takes a name as it is",
                    why.trim_start_matches("error: ")
                ))
            })?),
        };
        Ok(Arguments { matches, filter })
    }

    /// Whether cargo asks for benchmarks: `cargo test` runs them as tests.
    pub(crate) fn is_bench(&self) -> bool {
        self.matches.get_flag("bench")
    }

    /// Whether criterion measures anew: elsewhere there is nothing to plan or keep.
    pub(crate) fn measures(&self) -> bool {
        let given = |name: &str| self.matches.get_one::<String>(name).is_some();
        let idle = self.matches.get_flag("test") || self.matches.get_flag("list");
        self.is_bench() && !idle && !given("profile-time") && !given("load-baseline")
    }

    /// Whether the benchmark of this name runs.
    pub(crate) fn takes(&self, name: &str) -> bool {
        match &self.filter {
            Filter::All => true,
            Filter::None => false,
            Filter::Exact(exact) => exact == name,
            Filter::Regex(regex) => regex.is_match(name),
        }
    }

    /// That the filter takes some of these benchmarks, and that a baseline which must
    /// exist is there and of the same number of orders.
    ///
    /// # Errors
    /// What would come to nothing, with what would help.
    pub(crate) fn require(&self, benchmarks: &[Benchmark], home: &Path) -> Result<()> {
        if !self.is_bench() {
            return Ok(());
        }
        let taken = || {
            benchmarks
                .iter()
                .filter(|benchmark| self.takes(&benchmark.name()))
        };
        if let (Some(pattern), false) = (
            self.matches.get_one::<String>("FILTER"),
            matches!(self.filter, Filter::None),
        ) && taken().next().is_none()
        {
            return Err(Error::Usage(format!(
                "no benchmark matches '{pattern}'; `cargo bench -- --list` names all {}",
                benchmarks.len()
            )));
        }
        for option in ["baseline", "load-baseline"] {
            if let Some(name) = self.matches.get_one::<String>(option)
                && !baseline_exists(home, name)
            {
                return Err(Error::Usage(format!(
                    "--{option} {name}: there is no baseline of this name in {}; `cargo bench -- --save-baseline {name}` makes it",
                    home.display()
                )));
            }
        }
        for option in ["baseline", "baseline-lenient"] {
            if let Some(name) = self.matches.get_one::<String>(option) {
                baselines::require(taken(), home, name)?;
            }
        }
        Ok(())
    }

    /// The baseline that criterion writes, and first compares with; `None` where it only
    /// compares.
    pub(crate) fn written_baseline(&self) -> Option<&str> {
        let given = |name: &str| self.matches.get_one::<String>(name);
        let compares = given("baseline").or_else(|| given("baseline-lenient"));
        match compares {
            Some(_) => None,
            None => Some(given("save-baseline").map_or("base", String::as_str)),
        }
    }

    /// Whether criterion stops as soon as it is sure, without a warm-up.
    pub(crate) fn quick(&self) -> bool {
        self.matches.get_flag("quick")
    }

    /// Samples of a benchmark, where the command line says how many.
    pub(crate) fn samples(&self) -> Option<u32> {
        self.number("sample-size")
    }

    /// Time for all samples of a benchmark, likewise.
    pub(crate) fn measurement_time(&self) -> Option<Duration> {
        self.seconds("measurement-time")
    }

    /// Time to warm up, likewise.
    pub(crate) fn warm_up_time(&self) -> Option<Duration> {
        self.seconds("warm-up-time")
    }

    fn seconds(&self, option: &str) -> Option<Duration> {
        Duration::try_from_secs_f64(self.number(option)?).ok()
    }

    fn number<T: std::str::FromStr>(&self, option: &str) -> Option<T> {
        self.matches.get_one::<String>(option)?.parse().ok()
    }
}

/// Whether any benchmark in criterion's directory has this baseline.
fn baseline_exists(home: &Path, name: &str) -> bool {
    let within = |dir: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut benchmarks = within(home).into_iter().flat_map(|group| within(&group));
    benchmarks.any(|benchmark| benchmark.join(name).join("estimates.json").exists())
}

/// Criterion's directory, found as criterion finds it: `CRITERION_HOME`, else
/// `criterion` in cargo's target directory.
pub(crate) fn home() -> PathBuf {
    if let Some(home) = std::env::var_os("CRITERION_HOME") {
        return home.into();
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.or_else(cargo_target_directory);
    target.unwrap_or_else(|| "target".into()).join("criterion")
}

/// What cargo says of it, whose configuration may name another than `target`.
fn cargo_target_directory() -> Option<PathBuf> {
    let cargo = std::env::var_os("CARGO")?;
    let mut command = Process::new(cargo);
    let output = command.args(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: serde_json::Value = serde_json::from_slice(&output.output().ok()?.stdout).ok()?;
    Some(metadata.get("target_directory")?.as_str()?.into())
}
