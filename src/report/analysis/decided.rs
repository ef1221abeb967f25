//! How many pairs of models a run decided.

use std::ops::AddAssign;

use crate::stats::verdict::{Comparison, Contender, Standing, Verdict, middle};

/// How many of a table's models, best first, matter most to a reader.
const FIRST: usize = 3;

/// What became of pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pairs {
    /// Shown to differ, or a tie.
    pub(crate) decided: usize,
    /// Not decided, nor would 100 rounds do.
    pub(crate) futile: usize,
    /// Not decided, and more rounds may do.
    pub(crate) open: usize,
}

impl Pairs {
    fn take(&mut self, found: &Comparison) {
        *match found.verdict {
            Verdict::Undecided if found.futile() => &mut self.futile,
            Verdict::Undecided => &mut self.open,
            _ => &mut self.decided,
        } += 1;
    }

    fn all(&self) -> usize {
        self.decided + self.futile + self.open
    }
}

impl AddAssign for Pairs {
    fn add_assign(&mut self, other: Self) {
        self.decided += other.decided;
        self.futile += other.futile;
        self.open += other.open;
    }
}

/// Pairs of one table or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    /// All that rank by the same cost.
    pub(crate) pairs: Pairs,
    /// Of these the neighbours, by median, among each table's first three.
    pub(crate) first: Pairs,
}

impl AddAssign for Decided {
    fn add_assign(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.first += other.first;
    }
}

impl Decided {
    /// Of the models of one table: those that the server bounds are compared by CPU per order
    /// and come first, the others by time.
    pub(crate) fn of<K: Ord>(models: &[Contender<K>], standing: &Standing) -> Self {
        let mut decided = Decided::default();
        let mut sorted: Vec<usize> = (0..models.len()).collect();
        let cost = |at: usize| {
            let model = &models[at];
            let cost = if model.bounded {
                &model.cpu
            } else {
                &model.time
            };
            (!model.bounded, middle(cost))
        };
        sorted.sort_by(|&a, &b| {
            let ((a, by), (b, than)) = (cost(a), cost(b));
            a.cmp(&b).then(by.total_cmp(&than))
        });
        for (place, &b) in sorted.iter().enumerate() {
            for &a in &sorted[..place] {
                if models[a].bounded != models[b].bounded {
                    continue;
                }
                let by = if models[a].bounded {
                    &standing.cpu
                } else {
                    &standing.time
                };
                let found = by.get(b, a);
                decided.pairs.take(&found);
                if place < FIRST && sorted[place - 1] == a {
                    decided.first.take(&found);
                }
            }
        }
        decided
    }

    /// A sentence; `None` where no pair was compared.
    pub(crate) fn told(&self) -> Option<String> {
        let Pairs {
            decided,
            futile,
            open,
        } = self.pairs;
        let all = self.pairs.all();
        if all == 0 {
            return None;
        }
        let share = 100.0 * (futile + open) as f64 / all as f64;
        let first = self.first;
        Some(format!(
            "Of {all} pairs of models {decided} are decided and {share:.0} % are not ({futile} \
             futile, {open} open). Of {} neighbours among the first three of each table {} are \
             decided, {} futile, {} open.",
            first.all(),
            first.decided,
            first.futile,
            first.open
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::base::seed::{draw, unit};
    use crate::stats::verdict::standing;

    fn model(middle: f64, spread: f64, seed: u64) -> Contender<u64> {
        let about = |lane| -> BTreeMap<u64, f64> {
            let noise = |round| spread * (2.0 * unit(draw(seed, round, lane)) - 1.0);
            (0..10)
                .map(|round| (round, middle * noise(round).exp()))
                .collect()
        };
        Contender {
            time: about(0),
            cpu: about(1),
            bounded: false,
        }
    }

    #[test]
    fn pairs_are_counted_by_what_became_of_them() {
        // Two that tie, one far behind, and one that wavers too much for anything.
        let models = [
            model(1.0, 0.002, 1),
            model(1.001, 0.002, 2),
            model(2.0, 0.002, 3),
            model(2.0, 0.9, 4),
        ];
        let decided = Decided::of(&models, &standing(&models));
        assert_eq!(decided.pairs.all(), 6);
        assert!(decided.pairs.decided >= 3, "{decided:?}");
        assert!(
            decided.pairs.futile + decided.pairs.open >= 1,
            "{decided:?}"
        );
        assert_eq!(decided.first.all(), 2);
        assert!(decided.first.decided >= 1, "{decided:?}");
        let told = decided.told().unwrap();
        assert!(told.starts_with("Of 6 pairs of models "), "{told}");
        assert_eq!(Decided::default().told(), None);
    }

    #[test]
    fn what_the_server_bounds_is_no_neighbour_of_the_others() {
        let mut models = [
            model(1.0, 0.01, 1),
            model(1.5, 0.01, 2),
            model(2.0, 0.01, 3),
        ];
        models[2].bounded = true;
        let decided = Decided::of(&models, &standing(&models));
        assert_eq!(decided.pairs.all(), 1);
        // It comes first, and then the two others.
        assert_eq!(decided.first.all(), 1);
    }
}
