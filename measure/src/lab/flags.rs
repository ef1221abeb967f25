//! What a reader must know of a row before using it: a pure function of the
//! row, of what the runner said, and of what was asked for. What flags mean is
//! in `record::flag`.

use crate::base::word::Word;
use crate::protocol::{Measured, Ready};
use crate::record::flag::Flag;
use crate::record::row::Row;
use crate::workload::client::Client;

/// Above this part of a core, it is the server that is measured.
const SERVER_BOUND_PART: f64 = 0.9;
/// Efficiency above this is a fault of the bound or the clock.
const MOST_EFFICIENCY: f64 = 1.02;
/// Below this part of what a model may have in flight, it is its feeding that sets
/// how many are.
const UNDER_FILLED_PART: f64 = 0.5;
/// Above this part of all CPU time, it is the harness that is measured.
const HARNESS_PART: f64 = 0.1;
/// Steps of the clock that the median order should take.
const LEAST_STEPS: f64 = 20.0;
/// Little's law is checked where requests wait at the server for so long, ns:
/// below, the waiting is not what their time is made of.
const LEAST_WAIT: f64 = 500_000.0;
/// How far its two sides may be apart besides the transit, as a part.
const LITTLE_SLACK: f64 = 0.05;
/// Above this part of the response time, it is the pacer that is measured.
const PACER_PART: f64 = 0.1;
/// A model that is behind by more than this part of the schedule at its end can
/// do less than 95 % of the rate.
const BEHIND_PART: f64 = 0.05;

/// What was asked of the runner, and what is known of the cell.
pub(super) struct Asked<'a> {
    /// CPUs that it was to use.
    pub(super) cpus: &'a [usize],
    /// A CPU of its own for the server was asked for and not obtained.
    pub(super) server_unpinned: bool,
    /// File descriptors that the harness itself may open.
    pub(super) descriptors: u64,
    /// Threads beyond the declared ones that the client brings along.
    pub(super) client_threads: u64,
    /// Whether the last batches of the warm-up were of different speed.
    pub(super) unsteady: bool,
    /// Whether there are as many orders as places for them: fewer need fewer
    /// units.
    pub(super) fills_units: bool,
    /// How many orders a model that is [fed](crate::model::Meta::fed) may have in
    /// flight; `None` of others, and where the cell itself keeps it lower.
    pub(super) fed: Option<u64>,
    /// How much CPU time a counter may be behind on one CPU, ns.
    pub(super) tick_ns: u64,
    /// Whether what was seen from outside is not what the runner says of itself.
    pub(super) claims_differ: bool,
    /// Whether orders wait until a file is on a disk, and files lie in memory.
    pub(super) syncs_in_memory: bool,
    /// Whether the server is not ours.
    pub(super) foreign: bool,
    /// Whether orders may wait for a host's cap, within their service time and
    /// before the server knows of them.
    pub(super) capped: bool,
}

/// The flags of a row that is filled but for them.
pub(super) fn flags(
    row: &Row,
    ready: &Ready,
    measured: &Measured,
    asked: &Asked<'_>,
) -> Vec<Word<Flag>> {
    let found = [
        (Flag::ServerBound, server_bound(row)),
        (Flag::HiddenThread, hidden_thread(row, ready, asked)),
        (Flag::MissingThread, missing_thread(row, ready, asked)),
        (
            Flag::BeyondBound,
            row.efficiency.is_some_and(|part| part > MOST_EFFICIENCY),
        ),
        (Flag::BeyondCpus, beyond_cpus(row, ready, asked)),
        (Flag::UnderFilled, under_filled(measured, asked)),
        (Flag::NoLedger, asked.foreign),
        (
            Flag::Reconnects,
            row.reconnects.is_some_and(|reconnects| reconnects > 0),
        ),
        (Flag::OrderErrors, !row.failures.is_empty()),
        (Flag::HarnessBound, harness_bound(row, ready)),
        (Flag::ClockCoarse, clock_coarse(row, ready)),
        (Flag::LittlesLaw, breaks_littles_law(row, ready, asked)),
        (Flag::PacerLate, pacer_late(row)),
        (Flag::Overloaded, overloaded(measured)),
        (Flag::AffinityRefused, affinity_refused(ready, asked)),
        (
            Flag::LimitsRefused,
            ready
                .descriptors
                .is_some_and(|most| most < asked.descriptors),
        ),
        (Flag::Unsteady, asked.unsteady),
        (Flag::ClaimsDiffer, asked.claims_differ),
        (Flag::SyncInMemory, asked.syncs_in_memory),
    ];
    found
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(flag, _)| flag.into())
        .collect()
}

fn server_bound(row: &Row) -> bool {
    let wall = row.wall_ns.unwrap_or(0) as f64;
    row.server_cpu_ns
        .is_some_and(|cpu| cpu as f64 >= SERVER_BOUND_PART * wall)
}

fn hidden_thread(row: &Row, ready: &Ready, asked: &Asked<'_>) -> bool {
    matches!(
        (ready.threads, row.threads),
        (Some(declared), Some(seen)) if seen > declared + asked.client_threads
    )
}

fn missing_thread(row: &Row, ready: &Ready, asked: &Asked<'_>) -> bool {
    matches!(
        (ready.threads, row.threads),
        (Some(declared), Some(seen)) if seen < declared && asked.fills_units
    )
}

/// CPUs of the runner's mask give so much time and no more. The kernel adds to the
/// account of a running thread at each tick, so what was used on a CPU before the
/// gate may be counted behind it, up to a tick.
fn beyond_cpus(row: &Row, ready: &Ready, asked: &Asked<'_>) -> bool {
    let cpus = ready.cpus.len() as u64;
    let (Some(cpu), Some(wall)) = (row.cpu_ns, row.wall_ns) else {
        return false;
    };
    cpus > 0 && cpu > cpus.saturating_mul(wall.saturating_add(asked.tick_ns))
}

/// While orders were left that nobody had started, a model that keeps its units
/// supplied has as many in flight as it may.
fn under_filled(measured: &Measured, asked: &Asked<'_>) -> bool {
    matches!(
        (measured.in_flight_until_last_start, asked.fed),
        (Some(mean), Some(may)) if mean < UNDER_FILLED_PART * may as f64
    )
}

fn harness_bound(row: &Row, ready: &Ready) -> bool {
    let own = ready.overhead_ns.map(|each| each * row.orders as f64);
    own.zip(row.model_cpu_ns())
        .is_some_and(|(own, cpu)| own > HARNESS_PART * cpu as f64)
}

fn clock_coarse(row: &Row, ready: &Ready) -> bool {
    let median = row.service.as_ref().and_then(|service| service.p50_ns);
    median
        .zip(ready.clock_step_ns)
        .is_some_and(|(median, step)| (median as f64) < LEAST_STEPS * step as f64)
}

/// Little's law (Little 1961) holds for any system that is empty before and
/// after: the mean number in it is the arrival rate times the mean time in it.
/// Of the server, its ledger knows the integral of the number in it, which over
/// the requests is their mean time there, `W_s`. The client saw the mean time
/// `W_c`, which holds `W_s` whole, and the transit: what an order does and waits
/// for outside the server's sight. All of that is work, of the client and of the
/// server before it has read a request; an order waits for its own and, at
/// worst, for that of all others in flight. So
///
/// `0.95 W_s <= W_c <= 1.05 W_s + L (c / CPUs + s)`
///
/// where `c` and `s` are CPU times an order that this very row measured of
/// client and server; the server has one thread. `L` is the number in flight: by
/// the same law `sum of service times / wall`, and in an open loop, where orders
/// may come together and find more than the mean, the most that the ledger
/// counted. Connecting for each order is
/// such work and needs no exception; an order that runs into a timeout fails its
/// sample. Waiting for a host's cap is no work, is service time, and is out of
/// the server's sight: such rows are exempt, and so are other clients, which may
/// wait for a connection.
fn breaks_littles_law(row: &Row, ready: &Ready, asked: &Asked<'_>) -> bool {
    if row.client != Client::Wire || asked.capped {
        return false;
    }
    let (Some(ledger), Some(service)) = (&row.ledger, &row.service) else {
        return false;
    };
    let (Some(in_flight), Some(wall), Some(client), Some(server)) = (
        ledger.in_flight_ns,
        row.wall_ns,
        row.cpu_ns,
        row.server_cpu_ns,
    ) else {
        return false;
    };
    let orders = row.orders as f64;
    let at_server = in_flight as f64 / ledger.requests as f64;
    let at_client = service.mean_ns;
    if at_server < LEAST_WAIT {
        return false;
    }
    let cpus = super::placement::count(&ready.cpus) as f64;
    let mean = at_client * orders / wall as f64;
    let together = match (row.offered_per_s, ledger.peak_in_flight) {
        (Some(_), Some(peak)) => mean.max(peak as f64),
        _ => mean,
    };
    let transit = together * (client as f64 / cpus + server as f64) / orders;
    at_client < (1.0 - LITTLE_SLACK) * at_server
        || at_client > (1.0 + LITTLE_SLACK) * at_server + transit
}

fn pacer_late(row: &Row) -> bool {
    let (Some(late), Some(response)) = (&row.pacer_lateness, &row.response) else {
        return false;
    };
    [
        (late.p50_ns, response.p50_ns),
        (late.p99_ns, response.p99_ns),
    ]
    .into_iter()
    .any(|pair| {
        matches!(pair, (Some(late), Some(response))
            if late as f64 > PACER_PART * response as f64)
    })
}

/// Where a backlog grows steadily, the last order waits for
/// `(1 - capacity / rate)` of the schedule's length.
fn overloaded(measured: &Measured) -> bool {
    matches!(
        (measured.behind_ns, measured.planned_ns),
        (Some(behind), Some(planned)) if behind as f64 > BEHIND_PART * planned as f64
    )
}

fn affinity_refused(ready: &Ready, asked: &Asked<'_>) -> bool {
    // An operating system without masks grants none.
    asked.server_unpinned || asked.cpus.is_empty() || ready.cpus != asked.cpus
}

#[cfg(test)]
mod tests;
