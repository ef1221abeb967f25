//! A line of the file: a row, or why it is none.

use super::super::row::{Row, SCHEMA};

/// U+FEFF as UTF-8 has it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The row of one line, or why it is none, with the mend.
pub(super) fn row(line: &[u8]) -> Result<Row, String> {
    // An editor may have put it there; the row behind it is whole.
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    // A list would do for the library, which knows the fields' order.
    if !line.trim_ascii_start().starts_with(b"{") {
        return Err(no_row("it is no object"));
    }
    let mut row: Row = serde_json::from_slice(line).map_err(|_| no_row(&unreadable(line)))?;
    if row.schema != SCHEMA {
        return Err(format!(
            "the row has schema {}, this bakeoff reads {SCHEMA}: \
             read it with the version that wrote it",
            row.schema
        ));
    }
    if row.cell.is_empty() || row.model.is_empty() {
        return Err(
            "the row names no cell or no model: restore the file, or delete the line with its row"
                .into(),
        );
    }
    // The file may be from anywhere.
    row.make_visible();
    Ok(row)
}

fn no_row(why: &str) -> String {
    format!("not a row ({why}): restore the file, or delete the line with its row")
}

/// What of a line cannot be read: the figure where it is one, the reason, and how far
/// in it stands. Only this asks for the figure, which takes twice the time.
fn unreadable(line: &[u8]) -> String {
    let mut reader = serde_json::Deserializer::from_slice(line);
    let error = match serde_path_to_error::deserialize::<_, Row>(&mut reader) {
        Ok(_) => return "more than one object".into(),
        Err(error) => error,
    };
    let (figure, error) = (error.path().to_string(), error.into_inner());
    let (text, column) = (error.to_string(), error.column());
    // Of the line in the file, not of a text of one line.
    let why = text.rsplit_once(" at line ").map_or(&*text, |(why, _)| why);
    match figure.as_str() {
        "." | "?" => format!("{why} at column {column}"),
        _ => format!("{figure}: {why} at column {column}"),
    }
}
