//! What is due of a sample: computed once for all cells that serve the same orders.
//! The cells of a round do, and some answers cost as much as the orders themselves.

use std::collections::HashMap;

use crate::engine::batch::with_payload;
use crate::engine::slots::fold;
use crate::selection::resolved::ResolvedCell;
use crate::workload::payload;

/// Answers and body bytes by the orders that they are due of, of one seed each.
#[derive(Default)]
pub(super) struct Due(HashMap<Orders, Known>);

/// The orders `0..count` of one workload with one set of parameters.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Orders {
    workload: String,
    params: String,
    count: u64,
}

/// What is known of them so far.
struct Known {
    seed: u64,
    answer: Option<String>,
    body_bytes: Option<u64>,
}

impl Due {
    /// The folded answer of the cell's first `orders` orders.
    pub(super) fn answer(&mut self, cell: &ResolvedCell, seed: u64, orders: u64) -> &str {
        let known = self.known(cell, seed, orders);
        known.answer.get_or_insert_with(|| {
            let bytes = payload(cell.shared().payload);
            let answers = cell.plan().expected(seed, orders);
            let folded = fold(
                answers
                    .into_iter()
                    .map(|answer| with_payload(answer, &bytes)),
            );
            format!("{folded:016x}")
        })
    }

    /// The bytes of all bodies that answer them; none where nobody serves them.
    pub(super) fn body_bytes(&mut self, cell: &ResolvedCell, seed: u64, orders: u64) -> u64 {
        let Some(served) = cell.served() else {
            return 0;
        };
        let known = self.known(cell, seed, orders);
        *known
            .body_bytes
            .get_or_insert_with(|| served.body_bytes(seed, orders))
    }

    fn known(&mut self, cell: &ResolvedCell, seed: u64, count: u64) -> &mut Known {
        let fresh = || Known {
            seed,
            answer: None,
            body_bytes: None,
        };
        let orders = Orders {
            workload: cell.scenario.workload.clone(),
            params: format!("{:?}", cell.scenario.params.table),
            count,
        };
        let known = self.0.entry(orders).or_insert_with(fresh);
        // The next round draws its orders anew.
        if known.seed != seed {
            *known = fresh();
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios;
    use crate::selection::{Set, select};

    fn cell(id: &str, sets: &[&str]) -> ResolvedCell {
        let known = scenarios::embedded().unwrap();
        let mut found = select(&known, &[id.to_owned()], &[], Set::Default).unwrap();
        let mut spec = found.remove(0);
        for set in sets {
            spec.set(set).unwrap();
        }
        spec.resolve().unwrap()
    }

    #[test]
    fn what_is_due_depends_on_orders_seed_and_parameters_and_on_no_model() {
        let mut due = Due::default();
        let id = |model: &str| format!("fetch/no-delay/{model}");
        let (one, other) = (cell(&id("os-threads"), &[]), cell(&id("sequential"), &[]));
        let mut told = |cell: &ResolvedCell, seed, orders| {
            let bytes = due.body_bytes(cell, seed, orders);
            (due.answer(cell, seed, orders).to_owned(), bytes)
        };
        let first = told(&one, 1, 10);
        assert_eq!(first.1, 1280);
        assert_eq!(told(&other, 1, 10), first);
        let larger = cell(&id("os-threads"), &["size=256"]);
        for (cell, seed, orders) in [(&one, 2, 10), (&one, 1, 11), (&larger, 1, 10)] {
            assert_ne!(told(cell, seed, orders).0, first.0);
        }
        // What came between changes nothing.
        assert_eq!(told(&one, 1, 10), first);
        let payload = cell(&id("os-threads"), &["payload=8"]);
        assert_ne!(told(&payload, 1, 10).0, first.0);
        let cakes = cell("bakery/crowded/os-threads", &[]);
        assert_eq!(told(&cakes, 1, 10).1, 0);
    }
}
