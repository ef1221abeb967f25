//! A finding in words, the same for a terminal, Markdown and the page.

use std::collections::BTreeSet;

use super::across::{across, medians};
use super::command::advice;
use super::entry::{Claim, Test};
use super::weigh::{CaseFound, Finding, Findings, TestFound, Verdict};
use crate::base::si;
use crate::report::text::grid::one_line;

/// One finding, ready to be laid out.
pub(super) struct Told<'c> {
    pub(super) finding: &'c Finding<'c>,
    /// What the verdict means, or why there is none.
    pub(super) meaning: String,
    /// The figures, a line a test.
    pub(super) figures: Vec<String>,
    /// What to do, and the command.
    pub(super) advice: Vec<(&'static str, String)>,
}

impl<'c> Told<'c> {
    pub(super) fn of(finding: &'c Finding<'c>) -> Self {
        Told {
            meaning: meaning(finding),
            figures: finding.tests.iter().filter_map(figures).collect(),
            advice: advice(finding),
            finding,
        }
    }
}

/// How many of these have each verdict: `5 hold here, 2 depend`.
pub(super) fn counted<'a, 'c: 'a>(findings: impl Iterator<Item = &'a Finding<'c>>) -> String {
    let verdicts: Vec<Verdict> = findings.map(|own| own.verdict).collect();
    let count = |verdict| verdicts.iter().filter(|own| **own == verdict).count();
    let told = |(verdict, one, many): (Verdict, &str, &str)| match count(verdict) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let told: Vec<String> = [
        (Verdict::Holds, "holds here", "hold here"),
        (Verdict::Fails, "does not hold here", "do not hold here"),
        (Verdict::Depends, "depends", "depend"),
        (Verdict::NotDecided, "is not decided", "are not decided"),
        (
            Verdict::NotMeasured,
            "was not measured",
            "were not measured",
        ),
    ]
    .into_iter()
    .filter_map(told)
    .collect();
    told.join(", ")
}

/// What the brackets are.
pub(super) fn footnote(findings: &Findings<'_>) -> Option<String> {
    (findings.family > 0).then(|| {
        format!(
            "In brackets: confidence interval of the ratio over paired rounds, at 99.5 % for all \
             {} comparisons together (Holm's correction).",
            findings.family
        )
    })
}

/// `6 more claims are about Python, of which there is no row`: what is not shown one by
/// one; `None` where all are.
pub(super) fn elsewhere(claims: &[&Claim]) -> Option<String> {
    let (count, verb) = match claims.len() {
        0 => return None,
        1 => ("1 more claim".to_owned(), "is"),
        several => (format!("{several} more claims"), "are"),
    };
    let named = named(claims.iter().copied());
    Some(format!(
        "{count} {verb} about {named}, of which there is no row"
    ))
}

/// What these claims are about, as the head of their list: `About Python: `.
pub(super) fn about<'c>(claims: impl Iterator<Item = &'c Claim>) -> String {
    format!("About {}: ", named(claims))
}

/// The languages that these claims are about.
fn named<'c>(claims: impl Iterator<Item = &'c Claim>) -> String {
    let claims: Vec<&Claim> = claims.collect();
    let named: Vec<String> = peers(&claims).map(language).collect();
    named.join(" and ")
}

/// The same in a sentence that names what comes next.
pub(super) fn left(findings: &Findings<'_>) -> Option<String> {
    let told = elsewhere(&findings.elsewhere())?;
    Some(format!(
        "{told}: `bakeoff claims` names the command that measures them."
    ))
}

/// The programs that these claims are about, each once.
pub(super) fn peers<'c>(claims: &[&'c Claim]) -> impl Iterator<Item = &'c str> + use<'c> {
    let peers = claims.iter().flat_map(|claim| &claim.peers);
    let peers: BTreeSet<&str> = peers.map(String::as_str).collect();
    peers.into_iter()
}

/// A program's name as that of its language: `Python`.
fn language(peer: &str) -> String {
    let mut letters = peer.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn meaning(finding: &Finding<'_>) -> String {
    let saying = &finding.claim.saying;
    match finding.verdict {
        Verdict::Holds => format!("{}{}", saying.holds, key(finding)),
        Verdict::Fails => format!("{}{}", saying.fails, key(finding)),
        Verdict::Depends => {
            let (holds, fails) = across(finding);
            format!(
                "{} It holds {}; it does not {}.",
                saying.depends,
                holds.join(", "),
                fails.join(", ")
            )
        }
        Verdict::NotDecided => {
            format!("Open because {}.", reasons(finding).join("; "))
        }
        Verdict::NotMeasured => "Rows of these cells are missing.".into(),
    }
}

/// Why cases are open, each reason once; with its figures and cells, unless it is the
/// same for all.
fn reasons(finding: &Finding<'_>) -> Vec<String> {
    let mut open: Vec<(String, &str, Vec<&str>)> = Vec::new();
    for found in finding.tests.iter().filter(|found| found.verdict.is_some()) {
        for case in &found.cases {
            let Some(why) = case.why.as_deref().map(one_line) else {
                continue;
            };
            let (label, cell) = (found.test.figure.title, case.case.of.id.as_str());
            let same = open
                .iter_mut()
                .find(|(reason, of, _)| *reason == why && *of == label);
            match same {
                Some((_, _, cells)) => cells.push(cell),
                None => open.push((why, label, vec![cell])),
            }
        }
    }
    let cases: usize = open.iter().map(|(_, _, cells)| cells.len()).sum();
    if cases > 1 && open.iter().all(|(why, ..)| *why == open[0].0) {
        return vec![open.swap_remove(0).0];
    }
    open.iter()
        .map(|(why, label, cells)| format!("{why} ({label} of {})", cells.join(", ")))
        .collect()
}

/// The ratios that the verdict rests on, in short: `Measured: throughput 93.0× to 99.4×
/// that of sequential.`
fn key(finding: &Finding<'_>) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    for found in &finding.tests {
        if found.verdict != Some(finding.verdict) {
            continue;
        }
        let cases: Vec<&CaseFound<'_>> = found.cases.iter().collect();
        let Some(medians) = medians(&cases) else {
            continue;
        };
        let part = format!("{} {medians}", found.test.figure.title);
        let limit = found.cases.iter().find_map(|case| case.limit);
        let behind = match (finding.verdict, limit) {
            (Verdict::Fails, Some(limit)) => format!(" (asked: {})", asked(found.test, limit)),
            _ => String::new(),
        };
        parts.push((part, against(found.test) + &behind));
    }
    let told: Vec<String> = parts
        .chunk_by(|one, other| one.1 == other.1)
        .map(|parts| {
            let of: Vec<&str> = parts.iter().map(|(part, _)| part.as_str()).collect();
            format!("{} that of {}", of.join(", "), parts[0].1)
        })
        .collect();
    if told.is_empty() {
        return String::new();
    }
    format!(" Measured: {}.", told.join("; "))
}

/// What the test's cells are compared with: models, or the other scenario.
fn against(test: &Test) -> String {
    let mut names: Vec<&str> = Vec::new();
    for case in &test.cases {
        let Some(over) = &case.over else { continue };
        let name = if over.scenario == case.of.scenario {
            &over.label
        } else {
            &over.scenario
        };
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// A test's figures in a line; `None` where nothing of it was measured.
fn figures(found: &TestFound<'_>) -> Option<String> {
    let measured = found.cases.iter();
    let cases: Vec<&CaseFound<'_>> = measured
        .filter(|case| case.verdict != Verdict::NotMeasured)
        .collect();
    let first = cases.first()?;
    let same_limit = cases.iter().all(|case| case.limit == first.limit);
    let mut head = format!("{}, {}", found.test.figure.title, places(found.test));
    if let Some(when) = &found.test.when {
        head += &format!(", when {when}");
    }
    if same_limit && let Some(limit) = first.limit {
        head += &format!(", {}", asked(found.test, limit));
    }
    let items: Vec<String> = cases
        .iter()
        .map(|case| {
            let mut item = String::new();
            if let (Some(sweep), Some(value)) = (&found.test.sweep, &case.value)
                && cases.len() > found.test.cases.len()
            {
                item += &format!("at {} = {value} ", sweep.key);
            }
            item += &figure(found.test, case);
            if !same_limit && let Some(limit) = case.limit {
                item += &format!(" ({})", asked(found.test, limit));
            }
            if found.verdict.is_some_and(|verdict| verdict != case.verdict) {
                item += match case.verdict {
                    Verdict::NotDecided => " not decided",
                    Verdict::Holds => " holds",
                    _ => " does not hold",
                };
            }
            item
        })
        .collect();
    Some(format!("{head}: {}", items.join("; ")))
}

/// The scenarios that the test is of.
fn places(test: &Test) -> String {
    let case = &test.cases[0];
    match &case.over {
        Some(over) if over.scenario != case.of.scenario => {
            format!("{} against {}", case.of.scenario, over.scenario)
        }
        _ => case.of.scenario.clone(),
    }
}

fn asked(test: &Test, limit: f64) -> String {
    let ratio = test.cases[0].over.is_some();
    let least = test.limit.is_some_and(|limit| limit.at_least);
    // More than as much is what "faster" means; the test shows it or does not.
    let word = match (least, ratio && limit == 1.0) {
        (true, true) => "more than",
        (false, true) => "less than",
        (true, false) => "at least",
        (false, false) => "at most",
    };
    let value = if ratio {
        let value = if limit < 1000.0 {
            si::tidy(limit)
        } else {
            si::grouped(limit)
        };
        format!("{value}×")
    } else {
        test.figure.brief(limit)
    };
    format!("{word} {value}")
}

/// `tokio-mt 97.1× sequential [95.6, 105] (9.57k/s, 98.5/s)`.
fn figure(test: &Test, case: &CaseFound<'_>) -> String {
    let of = &case.case.of.label;
    let told =
        |value: Option<f64>| value.map_or("not measured".into(), |value| test.figure.brief(value));
    let Some(over) = &case.case.over else {
        return match case.range {
            Some((low, high)) if low < high => {
                format!(
                    "{of} {} to {}",
                    test.figure.brief(low),
                    test.figure.brief(high)
                )
            }
            _ => format!("{of} {}", told(case.of)),
        };
    };
    let (ratio, interval) = match (case.ratio, case.of.zip(case.over)) {
        (Some(ratio), _) => (
            Some(ratio.middle),
            format!(
                " [{}, {}]",
                si::short(ratio.interval.low),
                si::short(ratio.interval.high)
            ),
        ),
        // Medians of samples, which no interval can be given of.
        (None, Some((of, over))) => (Some(of / over), String::new()),
        (None, None) => (None, String::new()),
    };
    let ratio = ratio.map_or(String::new(), |ratio| format!(" {}×", si::short(ratio)));
    let than = if over.label == *of {
        String::new()
    } else {
        format!(" {}", over.label)
    };
    format!(
        "{of}{ratio}{than}{interval} ({}, {})",
        told(case.of),
        told(case.over)
    )
}
