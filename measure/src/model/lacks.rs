//! What models cannot do, and why: one reason for each capability that the registry does
//! not name beside a model.

use super::Meta;
use crate::kit::capability::Capability::{
    self, BlockInPlace, Children, Files, Offload, Timers, Yield,
};

/// Why this model has not that capability, as half a sentence.
#[must_use]
pub fn why(model: &Meta, of: Capability) -> &'static str {
    match (model.name, of) {
        // They differ from another model in how an order is carried, not in what it may ask
        // for, and each pair costs everybody some of the build.
        ("processes-per-order", _) => "asks for what processes asks for: see there",
        ("os-threads-per-order" | "os-threads-per-order-small-stack", _) => {
            "asks for what os-threads asks for: see there"
        }
        ("rayon-cores", _) => "asks for what rayon asks for: see there",
        ("tokio-mt-per-order", _) => "asks for what tokio-mt asks for: see there",
        ("agnostic-tokio", _) => "asks for what tokio-mt asks for, through a layer: see there",
        ("agnostic-smol" | "smol-compat", _) => {
            "asks for what smol asks for, through a layer: see there"
        }
        ("smol-per-order", _) => "asks for what smol asks for: see there",
        ("may", Offload) => "keeps no threads for calls that block: they hold a worker",
        ("mio", Offload) => "is a bare event loop: who blocks in it starts a thread by himself",
        ("mio", Yield) => {
            "calls a handler that runs to its end: who wants others served cuts the work himself"
        }
        ("async-std", Children) => "has calls for processes in its unstable part alone: smol's",
        ("may" | "monoio", Children) => "has no calls for processes",
        ("mio", Children) => {
            "has no calls for processes: who waits for them brings signals or threads"
        }
        ("may", Files) => {
            "has no calls for files: those that block hold a worker and all that it carries"
        }
        ("mio", Files) => {
            "waits for sockets: of a file the kernel says that it is always ready, and a read blocks"
        }
        ("may" | "mio", BlockInPlace) => "no other thread can take what its worker would leave",
        ("tokio-ct", BlockInPlace) => "has one thread: nobody is there to take its tasks",
        ("tokio-local" | "smol-local" | "compio" | "monoio", BlockInPlace) => {
            "tasks never move, so no other thread can take them"
        }
        (
            "tokio-mt-buffered" | "tokio-mt-futures-unordered" | "tokio-mt-join-all",
            BlockInPlace,
        ) => "all orders are one task, which would block with the call",
        ("smol" | "async-std", BlockInPlace) => {
            "knows no such call: one that blocks is handed over"
        }
        ("mio", Timers) => "is a bare event loop: its timers are a heap that its user writes",
        (_, Timers) => "sleeps on one timer at a time: a limit goes with each blocking call",
        (_, BlockInPlace) => "a unit has a thread of its own: it simply blocks",
        (_, Children | Files | Offload | Yield) => "",
    }
}
