//! Timers fire once and not too early while others pend, those that are dropped never
//! fire, and who cannot drop one says why before anything starts.

use bakeoff::kit::capability::Capability;
use bakeoff::record::latency;
use bakeoff::registry;

use crate::conformance::bench::holds;
use crate::conformance::cell::{cell, try_cell};

pub(crate) fn fires_and_gives_up_timers(model: &str) {
    let few = ["orders=12", "concurrency=4", "timers=50"];
    for kind in ["kind=cancel", "kind=timeout", "kind=no-deadline"] {
        let sets = [&few[..], &[kind]].concat();
        if registry::offers(model).contains(&Capability::Timers) {
            let row = holds("timers", model, &sets);
            assert_eq!(row.lag, None, "{model}: {kind}");
        } else {
            let refused = try_cell("timers", model, "none", &sets).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{refused}");
        }
    }
    let sleeps = [
        "orders=24",
        "concurrency=8",
        "wait=uniform:100us,1ms",
        "pending=3",
        "pending_wait=4ms",
    ];
    // A model that serves a share has fewer of those that do not pend.
    let orders = cell("timers", model, "none", &sleeps).orders();
    let row = holds("timers", model, &sleeps);
    let asked = row.lag.map(|of| latency::decode(&of).unwrap().len());
    assert_eq!(asked.unwrap_or(0), orders.saturating_sub(3), "{model}");
}
