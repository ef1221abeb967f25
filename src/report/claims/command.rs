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
            .filter_map(|found| sweeping(finding.claim, found.test))
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
    measuring_all(&[claim])
}

/// The commands that measure all cells of all these claims.
pub(super) fn measuring_all(claims: &[&Claim]) -> Vec<String> {
    let mut sets: BTreeMap<&BTreeMap<String, String>, Vec<&Test>> = BTreeMap::new();
    for test in claims.iter().flat_map(|claim| &claim.tests) {
        sets.entry(&test.set).or_default().push(test);
    }
    let peers: BTreeSet<&str> = claims
        .iter()
        .flat_map(|claim| &claim.peers)
        .map(String::as_str)
        .collect();
    sets.values().map(|tests| run(tests, &peers)).collect()
}

/// The command that measures `test` of `claim` at each value of its sweep.
#[must_use]
pub fn sweeping(claim: &Claim, test: &Test) -> Option<String> {
    let sweep = test.sweep.as_ref()?;
    let values = sweep.values.join(",");
    let peers = claim.peers.iter().map(String::as_str).collect();
    let run = run(&[test], &peers);
    Some(format!("{run} --sweep {}={values}", sweep.key))
}

/// Runs the cells of tests that change the same parameters, models of these programs
/// among them.
fn run(tests: &[&Test], peers: &BTreeSet<&str>) -> String {
    let mut scenarios: Vec<(&str, Vec<&str>)> = Vec::new();
    for case in tests.iter().flat_map(|test| &test.cases) {
        for cell in case.cells() {
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
    if !peers.is_empty() {
        let peers: Vec<&str> = peers.iter().copied().collect();
        line += &format!(" --peers {}", peers.join(","));
    }
    line
}
