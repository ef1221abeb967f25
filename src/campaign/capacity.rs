//! Capacity under an objective: the highest rate of arrivals at which a model
//! still keeps response times below a limit. This is the search alone, one
//! answer at a time, so that models can be asked in turns and share the moments
//! of the machine.

/// The rates between which the capacity lies may differ by this factor.
pub const NARROW: f64 = 1.05;
/// Rates that are not gone beyond, orders per second.
const LEAST_RATE: f64 = 1.0;
const MOST_RATE: f64 = 1e6;
/// Answers at one rate of which the majority counts.
const ANSWERS: u32 = 3;

/// The search for one model's capacity.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Highest rate at which the objective was met.
    met: Option<f64>,
    /// Lowest rate at which it was missed.
    missed: Option<f64>,
    at: f64,
    yes: u32,
    no: u32,
}

impl Search {
    /// A search that asks at this rate first, orders per second.
    #[must_use]
    pub fn from(rate: f64) -> Self {
        Search {
            met: None,
            missed: None,
            at: rate.clamp(LEAST_RATE, MOST_RATE),
            yes: 0,
            no: 0,
        }
    }

    /// The rate to ask at next, orders per second; `None` when the capacity is
    /// known to within [`NARROW`], or lies beyond what is asked for.
    #[must_use]
    pub fn next(&self) -> Option<f64> {
        let over = match (self.met, self.missed) {
            (Some(met), Some(missed)) => missed <= met * NARROW,
            (Some(met), None) => met >= MOST_RATE,
            (None, Some(missed)) => missed <= LEAST_RATE,
            (None, None) => false,
        };
        (!over).then_some(self.at)
    }

    /// Takes in whether the objective was met at the rate asked for. The next
    /// rate follows when most answers agree.
    pub fn answer(&mut self, met: bool) {
        if met {
            self.yes += 1;
        } else {
            self.no += 1;
        }
        let enough = ANSWERS / 2 + 1;
        if self.yes < enough && self.no < enough {
            return;
        }
        if self.yes >= enough {
            self.met = Some(self.at);
        } else {
            self.missed = Some(self.at);
        }
        (self.yes, self.no) = (0, 0);
        self.at = match (self.met, self.missed) {
            // Loads are told apart by their ratio.
            (Some(met), Some(missed)) => (met * missed).sqrt(),
            (Some(met), None) => (2.0 * met).min(MOST_RATE),
            (None, Some(missed)) => (missed / 2.0).max(LEAST_RATE),
            (None, None) => self.at,
        };
    }

    /// Answers that are still needed at the likeliest, for telling the time
    /// that is left.
    #[must_use]
    pub fn left(&self) -> u32 {
        let Some(_) = self.next() else { return 0 };
        let factor = match (self.met, self.missed) {
            (Some(met), Some(missed)) => missed / met,
            // One doubling more, and then the halving of a factor of two.
            _ => 4.0,
        };
        let halvings = (factor.ln() / NARROW.ln()).log2().ceil().max(1.0);
        (halvings as u32 * 2)
            .saturating_sub(self.yes + self.no)
            .max(1)
    }

    /// Highest rate that met the objective and lowest that missed it, as far as
    /// there was one.
    #[must_use]
    pub fn found(&self) -> (Option<f64>, Option<f64>) {
        (self.met, self.missed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::seed::{draw, unit};

    /// Asks a system that meets the objective below `capacity`, and answers
    /// wrongly with this probability.
    fn found(from: f64, capacity: f64, wrong: f64, seed: u64) -> (Search, u32) {
        let mut search = Search::from(from);
        let mut asked = 0;
        while let Some(rate) = search.next() {
            let truth = rate <= capacity;
            let lies = unit(draw(seed, u64::from(asked), 0)) <= wrong;
            search.answer(truth != lies);
            asked += 1;
            assert!(asked < 500, "{search:?}");
        }
        (search, asked)
    }

    #[test]
    fn what_lies_beyond_all_rates_ends_the_search() {
        assert_eq!(found(100.0, 1e9, 0.0, 0).0.found(), (Some(MOST_RATE), None));
        assert_eq!(
            found(100.0, 0.5, 0.0, 0).0.found(),
            (None, Some(LEAST_RATE))
        );
    }

    #[test]
    fn one_wrong_answer_in_twenty_hardly_matters() {
        let near = (0..200).filter(|&seed| {
            let (search, _) = found(900.0, 10_000.0, 0.05, seed);
            let (met, missed) = search.found();
            met.is_some_and(|met| met > 9_000.0) && missed.is_some_and(|missed| missed < 11_000.0)
        });
        assert!(near.count() > 180);
    }

    proptest! {
        #[test]
        fn the_capacity_is_enclosed(from in 1.0..1e5f64, capacity in 2.0..9e5f64) {
            let (search, asked) = found(from, capacity, 0.0, 0);
            let (met, missed) = search.found();
            let (met, missed) = (met.unwrap(), missed.unwrap());
            prop_assert!(met <= capacity && capacity < missed);
            prop_assert!(missed <= met * NARROW);
            prop_assert!(asked <= 60, "{}", asked);
            prop_assert_eq!(search.left(), 0);
        }
    }
}
