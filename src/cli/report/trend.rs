//! `bakeoff report --trend`: every cell over many runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::say;
use crate::base::error::{Error, Result};
use crate::base::visible::visible;
use crate::record::fold::{Digest, Sample};
use crate::record::readings::Readings;
use crate::record::{machine, rows};
use crate::report::trend::{Run, Trend};
use crate::results;
use crate::results::notebook::words;

pub(super) fn draw(dirs: &[PathBuf], out: &Path, across_hosts: bool) -> Result<()> {
    let runs = runs(dirs);
    if runs.is_empty() {
        return Err(Error::Usage(
            "no run to follow: name results directories of `bakeoff run`, as in results/*".into(),
        ));
    }
    let trend = Trend::of(runs, across_hosts);
    results::save(out, &trend.files(&words()))?;
    crate::note!("{}", trend.line());
    say(&format!("{}\n", out.join("trend.html").display()))
}

/// The run of each directory, in the order of their times. What is none, or cannot be
/// read, is said and left out: a pattern like `results/*` names more than runs.
fn runs(dirs: &[PathBuf]) -> Vec<Run> {
    let mut kept: Vec<(Run, &Path)> = Vec::new();
    let mut seen = BTreeSet::new();
    for dir in dirs {
        // One directory may have several names.
        if !seen.insert(whole(dir)) {
            crate::note!("{}: named twice, used once", dir.display());
            continue;
        }
        let run = match run(dir) {
            Ok(run) => run,
            Err(why) => {
                crate::note!("{why}");
                continue;
            }
        };
        match kept.iter().find(|(other, _)| other.is(&run)) {
            Some((_, first)) => crate::note!(
                "{}: left out: the same run as {}",
                dir.display(),
                first.display()
            ),
            None => kept.push((run, dir)),
        }
    }
    let names: Vec<String> = kept.iter().map(|(run, _)| run.name.clone()).collect();
    for (run, dir) in &mut kept {
        if names.iter().filter(|name| **name == run.name).count() > 1 {
            run.name = visible(&dir.display().to_string()).into_owned();
        }
    }
    in_order(kept.into_iter().map(|(run, _)| run).collect())
}

/// One directory, condensed, and its rows let go; a line where that is not possible.
fn run(dir: &Path) -> Result<Run, String> {
    let left_out = |why: &str| format!("{}: left out: {why}", dir.display());
    if dir.is_file() {
        return Err(left_out("a file, no results directory"));
    }
    if !dir.join(rows::FILE).exists() {
        return Err(left_out("no rows.jsonl in it"));
    }
    let mut digest = Digest::default();
    let mut names = BTreeSet::new();
    let named = |sample: Sample| (sample.row.run.clone(), sample);
    let warnings = rows::each(dir, named, |(name, sample)| {
        names.insert(name);
        digest.push(sample);
    });
    let warnings = warnings.map_err(|error| left_out(&error.to_string()))?;
    if digest.rows.is_empty() {
        return Err(left_out("no rows that compare"));
    }
    if names.len() > 1 {
        let names: Vec<String> = names.into_iter().collect();
        return Err(left_out(&format!(
            "it holds several runs ({})",
            names.join(", ")
        )));
    }
    let readings = machine::read(dir).unwrap_or_else(|error| Readings {
        warnings: vec![error.to_string()],
        ..Readings::default()
    });
    let host = results::host(dir);
    for warning in warnings.iter().chain(&readings.warnings) {
        crate::note!("{warning}");
    }
    if let Err(warning) = &host {
        crate::note!("{warning}; the run stands where its name does, apart from others");
    }
    let name = whole(dir);
    let name = name
        .file_name()
        .unwrap_or(dir.as_os_str())
        .to_string_lossy();
    Ok(Run::of(
        &visible(&name),
        &digest,
        &readings.readings,
        host.ok(),
    ))
}

fn whole(dir: &Path) -> PathBuf {
    dir.canonicalize().unwrap_or_else(|_| dir.to_owned())
}

/// By time; a run without one by its name, among those that have names like dates.
fn in_order(runs: Vec<Run>) -> Vec<Run> {
    let (mut timed, mut others): (Vec<_>, Vec<_>) = runs
        .into_iter()
        .map(|run| (run.at().parse::<Timestamp>().ok(), run))
        .partition(|(at, _)| at.is_some());
    timed.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.name.cmp(&other.name)));
    others.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    for (at, run) in others {
        let place = timed.iter().position(|(_, other)| other.name > run.name);
        timed.insert(place.unwrap_or(timed.len()), (at, run));
    }
    timed.into_iter().map(|(_, run)| run).collect()
}
