//! The row: what one sample recorded, one JSON line of `rows.jsonl`. Rows are
//! the source of truth; tables and charts are pure functions of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::flag::Flag;
use super::placement::Placed;
use crate::base::error::NOT_OFFERED;
use crate::base::visible::{make_all_visible, make_visible, visible_lines};
use crate::base::word::{Named as _, Word};
use crate::kit::Class;
use crate::workload::client::Client;

/// Version of the row's fields.
pub const SCHEMA: u32 = 1;

/// One sample of one cell, or why it could not be had.
///
/// Fields that were not or could not be measured are `null`, never zero.
/// Times are nanoseconds of `CLOCK_MONOTONIC`, memory is bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    /// Version of these fields.
    pub schema: u32,
    /// Name of the run: its results directory; of `bakeoff ab` the side, `base` or
    /// `head`.
    pub run: String,
    /// `workload/scenario/model`, with `@reqwest` behind it for that client.
    pub cell: String,
    /// What was done.
    pub workload: String,
    /// Named parameters of the workload.
    pub scenario: String,
    /// Changes with the scenario's parameters; only equal versions compare.
    pub scenario_version: u32,
    /// How orders were run concurrently.
    pub model: String,
    /// `wire` or `reqwest` for HTTP; `none` elsewhere.
    pub client: Word<Client>,
    /// `equal` or `shipped`.
    pub class: Word<Class>,
    /// The program that the model is of, where it is one of its own; null of models of
    /// this build.
    pub peer: Option<Peer>,
    /// `per-unit`, `multiplexed` or `bounded`.
    pub shape: String,
    /// Which pass over all cells, from 1; criterion's samples are all round 0.
    pub round: u32,
    /// Place of the cell within its round's shuffled order, from 0.
    pub position: u32,
    /// Seed of the orders' draws.
    pub seed: u64,
    /// Orders in the sample.
    pub orders: u64,
    /// The URL that was asked, as it was given; null where it was the mock server,
    /// or there is none.
    pub target: Option<String>,
    /// How many orders may be in flight.
    pub concurrency: u64,
    /// OS threads that carry units where many units share a thread; null where
    /// the library's own default decides (class `shipped`).
    pub workers: Option<u64>,
    /// `own-core` where the server has a CPU that the model may not use,
    /// `shared` where both have all, `alone` where there is no server.
    pub placement: Word<Placed>,
    /// CPUs that the runner got, by their numbers.
    pub cpus: Vec<usize>,
    /// The CPU that the server got for itself.
    pub server_cpu: Option<usize>,
    /// Type and mount point of the file system that the files of orders lie on, as in
    /// `ext4 at /`; null without files, and where the operating system does not say.
    pub file_system: Option<String>,
    /// Parameters that `--set` or `--sweep` changed, as text. Only rows that
    /// agree in them compare.
    pub set: BTreeMap<String, String>,
    /// Orders that came per second from outside the model; open loop only.
    pub offered_per_s: Option<f64>,
    /// Orders that a rate which all units share allows per second; null elsewhere.
    pub allowed_per_s: Option<f64>,
    /// From the gate's opening to the last order's end.
    pub wall_ns: Option<u64>,
    /// Throughput: orders / wall.
    pub orders_per_s: Option<f64>,
    /// From each order's actual start to its end.
    pub service: Option<Latency>,
    /// From each order's planned start to its end; open loop only.
    pub response: Option<Latency>,
    /// How late the pacer handed orders over; open loop only.
    pub pacer_lateness: Option<Latency>,
    /// How much later orders ended than their waits did: service time less what the waits
    /// alone take. Of workloads whose orders do little besides waiting, and there only of
    /// the orders that do.
    pub lag: Option<Latency>,
    /// Jain's index of these orders' service times, each over its own waits: 1 where all
    /// were stretched alike, near 0 where a few had all the delay.
    pub fairness: Option<f64>,
    /// CPU time of the pacer's thread, which is part of `cpu_ns`; open loop only.
    pub pacer_cpu_ns: Option<u64>,
    /// User and system CPU time of all the model's processes.
    pub cpu_ns: Option<u64>,
    /// User part of `cpu_ns`.
    pub cpu_user_ns: Option<u64>,
    /// System part of `cpu_ns`.
    pub cpu_sys_ns: Option<u64>,
    /// PSS over the process tree, every unit standing at the gate, without the slots
    /// of the batch, which are the harness's and of which models have different numbers.
    pub memory_bytes: Option<u64>,
    /// What one unit takes of it: `memory_bytes` without what the runner held
    /// before it built the model, over the units. Null
    /// for models whose units come and go with their orders.
    pub unit_memory_bytes: Option<f64>,
    /// Kernel stacks of all threads, computed from their number, not measured;
    /// no part of `memory_bytes`.
    pub kernel_stack_bytes: Option<u64>,
    /// Page tables of the process tree, every unit standing at the gate: what the kernel
    /// keeps to know where memory is; no part of `memory_bytes`.
    pub page_table_bytes: Option<u64>,
    /// `VmHWM` of a single-process model.
    pub peak_rss_bytes: Option<u64>,
    /// Context switches that the model asked for.
    pub voluntary_switches: Option<u64>,
    /// Context switches that the kernel forced.
    pub involuntary_switches: Option<u64>,
    /// How long threads that could run waited for a CPU, from gate to end, added up
    /// over all threads of all the model's processes; null where threads ended
    /// meanwhile, or the operating system does not say.
    pub run_delay_ns: Option<u64>,
    /// System calls of all the model's processes that read through a file descriptor,
    /// from gate to end. Those that are for sockets alone (`recvfrom`, `recvmsg`) are
    /// not counted.
    pub read_calls: Option<u64>,
    /// Those that write, without `sendto` and `sendmsg` likewise.
    pub write_calls: Option<u64>,
    /// OS threads over the process tree, at the gate.
    pub threads: Option<u64>,
    /// Processes in the tree, at the gate.
    pub processes: Option<u64>,
    /// What the runner had served before its first sample, to warm up: the wall time of
    /// those batches.
    pub warm_up_ns: Option<u64>,
    /// Building the model and opening its sessions, before the clock.
    pub startup_ns: Option<u64>,
    /// From the batch's close, all orders done, until all units and sessions
    /// are dropped.
    pub shutdown_ns: Option<u64>,
    /// The least time in which the orders could have been done.
    pub bound_ns: Option<u64>,
    /// `bound_ns / wall_ns`; null where the bound says too little.
    pub efficiency: Option<f64>,
    /// The answers of all orders folded together, in hexadecimal.
    pub answer: Option<String>,
    /// What the server counted.
    pub ledger: Option<Ledger>,
    /// Connections that orders had to open although their units keep one alive,
    /// because a server that is not ours had closed theirs. Null of the mock
    /// server, which closes none, and of clients that do not say.
    pub reconnects: Option<u64>,
    /// Orders of a server that is not ours which failed and were tolerated, by
    /// kind. They are in `orders`, and in no throughput and no time.
    pub failures: BTreeMap<String, u64>,
    /// CPU time of the server's process during the sample.
    pub server_cpu_ns: Option<u64>,
    /// Versions of bakeoff and of the crates that the model names.
    pub versions: BTreeMap<String, String>,
    /// What a reader must know before trusting the row.
    pub flags: Vec<Word<Flag>>,
    /// Why there is no measurement.
    pub error: Option<String>,
}

/// A program of its own that offers models: another language, mostly.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Peer {
    /// Its name, as in `--peers python`.
    pub name: String,
    /// The language that it is written in.
    pub language: String,
    /// How the model works, in a sentence.
    pub about: String,
    /// What the model is one of: `baseline`, `processes`, `threads`, `pools`, `async`,
    /// `green`, `callbacks`.
    pub family: String,
    /// The model's colour, as `#rrggbb`; null for the family's.
    pub colour: Option<String>,
    /// Whether the reader wants it ranked among models of this build: no part of what is
    /// written down.
    #[serde(skip)]
    pub ranked_with_ours: bool,
}

impl Peer {
    /// Makes what another program named safe to show.
    pub fn make_visible(&mut self) {
        for text in [
            &mut self.name,
            &mut self.language,
            &mut self.about,
            &mut self.family,
        ] {
            make_visible(text);
        }
        self.colour.iter_mut().for_each(make_visible);
    }
}

/// Has models of other programs ranked among those of this build, as a reader asked for.
pub fn rank_peers(rows: &mut [Row]) {
    for peer in rows.iter_mut().filter_map(|row| row.peer.as_mut()) {
        peer.ranked_with_ours = true;
    }
}

impl Row {
    /// Whether the row's program said that it does not do what the cell asks for: that
    /// is no failure, and no measurement.
    #[must_use]
    pub fn is_not_offered(&self) -> bool {
        let error = self.error.as_deref();
        error.is_some_and(|error| error.starts_with(NOT_OFFERED))
    }

    /// Whether the row carries `flag`. A detail may stand behind its name, after a
    /// colon.
    #[must_use]
    pub fn flagged(&self, flag: Flag) -> bool {
        let own = self
            .flags
            .iter()
            .map(|word| word.as_str().split(':').next());
        own.flatten().any(|name| name == flag.name())
    }

    /// CPU time that is the model's own, ns: the pacer, who hands orders over in an
    /// open loop, is the harness's.
    #[must_use]
    pub fn model_cpu_ns(&self) -> Option<u64> {
        let pacer = self.pacer_cpu_ns.unwrap_or(0);
        self.cpu_ns.map(|all| all.saturating_sub(pacer))
    }

    /// Makes what other programs named safe to show: in a terminal, SVG and HTML.
    pub fn make_visible(&mut self) {
        for text in [
            &mut self.run,
            &mut self.cell,
            &mut self.workload,
            &mut self.scenario,
            &mut self.model,
            &mut self.shape,
        ] {
            make_visible(text);
        }
        self.peer.iter_mut().for_each(Peer::make_visible);
        self.client.make_visible();
        self.class.make_visible();
        self.placement.make_visible();
        self.answer.iter_mut().for_each(make_visible);
        self.flags.iter_mut().for_each(Word::make_visible);
        make_all_visible(&mut self.set);
        make_all_visible(&mut self.versions);
        if let Some(error) = &mut self.error {
            *error = visible_lines(error).into_owned();
        }
    }
}

/// A distribution of times, ns. A quantile `q` is absent where fewer than ten
/// orders lie beyond it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Arithmetic mean.
    pub mean_ns: f64,
    /// Median.
    pub p50_ns: Option<u64>,
    /// 90th percentile.
    pub p90_ns: Option<u64>,
    /// 99th percentile.
    pub p99_ns: Option<u64>,
    /// 99.9th percentile.
    pub p999_ns: Option<u64>,
    /// Greatest.
    pub max_ns: u64,
    /// The whole histogram: HdrHistogram V2, deflated, base64, three significant digits.
    /// Older rows are not deflated.
    pub hdr: String,
}

/// What the mock server counted for one sample: equal work, proved by the
/// other side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Requests parsed.
    pub requests: u64,
    /// Distinct item ids among them.
    pub distinct: u64,
    /// Response body bytes of rightly answered requests.
    pub body_bytes: u64,
    /// Connections that carried at least one of them; `null` where the
    /// backend cannot know.
    pub connections: Option<u64>,
    /// Most requests in flight at once, from parsed to last write.
    pub peak_in_flight: Option<u64>,
    /// Time-integral of the requests in flight, request-nanoseconds.
    pub in_flight_ns: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_another_version_are_written_as_they_came() {
        let text = |client: &str, class: &str, placement: &str, flags: &str| {
            format!(
                r#""client":"{client}","class":"{class}","placement":"{placement}","flags":{flags}"#
            )
        };
        for [client, class, placement, flags] in [
            ["wire", "equal", "own-core", r#"["overloaded"]"#],
            [
                "curl",
                "tuned",
                "next-door",
                r#"["too-new","overloaded","x: y"]"#,
            ],
            ["", "", "", "[]"],
        ] {
            let given = text(client, class, placement, flags);
            let row: Row = serde_json::from_str(&format!("{{{given}}}")).unwrap();
            assert_eq!(
                row.flagged(Flag::Overloaded),
                flags.contains("overloaded"),
                "{given}"
            );
            let own = serde_json::to_value(&row).unwrap();
            assert_eq!(
                text(
                    own["client"].as_str().unwrap(),
                    own["class"].as_str().unwrap(),
                    own["placement"].as_str().unwrap(),
                    &own["flags"].to_string(),
                ),
                given
            );
        }
    }
}
