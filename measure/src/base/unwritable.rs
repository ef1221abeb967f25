//! What failed with a file, and what can be done about it.

use std::io::{Error, ErrorKind};
use std::path::Path;

/// `cannot write rows.jsonl: …`: a line on what failed where, with the mend.
pub fn cannot(what: &str, path: &Path, error: &Error) -> String {
    line(what, path, error, "--out")
}

/// The same of a file that orders read or write, which lies where temporary files do.
pub fn cannot_in_order(what: &str, path: &Path, error: &Error) -> String {
    line(what, path, error, "the variable TMPDIR")
}

/// `by` is what names another place.
fn line(what: &str, path: &Path, error: &Error, by: &str) -> String {
    let mend = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!(": free some space there, or name another place with {by}")
        }
        ErrorKind::FileTooLarge => ": raise the limit on the size of files (`ulimit -f`)".into(),
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::NotFound
        | ErrorKind::AlreadyExists => format!(": name a place that can be written with {by}"),
        _ => String::new(),
    };
    let mend = if what == "read" { String::new() } else { mend };
    format!("cannot {what} {}: {error}{mend}", path.display())
}
