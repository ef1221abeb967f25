//! What a results directory holds, read back: rows, host, plan and state.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::identity;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{HOST, PLAN, STATE, State, require_file};
use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;
use crate::base::visible::{make_visible, visible};
use crate::host::HostFacts;
use crate::record::control;
use crate::record::fold::{Digest, Sample};
use crate::record::hosts;
use crate::record::rows;
use crate::report::chart::Caption;

/// What a results directory holds.
#[derive(Debug, Default)]
pub struct Known {
    /// Its rows.
    pub digest: Digest,
    /// What stands below every chart of them.
    pub caption: Caption,
    /// What was skipped on the way and why, one line each.
    pub warnings: Vec<String>,
}

/// Reads `rows.jsonl`, `controls.jsonl` and `host.json` of `dir`. Without the last the rest
/// is used, and a warning says so.
///
/// # Errors
/// [`Error::Usage`] where rows or controls cannot be read, as [`rows::read`].
pub fn known(dir: &Path) -> Result<Known> {
    let mut digest = Digest::default();
    let mut warnings = rows::each(dir, identity, |sample: Sample| digest.push(sample))?;
    let controls = control::read(dir)?;
    digest.controls = controls.readings;
    warnings.extend(controls.warnings);
    let facts = facts_of(dir, &mut warnings);
    let rows = digest.rows.iter().chain(&digest.searches);
    let runs: BTreeSet<String> = rows.map(|row| row.run.clone()).collect();
    Ok(Known {
        caption: caption(&facts, digest.fold.versions(), &runs),
        digest,
        warnings,
    })
}

/// Reads several directories as one, each model once for each of them: what it did
/// on one host stands beside what it did on another.
///
/// # Errors
/// As [`known`]; and [`Error::Usage`] for a directory that is named twice.
pub fn side_by_side(dirs: &[PathBuf]) -> Result<Known> {
    let whole = |dir: &PathBuf| dir.canonicalize().unwrap_or_else(|_| dir.clone());
    let mut places = BTreeSet::new();
    if let Some(twice) = dirs.iter().find(|dir| !places.insert(whole(dir))) {
        return Err(Error::Usage(format!(
            "{}: named twice: give each directory once",
            twice.display()
        )));
    }
    let mut all = Known::default();
    let facts: Vec<HostFacts> = dirs
        .iter()
        .map(|dir| facts_of(dir, &mut all.warnings))
        .collect();
    let (mut lines, mut brief) = (Vec::new(), Vec::new());
    for (dir, own) in dirs.iter().zip(&facts) {
        let alike = facts.iter().filter(|other| other.hostname == own.hostname);
        let same = own.hostname.is_empty() || alike.count() > 1;
        let name = if same {
            visible(&dir.display().to_string()).into_owned()
        } else {
            own.hostname.clone()
        };
        let mut digest = Digest::default();
        let mut runs = BTreeSet::new();
        let marked = |mut sample: Sample| {
            let run = sample.row.run.clone();
            let row = &mut sample.row;
            // Rounds of two runs have nothing to do with each other.
            for word in [&mut row.run, &mut row.cell, &mut row.model] {
                hosts::put(word, &name);
            }
            (run, sample)
        };
        let warnings = rows::each(dir, marked, |(run, sample)| {
            runs.insert(run);
            digest.push(sample);
        })?;
        all.warnings.extend(warnings);
        let own = caption(own, digest.fold.versions(), &runs);
        let host = if same {
            format!("{name} ({})", own.host)
        } else {
            own.host
        };
        lines.push(format!("{host}; {}", own.versions));
        brief.push(own.brief);
        all.digest.extend(digest);
    }
    all.caption = Caption {
        host: lines.join("\n"),
        versions: "measured apart: what differs between the hosts is shown, not tested".into(),
        brief: brief.join("; "),
    };
    Ok(all)
}

fn facts_of(dir: &Path, warnings: &mut Vec<String>) -> HostFacts {
    host(dir).unwrap_or_else(|warning| {
        warnings.push(format!("{warning}; the host is left out"));
        HostFacts::default()
    })
}

/// The host of a results directory.
///
/// # Errors
/// A line naming the file and what is wrong with it.
pub fn host(dir: &Path) -> Result<HostFacts, String> {
    let path = dir.join(HOST);
    require_file(&path).map_err(|error| error.to_string())?;
    let bytes = fs::read(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!(
            "{}: no such file: restore it, as `bakeoff run` wrote it",
            path.display()
        ),
        _ => cannot("read", &path, &error),
    })?;
    let mut facts: HostFacts = serde_json::from_slice(&bytes).map_err(|error| {
        format!(
            "{}: not a host's facts ({error}): restore the file",
            path.display()
        )
    })?;
    // The file may be from anywhere.
    facts.make_visible();
    Ok(facts)
}

/// The text of a run's `plan.json`, and its place for messages.
///
/// # Errors
/// [`Error::Usage`] for a directory that `bakeoff run` did not write.
pub fn plan(dir: &Path) -> Result<(String, String)> {
    let path = dir.join(PLAN);
    let place = path.display().to_string();
    require_file(&path)?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok((text, place)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::Usage(format!(
            "{place}: no such file: --resume goes on with a directory that `bakeoff run` began"
        ))),
        Err(error) => Err(Error::Usage(cannot("read", &path, &error))),
    }
}

/// The command line that asked for the run of `dir`; `None` of `cargo bench`, and of
/// versions that did not keep it.
#[must_use]
pub fn command(dir: &Path) -> Option<String> {
    #[derive(Deserialize)]
    struct Asked {
        command: String,
    }
    require_file(&dir.join(PLAN)).ok()?;
    let text = fs::read_to_string(dir.join(PLAN)).ok()?;
    let mut asked: Asked = serde_json::from_str(&text).ok()?;
    make_visible(&mut asked.command);
    Some(asked.command).filter(|command| !command.is_empty())
}

/// How far a run had come; where that is missing, it had only begun.
#[must_use]
pub fn state(dir: &Path) -> State {
    let path = dir.join(STATE);
    if require_file(&path).is_err() {
        return State::default();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// What stands below every chart of rows that have these versions and are of these
/// runs.
#[must_use]
fn caption(
    facts: &HostFacts,
    mut versions: BTreeMap<&str, &str>,
    runs: &BTreeSet<String>,
) -> Caption {
    let ours = versions.remove_entry("bakeoff");
    let mut parts: Vec<String> = ours
        .into_iter()
        .chain(versions)
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    if let Some(rustc) = &facts.rustc {
        // `rustc 1.95.0 (59807616e 2026-04-14)`: the number is enough here.
        let short: Vec<&str> = rustc.split_whitespace().take(2).collect();
        parts.push(short.join(" "));
    }
    let mut measured = Vec::new();
    if let Some((date, _)) = facts.at.split_once('T') {
        measured.push(format!("measured {date}"));
    }
    if !runs.is_empty() {
        let word = if runs.len() == 1 { "run" } else { "runs" };
        let runs: Vec<&str> = runs.iter().map(String::as_str).collect();
        measured.push(format!("{word} {}", runs.join(", ")));
    }
    let measured = measured.join(", ");
    let parts = [parts.join(", "), measured.clone()];
    let told = parts.into_iter().filter(|part| !part.is_empty());
    let unknown = *facts == HostFacts::default();
    let brief = [facts.hostname.clone(), measured];
    let brief = brief.into_iter().filter(|part| !part.is_empty());
    Caption {
        host: if unknown {
            "host not recorded".to_owned()
        } else {
            facts.line()
        },
        versions: told.collect::<Vec<_>>().join("; "),
        brief: brief.collect::<Vec<_>>().join(", "),
    }
}
