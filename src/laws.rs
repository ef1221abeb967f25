//! What every model must keep, asked of any program through the runner protocol alone:
//! its answers, its concurrency, its stations, its errors and its end.

mod bench;
mod conversation;
mod flow;
mod limits;
mod vectors;

use std::path::PathBuf;

use crate::model::Meta;
use crate::model::peer::PeerModel;

pub use self::limits::peaks;

/// Whose laws are asked.
#[derive(Clone, Debug)]
pub struct Subject {
    /// This program, from which models of this build and the mock server are started.
    pub program: PathBuf,
    /// The model.
    pub meta: Meta,
    /// The program that it is of; `None` of models of this build.
    pub peer: Option<&'static PeerModel>,
}

/// Why a law does not hold of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The program does not do what the law is about, and says so.
    NotOffered(String),
    /// It does otherwise.
    Broken(String),
}

/// What comes of asking.
pub type Held = Result<(), Breach>;

/// One law.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// In a few words, as a sentence of which the model is the subject.
    pub name: &'static str,
    /// The workload that it is about.
    pub workload: &'static str,
    ask: fn(&Subject) -> Held,
}

impl Law {
    /// Asks it of a model. Takes some seconds at most where it holds.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn ask(&self, subject: &Subject) -> Held {
        let knows = |peer: &PeerModel| peer.workloads.iter().any(|known| known == self.workload);
        if subject.peer.is_some_and(|peer| !knows(peer)) {
            let line = format!(
                "its description does not list the workload {}",
                self.workload
            );
            return Err(Breach::NotOffered(line));
        }
        (self.ask)(subject)
    }
}

const fn law(name: &'static str, workload: &'static str, ask: fn(&Subject) -> Held) -> Law {
    Law {
        name,
        workload,
        ask,
    }
}

/// All laws, in the order in which they are best mended.
pub const LAWS: [Law; 23] = [
    law(
        "answers whole batches of nothing as PROTOCOL says",
        "nothing",
        vectors::nothing,
    ),
    law(
        "answers whole batches of cakes as PROTOCOL says",
        "bakery",
        vectors::bakery,
    ),
    law(
        "answers whole batches of requests as PROTOCOL says",
        "fetch",
        vectors::fetch,
    ),
    law(
        "bakes every cake once, its bakers standing by",
        "bakery",
        flow::stand_by,
    ),
    law(
        "bakes every cake once, its bakers jumping",
        "bakery",
        flow::jump,
    ),
    law("fetches every page once", "fetch", flow::pages),
    law("carries a payload to every order", "nothing", flow::payload),
    law("hands cakes on in order", "bakery", flow::cakes_in_order),
    law("hands pages on in order", "fetch", flow::pages_in_order),
    law(
        "keeps to a rate that all units share",
        "fetch",
        flow::shared_rate,
    ),
    law(
        "serves orders that come from outside",
        "fetch",
        flow::open_loop,
    ),
    law(
        "has as many cakes in the making as may be and no more",
        "bakery",
        limits::cakes,
    ),
    law(
        "has as many requests in flight as may be and no more",
        "fetch",
        limits::requests,
    ),
    law(
        "has no more at a station than it has places",
        "bakery",
        limits::stations,
    ),
    law(
        "asks a host for no more at once than its cap",
        "fetch",
        limits::hosts_cap,
    ),
    law("reports a wrong status", "fetch", limits::status),
    law(
        "reports a connection that was reset",
        "fetch",
        limits::reset,
    ),
    law(
        "reports a response that was cut short",
        "fetch",
        limits::truncated,
    ),
    law(
        "waits for a slow response and no longer than its timeout",
        "fetch",
        limits::timeout,
    ),
    law(
        "refuses what cannot be asked and goes on, with cakes",
        "bakery",
        conversation::refusals_of_cakes,
    ),
    law(
        "refuses what cannot be asked and goes on, with requests",
        "fetch",
        conversation::refusals_of_requests,
    ),
    law(
        "ends with its input, having baked",
        "bakery",
        conversation::end_of_bakery,
    ),
    law(
        "ends with its input, having fetched",
        "fetch",
        conversation::end_of_fetch,
    ),
];
