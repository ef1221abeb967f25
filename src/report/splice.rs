//! Blocks of a document that rows fill: what stands between two markers is replaced
//! by what the rows say.
//!
//! ```text
//! <!-- bakeoff:begin table fetch/wait-10ms -->
//! …
//! <!-- bakeoff:end -->
//! ```

use crate::base::error::{Error, Result};

const BEGIN: &str = "<!-- bakeoff:begin";
const END: &str = "<!-- bakeoff:end -->";

/// `text` with every block filled by what `fill` says of the words in its first
/// marker; all else stays as it is. `place` names the document in errors.
///
/// # Errors
/// [`Error::Usage`] naming the line: no block at all, one without an end, or words
/// that `fill` does not know, with its own line on them.
pub fn splice(
    text: &str,
    place: &str,
    mut fill: impl FnMut(&[&str]) -> Result<String>,
) -> Result<String> {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').enumerate();
    let mut blocks = 0;
    while let Some((at, line)) = lines.next() {
        out.push_str(line);
        let usage = |what: &str| Error::Usage(format!("{place}:{}: {what}", at + 1));
        if line.trim() == END {
            return Err(usage("a block ends that did not begin: delete the marker"));
        }
        let Some(rest) = line.trim().strip_prefix(BEGIN) else {
            continue;
        };
        let words = rest
            .strip_suffix("-->")
            .ok_or_else(|| usage("the marker does not end with `-->` on its line"))?;
        let words: Vec<&str> = words.split_whitespace().collect();
        let block = fill(&words).map_err(|error| match error {
            Error::Usage(what) => usage(&what),
            other => other,
        })?;
        out.push('\n');
        out.push_str(block.trim_matches('\n'));
        out.push_str("\n\n");
        let end = lines
            .find(|(_, line)| line.trim() == END || line.trim().starts_with(BEGIN))
            .filter(|(_, line)| line.trim() == END)
            .ok_or_else(|| usage(&format!("the block has no `{END}` of its own: add it")))?;
        out.push_str(end.1);
        blocks += 1;
    }
    if blocks == 0 {
        return Err(Error::Usage(format!(
            "{place}: no block to fill: add the lines `{BEGIN} table overview -->` and `{END}`"
        )));
    }
    Ok(out)
}

/// The first line, from 1, in which two texts differ; `None` where they are the same.
#[must_use]
pub fn differs(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let pairs = one.lines().zip(other.lines());
    let same = pairs.take_while(|(a, b)| a == b).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String> {
        splice(text, "README.md", |words| match words {
            ["table", id] => Ok(format!("| {id} |\n")),
            _ => Err(Error::Usage("unknown block".into())),
        })
    }

    #[test]
    fn blocks_are_filled_again_and_again_and_nothing_else_changes() {
        let text = "a\n<!-- bakeoff:begin table x/y -->\nold\n<!-- bakeoff:end -->\nb";
        let once = filled(text).unwrap();
        assert_eq!(
            once,
            "a\n<!-- bakeoff:begin table x/y -->\n\n| x/y |\n\n<!-- bakeoff:end -->\nb"
        );
        assert_eq!(filled(&once).unwrap(), once);
        assert_eq!(differs(&once, &once), None);
        assert_eq!(differs(text, &once), Some(3));
    }

    #[test]
    fn broken_markers_are_named_by_line() {
        for (text, words) in [
            ("nothing here\n", "README.md: no block to fill"),
            ("\n<!-- bakeoff:end -->\n", "README.md:2: a block ends"),
            (
                "<!-- bakeoff:begin table a -->\n",
                "README.md:1: the block has no",
            ),
            (
                "<!-- bakeoff:begin table a -->\n<!-- bakeoff:begin table b -->\n<!-- bakeoff:end -->\n",
                "README.md:1: the block has no",
            ),
            (
                "x\n<!-- bakeoff:begin table a\n",
                "README.md:2: the marker does not end",
            ),
            (
                "<!-- bakeoff:begin cake -->\n<!-- bakeoff:end -->\n",
                "README.md:1: unknown block",
            ),
        ] {
            let error = filled(text).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let error = error.to_string();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
