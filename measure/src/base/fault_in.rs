//! What is wrong with a TOML file of a reader's, and where.

use super::error::Error;

/// A usage error that names the file, the line and the fault.
#[must_use]
pub fn fault_in(file: &str, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().map_or(1, |span| {
        let before = &text[..span.start.min(text.len())];
        let last = text.lines().count().max(1);
        (before.matches('\n').count() + 1).min(last)
    });
    Error::Usage(format!(
        "{file}:{line}: {}",
        error.message().replace('\n', " ")
    ))
}
