//! What is done: parameters, a seeded plan, the expected answer, the physical
//! bound, and the bodies of an order. One file a workload.

pub mod bakery;
pub mod client;
pub mod compute;
pub mod fetch;
pub mod files;
pub mod items;
pub mod nothing;
pub mod offload;
pub mod params;
pub mod responsive;
pub mod scenario;
pub mod schedule;
pub mod sleepers;
pub mod spread;
pub mod subprocess;
pub mod tally;
pub mod timers;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::items::Profile;
use self::tally::Tally;
use crate::base::clock::Nanos;
use crate::base::error::Result;
use crate::base::seed;
use crate::http1;
use crate::kit::capability::Capability;

/// Longest wait that a parameter may ask for, an hour, ns.
const MAX_WAIT: u64 = 3_600_000_000_000;

/// Where a runner finds the world outside: the mock server's hosts, or a server
/// that is not ours.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Address of each of the mock server's hosts, or all addresses of the target,
    /// to be tried in this order; empty for a workload without a server.
    pub hosts: Vec<SocketAddr>,
    /// What to ask for instead of our own items, of a server that is not ours.
    pub target: Option<Target>,
    /// Where the files of orders lie; `None` for a workload without files.
    pub directory: Option<PathBuf>,
}

/// What requests to a server that is not ours say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The field `Host`: a name or an address, with the port unless it is 80.
    pub host: String,
    /// Path and query.
    pub path: String,
}

/// The runner's side of a workload: makes orders. Its bodies are inherent
/// functions, one per style, which the registry names:
/// `open_asynch`/`asynch` over an [`AsyncKit`](crate::kit::AsyncKit),
/// `open_direct`/`direct` over a [`DirectKit`](crate::kit::DirectKit).
pub trait Workload: Sized + Send + Sync + 'static {
    /// What an order's body must know, computed from its index.
    type Spec: Copy + Send + Sync + Serialize + DeserializeOwned + 'static;

    /// Builds the workload from a scenario's parameters.
    ///
    /// # Errors
    /// A parameter that is unknown or out of range, named with what is allowed.
    fn new(params: &params::Params, world: &World) -> Result<Self>;

    /// Order `index` of sample number `sample`, drawn from `seed`.
    fn spec(&self, seed: u64, sample: u64, index: u64) -> Self::Spec;

    /// Places of each station, in the numbering that the bodies use; 0 where there is no
    /// limit, and the bodies never ask for a place.
    fn stations(&self) -> Vec<usize>;

    /// Times at which stations were taken and freed since the last call, where
    /// the runner was asked to trace them.
    fn take_holds(&self) -> Vec<Hold> {
        Vec::new()
    }

    /// Starts or ends tracing.
    fn trace(&self, _on: bool) {}

    /// How orders went whose answers these are, by index, where the server is not
    /// ours.
    fn tally(&self, _answers: impl Iterator<Item = u64> + Clone) -> Option<Tally> {
        None
    }

    /// How long the waits of order `index` of `seed` take, ns, where it does little besides: what it took
    /// longer is its lag. `None` of orders whose lag would say nothing.
    fn least_ns(&self, _seed: u64, _index: u64) -> Option<Nanos> {
        None
    }

    /// Whether orders make the model start threads besides its declared ones: those of its
    /// pool for calls that block, which come and go as calls do.
    fn starts_threads(&self) -> bool {
        false
    }

    /// Whether orders start programs, whose CPU time is then part of what they cost.
    fn starts_programs(&self) -> bool {
        false
    }

    /// The share of its orders that may fail, where the server is not ours.
    fn tolerated(&self) -> f64 {
        0.0
    }
}

/// One stay at a station, recorded in conformance runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hold {
    /// The station's number.
    pub station: usize,
    /// When the place was had.
    pub from: u64,
    /// When it was about to be given back.
    pub to: u64,
}

/// The harness's side of a workload: knows what should come of it.
pub trait Plan: Send + Sync {
    /// The answers of the first `orders` orders of `seed`, by index, the payload
    /// not counted; [`fold`](crate::engine::slots::fold) makes one word of them.
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64>;

    /// The least time in which `orders` orders could be done, ns.
    fn bound_ns(&self, seed: u64, orders: u64, limits: &Limits) -> u64;

    /// What the mock server must be told, and count; `None` without a server.
    fn served(&self) -> Option<&dyn Served> {
        None
    }

    /// What the harness must lay out on a disk, and look at after each sample; `None`
    /// without files.
    fn stored(&self) -> Option<&dyn Stored> {
        None
    }

    /// Names of the stations, in the numbering of traces.
    fn stations(&self) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    /// What these parameters ask of a model besides what the workload's bodies always do.
    fn asks(&self) -> &'static [Capability] {
        &[]
    }

    /// Descriptors that one unit holds.
    fn descriptors_per_unit(&self) -> u64 {
        0
    }

    /// Parameters that change nothing here, whether with a server that is not ours
    /// (`foreign`) or without one.
    fn idle_keys(&self, _foreign: bool) -> Vec<IdleKey> {
        Vec::new()
    }

    /// The method by which the server is asked, as HTTP names it; `None` without a
    /// server.
    fn method(&self) -> Option<http1::Method> {
        None
    }

    /// Whether a server that is not ours may answer an order with this status.
    fn accepts(&self, _status: u16) -> bool {
        true
    }
}

/// A parameter that changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleKey {
    /// Its name.
    pub key: &'static str,
    /// Why it changes nothing, as half a sentence.
    pub why: &'static str,
    /// Whether it is refused also where the scenario itself has it.
    pub refused: bool,
}

/// What a workload with a server expects of it.
pub trait Served {
    /// The profile to serve for `seed`.
    fn profile(&self, seed: u64) -> Profile;
    /// Which server serves it.
    fn backend(&self) -> Backend;
    /// Hosts that the scenario talks to.
    fn hosts(&self) -> usize;
    /// Response body bytes of the first `orders` orders of `seed`.
    fn body_bytes(&self, seed: u64, orders: u64) -> u64;
    /// Most requests that the caps per host let in flight together; `None`
    /// without caps.
    fn cap(&self) -> Option<u64>;
    /// Whether each order uses a connection of its own.
    fn connection_per_order(&self) -> bool;
}

/// What a workload with files expects of the directory that the harness makes for it.
pub trait Stored: Send + Sync {
    /// Bytes of all its files together.
    fn bytes(&self) -> u64;
    /// Bytes of the largest.
    fn largest(&self) -> u64;
    /// Whether orders wait until what they wrote is on the disk.
    fn syncs(&self) -> bool;
    /// Makes the files, before the runner starts.
    ///
    /// # Errors
    /// One that could not be made, named.
    fn lay_out(&self, directory: &Path) -> Result<()>;
    /// Looks whether the files hold what the first `orders` orders of `seed`, in this
    /// sample, should have left in them.
    ///
    /// # Errors
    /// The first file that does not, or that could not be read.
    fn check(&self, directory: &Path, seed: u64, sample: u64, orders: u64) -> Result<()>;
}

/// The two mock servers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// Ours.
    #[default]
    Native,
    /// The wiremock crate's.
    Wiremock,
}

/// What bounds a makespan besides the orders themselves.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many orders may be in flight.
    pub concurrency: usize,
    /// CPUs in the runner's mask.
    pub cpus: usize,
    /// Price of one iteration of [`bakery::knead`], ns, the cheapest seen.
    pub ns_per_iteration: f64,
    /// Orders start no faster than one in this time, ns; 0 for no limit.
    pub period_ns: f64,
}

/// The bytes that go with every order where a payload is asked for.
#[must_use]
pub fn payload(bytes: usize) -> Vec<u8> {
    (0..bytes as u64)
        .map(|index| seed::mix(index / 8).to_le_bytes()[(index % 8) as usize])
        .collect()
}
