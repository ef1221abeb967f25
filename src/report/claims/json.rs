//! Findings for other programs.

use serde_json::{Value, json as value};

use super::across::across;
use super::command::{measuring, sweeping};
use super::weigh::{CaseFound, Finding, Findings, TestFound, Verdict};
use super::words::Told;
use crate::stats::ALPHA;

/// One object with every claim, its verdict and its figures.
#[must_use]
pub fn json(findings: &Findings<'_>) -> Value {
    value!({
        "level": 1.0 - ALPHA,
        "comparisons": findings.family,
        "claims": findings.list.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// A verdict as one word.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "does-not-hold",
        Verdict::Depends => "depends",
        Verdict::NotDecided => "not-decided",
        Verdict::NotMeasured => "not-measured",
    }
}

fn finding(finding: &Finding<'_>) -> Value {
    let claim = finding.claim;
    let (holds, fails) = across(finding);
    value!({
        "id": claim.id,
        "says": claim.says,
        "source": { "who": claim.who, "title": claim.title, "url": claim.url },
        "peers": claim.peers,
        "verdict": word(finding.verdict),
        "meaning": Told::of(finding).meaning,
        "holds_where": holds,
        "fails_where": fails,
        "commands": {
            "measure": measuring(claim),
            "sweep": claim.tests.iter().filter_map(|test| sweeping(claim, test)).collect::<Vec<_>>(),
        },
        "tests": finding.tests.iter().map(test).collect::<Vec<_>>(),
    })
}

fn test(found: &TestFound<'_>) -> Value {
    let test = found.test;
    value!({
        "figure": test.figure.name,
        "limit": test.limit.map(|limit| if limit.at_least { "at-least" } else { "at-most" }),
        "when": test.when,
        "set": test.set,
        "sweep": test.sweep.as_ref().map(|sweep| &sweep.key),
        "verdict": found.verdict.map(word),
        "cases": found.cases.iter().map(case).collect::<Vec<_>>(),
    })
}

fn case(case: &CaseFound<'_>) -> Value {
    value!({
        "of": case.case.of.id,
        "over": case.case.over.as_ref().map(|over| &over.id),
        "value": case.value,
        "limit": case.limit,
        "verdict": word(case.verdict),
        "of_median": case.of,
        "over_median": case.over,
        "ratio": case.ratio.map(|ratio| value!({
            "middle": ratio.middle,
            "low": ratio.interval.low,
            "high": ratio.interval.high,
            "rounds": ratio.rounds,
        })),
        "range": case.range.map(|(low, high)| [low, high]),
        "why": case.why,
    })
}
