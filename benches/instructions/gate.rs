//! Counts against committed figures: what differs, the worst first.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::figures::{Figures, RECORD};

/// One figure, there and here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Its name.
    pub(crate) name: String,
    /// Instructions as committed; `None` where it is new.
    pub(crate) committed: Option<f64>,
    /// Instructions as counted; `None` where it is gone.
    pub(crate) counted: Option<f64>,
    /// What became of it.
    pub(crate) standing: Standing,
}

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Standing {
    /// It is within the tolerance.
    Same,
    /// It differs by more, up or down: a figure that is too high hides the next
    /// change.
    Differs,
    /// It varies by so many percent from run to run, and is shown only.
    Unstable(f64),
    /// It is not among the committed.
    New,
    /// It is committed and was not counted.
    Gone,
}

impl Line {
    /// From committed to counted, percent.
    #[must_use]
    pub(crate) fn change_percent(&self) -> Option<f64> {
        Some((self.counted? / self.committed? - 1.0) * 100.0)
    }

    fn fails(&self) -> bool {
        matches!(
            self.standing,
            Standing::Differs | Standing::New | Standing::Gone
        )
    }

    /// How far it is from where it should be: without a pair, as far as can be.
    fn distance(&self) -> f64 {
        self.change_percent().map_or(f64::INFINITY, f64::abs)
    }
}

/// Every figure of either side, those that fail first, and of those the worst.
#[must_use]
pub(crate) fn compare(
    committed: &Figures,
    counted: &BTreeMap<String, f64>,
    tolerance: f64,
) -> Vec<Line> {
    let mut lines: Vec<Line> = committed
        .figures
        .iter()
        .map(|(name, figure)| {
            let mut line = Line {
                name: name.clone(),
                committed: Some(figure.instructions),
                counted: counted.get(name).copied(),
                standing: Standing::Gone,
            };
            if let Some(change) = line.change_percent() {
                line.standing = if !figure.is_stable(tolerance) {
                    Standing::Unstable(figure.spread_percent)
                } else if change.abs() > tolerance {
                    Standing::Differs
                } else {
                    Standing::Same
                };
            }
            line
        })
        .collect();
    let new = counted
        .iter()
        .filter(|(name, _)| !committed.figures.contains_key(*name));
    lines.extend(new.map(|(name, &counted)| Line {
        name: name.clone(),
        committed: None,
        counted: Some(counted),
        standing: Standing::New,
    }));
    lines.sort_by(|a, b| {
        let worst = b.distance().partial_cmp(&a.distance());
        b.fails()
            .cmp(&a.fails())
            .then(worst.unwrap_or(Ordering::Equal))
            .then_with(|| a.name.cmp(&b.name))
    });
    lines
}

/// The lines as a table for people.
#[must_use]
pub(crate) fn table(lines: &[Line]) -> String {
    let number = |value: Option<f64>| value.map_or("—".to_owned(), |value| format!("{value:.1}"));
    let mut out = format!(
        "{:30}{:>12}{:>12}{:>11}\n",
        "instructions per operation", "committed", "counted", "change"
    );
    for line in lines {
        let change = line
            .change_percent()
            .map_or("—".to_owned(), |change| format!("{change:+.2} %"));
        let note = match line.standing {
            Standing::Same => String::new(),
            Standing::Differs => "  DIFFERS".into(),
            Standing::Unstable(spread) => {
                format!("  not gated: varies by {spread} % from run to run")
            }
            Standing::New => "  NEW".into(),
            Standing::Gone => "  GONE".into(),
        };
        let _ = writeln!(
            out,
            "{:30}{:>12}{:>12}{change:>11}{note}",
            line.name,
            number(line.committed),
            number(line.counted),
        );
    }
    out
}

/// One line of what it comes to. `elsewhere` tells what the committed figures
/// were made with that is not here: then they decide nothing, which passes only
/// where advice is all that was asked for.
///
/// # Errors
/// That line, where a figure fails and counts, or where nothing was decided.
pub(crate) fn verdict(
    lines: &[Line],
    tolerance: f64,
    elsewhere: &[String],
    advise: bool,
) -> Result<String, String> {
    let failing: Vec<String> = lines
        .iter()
        .filter(|line| line.fails())
        .map(|line| match (line.standing, line.change_percent()) {
            (Standing::New, _) => format!("{} is new", line.name),
            (_, Some(change)) => format!("{} {change:+.2} %", line.name),
            (_, None) => format!("{} is gone", line.name),
        })
        .collect();
    let same = lines.iter().filter(|line| line.standing == Standing::Same);
    let same = same.count();
    let said = if !failing.is_empty() {
        format!(
            "beyond {tolerance} %: {}; if that is meant: {RECORD}",
            failing.join(", ")
        )
    } else if same == 0 {
        "not decided: every figure varies by more than half the tolerance, or there is none: give \
         a greater --tolerance"
            .to_owned()
    } else {
        format!("within {tolerance} %: all {same} that are gated")
    };
    if !elsewhere.is_empty() {
        let elsewhere = format!("the figures were made elsewhere; {}", elsewhere.join("; "));
        return if advise {
            Ok(format!("{said} (advice only: {elsewhere})"))
        } else {
            Err(format!(
                "not decided: {elsewhere}: record the base here, with --record --figures FILE, or \
                 give --advise to be told only ({said})"
            ))
        };
    }
    if failing.is_empty() && same > 0 {
        Ok(said)
    } else {
        Err(said)
    }
}
