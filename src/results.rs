//! The results directory of a run: rows as they come, the host, and what is
//! rendered from them.
//!
//! ```text
//! results/2026-11-20T08-15-00-oven-abc1234/
//!     rows.jsonl       the source of truth, a line a sample
//!     machine.jsonl    what the machine itself did in each round
//!     controls.jsonl   one cell against itself in each round
//!     host.json        the machine
//!     plan.json        what was asked for, of `bakeoff run` alone
//!     state.json       how far it came
//!     tables.md        rendered, like everything below
//!     charts/*.svg     overview.svg, heatmap.svg, and several a scenario
//!     report.html      all of it on one page
//! ```

mod known;
pub mod notebook;
mod spare;
mod whole;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;
use crate::base::visible::visible;
use crate::host::HostFacts;
use crate::record::control;
use crate::record::machine::{self, Reading};
use crate::record::row::{Row, rank_peers};
use crate::record::rows::{self, RowWriter};
use crate::report::contents::Words;
use crate::report::rendering;

pub use self::known::{Known, command, host, known, plan, side_by_side, state};
pub use self::spare::spare;
pub use self::whole::replace;
use crate::report::contents;

const HOST: &str = "host.json";
const PLAN: &str = "plan.json";
const STATE: &str = "state.json";

/// How far a run has come, so that it can go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Time that all its sittings took together, s.
    pub spent_s: f64,
    /// Why it ended by itself; null while it has not.
    pub ended: Option<String>,
}

impl State {
    /// Under way, with so much time spent.
    #[must_use]
    pub fn at(spent: Duration) -> Self {
        State {
            spent_s: spent.as_secs_f64(),
            ended: None,
        }
    }

    /// Time that all sittings took together.
    #[must_use]
    pub fn spent(&self) -> Duration {
        Duration::try_from_secs_f64(self.spent_s).unwrap_or_default()
    }
}

/// A results directory that takes rows.
#[derive(Debug)]
pub struct ResultsDir {
    path: PathBuf,
    writer: RowWriter,
    /// Whether it was made for this run.
    made: bool,
    /// Held as long as rows may come.
    _lock: fs::File,
}

impl ResultsDir {
    /// Makes a new directory `<date>-<host>-<revision>` in `parent`, which is
    /// made too where it is missing, and writes `host.json`.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the path and the mend.
    pub fn create(parent: &Path, facts: &HostFacts) -> Result<Self> {
        make_all(parent)?;
        let name = name(facts);
        // Two runs of one second get a number; a hundred are a mistake.
        for attempt in 1..100 {
            let path = match attempt {
                1 => parent.join(&name),
                _ => parent.join(format!("{name}-{attempt}")),
            };
            match fs::create_dir(&path) {
                Ok(()) => return Self::fill(path, true, facts),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::Usage(cannot("make", &path, &error))),
            }
        }
        let path = parent.join(name);
        let error = ErrorKind::AlreadyExists.into();
        Err(Error::Usage(cannot("make", &path, &error)))
    }

    /// Uses the directory `path` itself, which is made where it is missing
    /// and must not hold rows, and writes `host.json`.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the path and the mend.
    pub fn at(path: &Path, facts: &HostFacts) -> Result<Self> {
        let made = !path.exists();
        make_all(path)?;
        let rows = fs::metadata(path.join(rows::FILE));
        // Without a row and a plan nothing came of it: it is as good as new.
        let begun = rows.is_ok_and(|rows| rows.len() > 0 || path.join(PLAN).exists());
        if begun {
            return Err(Error::Usage(format!(
                "{} holds the rows of another run: name a new directory with --out",
                path.display()
            )));
        }
        Self::fill(path.to_owned(), made, facts)
    }

    /// Opens a directory that holds rows, for more of the same run. A torn last
    /// line is cut off, as a harness that was killed leaves it.
    ///
    /// Returns the rows that it holds as well, and a line on what was cut off.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the path and the mend.
    pub fn reopen(path: &Path) -> Result<(Self, Vec<Row>, Option<String>)> {
        let lock = lock(path)?;
        let file = path.join(rows::FILE);
        for name in [rows::FILE, machine::FILE, control::FILE, STATE] {
            require_file(&path.join(name))?;
        }
        let bytes = fs::read(&file).map_err(|error| Error::Usage(cannot("read", &file, &error)))?;
        // What cannot be read is refused before anything is changed.
        let rows = rows::parse(whole_lines(&bytes), &file)?.rows;
        let cut = cut_torn(&file, &bytes)?;
        for name in [machine::FILE, control::FILE] {
            let readings = path.join(name);
            if let Ok(bytes) = fs::read(&readings) {
                cut_torn(&readings, &bytes)?;
            }
        }
        let writer = RowWriter::open(&file)?;
        let path = path.to_owned();
        let dir = ResultsDir {
            path,
            writer,
            made: false,
            _lock: lock,
        };
        Ok((dir, rows, cut))
    }

    /// Keeps what was asked for.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the file and the mend.
    pub fn keep_plan<P: Serialize>(&self, plan: &P) -> Result<()> {
        self.put(PLAN, plan).map_err(|error| {
            // Nobody can go on with a run that has neither a plan nor a row.
            if !self.path.join(PLAN).exists() {
                self.discard();
            }
            as_usage(&error)
        })
    }

    /// Removes what was begun where no row was kept and nobody can go on with it.
    pub fn discard(&self) {
        if fs::metadata(self.path.join(rows::FILE)).is_ok_and(|rows| rows.len() == 0) {
            abandon(&self.path, self.made);
        }
    }

    /// Keeps how far the run has come.
    ///
    /// # Errors
    /// [`Error::Failed`] naming the file and the mend.
    pub fn keep_state(&self, state: &State) -> Result<()> {
        self.put(STATE, state)
    }

    /// Replaces a file at once: who reads it finds the old one or the new one.
    fn put<T: Serialize>(&self, name: &str, content: &T) -> Result<()> {
        write(&self.path.join(name), &pretty(name, content)?)
    }

    fn fill(path: PathBuf, made: bool, facts: &HostFacts) -> Result<Self> {
        let lock = lock(&path)?;
        let filled = pretty(HOST, facts)
            .and_then(|host| write(&path.join(HOST), &host))
            .map_err(|error| as_usage(&error))
            .and_then(|()| RowWriter::open(&path.join(rows::FILE)));
        let writer = filled.inspect_err(|_| abandon(&path, made))?;
        Ok(ResultsDir {
            path,
            writer,
            made,
            _lock: lock,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run's name, which every row carries: the directory's own.
    #[must_use]
    pub fn run(&self) -> String {
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        visible(&name.to_string_lossy()).into_owned()
    }

    /// Appends one row, which stays whatever becomes of this process.
    ///
    /// # Errors
    /// [`Error::Failed`] naming the file and the mend.
    pub fn append(&mut self, row: &Row) -> Result<()> {
        self.writer.append(row)
    }

    /// Appends one reading of the machine, which stays likewise.
    ///
    /// # Errors
    /// [`Error::Failed`] naming the file and the mend.
    pub fn append_reading(&self, reading: &Reading) -> Result<()> {
        RowWriter::open(&self.path.join(machine::FILE))?.append(reading)
    }

    /// Appends one reading of a control, which stays likewise.
    ///
    /// # Errors
    /// [`Error::Failed`] naming the file and the mend.
    pub fn append_control(&self, reading: &control::Reading) -> Result<()> {
        RowWriter::open(&self.path.join(control::FILE))?.append(reading)
    }

    /// Renders tables, charts and page from the rows on disk; see [`render`].
    ///
    /// # Errors
    /// As [`render`].
    pub fn render(&self, words: &Words, ranked: bool) -> Result<Rendered> {
        render(&self.path, words, ranked)
    }
}

/// What was rendered.
#[derive(Debug, Default)]
pub struct Rendered {
    /// Files written.
    pub files: Vec<PathBuf>,
    /// What was skipped on the way and why, one line each.
    pub warnings: Vec<String>,
}

/// Renders `tables.md`, `charts/*.svg` and `report.html` in `dir` from its
/// `rows.jsonl` and `host.json`, over what was rendered before. Models of other programs
/// are ranked by themselves, or with `ranked` among those of this build.
///
/// # Errors
/// [`Error::Usage`] where rows or host cannot be read, [`Error::Failed`]
/// where a file cannot be written; both name the path and the mend.
pub fn render(dir: &Path, words: &Words, ranked: bool) -> Result<Rendered> {
    let mut known = known(dir)?;
    if ranked {
        rank_peers(&mut known.digest.rows);
    }
    let files = rendering::files(&known.digest, &known.caption, words);
    Ok(Rendered {
        files: save(dir, &files)?,
        warnings: known.warnings,
    })
}

/// Writes rendered files into `dir`, over what was rendered before.
///
/// # Errors
/// [`Error::Failed`] naming the file that cannot be written, and the mend.
pub fn save(dir: &Path, files: &[contents::File]) -> Result<Vec<PathBuf>> {
    let charts = dir.join("charts");
    fs::create_dir_all(&charts).map_err(|error| Error::Failed(cannot("make", &charts, &error)))?;
    let mut paths = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        write(&path, text.as_bytes())?;
        paths.push(path);
    }
    Ok(paths)
}

fn pretty<T: Serialize>(name: &str, content: &T) -> Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(content)
        .map_err(|error| Error::Failed(format!("{name}: {error}")))?;
    json.push(b'\n');
    Ok(json)
}

/// `<date>-<host>-<revision>`, in characters that every file system takes.
fn name(facts: &HostFacts) -> String {
    let date = jiff::Zoned::now().strftime("%Y-%m-%dT%H-%M-%S").to_string();
    let parts = [
        sanitised(&facts.hostname),
        sanitised(facts.revision.as_deref().unwrap_or("")),
    ];
    let mut name = date;
    for part in parts.iter().filter(|part| !part.is_empty()) {
        name.push('-');
        name.push_str(part);
    }
    name
}

fn sanitised(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
                c
            } else {
                '-'
            }
        })
        .take(40)
        .collect();
    kept.trim_matches(['-', '.']).to_owned()
}

/// Keeps other harnesses from adding rows to this directory, until the file is
/// closed, if only by the end of the process. Where the file system knows no
/// locks, there is none.
fn lock(dir: &Path) -> Result<fs::File> {
    let opened = fs::File::open(dir);
    let file = opened.map_err(|error| Error::Usage(cannot("open", dir, &error)))?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(Error::Usage(format!(
            "{}: another bakeoff is still adding rows: wait for its end",
            dir.display()
        ))),
        _ => Ok(file),
    }
}

/// The lines of a file that have their end.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|&byte| byte == b'\n');
    &bytes[..last.map_or(0, |last| last + 1)]
}

/// Cuts a torn last line off `file`, which holds `bytes`; a line that says so.
fn cut_torn(file: &Path, bytes: &[u8]) -> Result<Option<String>> {
    let kept = whole_lines(bytes).len();
    if kept == bytes.len() {
        return Ok(None);
    }
    let opened = fs::OpenOptions::new().write(true).open(file);
    opened
        .and_then(|file| file.set_len(kept as u64))
        .map_err(|error| Error::Usage(cannot("cut", file, &error)))?;
    let (place, torn) = (file.display(), bytes.len() - kept);
    Ok(Some(format!(
        "{place}: cut off a torn last line of {torn} bytes"
    )))
}

/// Removes what was begun in `dir` and cannot be gone on with; the directory too, where
/// it was made for this and nothing else is in it.
fn abandon(dir: &Path, made: bool) {
    for name in [rows::FILE, HOST, PLAN] {
        let _ = fs::remove_file(dir.join(name));
    }
    if made {
        let _ = fs::remove_dir(dir);
    }
}

/// Refuses what is there and no file: a pipe would be waited for without end.
fn require_file(path: &Path) -> Result<()> {
    match fs::metadata(path) {
        Ok(of) if !of.is_file() => Err(Error::Usage(format!(
            "{}: no regular file: restore it, as `bakeoff run` wrote it",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn make_all(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Error::Usage(cannot("make", path, &error)))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    replace(path, |out| out.write_all(bytes))
}

/// Before the start, a place that cannot be written is the caller's mistake.
fn as_usage(error: &Error) -> Error {
    Error::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::record::row::SCHEMA;

    fn facts() -> HostFacts {
        HostFacts {
            at: "2026-11-20T08:15:00+01:00".into(),
            hostname: "../my oven!".into(),
            os: "Linux 6.1.0".into(),
            arch: "x86_64".into(),
            rustc: Some("rustc 1.95.0 (59807616e 2026-04-14)".into()),
            revision: Some("abc1234".into()),
            ..HostFacts::default()
        }
    }

    fn row(scenario: &str, model: &str) -> Row {
        Row {
            schema: SCHEMA,
            cell: format!("bakery/{scenario}/{model}"),
            workload: "bakery".into(),
            scenario: scenario.into(),
            model: model.into(),
            client: "none".into(),
            round: 1,
            orders: 10,
            orders_per_s: Some(1234.5),
            versions: BTreeMap::from([
                ("bakeoff".into(), "0.1.0".into()),
                ("async-std".into(), "1.13.2".into()),
            ]),
            ..Row::default()
        }
    }

    #[test]
    fn every_run_has_a_directory_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        let parent = home.path().join("results");
        let names: BTreeSet<String> = (0..5)
            .map(|_| ResultsDir::create(&parent, &facts()).unwrap().run())
            .collect();
        assert_eq!(names.len(), 5);
        let name = names.first().unwrap();
        assert!(name.contains("-my-oven-abc1234"), "{name}");
        let date = b"dddd-dd-ddTdd-dd-dd-";
        for (byte, kind) in name.bytes().zip(date) {
            assert!(
                byte == *kind || (*kind == b'd' && byte.is_ascii_digit()),
                "{name}"
            );
        }
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        );
    }

    #[test]
    fn rows_become_tables_and_charts() {
        let home = tempfile::tempdir().unwrap();
        let mut dir = ResultsDir::create(home.path(), &facts()).unwrap();
        for scenario in ["rush", "r-ush", "r/ush"] {
            dir.append(&row(scenario, "smol")).unwrap();
        }
        let rendered = dir.render(&Words::default(), false).unwrap();
        assert!(rendered.warnings.is_empty(), "{:?}", rendered.warnings);
        assert_eq!(rendered.files.len(), 7, "{:?}", rendered.files);
        let distinct: BTreeSet<_> = rendered.files.iter().collect();
        assert_eq!(distinct.len(), 7);
        for file in &rendered.files {
            assert!(fs::metadata(file).unwrap().len() > 0);
        }
        let tables = fs::read_to_string(dir.path().join("tables.md")).unwrap();
        for text in [
            "1.23k",
            "bakeoff 0.1.0, async-std 1.13.2, rustc 1.95.0; measured 2026-11-20",
            "x86_64",
        ] {
            assert!(tables.contains(text), "{text} in {tables}");
        }
        assert_eq!(host(dir.path()).unwrap(), facts());
        // Again, over what is there.
        assert_eq!(
            render(dir.path(), &Words::default(), false).unwrap().files,
            rendered.files
        );
    }

    #[test]
    fn what_is_missing_or_torn_is_said() {
        let home = tempfile::tempdir().unwrap();
        let mut dir = ResultsDir::at(home.path(), &facts()).unwrap();
        dir.append(&row("rush", "smol")).unwrap();
        let path = home.path().join(rows::FILE);
        let torn = fs::read_to_string(&path).unwrap() + "{\"schema\":1,";
        fs::write(&path, torn).unwrap();
        fs::remove_file(home.path().join(HOST)).unwrap();
        let warnings = dir.render(&Words::default(), false).unwrap().warnings;
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].contains("rows.jsonl:2"), "{warnings:?}");
        assert!(warnings[1].contains("host.json"), "{warnings:?}");
    }

    #[test]
    fn rows_of_another_run_are_never_mixed_in() {
        let home = tempfile::tempdir().unwrap();
        let dir = ResultsDir::at(home.path(), &facts()).unwrap();
        drop(dir);
        // What has no row and no plan can be begun again.
        let mut dir = ResultsDir::at(home.path(), &facts()).unwrap();
        let busy = ResultsDir::at(home.path(), &facts()).unwrap_err();
        assert!(busy.to_string().contains("still adding rows"), "{busy}");
        dir.append(&row("rush", "smol")).unwrap();
        drop(dir);
        let error = ResultsDir::at(home.path(), &facts()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("--out"), "{error}");
    }

    #[test]
    fn an_unwritable_place_names_the_path_and_the_mend() {
        let home = tempfile::tempdir().unwrap();
        // Under a regular file nobody can write, not even root.
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        for result in [
            ResultsDir::create(&file.join("results"), &facts()),
            ResultsDir::create(&file, &facts()),
            ResultsDir::at(&file.join("results"), &facts()),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(error.contains(&file.display().to_string()), "{error}");
            assert!(error.contains("--out"), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_names_the_path_and_the_mend() {
        let error = write(Path::new("/dev/full"), b"cake").unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let error = error.to_string();
        assert!(error.starts_with("cannot write /dev/full: "), "{error}");
        assert!(error.contains("free some space"), "{error}");
    }
}
