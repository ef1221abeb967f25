//! Where a claim holds and where it does not: by setting, by model, or from which
//! value of a parameter on.

use super::weigh::{CaseFound, Finding, TestFound, Verdict};
use crate::base::si;

/// Where the claim holds, and where it does not, in words; both empty unless it
/// depends.
pub(super) fn across(finding: &Finding<'_>) -> (Vec<String>, Vec<String>) {
    let mut split = Split::default();
    if finding.verdict != Verdict::Depends {
        return (split.holds, split.fails);
    }
    for found in &finding.tests {
        match (&found.test.when, found.verdict) {
            (Some(when), Some(verdict)) if verdict != Verdict::Depends => {
                let cases: Vec<&CaseFound<'_>> = found.cases.iter().collect();
                split.add(verdict, format!("when {when}{}", measured(&cases)));
            }
            (_, Some(Verdict::Depends)) => split.test(found),
            _ => {}
        }
    }
    (split.holds, split.fails)
}

#[derive(Default)]
struct Split {
    holds: Vec<String>,
    fails: Vec<String>,
}

impl Split {
    fn add(&mut self, verdict: Verdict, place: String) {
        match verdict {
            Verdict::Holds => self.holds.push(place),
            Verdict::Fails => self.fails.push(place),
            _ => {}
        }
    }

    /// The cells of a test, each with the values of its sweep.
    fn test(&mut self, found: &TestFound<'_>) {
        let all = &found.test.cases;
        // Where one cell is compared with several, these tell the cases apart.
        let same_of = all.len() > 1 && all.iter().all(|case| case.of == all[0].of);
        for cells in found.cases.chunk_by(|a, b| std::ptr::eq(a.case, b.case)) {
            let case = cells[0].case;
            let mut place = match &case.over {
                Some(over) if same_of => format!("against {}", over.label),
                _ => format!("with {}", case.of.label),
            };
            if let Some(when) = &found.test.when {
                place = format!("when {when}, {place}");
            }
            match (found.test.sweep.as_ref(), one(cells)) {
                (Some(sweep), None) => self.crossing(&place, &sweep.key, cells),
                (_, verdict) => {
                    place += &measured(&cells.iter().collect::<Vec<_>>());
                    self.add(verdict.unwrap_or(Verdict::NotDecided), place);
                }
            }
        }
    }

    /// From which value on it holds, or up to which; else at which values.
    fn crossing(&mut self, place: &str, key: &str, cells: &[CaseFound<'_>]) {
        let decided: Vec<(&str, Verdict)> = cells
            .iter()
            .filter(|case| case.verdict.decided())
            .map(|case| (case.value.as_deref().unwrap_or_default(), case.verdict))
            .collect();
        let turns = decided
            .windows(2)
            .filter(|pair| pair[0].1 != pair[1].1)
            .count();
        for verdict in [Verdict::Holds, Verdict::Fails] {
            let own = decided.iter().filter(|(_, own)| *own == verdict);
            let values: Vec<&str> = own.map(|(value, _)| *value).collect();
            let (Some(first), Some(last)) = (values.first(), values.last()) else {
                continue;
            };
            let range = match turns {
                1 if decided[0].1 == verdict => format!("up to {key} = {last}"),
                1 => format!("from {key} = {first} on"),
                _ => format!("at {key} = {}", values.join(", ")),
            };
            self.add(verdict, format!("{place} {range}"));
        }
    }
}

/// ` (97.3× to 97.6×)`.
fn measured(cases: &[&CaseFound<'_>]) -> String {
    medians(cases).map_or(String::new(), |medians| format!(" ({medians})"))
}

/// The one verdict of all decided cases; `None` where they differ.
fn one(cells: &[CaseFound<'_>]) -> Option<Verdict> {
    let mut decided = cells.iter().filter(|case| case.verdict.decided());
    let Some(first) = decided.next() else {
        return Some(Verdict::NotDecided);
    };
    decided
        .all(|case| case.verdict == first.verdict)
        .then_some(first.verdict)
}

/// The least and the greatest of the median ratios: `93.0× to 99.4×`.
pub(super) fn medians(cases: &[&CaseFound<'_>]) -> Option<String> {
    let medians = cases.iter().filter_map(|case| Some(case.ratio?.middle));
    let mut medians: Vec<f64> = medians.collect();
    medians.sort_by(f64::total_cmp);
    let (first, last) = (si::short(*medians.first()?), si::short(*medians.last()?));
    Some(if first == last {
        format!("{first}×")
    } else {
        format!("{first}× to {last}×")
    })
}
