//! What is counted, and how a figure comes of counts.

use std::collections::BTreeMap;

use bakeoff::base::error::{Error, Result};
use bakeoff::registry;

/// Operations of the codec in one count: what only the first one pays hardly
/// shows in a hundred.
pub(crate) const TIMES: u64 = 100;

/// One batch of orders that do nothing, through one model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The model.
    pub(crate) model: &'static str,
    /// Its orders, as many as may be in flight: each has a unit of its own.
    pub(crate) orders: u64,
}

/// Two batches for each model that this build has, the smaller one first. What
/// building the model takes is the same for both, so that the slope between them
/// is what one more order takes, its unit's creation included.
#[must_use]
pub(crate) fn cases() -> Vec<Case> {
    let both = models().into_iter().flat_map(|model| {
        let (few, many) = sizes(model);
        [few, many].map(|orders| Case { model, orders })
    });
    both.collect()
}

/// Those of this build, but for those of worker processes: the runner waits for
/// workers by `epoll_pwait2`, which valgrind (3.19) does not know. Small stacks are the
/// same instructions as large ones, and models whose tasks never move are in no default set.
fn models() -> Vec<&'static str> {
    let names = registry::models().into_iter().map(|meta| meta.name);
    names
        .filter(|name| {
            let left_out = ["-small-stack", "-local"];
            !name.starts_with("processes") && !left_out.iter().any(|end| name.ends_with(end))
        })
        .collect()
}

/// What a model's figure is called.
#[must_use]
pub(crate) fn name(model: &str) -> String {
    match model {
        "sequential" => "engine/order".to_owned(),
        model => format!("spawn/{model}"),
    }
}

fn sizes(model: &str) -> (u64, u64) {
    match model {
        // It has one unit whatever the size: the slope is the engine's.
        "sequential" => (1_000, 11_000),
        _ => (8, 72),
    }
}

/// The figures, by name, of counts by gungraun's function and id.
///
/// # Errors
/// A count that is missing.
pub(crate) fn figures(counts: &BTreeMap<(String, String), u64>) -> Result<BTreeMap<String, f64>> {
    let mut figures = BTreeMap::new();
    for ((function, id), count) in counts
        .iter()
        .filter(|((function, _), _)| function != "batch")
    {
        figures.insert(
            format!("http1/{function}-{id}"),
            *count as f64 / TIMES as f64,
        );
    }
    let cases = cases();
    for (pair, first) in cases.chunks_exact(2).zip((0..).step_by(2)) {
        let [few, many] = [0, 1].map(|at: usize| {
            let id = format!("model_{}", first + at);
            counts.get(&("batch".to_owned(), id)).copied()
        });
        let (Some(few), Some(many)) = (few, many) else {
            return Err(Error::Failed(format!("{} was not counted", pair[0].model)));
        };
        let more = (pair[1].orders - pair[0].orders) as f64;
        figures.insert(name(pair[0].model), (many as f64 - few as f64) / more);
    }
    Ok(figures)
}
