//! Flags of rows: they void no row, but say what to know before using it.

use crate::base::word::words;

words! {
    /// What a reader must know of a row. What each means is [`Flag::meaning`].
    #[allow(missing_docs)]
    #[derive(Hash)]
    pub enum Flag {
        ServerBound = "server-bound",
        HiddenThread = "hidden-thread",
        MissingThread = "missing-thread",
        BeyondBound = "beyond-bound",
        BeyondCpus = "beyond-cpus",
        UnderFilled = "under-filled",
        NoLedger = "no-ledger",
        Reconnects = "reconnects",
        OrderErrors = "order-errors",
        HarnessBound = "harness-bound",
        ClockCoarse = "clock-coarse",
        LittlesLaw = "littles-law",
        PacerLate = "pacer-late",
        Overloaded = "overloaded",
        AffinityRefused = "affinity-refused",
        LimitsRefused = "limits-refused",
        Unsteady = "unsteady",
        OrderEffect = "order-effect",
        Autocorrelated = "autocorrelated",
        TwoSpeeds = "two-speeds",
        ClaimsDiffer = "claims-differ",
        SyncInMemory = "sync-in-memory",
    }
}

impl Flag {
    /// What it means, in one line.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Flag::ServerBound => {
                "the server used 90 % or more of its CPU: throughput reads \"at least\"; compare CPU per order"
            }
            Flag::HiddenThread => {
                "more threads than the model declares: do not compare threads or memory"
            }
            Flag::MissingThread => {
                "fewer threads than the model declares: it ran on less than the others"
            }
            Flag::BeyondBound => "faster than is possible: the bound or the clock is wrong",
            Flag::BeyondCpus => {
                "more CPU time than its CPUs have in the time that the orders took: some of it is no order's"
            }
            Flag::UnderFilled => {
                "handing orders out did not keep up: fewer than half as many as may be were in flight, so compare no service times"
            }
            Flag::NoLedger => "a server that is not ours: equal work is not proved",
            Flag::Reconnects => {
                "the server closed connections that were kept alive: orders paid for new ones"
            }
            Flag::OrderErrors => {
                "some orders failed and were tolerated: they count in no throughput and no time"
            }
            Flag::HarnessBound => {
                "the harness's own cost is a great part of the time per order: differences are blurred"
            }
            Flag::ClockCoarse => {
                "the clock's step is a great part of what was measured: quantiles are rough"
            }
            Flag::LittlesLaw => {
                "orders in flight, throughput and service time do not fit together: do not use the times"
            }
            Flag::PacerLate => {
                "orders were handed over later than planned: response times hold the harness's lateness"
            }
            Flag::Overloaded => {
                "the model fell behind the schedule: response times grow for as long as orders come"
            }
            Flag::AffinityRefused => {
                "the CPUs asked for were not obtained: placement is the kernel's"
            }
            Flag::LimitsRefused => "a limit could not be raised as far as was asked for",
            Flag::Unsteady => {
                "the warm-up ended by its time while batches still differed in speed: the sample may have begun too early"
            }
            Flag::ClaimsDiffer => {
                "the runner says other CPU time, threads or processes than were seen from outside: of a peer the row holds what was seen"
            }
            Flag::SyncInMemory => {
                "files lie in memory: waiting until they are on the disk costs nothing here; name a place on a disk with TMPDIR"
            }
            Flag::TwoSpeeds => {
                "rounds fall into two groups of different speed: no single median tells it; the notes below the table show both"
            }
            Flag::OrderEffect => {
                "times depend on the place within the round: what ran before is part of the figure"
            }
            Flag::Autocorrelated => {
                "rounds of the scenario resemble the ones before: equal models are called different more often than is stated"
            }
        }
    }
}
