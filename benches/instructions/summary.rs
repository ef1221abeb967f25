//! What gungraun's runner says: a line of JSON for each count.

use std::collections::BTreeMap;

use bakeoff::base::error::{Error, Result};
use serde_json::Value;

/// Instructions by function and id, of the runner's standard output.
///
/// # Errors
/// A line that is no summary, or none of instructions.
pub(crate) fn counts(text: &str) -> Result<BTreeMap<(String, String), u64>> {
    let summaries = text.lines().filter(|line| line.starts_with('{'));
    summaries
        .map(|line| {
            count(line).ok_or_else(|| {
                let begin: String = line.chars().take(200).collect();
                Error::Failed(format!("gungraun-runner says no instructions in: {begin}"))
            })
        })
        .collect()
}

fn count(line: &str) -> Option<((String, String), u64)> {
    let summary: Value = serde_json::from_str(line).ok()?;
    let name = |key: &str| summary[key].as_str().map(str::to_owned);
    let metrics =
        &summary["profiles"][0]["summaries"]["total"]["summary"]["Callgrind"]["Ir"]["metrics"];
    // Beside those of an earlier run, or alone.
    let now = metrics.get("Left").unwrap_or(&metrics["Both"][0]);
    Some(((name("function_name")?, name("id")?), now["Int"].as_u64()?))
}
