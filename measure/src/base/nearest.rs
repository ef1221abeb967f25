//! "Did you mean …" for every misspelled name.

use std::borrow::Cow;
use std::collections::HashSet;

use super::error::Error;

/// Longest word that a name is looked for, characters; of a longer one messages show
/// the beginning.
const LONGEST: usize = 64;

/// A word as messages show it: the beginning of a long one.
#[must_use]
pub fn shortened(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &word[..end])),
        None => Cow::Borrowed(word),
    }
}

/// A usage error that names what was not found, the nearest name that exists,
/// and all of them where they are few.
#[must_use]
pub fn unknown<'a>(kind: &str, word: &str, known: impl Iterator<Item = &'a str>) -> Error {
    // A workload with two clients is one workload.
    let mut seen = HashSet::new();
    let known: Vec<&str> = known.filter(|name| seen.insert(*name)).collect();
    let shown = shortened(word);
    let nearest = known
        .iter()
        // Nobody misspells a name by that much, and looking takes long.
        .filter(|_| shown.len() == word.len())
        .map(|name| (strsim::jaro_winkler(word, name), *name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.6);
    let mut line = format!("unknown {kind} '{shown}'");
    if let Some((_, name)) = nearest {
        line.push_str(&format!("; did you mean '{name}'?"));
    }
    if known.len() <= 24 {
        line.push_str(&format!(" (known: {})", known.join(", ")));
    }
    Error::Usage(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        let error = unknown(
            "model",
            "tokyo-mt",
            ["smol", "tokio-mt", "rayon"].into_iter(),
        );
        assert_eq!(
            error.to_string(),
            "unknown model 'tokyo-mt'; did you mean 'tokio-mt'? (known: smol, tokio-mt, rayon)"
        );
    }

    #[test]
    fn a_word_of_any_length_is_answered_in_a_line() {
        let error = unknown("model", &"é".repeat(1 << 20), ["smol"].into_iter());
        let expected = format!("unknown model '{}…' (known: smol)", "é".repeat(LONGEST));
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_name_is_listed_once() {
        let known = ["bakery", "fetch", "fetch", "nothing"];
        let error = unknown("workload", "x", known.into_iter());
        let line = error.to_string();
        assert!(line.ends_with("(known: bakery, fetch, nothing)"), "{line}");
    }
}
