//! Ranks and verdicts of one scenario, from rows to words.

use std::collections::BTreeMap;

use super::decided::Decided;
use super::open_loop::{self, is_open, overloaded, tail_of_rows};
use super::panel::Panel;
use super::summary::Summary;
use crate::base::si;
use crate::record::flag::Flag;
use crate::record::quantity::{CPU, Quantity, THROUGHPUT};
use crate::record::rounds::{Round, by_round};
use crate::record::row::Row;
use crate::stats::ratio::Ratio;
use crate::stats::verdict::{Comparison, Contender, Pairs, Rank, Standing, Verdict, standing};
use crate::stats::{MOST_ROUNDS, ROUNDS};
use crate::workload::client::Client;

/// A difference in CPU per order that is worth a word beside one in throughput.
const NOTABLE: f64 = 1.1;

/// What the least difference that would have been shown is told by.
pub(crate) const RESOLUTION: &str = "resolution";

/// Said of a pair that is undecided and has no single speed.
const NO_MORE: &str = ", and more rounds will not tell: two speeds";

/// What the rows of a panel say about ranks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    /// By label; a model without enough rounds has none. Empty where there are no
    /// ranks.
    pub(crate) ranks: BTreeMap<String, Rank>,
    /// Verdicts, or why there are none. None where there is nothing to compare, or
    /// rows are criterion's, which runs cells one after another.
    pub(crate) lines: Vec<Statement>,
    /// The least difference that would have been shown, where there are ranks.
    pub(crate) resolution: Option<Statement>,
    /// What became of its pairs.
    pub(crate) decided: Decided,
}

/// What is said in one sentence, with a fact on each of several models behind it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Statement {
    pub(crate) lead: String,
    pub(crate) facts: Vec<String>,
}

impl Statement {
    fn of(lead: String) -> Self {
        Statement {
            lead,
            facts: Vec::new(),
        }
    }

    /// All of it as one line.
    pub(crate) fn sentence(&self) -> String {
        let listed = self.lead.contains(": ");
        match self.facts.is_empty() {
            true => self.lead.clone(),
            false if listed => format!("{}; {}", self.lead, self.facts.join("; ")),
            false => format!("{}: {}", self.lead, self.facts.join("; ")),
        }
    }
}

/// Models of which all pairs are still told below a chart.
const FEW: usize = 20;

impl Said {
    /// What stands below a chart of so many models. Of many, the pairs would outgrow the
    /// chart: who is ahead is told, and where the rest is.
    pub(crate) fn notes(&self, models: usize) -> Vec<String> {
        if models <= FEW {
            return self.lines.iter().map(|of| of.sentence() + ".").collect();
        }
        let leads = self.lines.first().filter(|first| !first.lead.is_empty());
        let leads = leads.map(|first| first.lead.clone() + ".");
        leads
            .into_iter()
            .chain(["All pairs, with their intervals, stand below the table of these rows.".into()])
            .collect()
    }
}

/// Compares the panel's cells, each by its samples that did not fail, which stand in
/// `rows` at the cell's place in the panel.
pub(crate) fn of(panel: &Panel<'_>, rows: &[Vec<&Row>]) -> Said {
    let compared = |(cell, _): &(&Summary, _)| cell.client.known().is_some_and(Client::ranked);
    let cells = panel.cells.iter().copied().zip(rows).filter(compared);
    // A schedule's throughput is the same for all: orders differ in response time.
    let (behind, cells): (Vec<_>, Vec<_>) =
        cells.partition(|(cell, _)| is_open(panel) && overloaded(cell));
    let behind: Vec<&Summary> = behind.into_iter().map(|(cell, _)| cell).collect();
    let held = cells.iter().flat_map(|(_, rows)| rows.iter().copied());
    let time = if is_open(panel) {
        tail_of_rows(held)
    } else {
        THROUGHPUT
    };
    let cells: Vec<(&Summary, Contender<Round<'_>>)> = cells
        .into_iter()
        .map(|(cell, rows)| (cell, contender_by(rows, &time)))
        .filter(|(_, contender)| !contender.time.is_empty())
        .collect();
    let mut said = compare(cells, &time);
    let two_speeds = panel.cells.iter().filter_map(|cell| {
        let told = cell.two_speeds.as_ref()?.told();
        Some(Statement::of(format!("{}: {told}", cell.label())))
    });
    said.lines.extend(two_speeds);
    if !behind.is_empty() {
        let (names, are): (Vec<String>, _) = (
            behind.iter().map(|cell| cell.label()).collect(),
            if behind.len() == 1 { "is" } else { "are" },
        );
        let at = behind.iter().find_map(|cell| cell.offered_per_s);
        let at = at.map_or(String::new(), |rate| format!(" at {}/s", si::grouped(rate)));
        let names = listed(names.iter().map(String::as_str));
        let lead = format!("{names} {are} overloaded{at}");
        said.lines.push(Statement::of(lead));
    }
    said
}

fn compare(cells: Vec<(&Summary, Contender<Round<'_>>)>, time: &Quantity) -> Said {
    let none = |why: String| Said {
        lines: vec![Statement::of(format!("no ranks: {why}"))],
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
    let shown: Vec<Option<f64>> = enough
        .iter()
        .map(|(cell, _)| cell.of(time).map(|value| time.costs(value)))
        .collect();
    let two_speeds: Vec<bool> = enough
        .iter()
        .map(|(cell, _)| cell.two_speeds.is_some())
        .collect();
    let (labels, contenders): (Vec<String>, Vec<_>) = enough
        .into_iter()
        .map(|(cell, contender)| (cell.label(), contender))
        .unzip();
    let standing = standing(&contenders);
    let by = if *time == THROUGHPUT {
        String::new()
    } else {
        format!("by {}, ", time.short)
    };
    let mut lines = words(&labels, &two_speeds, &standing, &by);
    lines.extend(at_odds(&labels, &standing, &shown));
    if !few.is_empty() {
        let few: Vec<String> = few
            .iter()
            .map(|(cell, contender)| format!("{} ({})", cell.label(), rounds(contender)))
            .collect();
        lines.push(Statement::of(format!(
            "too few rounds for a rank: {}",
            few.join(", ")
        )));
    }
    Said {
        resolution: resolution(&standing),
        decided: Decided::of(&contenders, &standing),
        ranks: labels.into_iter().zip(standing.ranks).collect(),
        lines,
    }
}

/// `resolution: 2.1 % in time, 6.8 % in CPU per order`.
fn resolution(standing: &Standing) -> Option<Statement> {
    let told = |pairs: &Pairs, of: &str| {
        let per_cent = (pairs.least_shown()? - 1.0) * 100.0;
        let per_cent = match per_cent {
            small if small < 100.0 => format!("{} %", si::plain(small)),
            _ => "more than 100 %".to_owned(),
        };
        Some(format!("{per_cent} in {of}"))
    };
    let (time, cpu) = (told(&standing.time, "time")?, told(&standing.cpu, "CPU"));
    let cpu = cpu.map_or_else(String::new, |cpu| format!(", {cpu}"));
    Some(Statement::of(format!("{RESOLUTION}: {time}{cpu}")))
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
    contender_by(&held, &open_loop::time(held.iter().copied()))
}

/// What a cell took by round, its orders by `time`.
fn contender_by<'a>(rows: &[&'a Row], time: &Quantity) -> Contender<Round<'a>> {
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| row.round > 0).collect();
    let bounded = rows.iter().filter(|row| row.flagged(Flag::ServerBound));
    Contender {
        time: by_round(&rows, |row| time.cost(row)),
        cpu: by_round(&rows, |row| CPU.of_row(row)),
        // Only what throughput could have been is hidden by a busy server.
        bounded: *time == THROUGHPUT && 2 * bounded.count() > rows.len(),
    }
}

/// The verdicts: those that the server bounds, then the best of the others and who is
/// not told apart from it, who is behind, and who needs more or less CPU. `by` says
/// what the best is the best of.
fn words(labels: &[String], two_speeds: &[bool], standing: &Standing, by: &str) -> Vec<Statement> {
    let mut lines = Vec::new();
    let names = |of: &[usize]| of.iter().map(|&at| labels[at].clone()).collect::<Vec<_>>();
    if let Some((&best, rest)) = standing.bounded.split_first() {
        lines.push(Statement {
            lead: format!(
                "server-bound, at least as fast as shown, ranked by CPU per order: {}",
                names(&standing.bounded).join(", ")
            ),
            facts: rest
                .iter()
                .map(|&at| {
                    let found = standing.cpu.get(at, best);
                    Cost::Cpu.fact(&labels[at], &found, &labels[best], &outlook(&found))
                })
                .collect(),
        });
    }
    let Some((&best, rest)) = standing.free.split_first() else {
        return lines;
    };
    let against = |at: usize| standing.time.get(at, best);
    let fact = |&at: &usize| {
        let found = against(at);
        let outlook = match two_speeds[at] || two_speeds[best] {
            true => NO_MORE.to_owned(),
            false => outlook(&found),
        };
        Cost::Time.fact(&labels[at], &found, &labels[best], &outlook)
    };
    // A rank may begin later although nothing is shown against the best: others are faster.
    let first = standing.ranks[best].first;
    let (with, behind): (Vec<usize>, Vec<usize>) = rest
        .iter()
        .copied()
        .partition(|&at| standing.ranks[at].first == first);
    let among = if lines.is_empty() {
        ""
    } else {
        "of the others, "
    };
    let mut together = vec![labels[best].clone()];
    together.extend(names(&with));
    let apart = if with.is_empty() {
        ""
    } else {
        ", not told apart"
    };
    lines.push(Statement {
        lead: format!("{among}{by}fastest{apart}: {}", together.join(", ")),
        facts: with.iter().map(fact).collect(),
    });
    if !behind.is_empty() {
        lines.push(Statement {
            lead: format!("behind {}", labels[best]),
            facts: behind.iter().map(fact).collect(),
        });
    }
    let notable = |found: &Comparison| match (found.verdict, found.ratio) {
        (Verdict::Slower, Some(ratio)) => ratio.interval.low > NOTABLE,
        (Verdict::Faster, Some(ratio)) => ratio.interval.high < NOTABLE.recip(),
        _ => false,
    };
    let cpu = rest.iter().map(|&at| (at, standing.cpu.get(at, best)));
    let facts: Vec<String> = cpu
        .filter(|(_, found)| notable(found))
        .map(|(at, found)| Cost::Cpu.fact(&labels[at], &found, &labels[best], &outlook(&found)))
        .collect();
    if !facts.is_empty() {
        lines.push(Statement {
            lead: format!("CPU per order against {}", labels[best]),
            facts,
        });
    }
    lines
}

/// Models of which verdicts and the table's figures say different things: a verdict is
/// of pairs from the same rounds, a figure the median over all samples. `shown` is what
/// each takes by its figure.
fn at_odds(labels: &[String], standing: &Standing, shown: &[Option<f64>]) -> Option<Statement> {
    let (&best, rest) = standing.free.split_first()?;
    let odd = |&&at: &&usize| {
        let (Some(own), Some(of_best)) = (shown[at], shown[best]) else {
            return false;
        };
        let outside = standing.time.get(at, best).ratio.is_some_and(|ratio| {
            let by_figures = own / of_best;
            by_figures < ratio.interval.low || ratio.interval.high < by_figures
        });
        // One of a worse rank has the better figure.
        let passed = standing.free.iter().any(|&other| {
            standing.ranks[other].first > standing.ranks[at].first
                && shown[other].is_some_and(|other| other < own)
        });
        outside || passed
    };
    let odd: Vec<&str> = rest
        .iter()
        .filter(odd)
        .map(|&at| labels[at].as_str())
        .collect();
    (!odd.is_empty()).then(|| {
        Statement::of(format!(
            "verdicts compare samples of the same round, the table's figures are medians over \
             all samples: the two differ for {}, where the verdict is to be believed",
            listed(odd.into_iter())
        ))
    })
}

/// From this ratio on, a factor is told: "93 % slower" is read as nearly standing still,
/// and takes not twice as long.
const FACTOR: f64 = 1.5;

/// What a model is compared by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    Time,
    Cpu,
}

impl Cost {
    /// `rayon: 2.9 % slower [0.5, 5.1]`.
    fn fact(self, label: &str, found: &Comparison, best: &str, outlook: &str) -> String {
        let Some(ratio) = found.ratio else {
            return format!("{label}: undecided, too few rounds shared with {best}");
        };
        let change = self.change(&ratio);
        match found.verdict {
            Verdict::Slower | Verdict::Faster => format!("{label}: {change}"),
            Verdict::Tie => format!("{label} ties with {best}: {change}"),
            Verdict::Undecided => {
                format!("{label} undecided against {best}: {change}{outlook}")
            }
        }
    }

    /// By how much, with the confidence interval: per cent of the best's, a factor
    /// from [`FACTOR`] on.
    pub(crate) fn change(self, ratio: &Ratio) -> String {
        let (more, less, times) = match self {
            Cost::Time => ("slower", "faster", "times as long"),
            Cost::Cpu => ("more", "less", "times as much"),
        };
        let (low, high) = (ratio.interval.low, ratio.interval.high);
        if ratio.middle >= FACTOR {
            return format!(
                "{} {times} [{}, {}]",
                si::plain(ratio.middle),
                si::plain(low),
                si::plain(high)
            );
        }
        let percent = |ratio: f64| (ratio - 1.0) * 100.0;
        let (word, middle, ends) = if ratio.middle >= 1.0 {
            (more, percent(ratio.middle), [percent(low), percent(high)])
        } else if self == Cost::Time {
            // Faster by so much is what throughput gains.
            let ratio = ratio.inverse();
            let (low, high) = (ratio.interval.low, ratio.interval.high);
            (less, percent(ratio.middle), [percent(low), percent(high)])
        } else {
            (
                less,
                -percent(ratio.middle),
                [-percent(high), -percent(low)],
            )
        };
        let decimals = decimals(middle, ends);
        let [low, high] = ends.map(|end| signed(end, decimals));
        format!("{} % {word} [{low}, {high}]", signed(middle, decimals))
    }
}

/// As many decimals as tell the nearer end from nothing, and no more digits than a
/// reader takes in where that is far.
fn decimals(middle: f64, ends: [f64; 2]) -> usize {
    let least = usize::from(middle.abs() < 9.95);
    if ends[0] <= 0.0 && 0.0 <= ends[1] {
        return least;
    }
    let told = |decimals: &usize| {
        let unit = 10f64.powi(*decimals as i32);
        ends.iter().all(|end| (end * unit).round() != 0.0)
    };
    (least..4).find(told).unwrap_or(4)
}

/// A number with a true minus; nothing has no sign.
fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// What more rounds may do for a comparison that is undecided.
fn outlook(found: &Comparison) -> String {
    match found.needs {
        Some(rounds) => format!(" (about {rounds} rounds may tell)"),
        None => format!(" ({MOST_ROUNDS} rounds would hardly tell)"),
    }
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
    use crate::stats::interval::Interval;

    fn ratio(middle: f64, low: f64, high: f64) -> Ratio {
        Ratio {
            middle,
            interval: Interval { low, high },
            rounds: 10,
        }
    }

    #[test]
    fn a_difference_is_told_in_per_cent_and_a_great_one_as_a_factor() {
        let told = |cost: Cost, ratio: Ratio| cost.change(&ratio);
        let time = |median, low, high| told(Cost::Time, ratio(median, low, high));
        let cpu = |median, low, high| told(Cost::Cpu, ratio(median, low, high));
        assert_eq!(time(1.029, 1.005, 1.051), "2.9 % slower [0.5, 5.1]");
        assert_eq!(time(1.31, 1.28, 1.33), "31 % slower [28, 33]");
        assert_eq!(time(1.93, 1.84, 2.08), "1.93 times as long [1.84, 2.08]");
        assert_eq!(time(97.6, 95.2, 101.0), "97.6 times as long [95.2, 101]");
        assert_eq!(time(0.8, 0.75, 0.85), "25 % faster [18, 33]");
        // The nearer end is told from nothing; where there is none, one decimal does.
        assert_eq!(time(1.012, 1.0004, 1.02), "1.20 % slower [0.04, 2.00]");
        assert_eq!(time(1.0004, 0.99, 1.02), "0.0 % slower [−1.0, 2.0]");
        assert_eq!(cpu(0.72, 0.7, 0.75), "28 % less [25, 30]");
        assert_eq!(cpu(3.53, 3.4, 3.7), "3.53 times as much [3.40, 3.70]");
    }

    #[test]
    fn more_rounds_may_tell_where_they_may_and_are_not_spoken_of_where_it_is_futile() {
        let told = |needs| {
            let open = Comparison {
                verdict: Verdict::Undecided,
                ratio: Some(ratio(1.05, 0.97, 1.1)),
                needs,
            };
            Cost::Time.fact("rayon", &open, "smol", &outlook(&open))
        };
        assert_eq!(
            told(Some(24)),
            "rayon undecided against smol: 5.0 % slower [−3.0, 10.0] (about 24 rounds may tell)"
        );
        assert_eq!(
            told(None),
            "rayon undecided against smol: 5.0 % slower [−3.0, 10.0] (100 rounds would hardly tell)"
        );
    }
}
