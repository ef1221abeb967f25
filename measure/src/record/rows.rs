//! `rows.jsonl`: one row a line, appended as samples come, read back strictly.

mod line;
mod lines;

use std::fs::{File, OpenOptions};
use std::io::{BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use self::lines::{Figures, lines};
use super::fold::Sample;
use super::row::Row;
use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;

/// The file's name in a results directory.
pub const FILE: &str = "rows.jsonl";

/// Appends rows, or whatever else is a line each, to one file.
#[derive(Debug)]
pub struct RowWriter {
    file: File,
    path: PathBuf,
}

impl RowWriter {
    /// Opens `path` for appending, and creates it where it is missing.
    ///
    /// # Errors
    /// [`Error::Usage`] where it cannot be opened, or ends in a torn line.
    pub fn open(path: &Path) -> Result<Self> {
        let refused = |error| Error::Usage(cannot("open", path, &error));
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .map_err(refused)?;
        // A row behind a torn line would tear it for good.
        if file.metadata().map_err(refused)?.len() > 0 {
            let mut last = [0];
            file.seek(SeekFrom::End(-1)).map_err(refused)?;
            file.read_exact(&mut last).map_err(refused)?;
            if last != *b"\n" {
                return Err(Error::Usage(format!(
                    "{}: the last line is torn: delete it before more rows are added",
                    path.display()
                )));
            }
        }
        Ok(RowWriter {
            file,
            path: path.to_owned(),
        })
    }

    /// Appends one row, which is in the operating system's hands on return:
    /// whatever becomes of this process, the row stays.
    ///
    /// # Errors
    /// [`Error::Failed`] naming the file and the mend; rows appended before
    /// are kept, and no half row is.
    pub fn append<T: Serialize>(&mut self, row: &T) -> Result<()> {
        let mut line = serde_json::to_vec(row)
            .map_err(|error| Error::Failed(format!("{}: {error}", self.path.display())))?;
        line.push(b'\n');
        let before = self.file.metadata().map(|meta| meta.len());
        self.file.write_all(&line).map_err(|error| {
            if let Ok(before) = before {
                // What cannot be cut off, the reader reports as torn.
                let _ = self.file.set_len(before);
            }
            Error::Failed(cannot("write", &self.path, &error))
        })
    }
}

/// What a file held.
#[derive(Debug, Default)]
pub struct Rows {
    /// Its rows, in the file's order.
    pub rows: Vec<Row>,
    /// What was skipped and why, one line each.
    pub warnings: Vec<String>,
}

/// The rows file of a results directory, or `path` itself, where it is such a file.
#[must_use]
pub fn file(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(FILE)
    } else {
        path.to_owned()
    }
}

/// The results directory that `path`, or the rows file `path`, is of.
#[must_use]
pub fn home(path: &Path) -> &Path {
    let parent = path.parent().filter(|_| path.is_file());
    parent.unwrap_or(path)
}

/// What to say of a results directory, or rows file, without a row that can be used.
#[must_use]
pub fn nothing_in(path: &Path) -> Error {
    Error::Usage(format!(
        "{}: no row that can be used: name a results directory whose run got further",
        file(path).display()
    ))
}

/// Reads the rows of a results directory, or of a file itself, that can be used.
///
/// # Errors
/// [`Error::Usage`] naming file, line, fault and mend. No error but a warning are: a
/// last line without its end, which an interrupted run leaves and which is skipped;
/// a row with a figure that no measurement gives, which is left out; and a histogram
/// that cannot be read, without which, and its times, the row is used.
pub fn read(path: &Path) -> Result<Rows> {
    let mut rows = Vec::new();
    let warnings = each(path, Row::from, |row| rows.push(row))?;
    Ok(Rows { rows, warnings })
}

/// Reads the same rows one by one, and returns what was skipped and why. `make` is
/// asked of several rows at a time, `keep` takes what it made in the rows' order.
///
/// # Errors
/// As [`read`].
pub fn each<T: Send>(
    path: &Path,
    make: impl Fn(Sample) -> T + Sync,
    keep: impl FnMut(T),
) -> Result<Vec<String>> {
    let path = file(path);
    let file = File::open(&path).map_err(|error| {
        Error::Usage(match error.kind() {
            ErrorKind::NotFound => format!(
                "{}: no such file: name a results directory that `bakeoff run` wrote",
                path.display()
            ),
            _ => cannot("read", &path, &error),
        })
    })?;
    lines(BufReader::new(file), &path, Figures::Possible, make, keep)
}

/// All rows in `bytes`, whatever their figures; `path` is for messages alone.
///
/// # Errors
/// As [`read`].
pub fn parse(bytes: &[u8], path: &Path) -> Result<Rows> {
    let mut rows = Vec::new();
    let warnings = lines(bytes, path, Figures::Any, Row::from, |row| rows.push(row))?;
    Ok(Rows { rows, warnings })
}

#[cfg(test)]
mod tests {
    use super::super::row::SCHEMA;
    use super::*;

    fn row(cell: &str) -> Row {
        Row {
            schema: SCHEMA,
            cell: cell.into(),
            model: "smol".into(),
            ..Row::default()
        }
    }

    #[test]
    fn rows_survive_the_round_trip() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let rows = [row("bakery/rush/smol"), row("bakery/calm/smol")];
        for row in &rows {
            // Opened anew each time: earlier rows must stay.
            RowWriter::open(&path).unwrap().append(row).unwrap();
        }
        let got = read(dir.path()).unwrap();
        assert_eq!(got.rows, rows);
        assert!(got.warnings.is_empty());
        assert_eq!(read(&path).unwrap().rows, rows);
    }

    #[test]
    fn a_torn_last_line_is_skipped_and_reported() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        let mut writer = RowWriter::open(&path).unwrap();
        writer.append(&row("a/b/smol")).unwrap();
        writer.append(&row("a/c/smol")).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for cut in first + 1..whole.len() {
            let got = parse(&whole[..cut], &path).unwrap();
            assert_eq!(got.rows.len(), 1, "cut at {cut}");
            assert_eq!(got.warnings.len(), 1);
            assert!(got.warnings[0].contains("rows.jsonl:2: skipped a torn"));
        }
        std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let error = RowWriter::open(&path).unwrap_err().to_string();
        assert!(error.contains("torn"), "{error}");
    }

    #[test]
    fn broken_rows_are_named_by_file_and_line() {
        let good = serde_json::to_string(&row("a/b/smol")).unwrap();
        for (line, fault) in [
            ("", "not a row"),
            ("{", "not a row"),
            (
                "{\"schema\":1,\"orders\":-1}",
                "not a row (orders: invalid value: integer `-1`, expected u64 at column 23)",
            ),
            ("\u{0}", "not a row"),
            ("[]", "not a row (it is no object)"),
            ("{} {}", "not a row (more than one object)"),
            ("{}", "has schema 0"),
            ("{\"schema\":2}", "has schema 2"),
            ("{\"schema\":1}", "names no cell"),
            (
                "{\"schema\":1,\"orders_per_s\":NaN}",
                "not a row (orders_per_s: expected value at column 28)",
            ),
            (
                "{\"schema\":1,\"service\":{\"mean_ns\":1e999}}",
                "not a row (service.mean_ns: number out of range at column",
            ),
        ] {
            let text = format!("{good}\n{line}\n{good}\n");
            let error = parse(text.as_bytes(), Path::new("r/rows.jsonl")).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(error.starts_with("r/rows.jsonl:2: "), "{error}");
            assert!(error.contains(fault), "{error}");
        }
        let error = parse(b"\xff\xfe\n", Path::new("r"))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("r:1: not a row"), "{error}");
    }

    #[test]
    fn a_missing_file_says_what_to_name() {
        let dir = tempfile::tempdir().unwrap();
        let error = read(&dir.path().join("gone")).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("bakeoff run"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_names_the_file_and_the_mend() {
        let mut writer = RowWriter {
            file: OpenOptions::new().write(true).open("/dev/full").unwrap(),
            path: "/dev/full".into(),
        };
        let error = writer.append(&row("a/b/smol")).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let error = error.to_string();
        assert!(error.starts_with("cannot write /dev/full: "), "{error}");
        assert!(error.contains("free some space"), "{error}");
    }
}
