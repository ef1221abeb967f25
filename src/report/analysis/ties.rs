//! Who is best by one quantity, who ties with it, and who was not compared: the
//! sentence below a chart.

use std::collections::BTreeMap;

use super::standing::listed;
use crate::record::quantity::{CPU, Quantity};
use crate::record::rounds::Round;
use crate::stats::verdict::{Pairs, Verdict, middle};
use crate::stats::{CPU_MARGIN, MARGIN, ROUNDS};

/// What a model cost by round, by its label.
pub(crate) type Costs<'a> = (String, BTreeMap<Round<'a>, f64>);

/// Models by whether there is something to compare them by.
struct Sorted<'a> {
    /// With the rounds that it takes.
    enough: Vec<Costs<'a>>,
    /// With fewer.
    few: Vec<Costs<'a>>,
    /// Measured, but no sample states the figure.
    without: Vec<String>,
    /// Not to be compared, each with the reason.
    apart: &'a [String],
}

/// What ties with the best by `quantity`, what is undecided against it, what was not
/// compared; why nothing is said, where rounds do not suffice. `None` where there is
/// nothing to compare. `apart` are those that must not be compared, each with the reason.
pub(crate) fn told(
    quantity: &Quantity,
    models: Vec<Costs<'_>>,
    apart: &[String],
) -> Option<String> {
    if models.len() + apart.len() < 2 {
        return None;
    }
    let (stated, without): (Vec<_>, Vec<_>) = models
        .into_iter()
        .partition(|(_, rounds)| !rounds.is_empty());
    let (enough, few) = stated
        .into_iter()
        .partition(|(_, rounds)| rounds.len() >= ROUNDS);
    let sorted = Sorted {
        enough,
        few,
        without: without.into_iter().map(|(label, _)| label).collect(),
        apart,
    };
    let mut parts = if sorted.enough.len() < 2 {
        vec![nothing(quantity, &sorted)]
    } else {
        compared(quantity, &sorted)
    };
    parts.extend(left_out(quantity, &sorted));
    Some(parts.join("; ") + ".")
}

const NOTHING: &str = "No ties or differences are shown";

/// Why nothing is compared.
fn nothing(quantity: &Quantity, sorted: &Sorted<'_>) -> String {
    let most = sorted.few.iter().map(|(_, rounds)| rounds.len()).max();
    let why = match (sorted.enough.first(), most, quantity.percentile()) {
        (Some(_), None, _) if !sorted.apart.is_empty() => return NOTHING.to_owned(),
        (Some((only, _)), _, Some(percentile)) => {
            format!(
                "only {only} states {} in {ROUNDS} rounds",
                percentile.name()
            )
        }
        (Some((only, _)), _, None) => format!("only {only} has {ROUNDS} rounds"),
        (None, Some(most), _) => {
            let word = if most == 1 { "round" } else { "rounds" };
            format!("{most} {word}, {ROUNDS} are needed")
        }
        // Who was not compared follows, and why.
        (None, None, _) => return NOTHING.to_owned(),
    };
    format!("{NOTHING}: {why}")
}

/// The best, and all others with enough rounds against it.
fn compared(quantity: &Quantity, sorted: &Sorted<'_>) -> Vec<String> {
    let maps: Vec<&BTreeMap<_, _>> = sorted.enough.iter().map(|(_, rounds)| rounds).collect();
    let margin = if *quantity == CPU { CPU_MARGIN } else { MARGIN };
    let pairs = Pairs::new(&maps, margin);
    let cost = |at: usize| middle(maps[at]);
    let best = (1..maps.len()).fold(0, |best, at| {
        if cost(at).total_cmp(&cost(best)).is_lt() {
            at
        } else {
            best
        }
    });
    let names = |verdict| {
        let are = (0..maps.len()).filter(|&at| at != best);
        let are = are.filter(|&at| pairs.get(at, best).verdict == verdict);
        let names: Vec<&str> = are.map(|at| sorted.enough[at].0.as_str()).collect();
        (!names.is_empty()).then(|| listed(names.into_iter()))
    };
    // What was not compared may well be better, and nothing is shown of it.
    let all = sorted.few.is_empty() && sorted.without.is_empty() && sorted.apart.is_empty();
    let among = if all { "" } else { "Of those compared, " };
    let most = if quantity.less { "least" } else { "most" };
    let lead = format!(
        "{among}{} has the {most} {}",
        sorted.enough[best].0, quantity.title
    );
    let mut parts = vec![match names(Verdict::Tie) {
        Some(ties) => format!("{lead}, a tie with {ties}"),
        None => format!("{lead}; no ties"),
    }];
    if let Some(open) = names(Verdict::Undecided) {
        parts.push(format!("undecided: {open}"));
    }
    if names(Verdict::Slower).is_some() {
        let others = if all {
            "the others"
        } else {
            "the others of them"
        };
        parts.push(format!("{others} are shown to differ (99.5 %)"));
    }
    parts
}

/// Who was not compared, and why.
fn left_out(quantity: &Quantity, sorted: &Sorted<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let mut without = sorted.apart.to_vec();
    if !sorted.without.is_empty() {
        let names = sorted.without.join(", ");
        let why = match quantity.percentile() {
            Some(percentile) => format!("no sample states {}", percentile.name()),
            None => "no figure above 0".to_owned(),
        };
        without.push(format!("{names} ({why})"));
    }
    if !without.is_empty() {
        parts.push(format!("not compared: {}", without.join(", ")));
    }
    // Where nobody has enough, that is said already.
    if !sorted.few.is_empty() && !sorted.enough.is_empty() {
        let few = sorted.few.iter();
        let few: Vec<String> = few
            .map(|(label, rounds)| format!("{label} ({})", rounds.len()))
            .collect();
        let what = quantity.percentile().map_or(String::new(), |percentile| {
            format!(" state {}", percentile.name())
        });
        parts.push(format!("too few rounds{what}: {}", few.join(", ")));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::quantity::SERVICE_P50;

    /// So many rounds of about `cost`.
    fn model(label: &str, cost: f64, rounds: u32) -> Costs<'static> {
        let costs = (1..=rounds).map(|round| {
            let noise = 1.0 + 0.001 * f64::from(round * 7 % 5);
            (("run", round), cost * noise)
        });
        (label.to_owned(), costs.collect())
    }

    #[test]
    fn only_what_was_compared_is_said_to_differ() {
        let models = vec![
            model("sequential", 1.0, 0),
            model("smol", 2.0, 12),
            model("rayon", 9.0, 12),
            model("rayon-cores", 1.0, 0),
            model("tokio-mt", 2.0, 5),
        ];
        insta::assert_snapshot!(
            told(&SERVICE_P50, models, &[]).unwrap(),
            @"Of those compared, smol has the least service time p50; no ties; the others of them are shown to differ (99.5 %); not compared: sequential, rayon-cores (no sample states p50); too few rounds state p50: tokio-mt (5)."
        );
    }

    #[test]
    fn where_all_were_compared_the_best_is_the_best() {
        let models = vec![model("smol", 2.0, 12), model("rayon", 9.0, 12)];
        insta::assert_snapshot!(
            told(&CPU, models, &[]).unwrap(),
            @"smol has the least CPU time per order; no ties; the others are shown to differ (99.5 %)."
        );
    }

    #[test]
    fn what_must_not_be_compared_is_named_with_the_reason() {
        let apart = ["processes (2.2 in flight, not 126)".to_owned()];
        let models = vec![model("smol", 2.0, 12), model("tokio-mt", 9.0, 12)];
        insta::assert_snapshot!(
            told(&SERVICE_P50, models, &apart).unwrap(),
            @"Of those compared, smol has the least service time p50; no ties; the others of them are shown to differ (99.5 %); not compared: processes (2.2 in flight, not 126)."
        );
        let alone = vec![model("smol", 2.0, 12)];
        insta::assert_snapshot!(
            told(&SERVICE_P50, alone, &apart).unwrap(),
            @"No ties or differences are shown; not compared: processes (2.2 in flight, not 126)."
        );
    }

    #[test]
    fn why_nothing_is_compared() {
        let said = |quantity, models| told(quantity, models, &[]).unwrap_or_default();
        let one = vec![model("smol", 2.0, 12), model("rayon", 9.0, 0)];
        insta::assert_snapshot!(said(&SERVICE_P50, one), @"No ties or differences are shown: only smol states p50 in 8 rounds; not compared: rayon (no sample states p50).");
        let few = vec![model("smol", 2.0, 12), model("rayon", 9.0, 3)];
        insta::assert_snapshot!(said(&CPU, few), @"No ties or differences are shown: only smol has 8 rounds; too few rounds: rayon (3).");
        let none = vec![model("smol", 2.0, 1), model("rayon", 9.0, 1)];
        insta::assert_snapshot!(said(&CPU, none), @"No ties or differences are shown: 1 round, 8 are needed.");
        let without = vec![model("smol", 2.0, 0), model("rayon", 9.0, 0)];
        insta::assert_snapshot!(said(&SERVICE_P50, without), @"No ties or differences are shown; not compared: smol, rayon (no sample states p50).");
        assert_eq!(told(&CPU, vec![model("smol", 2.0, 12)], &[]), None);
    }
}
