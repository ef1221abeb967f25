//! What failed with a file, and what can be done about it.

use std::io::ErrorKind;
use std::path::Path;

/// `cannot write rows.jsonl: …`: a line on what failed where, with the mend.
pub fn cannot(what: &str, path: &Path, error: &std::io::Error) -> String {
    let mend = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ": free some space there, or name another place with --out"
        }
        ErrorKind::FileTooLarge => ": raise the limit on the size of files (`ulimit -f`)",
        ErrorKind::PermissionDenied
        | ErrorKind::ReadOnlyFilesystem
        | ErrorKind::NotADirectory
        | ErrorKind::NotFound
        | ErrorKind::AlreadyExists => ": name a place that can be written with --out",
        _ => "",
    };
    let mend = if what == "read" { "" } else { mend };
    format!("cannot {what} {}: {error}{mend}", path.display())
}
