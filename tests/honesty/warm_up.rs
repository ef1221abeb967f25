//! How cells are warmed up, and how many orders a sample then has.

use std::time::Duration;

use bakeoff::base::seed::SEED;
use bakeoff::lab::Lab;
use bakeoff::lab::sampling::Sampling;
use bakeoff::record::row::Row;
use bakeoff::selection::resolved::ResolvedCell;

use crate::honesty::bench::{HONEST, Liar, cell, flagged};

/// A laboratory that warms cells up for at least so long.
fn lab(millis: u64) -> Lab {
    let mut lab = Lab::new(HONEST);
    steady(&mut lab, millis);
    lab
}

fn steady(lab: &mut Lab, millis: u64) {
    lab.sampling = Sampling::Steady {
        warm_up: Some(Duration::from_millis(millis)),
    };
}

/// A cell whose scenario has so many orders.
fn scenario(workload: &str, params: &[&str], orders: &str) -> ResolvedCell {
    let cell = cell(workload, "os-threads", params);
    let own = |spec: &mut bakeoff::selection::CellSpec| {
        spec.scenario.params.put("orders", orders);
        spec.set.remove("orders");
    };
    cell.changed(own).unwrap()
}

/// The rows of a sample behind its warm-up, one for each of `before`.
fn warmed(lab: &mut Lab, cell: &ResolvedCell, before: &[Option<u64>]) -> Vec<Row> {
    let sample = |before: &Option<u64>| {
        let mut open = lab.open(cell).unwrap();
        let warm_up = open.warm_up(lab, SEED, 1, 0, *before);
        assert_eq!(warm_up.error, None);
        let row = open.sample(lab, SEED, 1, 0);
        assert_eq!(row.error, None);
        assert_eq!(row.orders, open.orders());
        open.close().unwrap();
        row
    };
    before.iter().map(sample).collect()
}

#[test]
fn each_unit_serves_twenty_orders_and_the_row_tells_how_long_it_was_warmed_up() {
    // Four cakes at a time, 2 ms each: a batch of eight takes 4 ms.
    let cell = scenario("bakery", &["concurrency=4", "bake_wait=2ms"], "8");
    let mut lab = lab(20);
    // What an earlier round served is taken again, unless it is no such batch.
    let rows = warmed(&mut lab, &cell, &[None, Some(24), Some(25)]);
    let orders: Vec<u64> = rows.iter().map(|row| row.orders).collect();
    assert_eq!(orders, [80, 24, 80]);
    for row in &rows {
        assert!(row.warm_up_ns >= Some(20_000_000), "{row:?}");
    }
    // By itself a laboratory serves one whole batch before each sample of one.
    let short = &warmed(&mut Lab::new(HONEST), &cell, &[Some(24)])[0];
    assert_eq!(short.orders, 8);
    assert!(short.warm_up_ns >= Some(4_000_000));
    assert!(!flagged(short, "unsteady"));
}

#[cfg(feature = "server")]
#[test]
fn cheap_orders_are_served_for_long_and_a_schedule_lasts_as_long_as_it_says() {
    let cheap = scenario("fetch", &["concurrency=4"], "20");
    let row = &warmed(&mut lab(10), &cheap, &[None])[0];
    // How many there are is drawn up while the machine may be slow, and served later: the
    // time that they take says nothing.
    assert!(row.orders.is_multiple_of(20) && row.orders >= 80, "{row:?}");
    let open = ["concurrency=4", "arrivals=constant", "rate=1000"];
    let open = scenario("fetch", &open, "50");
    let row = &warmed(&mut lab(60), &open, &[None])[0];
    assert_eq!(row.orders, 50);
    assert!(row.warm_up_ns >= Some(59_000_000), "{row:?}");
}

#[test]
fn batches_that_differ_to_the_end_are_told() {
    let cell = scenario("bakery", &["concurrency=4", "bake_wait=2ms"], "8");
    // Each batch takes, so it says, twice as long as the one before.
    let says = |first: u32, second: u32| {
        let wall = |sample: u32, ms: u32| {
            format!(r#"/"sample":{sample},/s/"wall_ns":[0-9]*/"wall_ns":{ms}000000/;"#)
        };
        Liar::saying(&(wall(1, first) + &wall(2, second)))
    };
    let told = |first, second| {
        let liar = says(first, second);
        let mut lab = liar.lab();
        steady(&mut lab, 10);
        let row = &warmed(&mut lab, &cell, &[None])[0];
        (flagged(row, "unsteady"), row.warm_up_ns)
    };
    assert_eq!(told(8, 16), (true, Some(24_000_000)));
    assert_eq!(told(12, 12), (false, Some(24_000_000)));
    // One that takes all the time has none to be compared with.
    assert_eq!(told(20, 40), (false, Some(20_000_000)));
}
