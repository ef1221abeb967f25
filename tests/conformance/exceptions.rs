//! What a model cannot do by nature: all that the laws do not ask of it.

use bakeoff::base::seed::SEED;

use super::bench::lab;
use super::cell::cell;

/// Models and clients that cannot go together, with the reason, which their error names.
const EXCEPTIONS: [(&str, &str, &str); 1] = [(
    "mio",
    "reqwest",
    "reqwest cannot be called by an event loop that is not its own",
)];

/// Whether the laws ask `model` for pages through `client`.
pub(crate) fn asked(model: &str, client: &str) -> bool {
    let mut exceptions = EXCEPTIONS.iter();
    !exceptions.any(|(own, without, _)| (*own, *without) == (model, client))
}

/// An exception is none that the model could keep after all.
#[test]
fn every_exception_is_one() {
    for (model, client, reason) in EXCEPTIONS {
        let built = cfg!(feature = "client-reqwest") && bakeoff::registry::model(model).is_ok();
        if !built {
            continue;
        }
        let mut lab = lab();
        let cell = cell("fetch", model, client, &["orders=10", "concurrency=2"]);
        let row = lab.open(&cell).unwrap().sample(&mut lab, SEED, 0, 0);
        let error = row.error.unwrap_or_default();
        assert!(error.contains(reason), "{model}@{client}: {error}");
    }
}
