//! Values of parameters that a run changed, as text that may be a number.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A parameter's value as rows keep it. Numbers come before words, in their own
/// order: 10 before 100, and that before `jump`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting<'a>(pub &'a str);

impl Setting<'_> {
    /// The value, where it is a number.
    pub fn number(&self) -> Option<f64> {
        self.0.parse().ok().filter(|value: &f64| value.is_finite())
    }
}

impl Ord for Setting<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_number = match (self.number(), other.number()) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            (one, other) => other.is_some().cmp(&one.is_some()),
        };
        by_number.then(self.0.cmp(other.0))
    }
}

impl PartialOrd for Setting<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What a row or a summary says was changed.
pub fn settings(set: &BTreeMap<String, String>) -> Vec<(&str, Setting<'_>)> {
    set.iter()
        .map(|(key, value)| (key.as_str(), Setting(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_first_and_in_their_order() {
        let mut values = ["jump", "100", "1e3", "9", "calm", "0.5"].map(Setting);
        values.sort();
        assert_eq!(
            values.map(|value| value.0),
            ["0.5", "9", "100", "1e3", "calm", "jump"]
        );
    }
}
