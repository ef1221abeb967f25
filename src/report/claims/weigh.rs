//! What rows say of claims: each case of each test by its rounds, all as one family.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::{Case, Cell, Claim, Limit, Per, Test};
use super::ratio::{Above, Weight, weights};
use crate::base::si;
use crate::kit::Class;
use crate::record::flag::Flag;
use crate::record::quantity::{Quantity, THROUGHPUT};
use crate::record::rounds::{Round, by_round};
use crate::record::row::Row;
use crate::report::analysis::in_flight;
use crate::report::analysis::panel::{Index, index};
use crate::stats::ROUNDS;
use crate::stats::quantile::median;
use crate::stats::ratio::{Ratio, log_ratios};

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every test that it must pass is passed.
    Holds,
    /// A test that it must pass is shown to fail.
    Fails,
    /// It holds in some settings, for some models or from some value on.
    Depends,
    /// There are figures, but they do not suffice.
    NotDecided,
    /// Cells are missing.
    NotMeasured,
}

impl Verdict {
    /// As people read it.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Verdict::Holds => "holds here",
            Verdict::Fails => "does not hold here",
            Verdict::Depends => "depends",
            Verdict::NotDecided => "not decided",
            Verdict::NotMeasured => "not measured",
        }
    }

    /// Whether rows gave an answer.
    #[must_use]
    pub fn decided(self) -> bool {
        matches!(self, Verdict::Holds | Verdict::Fails | Verdict::Depends)
    }
}

/// What rows say of all claims.
#[derive(Debug)]
pub struct Findings<'c> {
    /// One a claim, in their order.
    pub list: Vec<Finding<'c>>,
    /// How many comparisons were tested together.
    pub family: usize,
}

impl<'c> Findings<'c> {
    /// Those that a reader is shown one by one.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Finding<'c>> {
        self.list.iter().filter(|own| !own.elsewhere)
    }

    /// Claims about programs in other languages that had no part in the run: they are
    /// told of together.
    pub(super) fn elsewhere(&self) -> Vec<&'c Claim> {
        let own = self.list.iter().filter(|own| own.elsewhere);
        own.map(|own| own.claim).collect()
    }
}

/// What rows say of one claim.
#[derive(Debug)]
pub struct Finding<'c> {
    /// The claim.
    pub claim: &'c Claim,
    /// Whether it is about programs in other languages of which there is no row.
    pub elsewhere: bool,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Its tests, in their order.
    pub tests: Vec<TestFound<'c>>,
}

/// What rows say of one test.
#[derive(Debug)]
pub struct TestFound<'c> {
    /// The test.
    pub test: &'c Test,
    /// Its verdict; `None` of a test that only shows its figures.
    pub verdict: Option<Verdict>,
    /// Its cases; of a sweep one for each value that rows have.
    pub cases: Vec<CaseFound<'c>>,
}

/// What rows say of one case.
#[derive(Debug)]
pub struct CaseFound<'c> {
    /// The case.
    pub case: &'c Case,
    /// The swept parameter's value, where the test has a sweep.
    pub value: Option<String>,
    /// What becomes of the case.
    pub verdict: Verdict,
    /// What was asked of the ratio, or of every sample.
    pub limit: Option<f64>,
    /// The cell's median over samples.
    pub of: Option<f64>,
    /// That of the cell that it is compared with.
    pub over: Option<f64>,
    /// Their ratio by rounds; `None` where these are too few.
    pub ratio: Option<Ratio>,
    /// The least and greatest sample, where every sample must keep to the limit.
    pub range: Option<(f64, f64)>,
    /// Why it is not decided.
    pub why: Option<String>,
}

/// What `rows` say of `claims`.
///
/// Rows decide only where they are of the claim's cells: of the scenario's version that
/// this build knows, of class `equal`, with the parameters that the test names, and
/// served by our own server. A cell of which any such sample failed decides nothing.
#[must_use]
pub fn findings<'c>(claims: &'c [Claim], rows: &[Row]) -> Findings<'c> {
    let index = index(rows);
    let mut asked: Vec<Vec<Vec<Asked<'c, '_>>>> = claims
        .iter()
        .map(|claim| {
            let tests = claim.tests.iter();
            tests.map(|test| points(test, &index)).collect()
        })
        .collect();
    let mut all: Vec<&mut Asked<'c, '_>> = asked.iter_mut().flatten().flatten().collect();
    let logs: Vec<Vec<f64>> = all.iter().map(|asked| asked.logs()).collect();
    let family = logs.iter().filter(|logs| logs.len() >= ROUNDS).count();
    for (asked, weight) in all.iter_mut().zip(weights(&logs)) {
        asked.weight = weight;
    }
    let list = claims.iter().zip(asked).map(|(claim, tests)| {
        let tests: Vec<TestFound<'c>> = claim
            .tests
            .iter()
            .zip(tests)
            .map(|(test, cases)| {
                let cases: Vec<CaseFound<'c>> = cases.iter().map(Asked::found).collect();
                TestFound {
                    verdict: test.limit.map(|_| of_cases(&cases)),
                    test,
                    cases,
                }
            })
            .collect();
        Finding {
            elsewhere: elsewhere(claim, &index),
            claim,
            verdict: of_tests(&tests),
            tests,
        }
    });
    Findings {
        list: list.collect(),
        family,
    }
}

/// Whether a claim is about programs in other languages, and no row is of one of its
/// cells there.
fn elsewhere(claim: &Claim, index: &Index<'_>) -> bool {
    let cases = claim.tests.iter().flat_map(|test| &test.cases);
    let mut theirs = cases.flat_map(Case::cells).filter(|cell| cell.foreign());
    !claim.peers.is_empty() && !theirs.any(|cell| index.contains_key(cell.id.as_str()))
}

/// One case with its rows.
struct Asked<'c, 'a> {
    test: &'c Test,
    case: &'c Case,
    value: Option<String>,
    of: Vec<&'a Row>,
    over: Vec<&'a Row>,
    weight: Weight,
}

/// The cases of `test`; of a sweep one for each value that rows of the case have.
fn points<'c, 'a>(test: &'c Test, index: &Index<'a>) -> Vec<Asked<'c, 'a>> {
    let mut found = Vec::new();
    for case in &test.cases {
        let of = |set: &BTreeMap<String, String>, value| {
            let rows = |cell| rows_of(index, cell, set);
            Asked {
                test,
                case,
                value,
                of: rows(&case.of),
                over: case.over.as_ref().map_or_else(Vec::new, rows),
                weight: Weight::default(),
            }
        };
        let own = of(&test.set, case.of.own.clone());
        let Some(sweep) = &test.sweep else {
            found.push(own);
            continue;
        };
        let values: BTreeSet<&String> = index
            .get(case.of.id.as_str())
            .into_iter()
            .flatten()
            .filter_map(|row| row.set.get(&sweep.key))
            .collect();
        let swept = values.into_iter().map(|value| {
            let mut set = test.set.clone();
            set.insert(sweep.key.clone(), value.clone());
            of(&set, Some(value.clone()))
        });
        let mut points: Vec<Asked<'c, 'a>> = swept.filter(Asked::measured).collect();
        if own.measured() || points.is_empty() {
            points.push(own);
        }
        points.sort_by(|a, b| magnitude(a).total_cmp(&magnitude(b)));
        found.append(&mut points);
    }
    found
}

/// The rows that may decide something of `cell` with `set` changed.
fn rows_of<'a>(index: &Index<'a>, cell: &Cell, set: &BTreeMap<String, String>) -> Vec<&'a Row> {
    let rows = index.get(cell.id.as_str()).into_iter().flatten();
    rows.filter(|row| {
        row.class == Class::Equal
            && row.scenario_version == cell.version
            && row.set == *set
            && !row.flagged(Flag::NoLedger)
    })
    .copied()
    .collect()
}

/// A value as a number, whatever its unit, so that values can be ordered.
fn magnitude(asked: &Asked<'_, '_>) -> f64 {
    let text = asked.value.as_deref().unwrap_or_default();
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
    let scale = match &text[digits.len()..] {
        "ns" => 1e-9,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "k" | "kB" => 1e3,
        "M" | "MB" => 1e6,
        _ => 1.0,
    };
    digits
        .replace('_', "")
        .parse()
        .map_or(f64::MAX, |value: f64| value * scale)
}

/// By round what `figure` was.
fn rounds<'a>(rows: &[&'a Row], figure: &Quantity) -> BTreeMap<Round<'a>, f64> {
    by_round(rows, |row| figure.of_row(row))
}

impl<'c> Asked<'c, '_> {
    fn measured(&self) -> bool {
        !self.of.is_empty() && (self.case.over.is_none() || !self.over.is_empty())
    }

    fn failed(&self) -> Option<String> {
        let mut rows = self.of.iter().chain(&self.over);
        rows.find_map(|row| {
            let error = row.error.as_ref()?;
            let first = error.lines().next().unwrap_or_default().trim();
            Some(format!("{} failed: {first}", row.cell))
        })
    }

    /// What the figure or the ratio must keep to.
    fn limit(&self) -> Option<f64> {
        let Limit { value, per, .. } = self.test.limit?;
        let row = self.of.first()?;
        match per {
            None => Some(value),
            Some(Per::Concurrency) => Some(value * row.concurrency as f64),
            Some(Per::Cpus) if row.cpus.is_empty() => None,
            Some(Per::Cpus) => Some(value * row.cpus.len() as f64),
        }
    }

    /// How many orders each side had in flight, where that keeps their service times
    /// from being compared.
    fn apart(&self) -> Option<(f64, f64)> {
        let [of, over] = [&self.of, &self.over].map(|rows| in_flight::of_rows(rows));
        let compares = in_flight::alike(of, over) || !self.test.figure.of_service(false);
        of.zip(over).filter(|_| !compares)
    }

    /// The log ratios of all rounds, less the limit's; none where nothing may be
    /// decided.
    fn logs(&self) -> Vec<f64> {
        let limit = match self.test.limit {
            Some(_) => self.limit(),
            None => Some(1.0),
        };
        let (None, Some(limit), None) = (self.failed(), limit, self.apart()) else {
            return Vec::new();
        };
        let figure = &self.test.figure;
        let ratios = log_ratios(&rounds(&self.of, figure), &rounds(&self.over, figure));
        ratios.iter().map(|log| log - limit.ln()).collect()
    }

    fn samples(&self, rows: &[&Row]) -> Vec<f64> {
        let good = rows.iter().filter(|row| row.error.is_none());
        good.filter_map(|row| self.test.figure.of_row(row))
            .collect()
    }

    fn found(&self) -> CaseFound<'c> {
        let limit = self.limit();
        let (of, over) = (self.samples(&self.of), self.samples(&self.over));
        let (verdict, why) = match (self.measured(), self.failed()) {
            (false, _) => (Verdict::NotMeasured, None),
            (true, Some(failed)) => (Verdict::NotDecided, Some(failed)),
            (true, None) if self.case.over.is_none() => self.of_samples(&of, limit),
            (true, None) => self.of_rounds(limit),
        };
        let scale = limit.unwrap_or(1.0);
        let range = of.iter().copied().min_by(f64::total_cmp);
        let range = range.zip(of.iter().copied().max_by(f64::total_cmp));
        CaseFound {
            case: self.case,
            value: self.value.clone(),
            verdict,
            limit,
            of: median(&of),
            over: median(&over),
            ratio: self.weight.ratio.map(|ratio| Ratio {
                middle: ratio.middle * scale,
                interval: ratio.interval.map(|end| end * scale),
                rounds: ratio.rounds,
            }),
            range: range.filter(|_| self.case.over.is_none()),
            why,
        }
    }

    /// Of a limit that every sample must keep to.
    fn of_samples(&self, of: &[f64], limit: Option<f64>) -> (Verdict, Option<String>) {
        let Some(limit) = limit.filter(|_| !of.is_empty() && of.len() == self.of.len()) else {
            let why = format!("{} is not known of every sample", self.test.figure.title);
            return (Verdict::NotDecided, Some(why));
        };
        let least = self.test.limit.is_some_and(|limit| limit.at_least);
        let kept = |value: &f64| {
            if least {
                *value >= limit
            } else {
                *value <= limit
            }
        };
        if of.iter().all(kept) {
            (Verdict::Holds, None)
        } else {
            (Verdict::Fails, None)
        }
    }

    /// Of a limit that a ratio must keep to.
    fn of_rounds(&self, limit: Option<f64>) -> (Verdict, Option<String>) {
        let open = |why: String| (Verdict::NotDecided, Some(why));
        let figure = &self.test.figure;
        if let Some((of, over)) = self.apart() {
            let (of, over) = (si::short(of), si::short(over));
            return open(format!(
                "service times compare only where as many orders are in flight, and it was {of} here and {over} there"
            ));
        }
        if self.test.limit.is_some() && limit.is_none() {
            return open("the rows do not say how many CPUs there were".into());
        }
        let Some(ratio) = self.weight.ratio else {
            let (of, over) = (rounds(&self.of, figure), rounds(&self.over, figure));
            let shared = log_ratios(&of, &over).len();
            let both = [&self.of, &self.over];
            let missing = both.into_iter().any(|rows| self.samples(rows).is_empty());
            let unordered = both
                .iter()
                .any(|rows| rows.iter().all(|row| row.round == 0));
            return open(if missing {
                format!("{} was not measured", figure.title)
            } else if unordered {
                "the cells ran one after the other, without rounds".into()
            } else {
                format!("{shared} rounds are too few: it takes {ROUNDS}")
            });
        };
        let least = self.test.limit.is_none_or(|limit| limit.at_least);
        let verdict = match (self.weight.above, least) {
            (Above::Open, _) if ratio.interval.contains(1.0) => {
                return open("the interval contains the limit".into());
            }
            (Above::Open, _) => return open("the rounds are too few to be sure".into()),
            (Above::Yes, true) | (Above::No, false) => Verdict::Holds,
            (Above::No, true) | (Above::Yes, false) => Verdict::Fails,
        };
        // A cell that the server held back may be faster than it looks: what is shown
        // against it is not shown of it.
        let (of, over) = (bounded(&self.of), bounded(&self.over));
        let doubtful = match self.weight.above {
            Above::Yes => over,
            _ => of,
        };
        if *figure == THROUGHPUT && doubtful {
            return open("the server was at its limit, so throughput reads \"at least\"".into());
        }
        (verdict, None)
    }
}

fn bounded(rows: &[&Row]) -> bool {
    let bounded = rows.iter().filter(|row| row.flagged(Flag::ServerBound));
    2 * bounded.count() > rows.len()
}

/// Of one test: cases that were not measured say nothing where others were.
fn of_cases(cases: &[CaseFound<'_>]) -> Verdict {
    let verdicts: Vec<Verdict> = cases
        .iter()
        .map(|case| case.verdict)
        .filter(|verdict| *verdict != Verdict::NotMeasured)
        .collect();
    mixed(&verdicts)
}

/// Of settings, of which one does not stand for another.
fn mixed(verdicts: &[Verdict]) -> Verdict {
    let any = |verdict| verdicts.contains(&verdict);
    let (holds, fails) = (any(Verdict::Holds), any(Verdict::Fails));
    if any(Verdict::Depends) || (holds && fails) {
        Verdict::Depends
    } else if verdicts.is_empty() || any(Verdict::NotMeasured) {
        Verdict::NotMeasured
    } else if any(Verdict::NotDecided) {
        Verdict::NotDecided
    } else if fails {
        Verdict::Fails
    } else {
        Verdict::Holds
    }
}

/// Of a claim: it must pass every test that is of no setting, and the settings are
/// one test more.
fn of_tests(tests: &[TestFound<'_>]) -> Verdict {
    let of = |setting: bool| {
        let own = tests
            .iter()
            .filter(move |found| found.test.when.is_some() == setting);
        own.filter_map(|found| found.verdict)
    };
    let settings: Vec<Verdict> = of(true).collect();
    let mut all: Vec<Verdict> = of(false).collect();
    if !settings.is_empty() {
        all.push(mixed(&settings));
    }
    [
        Verdict::Fails,
        Verdict::NotMeasured,
        Verdict::NotDecided,
        Verdict::Depends,
    ]
    .into_iter()
    .find(|verdict| all.contains(verdict))
    .unwrap_or(Verdict::Holds)
}
