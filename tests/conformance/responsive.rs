//! Who computes for long does all of it, whatever is done about that, and the lag of the
//! others is of the others alone.

use bakeoff::kit::capability::Capability;
use bakeoff::record::latency;
use bakeoff::registry;

use crate::conformance::bench::holds;
use crate::conformance::cell::try_cell;

const HOGS: [&str; 7] = [
    "orders=40",
    "concurrency=8",
    "wait=1ms",
    "cpu=10",
    "every=20",
    "hog_cpu=20000",
    "slice=3000",
];

pub(crate) fn serves_others_beside_a_hog(model: &str) {
    let offers = registry::offers(model);
    for (remedy, asked) in [
        ("remedy=none", Capability::Yield),
        ("remedy=yield", Capability::Yield),
        ("remedy=hand-over", Capability::Offload),
    ] {
        let params = [&HOGS[..], &[remedy]].concat();
        if offers.contains(&Capability::Yield) && offers.contains(&asked) {
            let row = holds("responsive", model, &params);
            // Its own work would be in a hog's lag.
            let lag = row.lag.expect(model);
            let small = row.orders - row.orders.div_ceil(20);
            let held = latency::decode(&lag).unwrap().len();
            assert_eq!(held, small, "{model}: {remedy}");
            // What is not lag is the wait of a millisecond.
            let service = row.service.unwrap();
            assert!(
                lag.max_ns + 1_000_000 <= service.max_ns,
                "{model}: {remedy}"
            );
            let fairness = row.fairness.unwrap();
            assert!(fairness > 0.0 && fairness <= 1.0, "{model}: {fairness}");
        } else {
            let refused = try_cell("responsive", model, "none", &params).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{refused}");
            assert!(refused.to_string().contains(model), "{refused}");
        }
    }
}
