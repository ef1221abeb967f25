//! Files that are whole or not there: each is written under another name beside its
//! own and then takes that. A disk that is full cuts nothing short.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;

/// Has `write` fill the file `path`, which is replaced at once, or stays as it was.
/// What is no regular file (a device, a pipe) is written as it comes.
///
/// # Errors
/// [`Error::Usage`] for a place that takes no file, [`Error::Failed`] where writing
/// fails; both name the file and the mend.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let refused = |error: io::Error| Error::Usage(cannot("write", path, &error));
    let failed = |error: io::Error| Error::Failed(cannot("write", path, &error));
    // Where a link stands, what it points at is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&real).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        let file = fs::OpenOptions::new().write(true).open(&real);
        return filled(file.map_err(refused)?, write).map_err(failed);
    }
    let beside = Beside::of(&real);
    let file = match File::create(&beside.0) {
        // A file may be written to where its directory takes no other.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && old.is_some() => {
            return filled(File::create(&real).map_err(refused)?, write).map_err(failed);
        }
        file => file.map_err(refused)?,
    };
    filled(file, write).map_err(failed)?;
    if let Some(old) = old {
        fs::set_permissions(&beside.0, old.permissions()).map_err(failed)?;
    }
    fs::rename(&beside.0, &real).map_err(failed)
}

fn filled(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
}

/// A name that nobody else uses; what is left of it at the end is removed.
struct Beside(PathBuf);

impl Beside {
    fn of(path: &Path) -> Self {
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.new", std::process::id()));
        Beside(path.with_file_name(name))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After the rename there is none.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("report.html");
        replace(&path, |out| out.write_all(b"old")).unwrap();
        let full = |out: &mut dyn Write| {
            out.write_all(&[b'x'; 100_000])?;
            Err(ErrorKind::StorageFull.into())
        };
        for (path, content) in [(path.clone(), Some("old")), (home.path().join("new"), None)] {
            let error = replace(&path, full).unwrap_err();
            assert_eq!(error.exit_code(), 1);
            let line = error.to_string();
            assert!(line.contains(path.to_str().unwrap()) && line.contains("free some space"));
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), content);
        }
        // Nothing is left beside them.
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        let refused = replace(&path.join("below"), |_| Ok(())).unwrap_err();
        assert_eq!(refused.exit_code(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_devices_are_written_to() {
        let home = tempfile::tempdir().unwrap();
        let (file, link) = (home.path().join("file"), home.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        replace(Path::new("/dev/null"), |out| out.write_all(b"gone")).unwrap();
        let error = replace(Path::new("/dev/full"), |out| out.write_all(b"cake"));
        #[cfg(target_os = "linux")]
        assert_eq!(error.unwrap_err().exit_code(), 1);
    }
}
