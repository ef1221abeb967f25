//! The runner's standard streams: a request a line, a reply a line.

use std::io::{self, Write};

use crate::base::bounded;
use crate::base::error::{Error, Result};
use crate::protocol::{Reply, Request, VERSION};

/// Longest request, bytes.
const MAX_LINE: usize = 1 << 20;

/// The next request, or what is wrong with it; `None` at the end of the input.
///
/// The input is not held between requests: while a sample is observed, it is the model's
/// own thread that waits for a word.
///
/// # Errors
/// Those of the stream, and what is no text.
pub(super) fn hear() -> io::Result<Option<Result<Request>>> {
    let mut from = io::stdin().lock();
    while let Some(line) = bounded::line(&mut from, MAX_LINE)? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        // What is no text is no conversation: nobody would read the answer.
        std::str::from_utf8(&line).map_err(|error| {
            let fault = format!("a request is not valid UTF-8: {error}");
            io::Error::new(io::ErrorKind::InvalidData, fault)
        })?;
        return Ok(Some(parse(&line)));
    }
    Ok(None)
}

/// Reads one request. Another version is refused as such, before its fields
/// are looked at, which may well be others.
fn parse(line: &[u8]) -> Result<Request> {
    let usage = |error: serde_json::Error| {
        Error::Usage(format!(
            "not a request of protocol version {VERSION}: {error}"
        ))
    };
    let value: serde_json::Value = serde_json::from_slice(line).map_err(usage)?;
    match value["prepare"]["protocol"].as_u64() {
        Some(version) if version != u64::from(VERSION) => Err(Error::Usage(format!(
            "protocol version {version} was asked for; this runner speaks version {VERSION}"
        ))),
        _ => serde_json::from_slice(line).map_err(usage),
    }
}

/// Writes one reply.
///
/// # Errors
/// Those of the stream.
pub(super) fn say(reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_string(reply)?;
    line.push('\n');
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}
