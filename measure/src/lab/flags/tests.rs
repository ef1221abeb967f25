//! Where each line is drawn. That real cells cross them is shown from outside,
//! by `tests/honesty`.

use super::*;
use crate::base::word::Named as _;
use crate::base::word::Word;
use crate::record::flag::Flag;
use crate::record::row::{Latency, Ledger};

/// A sound sample of 1,000 requests, 10 in flight, 10 ms each at the server.
fn sound() -> (Row, Ready, Measured) {
    let times = |p50_ns, p99_ns| Latency {
        mean_ns: 10_100_000.0,
        p50_ns: Some(p50_ns),
        p99_ns: Some(p99_ns),
        ..Latency::default()
    };
    let row = Row {
        client: "wire".into(),
        orders: 1000,
        wall_ns: Some(1_010_000_000),
        cpu_ns: Some(20_000_000),
        server_cpu_ns: Some(10_000_000),
        threads: Some(3),
        service: Some(times(10_050_000, 10_500_000)),
        response: Some(times(12_000_000, 20_000_000)),
        pacer_lateness: Some(times(60_000, 300_000)),
        ledger: Some(Ledger {
            requests: 1000,
            in_flight_ns: Some(10_000_000_000),
            ..Ledger::default()
        }),
        ..Row::default()
    };
    let ready = Ready {
        threads: Some(3),
        cpus: vec![0, 1],
        descriptors: Some(1024),
        overhead_ns: Some(100.0),
        clock_step_ns: Some(30),
        ..Ready::default()
    };
    let measured = Measured {
        behind_ns: Some(10_000_000),
        planned_ns: Some(1_000_000_000),
        in_flight_until_last_start: Some(5.0),
        ..Measured::default()
    };
    (row, ready, measured)
}

const ASKED: Asked<'static> = Asked {
    cpus: &[0, 1],
    server_unpinned: false,
    descriptors: 1024,
    client_threads: 0,
    unsteady: false,
    fills_units: true,
    fed: Some(10),
    tick_ns: 4_000_000,
    claims_differ: false,
    syncs_in_memory: false,
    foreign: false,
    capped: false,
};

/// The flags of the sound sample with something changed.
fn with(
    change: impl Fn(&mut Row, &mut Ready, &mut Measured, &mut Asked<'static>),
) -> Vec<Word<Flag>> {
    let (mut row, mut ready, mut measured) = sound();
    let mut asked = ASKED;
    change(&mut row, &mut ready, &mut measured, &mut asked);
    flags(&row, &ready, &measured, &asked)
}

type Change = fn(&mut Row, &mut Ready, &mut Measured, &mut Asked<'static>);

#[test]
fn each_line_is_where_it_is_said_to_be() {
    let none: [Change; 14] = [
        |_, _, _, _| {},
        |row, _, _, _| row.server_cpu_ns = Some(908_000_000),
        |row, _, _, _| row.efficiency = Some(1.02),
        |row, _, _, asked| (row.threads, asked.client_threads) = (Some(4), 1),
        |row, _, _, asked| (row.threads, asked.fills_units) = (Some(2), false),
        |row, ready, _, _| (row.threads, ready.threads) = (Some(9), None),
        |_, ready, _, _| ready.overhead_ns = Some(2000.0),
        |_, ready, _, _| ready.clock_step_ns = Some(502_500),
        |row, _, _, asked| {
            little(row, 20_000_000);
            asked.capped = true;
        },
        |row, _, _, _| {
            little(row, 20_000_000);
            row.client = "reqwest".into();
        },
        |row, _, _, _| late(row, 1_200_000, 2_000_000),
        |_, _, measured, _| measured.behind_ns = Some(50_000_000),
        |_, ready, _, _| ready.descriptors = None,
        |row, _, _, _| row.reconnects = Some(0),
    ];
    for (at, change) in none.into_iter().enumerate() {
        assert_eq!(with(change), Vec::<Word<Flag>>::new(), "change {at}");
    }
    let one: [(Flag, Change); 25] = [
        (Flag::ServerBound, |row, _, _, _| {
            row.server_cpu_ns = Some(909_000_000);
        }),
        (Flag::HiddenThread, |row, _, _, _| row.threads = Some(4)),
        (Flag::MissingThread, |row, _, _, _| row.threads = Some(2)),
        (Flag::BeyondBound, |row, _, _, _| {
            row.efficiency = Some(1.021);
        }),
        // Two CPUs, and 4 ms on each that may have been used before.
        (Flag::BeyondCpus, |row, _, _, _| {
            row.cpu_ns = Some(2_028_000_001);
        }),
        (Flag::UnderFilled, |_, _, measured, _| {
            measured.in_flight_until_last_start = Some(4.99);
        }),
        (Flag::NoLedger, |row, _, _, asked| {
            (row.ledger, asked.foreign) = (None, true);
        }),
        (Flag::Reconnects, |row, _, _, _| row.reconnects = Some(1)),
        (Flag::OrderErrors, |row, _, _, _| {
            row.failures.insert("reset".into(), 1);
        }),
        (Flag::HarnessBound, |_, ready, _, _| {
            ready.overhead_ns = Some(2001.0);
        }),
        (Flag::ClockCoarse, |_, ready, _, _| {
            ready.clock_step_ns = Some(502_501);
        }),
        (Flag::LittlesLaw, |row, _, _, _| little(row, 10_710_000)),
        (Flag::LittlesLaw, |row, _, _, _| little(row, 9_490_000)),
        (Flag::PacerLate, |row, _, _, _| late(row, 1_200_001, 0)),
        (Flag::PacerLate, |row, _, _, _| late(row, 0, 2_000_001)),
        (Flag::Overloaded, |_, _, measured, _| {
            measured.behind_ns = Some(50_000_001);
        }),
        (Flag::AffinityRefused, |_, ready, _, _| ready.cpus = vec![0]),
        (Flag::AffinityRefused, |_, ready, _, _| {
            ready.cpus = vec![0, 1, 2];
        }),
        (Flag::AffinityRefused, |_, _, _, asked| {
            asked.server_unpinned = true;
        }),
        (Flag::AffinityRefused, |_, ready, _, asked| {
            (ready.cpus, asked.cpus) = (Vec::new(), &[]);
        }),
        (Flag::LimitsRefused, |_, ready, _, _| {
            ready.descriptors = Some(1023);
        }),
        (Flag::LimitsRefused, |_, _, _, asked| {
            asked.descriptors = u64::MAX;
        }),
        (Flag::Unsteady, |_, _, _, asked| asked.unsteady = true),
        (Flag::ClaimsDiffer, |_, _, _, asked| {
            asked.claims_differ = true;
        }),
        (Flag::SyncInMemory, |_, _, _, asked| {
            asked.syncs_in_memory = true;
        }),
    ];
    for (flag, change) in one {
        assert_eq!(with(change), [flag]);
    }
    for flag in Flag::ALL {
        // These show in many rows, not in one.
        let of_many = [Flag::OrderEffect, Flag::Autocorrelated, Flag::TwoSpeeds].contains(flag);
        let crossed = one.iter().any(|(crossed, _)| crossed == flag);
        assert!(crossed || of_many, "{flag:?}");
    }
}

/// Both bounds of Little's law, with 10 ms at the server: 9.5 ms, and 10.5 ms
/// with the transit of 10 orders, 20 µs each, added.
#[test]
fn littles_law_allows_for_the_transit() {
    for mean in [9_510_000, 10_690_000] {
        assert_eq!(
            with(|row, _, _, _| little(row, mean)),
            [Flag::LittlesLaw; 0],
            "{mean}"
        );
    }
    // In an open loop as many as came together, here 100: 2 ms.
    let burst = |mean| {
        with(|row, _, _, _| {
            little(row, mean);
            row.offered_per_s = Some(1000.0);
            row.ledger.as_mut().unwrap().peak_in_flight = Some(100);
        })
    };
    assert_eq!(burst(12_490_000), [Flag::LittlesLaw; 0]);
    assert_eq!(burst(12_510_000), [Flag::LittlesLaw]);
    // Where requests hardly wait at the server, the law says nothing of waits.
    let brief = |row: &mut Row, wait| {
        row.ledger.as_mut().unwrap().in_flight_ns = Some(wait);
    };
    assert_eq!(
        with(|row, _, _, _| brief(row, 499_000_000)),
        [Flag::LittlesLaw; 0]
    );
    assert_eq!(
        with(|row, _, _, _| brief(row, 501_000_000)),
        [Flag::LittlesLaw]
    );
}

fn little(row: &mut Row, mean_ns: u64) {
    row.wall_ns = Some(mean_ns * 100);
    row.service.as_mut().unwrap().mean_ns = mean_ns as f64;
}

fn late(row: &mut Row, p50_ns: u64, p99_ns: u64) {
    let late = row.pacer_lateness.as_mut().unwrap();
    (late.p50_ns, late.p99_ns) = (Some(p50_ns), Some(p99_ns));
}
