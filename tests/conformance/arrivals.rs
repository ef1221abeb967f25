//! Orders that come from outside the model: none starts before it has come,
//! whatever the model's channel, and response time counts from the plan.

use bakeoff::base::seed::SEED;
use bakeoff::record::row::Latency;
use bakeoff::workload::schedule::planned;

use crate::conformance::bench::{holds, lab, open};
use crate::conformance::cell::cell;

const SCHEDULES: [&[&str]; 3] = [
    &["arrivals=constant", "rate=2000"],
    &["arrivals=poisson", "rate=2000"],
    &["arrivals=burst", "burst=20", "rate=2000"],
];

pub(crate) fn serves_what_comes_from_outside(model: &str) {
    for schedule in SCHEDULES {
        let mut params = vec!["orders=60", "concurrency=8", "delay=500us"];
        params.extend(schedule);
        let row = holds("fetch", model, &params);
        let spec = cell("fetch", model, "wire", &params);
        let shared = spec.shared();
        let due = shared.due(SEED + 1).unwrap();
        let last = *planned(&due, row.orders).unwrap().last().unwrap();
        assert!(
            row.wall_ns.unwrap() > last,
            "{model} {schedule:?}: it was done before the last order came"
        );
        let (service, response) = (row.service.unwrap(), row.response.unwrap());
        let lateness = row.pacer_lateness.unwrap();
        // Each started after it was handed over, and that after it was planned.
        let waited = response.mean_ns - service.mean_ns;
        assert!(
            waited + 1.0 >= lateness.mean_ns,
            "{model} {schedule:?}: orders waited {waited} ns, the pacer was {lateness:?} late"
        );
        assert!(count(&lateness) == row.orders && count(&response) == row.orders);
        assert_eq!((row.offered_per_s, row.efficiency), (Some(2000.0), None));
        assert!(row.pacer_cpu_ns.unwrap() <= row.cpu_ns.unwrap());
    }
}

pub(crate) fn ends_where_one_that_came_from_outside_fails(model: &str) {
    let mut lab = lab();
    // Those behind the one that fails have yet to come.
    let params = [
        "orders=400",
        "concurrency=4",
        "rate=1000",
        "fault=status500:20",
    ];
    let mut open = open(&mut lab, "fetch", model, &params);
    let error = open.sample(&mut lab, SEED, 0, 0).error.unwrap();
    assert!(error.contains("order "), "{model}: {error}");
}

fn count(latency: &Latency) -> u64 {
    bakeoff::record::latency::decode(latency).unwrap().len()
}
