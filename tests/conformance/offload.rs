//! Calls that block are made once, wherever they are made, and who cannot make them so says
//! why before anything starts.

use bakeoff::base::word::Named;
use bakeoff::kit::capability::Capability;
use bakeoff::model::lacks;
use bakeoff::registry;

use crate::conformance::bench::holds;
use crate::conformance::cell::{cell, try_cell};

const CALLS: [&str; 6] = [
    "orders=24",
    "concurrency=8",
    "wait=1ms",
    "every=3",
    "call_wait=1ms",
    "call_cpu=2000",
];

pub(crate) fn makes_every_call_that_blocks(model: &str) {
    let offers = registry::offers(model);
    let at = |place: &'static str| [&CALLS[..], &[place]].concat();
    let lines = [
        (Capability::Offload, "at=pool"),
        (Capability::Offload, "at=here"),
        (Capability::BlockInPlace, "at=block-in-place"),
    ];
    for (asked, place) in lines {
        if offers.contains(&Capability::Offload) && offers.contains(&asked) {
            holds("offload", model, &at(place));
        } else {
            let refused = try_cell("offload", model, "none", &at(place)).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{refused}");
            let line = refused.to_string();
            assert!(line.contains(model) && !line.contains('\n'), "{line}");
        }
    }
    if cfg!(feature = "rayon") && offers.contains(&Capability::Offload) {
        holds("offload", model, &at("at=rayon"));
    }
}

pub(crate) fn says_why_it_cannot(model: &str) {
    let meta = registry::model(model).unwrap();
    for capability in Capability::ALL {
        let offered = registry::offers(model).contains(capability);
        let why = lacks::why(&meta, *capability);
        assert!(offered || !why.is_empty(), "{model}: {capability:?}");
    }
    // One whose bodies need what it has not is not even built.
    if !registry::offers(model).contains(&Capability::Offload) {
        let refused = try_cell("offload", model, "none", &[]).unwrap_err();
        let why = lacks::why(&meta, Capability::Offload);
        assert!(refused.to_string().contains(why), "{refused}");
    } else {
        assert!(cell("offload", model, "none", &[]).shared().orders > 0);
    }
}
