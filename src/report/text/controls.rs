//! What a run's controls say of it: one of its cells against itself, and against itself with
//! orders that cost more by construction.

use super::below::{Below, title};
use super::grid::Style;
use crate::base::counted::counted;
use crate::record::control::{Kind, Reading, SLOWER, by_round};
use crate::report::analysis::standing::Cost;
use crate::stats::ratio::log_ratios;
use crate::stats::verdict::{Comparison, Verdict, family};
use crate::stats::{CPU_MARGIN, MARGIN, ROUNDS};

/// The controls, a line each; empty where there are none.
#[must_use]
pub fn told(readings: &[Reading], style: &Style) -> String {
    let Some(first) = readings.first() else {
        return String::new();
    };
    let figures: [(&str, Cost, f64, Figure); 2] = [
        ("time", Cost::Time, MARGIN, |of| of.time_ns),
        ("CPU per order", Cost::Cpu, CPU_MARGIN, |of| of.cpu_ns),
    ];
    let compared = figures.map(|(name, cost, margin, figure)| {
        let plain = by_round(readings, Kind::Plain, figure);
        let logs = Kind::BESIDE.map(|kind| log_ratios(&by_round(readings, kind, figure), &plain));
        (name, cost, family(&logs, margin))
    });
    let mut below = Below::new(style);
    for (at, kind) in Kind::BESIDE.into_iter().enumerate() {
        let found = compared.iter().map(|(name, cost, found)| {
            let said = said(kind, &found[at], *cost);
            format!("{name} {said}")
        });
        let found: Vec<String> = found.collect();
        below.line(&format!("{}: {}", name(kind), found.join("; ")));
    }
    let failed: Vec<&str> = readings
        .iter()
        .filter_map(|of| of.error.as_deref())
        .collect();
    if let Some(error) = failed.first() {
        below.line(&format!(
            "{} failed: {error}",
            counted(failed.len(), "sample")
        ));
    }
    let about = format!(
        "{} was measured two times more in each round; the truth is known, so this tells what \
         the verdicts of this run are worth",
        first.cell
    );
    title("Controls", &about, style) + &below.told()
}

/// A figure of a reading.
type Figure = fn(&Reading) -> Option<f64>;

fn name(kind: Kind) -> String {
    match kind {
        Kind::Plain | Kind::Same => "the same again".into(),
        Kind::Slower => format!(
            "the same, made {:.0} % slower by crediting fewer orders",
            (SLOWER - 1.0) * 100.0
        ),
    }
}

/// What was found of the figure, and whether that is true.
fn said(kind: Kind, found: &Comparison, cost: Cost) -> String {
    let Some(ratio) = &found.ratio else {
        return format!("not compared, because that takes {ROUNDS} rounds");
    };
    let change = cost.change(ratio);
    let verdict = match (kind, found.verdict) {
        (Kind::Slower, Verdict::Slower) => "shown",
        (Kind::Slower, Verdict::Tie | Verdict::Undecided) => "not shown",
        (_, Verdict::Tie) => "ties, as is true",
        (_, Verdict::Undecided) => "no difference shown, as is true",
        (_, Verdict::Faster | Verdict::Slower) => {
            "shown to differ, WHICH IS WRONG: do not rely on small differences of this run"
        }
    };
    format!("{change}, {verdict}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::seed::{draw, unit};
    use crate::record::control::SCHEMA;

    /// Readings of so many rounds, of which those of a kind take `times` as long.
    fn readings(rounds: u32, times: impl Fn(Kind) -> f64) -> Vec<Reading> {
        let of = |round: u32, kind: Kind| {
            let noise = 1.0 + 0.01 * unit(draw(3, u64::from(round), kind as u64));
            let ns = 1000.0 * times(kind) * noise;
            Reading {
                schema: SCHEMA,
                run: "mine".into(),
                round,
                cell: "bakery/rush/smol".into(),
                kind,
                time_ns: Some(ns),
                cpu_ns: Some(ns / 2.0),
                error: None,
            }
        };
        let kinds = [Kind::Plain, Kind::Same, Kind::Slower];
        (1..=rounds)
            .flat_map(|round| kinds.map(|kind| of(round, kind)))
            .collect()
    }

    #[test]
    fn controls_in_plain_text() {
        let text = told(&readings(10, Kind::truth), &Style::PLAIN);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_is_wrong_or_not_seen_is_said() {
        let apart = |kind| if kind == Kind::Plain { 1.0 } else { 1.2 };
        let text = told(&readings(10, apart), &Style::PLAIN);
        assert!(text.contains("WHICH IS WRONG"), "{text}");
        let alike = told(&readings(10, |_| 1.0), &Style::PLAIN);
        assert!(alike.contains("not shown"), "{alike}");
        let few = told(&readings(7, Kind::truth), &Style::PLAIN);
        assert!(few.contains("takes 8 rounds"), "{few}");
        assert_eq!(told(&[], &Style::PLAIN), "");
    }

    #[test]
    fn a_failed_sample_is_told() {
        let mut some = readings(9, Kind::truth);
        some[4].error = Some("burnt".into());
        some[4].time_ns = None;
        let text = told(&some, &Style::MARKDOWN);
        assert!(text.contains("1 sample failed: burnt"), "{text}");
    }
}
