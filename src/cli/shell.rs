//! Words as a shell takes them.

/// `word` as it is where no shell would read anything into it, else in quotes.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.,:=+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_a_shell_would_read_into_is_quoted() {
        for (word, expected) in [
            ("fetch/wait-10ms", "fetch/wait-10ms"),
            ("p99=20ms", "p99=20ms"),
            ("bakery/*/{smol,tokio-mt}", "'bakery/*/{smol,tokio-mt}'"),
            ("two words", "'two words'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
