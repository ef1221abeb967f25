//! What flags mean: they void no row, but say what to know before using it.

/// Every flag with its meaning, in one line.
pub const MEANINGS: [(&str, &str); 15] = [
    (
        "server-bound",
        "the server used 90 % or more of its CPU: throughput reads \"at least\"; compare CPU per order",
    ),
    (
        "hidden-thread",
        "more threads than the model declares: do not compare threads or memory",
    ),
    (
        "missing-thread",
        "fewer threads than the model declares: it ran on less than the others",
    ),
    (
        "beyond-bound",
        "faster than is possible: the bound or the clock is wrong",
    ),
    (
        "no-ledger",
        "a server that is not ours: equal work is not proved",
    ),
    (
        "reconnects",
        "the server closed connections that were kept alive: orders paid for new ones",
    ),
    (
        "order-errors",
        "some orders failed and were tolerated: they count in no throughput and no time",
    ),
    (
        "harness-bound",
        "the harness's own cost is a great part of the time per order: differences are blurred",
    ),
    (
        "clock-coarse",
        "the clock's step is a great part of what was measured: quantiles are rough",
    ),
    (
        "littles-law",
        "orders in flight, throughput and service time do not fit together: do not use the times",
    ),
    (
        "pacer-late",
        "orders were handed over later than planned: response times hold the harness's lateness",
    ),
    (
        "overloaded",
        "the model fell behind the schedule: response times grow for as long as orders come",
    ),
    (
        "affinity-refused",
        "the CPUs asked for were not obtained: placement is the kernel's",
    ),
    (
        "limits-refused",
        "a limit could not be raised as far as was asked for",
    ),
    (
        "order-effect",
        "times depend on the place within the round: what ran before is part of the figure",
    ),
];

/// What `flag` means, in one line; `None` of a flag that is not known.
#[must_use]
pub fn meaning(flag: &str) -> Option<&'static str> {
    MEANINGS
        .iter()
        .find(|(name, _)| *name == flag)
        .map(|(_, meaning)| *meaning)
}
