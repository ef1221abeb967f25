//! What the engine costs per order beyond its two clock reads: orders that do
//! nothing through `sequential`, against a hand-written loop of the same shape,
//! in alternating pairs. And, coarsely and in no time, what all of it costs,
//! clock reads included: what each runner tells of itself.

use std::hint::black_box;
use std::sync::Arc;

use crate::base::clock;
use crate::base::error::{Error, Result};
use crate::engine::batch::{Batch, Size};
use crate::kit::Setup;
use crate::model::sequential::Sequential;
use crate::model::threads::ThreadKit;
use crate::model::{DriveDirect, Model};
use crate::stats::quantile::median;
use crate::workload::nothing::Nothing;
use crate::workload::schedule::Flow;

/// Most that the engine may add to an order, ns.
pub const MOST_NS: f64 = 50.0;

/// What an order costs, medians of pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overhead {
    /// Orders in each batch.
    pub orders: u64,
    /// Pairs of batches.
    pub pairs: usize,
    /// Wall time per order through the engine, ns.
    pub engine_ns: f64,
    /// Wall time per order of what anybody would write with two clock reads, ns.
    pub by_hand_ns: f64,
    /// Median of the pairs' differences, ns.
    pub difference_ns: f64,
}

/// Measures so many pairs of batches of so many orders each.
///
/// # Errors
/// Never: orders that do nothing do not fail.
pub fn measure(orders: u64, pairs: usize) -> Result<Overhead> {
    let mut model = Sequential::new(&Setup {
        concurrency: 1,
        workers: 1,
        ..Setup::default()
    })?;
    let (mut engine, mut by_hand, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..pairs {
        let (through_engine, bare) = (through_engine(&mut model, orders)?, hand_written(orders));
        engine.push(through_engine);
        by_hand.push(bare);
        differences.push(through_engine - bare);
    }
    let median = |values: &[f64]| median(values).unwrap_or(f64::NAN);
    Ok(Overhead {
        orders,
        pairs,
        engine_ns: median(&engine),
        by_hand_ns: median(&by_hand),
        difference_ns: median(&differences),
    })
}

/// What the harness itself does for an order here, ns: claiming it, two clock
/// reads and a slot. The best of a few short passes, well below 1 ms together:
/// whatever disturbed the others is no part of it.
#[must_use]
pub fn per_order_ns() -> f64 {
    const PASSES: u64 = 5;
    const ORDERS: u64 = 200;
    let size = Size {
        orders: PASSES * ORDERS,
        seed: 1,
        sample: 1,
        concurrency: 1,
    };
    let batch = Batch::new(&Nothing::IDLE, size, Flow::default(), 0);
    let kit = ThreadKit::new(&Setup::default());
    let order = |kit: &_, session: &mut (), index| Nothing::IDLE.direct(kit, session, index);
    let pass = |_| {
        let begun = clock::now();
        for index in (0..ORDERS).map_while(|_| batch.claim()) {
            batch.serve_direct(&kit, index, &mut (), &order);
        }
        (clock::now() - begun) as f64 / ORDERS as f64
    };
    (0..PASSES).map(pass).fold(f64::INFINITY, f64::min)
}

/// Wall time per order of the model's own batch, ns.
fn through_engine(model: &mut Sequential, orders: u64) -> Result<f64> {
    let size = Size {
        orders,
        seed: 1,
        sample: 1,
        concurrency: 1,
    };
    let batch = Arc::new(Batch::new(&Nothing::IDLE, size, Flow::default(), 0));
    let open = |kit: &_| Nothing::IDLE.open_direct(kit);
    let order = |kit: &_, session: &mut (), index| Nothing::IDLE.direct(kit, session, index);
    model.drive(&batch, open, order)?;
    let opened = batch.opened_at();
    let batch = Arc::into_inner(batch).expect("the batch is over");
    let outcome = batch.into_outcome().map_err(Error::Failed)?;
    Ok((outcome.slots.last_end() - opened) as f64 / orders as f64)
}

/// Wall time per order of what anybody would write, ns.
fn hand_written(orders: u64) -> f64 {
    let begun = clock::now();
    let mut sum = 0u64;
    for index in 0..orders {
        let start = clock::now();
        let answer = black_box(index);
        let end = clock::now();
        sum = sum.wrapping_add(answer ^ (end - start));
    }
    black_box(sum);
    (clock::now() - begun) as f64 / orders as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_loops_are_measured() {
        let found = measure(1000, 3).unwrap();
        assert_eq!((found.orders, found.pairs), (1000, 3));
        assert!(found.by_hand_ns > 0.0 && found.engine_ns > 0.0, "{found:?}");
        assert!(per_order_ns() > 0.0);
    }
}
