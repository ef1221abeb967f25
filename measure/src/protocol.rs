//! The runner protocol, version 2: JSON lines between the harness and the
//! process in which one cell runs. `docs/PROTOCOL.md` is its specification.

pub mod plausible;
mod times;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::visible::{make_all_visible, make_visible};
use crate::base::word::Word;
use crate::kit::Class;
use crate::record::row::Latency;
use crate::workload::Hold;
use crate::workload::client::Client;
use crate::workload::schedule::Due;

/// Version of these messages.
pub const VERSION: u32 = 2;

/// From the harness.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Build the model and the workload.
    Prepare(Box<Prepare>),
    /// Measure one batch of orders.
    Sample(Sample),
    /// Open the gate of a sample that is observed.
    Go {},
    /// Tear down the units of a sample that is observed, and tell what it recorded.
    Settle {},
    /// Tear down and end.
    Stop {},
}

/// To the harness.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The cell stands ready.
    Ready(Ready),
    /// The program does not do what the cell asks for, although the protocol knows it.
    Unable {
        /// One line for a person.
        reason: String,
    },
    /// All units of a sample that is observed stand at the gate.
    Gate {
        /// Number of the sample.
        sample: u64,
    },
    /// All orders of a sample that is observed are done, and nothing is torn down yet.
    Closed {
        /// Number of the sample.
        sample: u64,
        /// From the gate's opening until now.
        wall_ns: u64,
    },
    /// What one sample recorded.
    Sample(Box<Measured>),
    /// The model is torn down; the process ends now.
    Stopped {
        /// Tearing down the model, ns.
        shutdown_ns: u64,
    },
    /// What was asked could not be done.
    Error {
        /// One line for a person.
        message: String,
        /// Whether the request itself was at fault.
        usage: bool,
    },
}

/// What a runner must know before its first sample.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// [`VERSION`].
    pub protocol: u32,
    /// Name of the workload.
    pub workload: String,
    /// Name of the scenario, for messages.
    pub scenario: String,
    /// Name of the model.
    pub model: String,
    /// `wire`, `reqwest` or `none`.
    pub client: Word<Client>,
    /// The scenario's parameters, flat.
    pub params: BTreeMap<String, serde_json::Value>,
    /// OS threads that carry units where many units share a thread.
    pub workers: usize,
    /// Whether that number counts, or each library's own default.
    #[serde(default)]
    pub class: Class,
    /// CPUs that the process may use; empty for all it has.
    #[serde(default)]
    pub cpus: Vec<usize>,
    /// Addresses of the mock server's hosts; empty without a server.
    #[serde(default)]
    pub hosts: Vec<SocketAddr>,
    /// Path to ask for, of a server that is not ours; `hosts` are then all its
    /// addresses, to be tried in their order.
    #[serde(default)]
    pub target_path: Option<String>,
    /// What requests to it name as their host; absent for its first address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_host: Option<String>,
    /// Where the files of orders lie, which the harness has made; absent for a workload
    /// without files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Record when each station was taken and freed.
    #[serde(default)]
    pub trace: bool,
}

/// A runner that stands ready.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ready {
    /// [`VERSION`].
    pub protocol: u32,
    /// Versions of the runner and of the crates that its model names.
    pub versions: BTreeMap<String, String>,
    /// `per-unit`, `multiplexed` or `bounded`.
    pub shape: String,
    /// OS threads that the process tree may own, all units at the gate; `null`
    /// for a model whose units come and go with their orders, or whose library
    /// decides by a rule that is not known.
    pub threads: Option<u64>,
    /// Processes likewise.
    pub processes: Option<u64>,
    /// Most orders that the model can have in flight.
    pub in_flight: u64,
    /// CPUs that the process may use, by their numbers; empty where the
    /// operating system does not say.
    pub cpus: Vec<usize>,
    /// File descriptors that the process may have open; `null` for no limit, and where
    /// that is not known.
    pub descriptors: Option<u64>,
    /// PSS of the process before the model was built.
    pub memory_bytes: Option<u64>,
    /// Building the workload and the model, ns.
    pub startup_ns: u64,
    /// What the harness itself does for an order here, ns: claiming it, two
    /// clock reads and a slot; `null` where that was not measured.
    pub overhead_ns: Option<f64>,
    /// Least step that the clock was seen to make here, ns; `null` likewise.
    pub clock_step_ns: Option<u64>,
    /// Price of one iteration of the bakery's arithmetic here, ns; `null` likewise.
    pub ns_per_iteration: Option<f64>,
}

impl Ready {
    /// Makes what another program named safe to show.
    pub(super) fn make_visible(&mut self) {
        make_visible(&mut self.shape);
        make_all_visible(&mut self.versions);
    }
}

/// One batch to measure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Number of the sample, which requests carry to the server's ledger.
    pub sample: u64,
    /// Orders to serve.
    pub orders: u64,
    /// Seed of their draws.
    #[serde(with = "crate::base::hexadecimal")]
    pub seed: u64,
    /// When orders are due; `null` for as soon as a unit is free.
    #[serde(default)]
    pub due: Option<Due>,
    /// Wait for a word at the gate and at the close, so that the harness can look at
    /// the process tree from outside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observe: bool,
}

/// What a runner measured: the part of a row that it knows. What a program cannot know
/// of itself is `null`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// Number of the sample.
    pub sample: u64,
    /// Orders served.
    pub orders: u64,
    /// From the gate's opening to the last order's end.
    pub wall_ns: u64,
    /// From each order's actual start to its end.
    #[serde(deserialize_with = "times::always")]
    pub service: Latency,
    /// From each order's planned start to its end; open loop only.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "times::perhaps"
    )]
    pub response: Option<Latency>,
    /// How much later than planned the pacer handed orders over; open loop only.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "times::perhaps"
    )]
    pub pacer_lateness: Option<Latency>,
    /// How much longer orders took than their waits alone must, of workloads that have it.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "times::perhaps"
    )]
    pub lag: Option<Latency>,
    /// How evenly that fell on them, from near 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fairness: Option<f64>,
    /// CPU time of the pacer's thread, which is part of the times below; open
    /// loop only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pacer_cpu_ns: Option<u64>,
    /// Median over the last tenth of the orders of how long after its planned
    /// start each was started; open loop only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind_ns: Option<u64>,
    /// Orders in service on average from the gate's opening to the last order's
    /// start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight_until_last_start: Option<f64>,
    /// From the gate's opening to the last planned start; open loop only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_ns: Option<u64>,
    /// User CPU time of all the model's processes.
    pub cpu_user_ns: Option<u64>,
    /// System CPU time likewise.
    pub cpu_sys_ns: Option<u64>,
    /// Context switches that the model asked for.
    pub voluntary_switches: Option<u64>,
    /// Context switches that the kernel forced.
    pub involuntary_switches: Option<u64>,
    /// How long threads that could run waited for a CPU.
    pub run_delay_ns: Option<u64>,
    /// System calls that read through a file descriptor, but not those for sockets alone.
    pub read_calls: Option<u64>,
    /// System calls that write likewise.
    pub write_calls: Option<u64>,
    /// PSS over the process tree, at the gate.
    pub memory_bytes: Option<u64>,
    /// Page tables of the process tree, at the gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_table_bytes: Option<u64>,
    /// `VmHWM` of a single-process model.
    pub peak_rss_bytes: Option<u64>,
    /// OS threads over the process tree, at the gate.
    pub threads: Option<u64>,
    /// Processes in the tree, at the gate.
    pub processes: Option<u64>,
    /// Opening sessions, coming to the gate and looking at the process tree
    /// there, ns.
    pub startup_ns: u64,
    /// From the batch's close, all orders done, until the model has dropped all
    /// units and sessions, ns.
    pub shutdown_ns: u64,
    /// Most orders in service at once, by their own start and end times; 0
    /// unless stays are traced.
    pub peak_in_service: u64,
    /// All answers folded together, 16 hexadecimal digits.
    pub answer: String,
    /// Connections that orders had to open although their units keep one alive,
    /// of a server that is not ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconnects: Option<u64>,
    /// Orders that failed and were tolerated, by kind, of a server that is not
    /// ours. Times are of the others.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<String, u64>,
    /// Stays at stations, where they were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
}

impl Measured {
    /// User and system CPU time together, where both are known.
    #[must_use]
    pub fn cpu_ns(&self) -> Option<u64> {
        let both = self.cpu_user_ns.zip(self.cpu_sys_ns);
        both.map(|(user, system)| user + system)
    }
}
