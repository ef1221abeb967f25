//! What a run keeps is read by those who show it, and never written.

use std::path::{Path, PathBuf};

use super::{HOST, PLAN, STATE};
use crate::base::error::{Error, Result};
use crate::record::{control, machine, rows};

/// Refuses `out` where writing it would spoil what a run keeps in `dir`, or `rows`,
/// which are read.
///
/// # Errors
/// [`Error::Usage`] naming the file and the mend.
pub fn spare(out: &Path, dir: &Path, rows: &Path) -> Result<()> {
    // One that is not there yet would be taken for the run's own.
    let place = |path: &Path| {
        path.canonicalize().ok().or_else(|| {
            let home = path.parent().filter(|home| *home != Path::new(""));
            let home = home.unwrap_or(Path::new(".")).canonicalize().ok()?;
            Some(home.join(path.file_name()?))
        })
    };
    let own =
        [rows::FILE, machine::FILE, control::FILE, HOST, PLAN, STATE].map(|name| dir.join(name));
    let mut own = own.iter().map(PathBuf::as_path).chain([rows]);
    if place(out).is_some_and(|out| own.any(|own| place(own).as_ref() == Some(&out))) {
        return Err(Error::Usage(format!(
            "{} is part of the run, which is only read: name another file",
            out.display()
        )));
    }
    Ok(())
}
