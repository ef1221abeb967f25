//! Ranks and verdicts of one scenario, from rows to words.

use std::collections::BTreeMap;

use super::open_loop::{Tail, is_open, overloaded};
use super::panel::Panel;
use super::summary::Summary;
use crate::base::si;
use crate::record::rounds::{Round, by_round};
use crate::record::row::Row;
use crate::stats::ROUNDS;
use crate::stats::ratio::Ratio;
use crate::stats::verdict::{Comparison, Contender, Standing, Verdict, standing};

/// A difference in CPU per order that is worth a word beside one in throughput.
const NOTABLE: f64 = 1.1;

/// What the rows of a panel say about ranks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    /// By label; a model without enough rounds has none. Empty where there are no
    /// ranks.
    pub(crate) ranks: BTreeMap<String, usize>,
    /// Lines of clauses: verdicts, or why there are none. None where there is
    /// nothing to compare, or rows are criterion's, which runs cells one after
    /// another.
    pub(crate) lines: Vec<Vec<String>>,
}

/// Compares the panel's cells, each by its samples that did not fail, which stand in
/// `rows` at the cell's place in the panel.
pub(crate) fn of(panel: &Panel<'_>, rows: &[Vec<&Row>]) -> Said {
    let compared = |(cell, _): &(&Summary, _)| matches!(cell.client.as_str(), "wire" | "none");
    let cells = panel.cells.iter().copied().zip(rows).filter(compared);
    // A schedule's throughput is the same for all: orders differ in response time.
    let (behind, cells): (Vec<_>, Vec<_>) =
        cells.partition(|(cell, _)| is_open(panel) && overloaded(cell));
    let behind: Vec<&Summary> = behind.into_iter().map(|(cell, _)| cell).collect();
    let held = cells.iter().flat_map(|(_, rows)| rows.iter().copied());
    let tail = is_open(panel).then(|| Tail::of_rows(held));
    let cells: Vec<(&Summary, Contender<Round<'_>>)> = cells
        .into_iter()
        .map(|(cell, rows)| (cell, contender_by(rows, tail)))
        .filter(|(_, contender)| !contender.time.is_empty())
        .collect();
    let mut said = compare(cells, tail);
    if !behind.is_empty() {
        let (names, are): (Vec<String>, _) = (
            behind.iter().map(|cell| cell.label()).collect(),
            if behind.len() == 1 { "is" } else { "are" },
        );
        let at = behind.iter().find_map(|cell| cell.offered_per_s);
        let at = at.map_or(String::new(), |rate| format!(" at {}/s", si::grouped(rate)));
        let names = listed(names.iter().map(String::as_str));
        said.lines
            .push(vec![format!("{names} {are} overloaded{at}")]);
    }
    said
}

fn compare(cells: Vec<(&Summary, Contender<Round<'_>>)>, tail: Option<Tail>) -> Said {
    let none = |why: String| Said {
        lines: vec![vec![format!("no ranks: {why}")]],
        ..Said::default()
    };
    if cells.len() < 2 {
        return Said::default();
    }
    if let Some(what) = disagreement(&cells) {
        return none(format!("its cells differ in {what}"));
    }
    let rounds = |contender: &Contender<Round<'_>>| contender.time.len();
    let most = cells.iter().map(|(_, c)| rounds(c)).max().unwrap_or(0);
    if most < ROUNDS {
        let word = if most == 1 { "round" } else { "rounds" };
        return none(format!("{most} {word}, {ROUNDS} are needed"));
    }
    let (enough, few): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(_, c)| rounds(c) >= ROUNDS);
    if enough.len() < 2 {
        return none(format!("only one model has {ROUNDS} rounds"));
    }
    let (labels, contenders): (Vec<String>, Vec<_>) = enough
        .into_iter()
        .map(|(cell, contender)| (cell.label(), contender))
        .unzip();
    let standing = standing(&contenders);
    let mut lines = words(&labels, &standing);
    if let (Some(tail), Some(first)) = (tail, lines.first_mut().and_then(|line| line.first_mut())) {
        *first = format!("by response {}: {first}", tail.name());
    }
    if !few.is_empty() {
        let few: Vec<String> = few
            .iter()
            .map(|(cell, contender)| format!("{} ({})", cell.label(), rounds(contender)))
            .collect();
        lines.push(vec![format!(
            "too few rounds for a rank: {}",
            few.join(", ")
        )]);
    }
    Said {
        ranks: labels.into_iter().zip(standing.ranks).collect(),
        lines,
    }
}

/// What cells must share to compare and do not.
fn disagreement(cells: &[(&Summary, Contender<Round<'_>>)]) -> Option<&'static str> {
    let differ = |same: fn(&Summary, &Summary) -> bool| {
        cells.windows(2).any(|pair| !same(pair[0].0, pair[1].0))
    };
    if differ(|a, b| a.scenario_version == b.scenario_version) {
        Some("the scenario's version")
    } else if differ(|a, b| a.concurrency == b.concurrency) {
        Some("concurrency")
    } else if differ(|a, b| a.class == b.class) {
        Some("class")
    } else {
        None
    }
}

/// What the cell took by round: time per order, or response time where orders came
/// from outside.
pub(crate) fn contender<'a>(cell: &Summary, rows: &'a [Row]) -> Contender<Round<'a>> {
    let held: Vec<&Row> = rows
        .iter()
        .filter(|row| row.error.is_none() && cell.holds(row))
        .collect();
    let open = held.iter().any(|row| row.response.is_some());
    let tail = open.then(|| Tail::of_rows(held.iter().copied()));
    contender_by(&held, tail)
}

/// What a cell took by round: time per order, or response time where `tail` says
/// which.
fn contender_by<'a>(rows: &[&'a Row], tail: Option<Tail>) -> Contender<Round<'a>> {
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| row.round > 0).collect();
    let bounded = rows
        .iter()
        .filter(|row| row.flags.iter().any(|flag| flag == "server-bound"));
    Contender {
        time: by_round(&rows, |row| match tail {
            Some(tail) => tail.of_row(row),
            None => row.orders_per_s.map(f64::recip),
        }),
        cpu: by_round(&rows, |row| Some(row.cpu_ns? as f64 / row.orders as f64)),
        // Only what throughput could have been is hidden by a busy server.
        bounded: tail.is_none() && 2 * bounded.count() > rows.len(),
    }
}

/// The verdicts, a line for those that the server bounds and one for the others.
fn words(labels: &[String], standing: &Standing) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    if let Some((&best, rest)) = standing.bounded.split_first() {
        let names = listed(standing.bounded.iter().map(|&at| labels[at].as_str()));
        let mut line = vec![format!(
            "server-bound, at least this fast, ranked by CPU: {names}"
        )];
        let against = |at: usize| standing.cpu.get(at, best);
        line.extend(against_best(labels, best, rest, &against, true));
        lines.push(line);
    }
    if let Some((&best, rest)) = standing.free.split_first() {
        let against = |at: usize| standing.time.get(at, best);
        let mut line = against_best(labels, best, rest, &against, false);
        line.extend(rest.iter().filter_map(|&at| {
            let found = standing.cpu.get(at, best);
            let ratio = found.ratio?;
            let notable = match found.verdict {
                Verdict::Slower => ratio.interval.low > NOTABLE,
                Verdict::Faster => ratio.interval.high < NOTABLE.recip(),
                Verdict::Tie | Verdict::Undecided => false,
            };
            notable.then(|| needs(&labels[at], &ratio))
        }));
        if !standing.bounded.is_empty()
            && let Some(first) = line.first_mut()
        {
            *first = format!("of the others, {first}");
        }
        lines.push(line);
    }
    lines
}

/// `rest` against `best`: ties first, then what is shown to differ, then what is
/// undecided; `cpu` says which cost it is.
fn against_best(
    labels: &[String],
    best: usize,
    rest: &[usize],
    against: &dyn Fn(usize) -> Comparison,
    cpu: bool,
) -> Vec<String> {
    let are = |verdict| {
        let mut found: Vec<usize> = rest.to_vec();
        found.retain(|&at| against(at).verdict == verdict);
        found
    };
    let (ties, slower) = (are(Verdict::Tie), are(Verdict::Slower));
    let (mut out, mut lead) = (Vec::new(), String::new());
    if !ties.is_empty() {
        let tied = std::iter::once(&best).chain(&ties);
        out.push(format!(
            "{} tie",
            listed(tied.map(|&at| labels[at].as_str()))
        ));
    } else if slower.len() < rest.len() {
        lead = format!("against {}: ", labels[best]);
    } else if !rest.is_empty() {
        let word = if cpu { "needs least" } else { "is fastest" };
        out.push(format!("{} {word}", labels[best]));
    } else if !cpu {
        out.push(format!("only {} is left", labels[best]));
    }
    for at in slower {
        if let Some(ratio) = against(at).ratio {
            out.push(differs(&labels[at], &ratio, cpu, "slower"));
        }
    }
    for at in are(Verdict::Faster) {
        if let Some(ratio) = against(at).ratio {
            // CPU is told as it is; speed the way that is greater than 1.
            let ratio = if cpu { ratio } else { ratio.inverse() };
            out.push(differs(&labels[at], &ratio, cpu, "faster"));
        }
    }
    out.extend(are(Verdict::Undecided).into_iter().map(|at| {
        let label = &labels[at];
        match against(at).ratio {
            Some(ratio) => {
                let interval = written(&ratio).1;
                format!("{label} undecided {interval}{}", unsure(&ratio))
            }
            None => format!("{label} undecided (too few rounds shared)"),
        }
    }));
    if let Some(first) = out.first_mut() {
        *first = lead + first;
    }
    out
}

/// Why a ratio is undecided whose interval has 1 outside: its ends are rounds', and
/// few rounds may all lie on one side by chance.
fn unsure(ratio: &Ratio) -> String {
    if ratio.interval.low <= 1.0 && 1.0 <= ratio.interval.high {
        return String::new();
    }
    format!(" ({} rounds are too few to be sure)", ratio.rounds)
}

fn differs(label: &str, ratio: &Ratio, cpu: bool, word: &str) -> String {
    if cpu {
        return needs(label, ratio);
    }
    let (factor, interval) = written(ratio);
    format!("{label} is {factor}× {word} {interval}")
}

fn needs(label: &str, ratio: &Ratio) -> String {
    let (factor, interval) = written(ratio);
    format!("{label} needs {factor}× the CPU {interval}")
}

/// The factor and its interval, with as many decimals as tell its nearer end
/// from 1, and no more digits than three before that.
fn written(ratio: &Ratio) -> (String, String) {
    let (low, high) = (ratio.interval.low, ratio.interval.high);
    let least = match ratio.median {
        median if median >= 99.95 => 0,
        median if median >= 9.995 => 1,
        _ => 2,
    };
    let told = |decimals: &usize| {
        [low, high]
            .iter()
            .all(|end| format!("{end:.decimals$}") != format!("{:.decimals$}", 1.0))
    };
    let crosses = low <= 1.0 && 1.0 <= high;
    let decimals = if crosses {
        least
    } else {
        (least..5).find(told).unwrap_or(5)
    };
    (
        format!("{:.decimals$}", ratio.median),
        format!("[{low:.decimals$}, {high:.decimals$}]"),
    )
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::Interval;

    #[test]
    fn an_interval_beyond_1_is_no_riddle_beside_undecided() {
        let open = |low, high| Comparison {
            verdict: Verdict::Undecided,
            ratio: Some(Ratio {
                median: 1.05,
                interval: Interval { low, high },
                rounds: 10,
            }),
        };
        let found = [open(1.02, 1.1), open(0.9, 0.98), open(0.97, 1.1)];
        let labels = ["smol", "tokio-mt", "async-std", "rayon"].map(str::to_owned);
        let said = against_best(&labels, 0, &[1, 2, 3], &|at| found[at - 1], false);
        assert_eq!(
            said,
            [
                "against smol: tokio-mt undecided [1.02, 1.10] (10 rounds are too few to be sure)",
                "async-std undecided [0.90, 0.98] (10 rounds are too few to be sure)",
                "rayon undecided [0.97, 1.10]",
            ]
        );
    }
}
