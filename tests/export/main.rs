//! Exports are what other tools read: each format is read back, on rows of a run that
//! never was and on the reference run.

mod bencher;
mod cells;
mod command_line;
mod csv;
mod github;
mod hlog;
mod json;
mod run;

use std::io::{self, Write};

use serde::de::DeserializeOwned;

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What was written, by types that refuse what the schemas do not name. That the schemas
/// themselves hold is for `scripts/check-exports`: a validator for this language
/// would change how the measured programs parse numbers.
fn read<T: DeserializeOwned>(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> T {
    let text = written(write);
    assert!(text.ends_with('\n'));
    serde_json::from_str(&text).unwrap()
}
