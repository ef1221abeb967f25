//! `bakeoff claims`: what people say about concurrency, and what rows say of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;

use super::format::Format;
use super::say;
use crate::base::error::{Error, Result};
use crate::record::rows;
use crate::report::claims::{embedded, findings, json, whole};
use crate::report::text::grid::Style;
use crate::results;
use crate::results::notebook::style;
use crate::scenarios;

/// Where runs are kept.
const RESULTS: &str = "results";
/// The committed run, which is read where there is no other.
const REFERENCE: &str = "reference";

/// Says of each claim that people make about concurrency whether it holds by the rows
/// of a run.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff claims                                 by the newest run under results/
  bakeoff claims results/reference               by the committed reference run
  bakeoff claims results/DIR --format markdown   for a post or a README
  bakeoff claims results/DIR --json | jq '.claims[] | {id, verdict}'

Verdicts:
  holds here, does not hold here   shown by paired rounds, at 99.5 % for all claims together
  depends        it holds in some settings, for some models, or from some value on
  not decided    there are figures, but they do not suffice: why, and what to run
  not measured   cells are missing: the command that measures them

Without DIR the newest run under results/ is read, by the time of its last row, and
results/reference where there is no other; which one goes to standard error. Rows count
that are of the claim's cells with the parameters that it names: those of class
`shipped`, of another scenario version or of --target decide nothing, nor does a cell of
which a sample failed. Rows of `cargo bench` have no rounds, so that their ratios are
shown and not decided. benches/claims.toml holds the claims.

Exit status: 0 done; 1 no claim is decided by these rows; 2 bad usage or input.")]
pub(super) struct ClaimsArgs {
    /// Results directory of `bakeoff run` or `cargo bench`; none: the newest
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,

    /// How to write
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl ClaimsArgs {
    pub(super) fn run(self) -> Result<()> {
        let dir = match &self.dir {
            Some(dir) => dir.clone(),
            None => {
                let found = newest(Path::new(RESULTS))?;
                crate::note!("rows of {}", found.display());
                found
            }
        };
        let known = results::known(&dir)?;
        for warning in &known.warnings {
            crate::note!("{warning}");
        }
        if known.digest.is_empty() {
            return Err(rows::nothing_in(&dir));
        }
        let claims = embedded(&scenarios::embedded()?)?;
        let found = findings(&claims, &known.digest.rows);
        let format = if self.json { Format::Json } else { self.format };
        say(&match format {
            Format::Text => whole(&found, &style(&std::io::stdout())),
            Format::Markdown => whole(&found, &Style::MARKDOWN),
            Format::Json => format!("{:#}\n", json(&found)),
        })?;
        if found.list.iter().any(|own| own.verdict.decided()) {
            Ok(())
        } else {
            Err(Error::Failed(format!(
                "{}: no claim is decided by these rows: run a command that is named above",
                dir.display()
            )))
        }
    }
}

/// The directory in `home` whose rows are newest; the reference run only where there
/// is no other.
fn newest(home: &Path) -> Result<PathBuf> {
    let written = |dir: &Path| -> Option<SystemTime> {
        let rows = fs::metadata(dir.join(rows::FILE)).ok()?;
        (rows.len() > 0).then(|| rows.modified().ok()).flatten()
    };
    let dirs = fs::read_dir(home).into_iter().flatten().flatten();
    let runs = dirs.filter_map(|entry| {
        let path = entry.path();
        let own = entry.file_name() != REFERENCE;
        Some(((own, written(&path)?), path))
    });
    let newest = runs.max_by(|(one, _), (other, _)| one.cmp(other));
    newest.map(|(_, path)| path).ok_or_else(|| {
        Error::Usage(format!(
            "{}: no run there: measure with `bakeoff run --quick`, or name a results directory",
            home.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_newest_run_is_read_and_the_reference_only_where_there_is_no_other() {
        let home = tempfile::tempdir().unwrap();
        let error = newest(home.path()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("bakeoff run"), "{error}");
        let run = |name: &str, age: u64| {
            let dir = home.path().join(name);
            fs::create_dir(&dir).unwrap();
            let file = dir.join(rows::FILE);
            fs::write(&file, "{}\n").unwrap();
            let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - age);
            File::options()
                .write(true)
                .open(file)
                .unwrap()
                .set_modified(then)
                .unwrap();
        };
        run(REFERENCE, 0);
        assert!(newest(home.path()).unwrap().ends_with(REFERENCE));
        run("one", 20);
        run("two", 10);
        fs::create_dir(home.path().join("empty")).unwrap();
        assert!(newest(home.path()).unwrap().ends_with("two"));
    }
}
