//! The commands that measure what a claim asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Claim, Test};
use super::weigh::{CaseFound, Finding, Verdict};
use crate::stats::ROUNDS;

/// What to do next about a finding, each with the command that does it.
pub(super) fn advice(finding: &Finding<'_>) -> Vec<(&'static str, String)> {
    let measure = || measuring(finding.claim).into_iter();
    let cases = || finding.tests.iter().flat_map(|found| &found.cases);
    match finding.verdict {
        Verdict::NotMeasured => measure().map(|line| ("to measure it", line)).collect(),
        Verdict::NotDecided => {
            let rounds = cases().filter_map(|case| Some(case.ratio?.rounds)).max();
            let rounds = rounds.map_or(String::new(), |rounds| {
                format!(" --rounds {}", (2 * rounds).max(2 * ROUNDS))
            });
            measure()
                .map(|line| ("to decide it", format!("{line}{rounds}")))
                .collect()
        }
        Verdict::Holds => Vec::new(),
        Verdict::Fails | Verdict::Depends => finding
            .tests
            .iter()
            .filter(|found| !swept(&found.cases))
            .filter_map(|found| sweeping(found.test))
            .map(|line| ("to see where that changes", line))
            .collect(),
    }
}

fn swept(cases: &[CaseFound<'_>]) -> bool {
    let values: BTreeSet<&Option<String>> = cases.iter().map(|case| &case.value).collect();
    values.len() > 1
}

/// The commands that measure all cells of `claim`: one, unless its tests change
/// parameters.
#[must_use]
pub fn measuring(claim: &Claim) -> Vec<String> {
    let mut sets: BTreeMap<&BTreeMap<String, String>, Vec<&Test>> = BTreeMap::new();
    for test in &claim.tests {
        sets.entry(&test.set).or_default().push(test);
    }
    sets.values().map(|tests| run(tests)).collect()
}

/// The command that measures `test` at each value of its sweep.
#[must_use]
pub fn sweeping(test: &Test) -> Option<String> {
    let sweep = test.sweep.as_ref()?;
    let values = sweep.values.join(",");
    Some(format!("{} --sweep {}={values}", run(&[test]), sweep.key))
}

/// Runs the cells of tests that change the same parameters.
fn run(tests: &[&Test]) -> String {
    let mut scenarios: Vec<(&str, Vec<&str>)> = Vec::new();
    for case in tests.iter().flat_map(|test| &test.cases) {
        for cell in std::iter::once(&case.of).chain(&case.over) {
            let known = scenarios.iter_mut().find(|(id, _)| *id == cell.scenario);
            match known {
                Some((_, labels)) if labels.contains(&cell.label.as_str()) => {}
                Some((_, labels)) => labels.push(&cell.label),
                None => scenarios.push((&cell.scenario, vec![&cell.label])),
            }
        }
    }
    let mut line = "bakeoff run".to_owned();
    for (scenario, labels) in scenarios {
        line += &match labels.as_slice() {
            [one] => format!(" {scenario}/{one}"),
            several => format!(" '{scenario}/{{{}}}'", several.join(",")),
        };
    }
    for (key, value) in &tests[0].set {
        line += &format!(" --set {key}={value}");
    }
    line
}
