//! Numbers of things, in words that agree with them.

/// `1 run`, `2 runs`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

/// `1 row is`, `2 rows are`.
#[must_use]
pub fn are(count: usize, what: &str) -> String {
    let verb = if count == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(count, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_as_one() {
        assert_eq!(counted(0, "sample"), "0 samples");
        assert_eq!(counted(1, "sample"), "1 sample");
        assert_eq!(are(1, "row"), "1 row is");
        assert_eq!(are(2, "row"), "2 rows are");
    }
}
