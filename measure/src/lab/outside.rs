//! What was seen of a runner from outside, beside what it says of itself. Of programs
//! that are not ours it is what rows hold; of ours it is held against what they say.

use std::time::Duration;

use super::harness::Seen;
use crate::base::error::{Error, Result};
use crate::protocol::{Measured, Ready};
use crate::record::latency;
use crate::record::row::{Latency, Row};

/// How far CPU time may be apart, as a part of what was seen.
const CPU_PART: f64 = 0.1;
/// … and besides, ns: messages are read and written between the moments at which the two
/// are taken, …
const CPU_SLACK: f64 = 30e6;
/// … and for each process, ns: children that it waited for are accounted in ticks of 10 ms,
/// once before and once after.
const CPU_SLACK_A_PROCESS: f64 = 20e6;
/// How far times may be apart, as a part, and besides: a machine that is busy lets the
/// harness wait before it reads a message.
const TIME_PART: f64 = 0.1;
const TIME_SLACK: Duration = Duration::from_millis(100);

/// What was seen, in place of what the runner says.
pub(super) fn fill(row: &mut Row, seen: &Seen) {
    let (holding, used) = (&seen.holding, &seen.used);
    row.cpu_ns = used.cpu_ns;
    // The kernel tells the two apart in ticks alone, of 10 ms.
    (row.cpu_user_ns, row.cpu_sys_ns) = (None, None);
    row.memory_bytes = holding.pss_bytes;
    row.page_table_bytes = holding.page_table_bytes;
    row.peak_rss_bytes = holding.peak_rss_bytes;
    row.threads = holding.threads;
    row.processes = holding.processes;
    row.voluntary_switches = used.voluntary;
    row.involuntary_switches = used.involuntary;
    row.run_delay_ns = used.run_delay_ns;
    row.read_calls = used.reads;
    row.write_calls = used.writes;
}

/// Whether what the runner says of its CPU time, threads and processes is not what was
/// seen. What either does not know is no difference.
pub(super) fn differs(measured: &Measured, seen: &Seen) -> bool {
    let other = |said: Option<u64>, seen: Option<u64>| matches!((said, seen), (Some(said), Some(seen)) if said != seen);
    let processes = seen.holding.processes.unwrap_or(1).saturating_sub(1);
    let slack = CPU_SLACK + processes as f64 * CPU_SLACK_A_PROCESS;
    let cpu = matches!(
        (measured.cpu_ns(), seen.used.cpu_ns),
        (Some(said), Some(seen))
            if said.abs_diff(seen) as f64 > CPU_PART * seen as f64 + slack
    );
    cpu || other(measured.threads, seen.holding.threads)
        || other(measured.processes, seen.holding.processes)
}

/// Refuses what a program says that cannot be.
///
/// # Errors
/// The first such thing.
pub(super) fn require_honest(
    name: &str,
    ready: &Ready,
    measured: &Measured,
    seen: &Seen,
) -> Result<()> {
    let lie = |line: String| Err(Error::Failed(format!("peer {name} {line}")));
    for (what, declared, seen) in [
        ("threads", ready.threads, seen.holding.threads),
        ("processes", ready.processes, seen.holding.processes),
    ] {
        if let (Some(declared), Some(seen)) = (declared, seen)
            && seen > declared
        {
            return lie(format!(
                "declared {declared} {what}, and {seen} were there at the gate"
            ));
        }
    }
    let wall = Duration::from_nanos(measured.wall_ns);
    for (what, said, true_time) in [
        ("that it closed", seen.said, seen.took),
        ("that its orders took", wall, seen.said),
    ] {
        let most = said.mul_f64(1.0 + TIME_PART) + TIME_SLACK;
        if said > true_time || true_time > most {
            return lie(format!(
                "says {what} {:.6} s after the gate, where {:.6} s passed until it closed",
                said.as_secs_f64(),
                true_time.as_secs_f64()
            ));
        }
    }
    let served = measured.orders - measured.failures.values().sum::<u64>();
    let times = [
        ("service", Some(&measured.service)),
        ("response", measured.response.as_ref()),
    ];
    for (what, of) in times {
        if let Some(of) = of {
            require_whole(name, what, of, served)?;
        }
    }
    Ok(())
}

fn require_whole(name: &str, what: &str, of: &Latency, orders: u64) -> Result<()> {
    let lie = |line: String| Error::Failed(format!("peer {name}: its {what} times: {line}"));
    let held = latency::decode(of).map_err(lie)?.len();
    if held != orders {
        return Err(lie(format!("a histogram of {held} of {orders} orders")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Holding, Used};

    fn honest() -> (Ready, Measured, Seen) {
        let ready = Ready {
            threads: Some(3),
            processes: Some(1),
            ..Ready::default()
        };
        let measured = Measured {
            orders: 4,
            wall_ns: 90_000_000,
            service: latency::from_values([1, 2, 3, 4]).unwrap(),
            cpu_user_ns: Some(50_000_000),
            cpu_sys_ns: Some(10_000_000),
            threads: Some(3),
            ..Measured::default()
        };
        let seen = Seen {
            holding: Holding {
                threads: Some(3),
                processes: Some(1),
                ..Holding::default()
            },
            used: Used {
                cpu_ns: Some(61_000_000),
                ..Used::default()
            },
            took: Duration::from_millis(100),
            said: Duration::from_millis(95),
        };
        (ready, measured, seen)
    }

    #[test]
    fn a_lie_is_named() {
        type Change = fn(&mut Ready, &mut Measured, &mut Seen);
        let cases: [(Change, &str); 7] = [
            (
                |ready, _, _| ready.threads = Some(2),
                "declared 2 threads, and 3",
            ),
            (
                |_, _, seen| seen.holding.processes = Some(5),
                "declared 1 processes, and 5",
            ),
            (
                |_, _, seen| seen.said = Duration::from_millis(101),
                "says that it closed 0.101000 s after the gate, where 0.100000 s",
            ),
            (
                |_, _, seen| seen.took = Duration::from_millis(205),
                "says that it closed 0.095000 s",
            ),
            (
                |_, measured, _| measured.wall_ns = 96_000_000,
                "says that its orders took 0.096000 s",
            ),
            (
                |_, measured, _| measured.orders = 5,
                "its service times: a histogram of 4 of 5 orders",
            ),
            (
                |_, measured, _| measured.service.hdr = "not at all".into(),
                "its service times: histogram is not base64",
            ),
        ];
        let (ready, measured, seen) = honest();
        require_honest("p", &ready, &measured, &seen).unwrap();
        for (change, told) in cases {
            let (mut ready, mut measured, mut seen) = honest();
            change(&mut ready, &mut measured, &mut seen);
            let error = require_honest("p", &ready, &measured, &seen).unwrap_err();
            assert!(error.to_string().contains(told), "{error}");
        }
    }

    #[test]
    fn what_is_said_differs_from_what_is_seen_or_is_not_known() {
        let (_, measured, seen) = honest();
        assert!(!differs(&measured, &seen));
        let with = |change: fn(&mut Measured)| {
            let mut measured = measured.clone();
            change(&mut measured);
            differs(&measured, &seen)
        };
        assert!(with(|said| said.threads = Some(2)));
        assert!(with(|said| said.cpu_user_ns = Some(10_000_000)));
        assert!(!with(|said| said.cpu_user_ns = None));
        assert!(!with(|said| (said.threads, said.processes) = (None, None)));
    }

    #[test]
    fn what_was_seen_stands_in_the_row() {
        let (_, _, seen) = honest();
        let mut row = Row {
            cpu_ns: Some(1),
            cpu_user_ns: Some(1),
            threads: Some(1),
            ..Row::default()
        };
        fill(&mut row, &seen);
        assert_eq!((row.cpu_ns, row.cpu_user_ns), (Some(61_000_000), None));
        assert_eq!((row.threads, row.processes), (Some(3), Some(1)));
    }
}
