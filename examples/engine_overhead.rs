//! What the engine costs per order beyond its two clock reads: orders that do
//! nothing through `sequential`, against a hand-written loop of the same shape,
//! in alternating pairs.
//!
//! ```sh
//! cargo run --release --example engine_overhead
//! ```
//!
//! Exits 1 where the median of the pairs' differences is above 100 ns.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;

use bakeoff::kit::Setup;
use bakeoff::measure::batch::{Batch, Flow, Size};
use bakeoff::measure::clock;
use bakeoff::model::sequential::Sequential;
use bakeoff::model::{DriveDirect, Model};
use bakeoff::workload::nothing::Nothing;

const ORDERS: u64 = 200_000;
const PAIRS: usize = 51;
const MOST_NS: f64 = 100.0;

fn main() -> ExitCode {
    let mut model = Sequential::new(&Setup {
        concurrency: 1,
        workers: 1,
        ..Setup::default()
    })
    .expect("a loop starts nothing that could fail");
    let (mut engine, mut by_hand, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let (through_engine, bare) = (through_engine(&mut model), hand_written());
        engine.push(through_engine);
        by_hand.push(bare);
        differences.push(through_engine - bare);
    }
    let overhead = median(&mut differences);
    println!(
        "per order: engine {:.1} ns, hand-written loop with two clock reads {:.1} ns, \
         difference {overhead:.1} ns (medians of {PAIRS} pairs of {ORDERS} orders; at most {MOST_NS} ns)",
        median(&mut engine),
        median(&mut by_hand),
    );
    if overhead <= MOST_NS {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Wall time per order of the model's own batch, ns.
fn through_engine(model: &mut Sequential) -> f64 {
    let size = Size {
        orders: ORDERS,
        seed: 1,
        sample: 1,
        concurrency: 1,
    };
    let batch = Arc::new(Batch::new(&Nothing, size, Flow::default(), 0));
    let open = |kit: &_| Nothing.open_direct(kit);
    let order = |kit: &_, session: &mut (), index| Nothing.direct(kit, session, index);
    model.drive(&batch, open, order).expect("nothing fails");
    let opened = batch.opened_at();
    let batch = Arc::into_inner(batch).expect("the batch is over");
    let (slots, _, _) = batch.into_outcome().expect("nothing fails");
    (slots.last_end() - opened) as f64 / ORDERS as f64
}

/// Wall time per order of what anybody would write, ns.
fn hand_written() -> f64 {
    let begun = clock::now();
    let mut sum = 0u64;
    for index in 0..ORDERS {
        let start = clock::now();
        let answer = black_box(index);
        let end = clock::now();
        sum = sum.wrapping_add(answer ^ (end - start));
    }
    black_box(sum);
    (clock::now() - begun) as f64 / ORDERS as f64
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
