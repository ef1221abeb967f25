//! Entries have names of their own, are read from rows and are written.

use std::collections::BTreeSet;

use super::*;
use crate::record::row::Ledger;

/// A row that states everything.
fn full() -> Row {
    let times = |p50| {
        Some(Latency {
            p50_ns: Some(p50),
            p90_ns: Some(p50 + 1),
            p99_ns: Some(p50 + 2),
            p999_ns: Some(p50 + 3),
            mean_ns: p50 as f64,
            ..Latency::default()
        })
    };
    Row {
        orders: 10,
        concurrency: 4,
        orders_per_s: Some(50.0),
        wall_ns: Some(200),
        cpu_ns: Some(500),
        pacer_cpu_ns: Some(100),
        voluntary_switches: Some(20),
        involuntary_switches: Some(5),
        run_delay_ns: Some(3000),
        read_calls: Some(12),
        write_calls: Some(3),
        service: times(1000),
        response: times(2000),
        lag: times(3000).map(|lag| Latency {
            max_ns: 3004,
            ..lag
        }),
        fairness: Some(0.25),
        efficiency: Some(0.5),
        memory_bytes: Some(7000),
        unit_memory_bytes: Some(70.0),
        kernel_stack_bytes: Some(40),
        page_table_bytes: Some(60),
        peak_rss_bytes: Some(9000),
        startup_ns: Some(8),
        shutdown_ns: Some(9),
        ledger: Some(Ledger {
            connections: Some(5),
            peak_in_flight: Some(3),
            ..Ledger::default()
        }),
        ..Row::default()
    }
}

#[test]
fn every_entry_has_names_of_its_own_and_is_found_by_them() {
    for of in [
        |of: &Quantity| of.name,
        |of: &Quantity| of.field,
        |of: &Quantity| of.title,
        |of: &Quantity| of.short,
    ] {
        let names: BTreeSet<&str> = ALL.iter().map(of).collect();
        assert_eq!(names.len(), ALL.len(), "{names:?}");
        assert!(!names.contains(""));
    }
    for entry in ALL {
        assert_eq!(named(entry.name, ALL).unwrap(), *entry);
        assert_eq!(serde_json::to_value(entry).unwrap(), entry.to_string());
    }
    assert!(ALL.is_sorted());
    let error = named("troughput", ALL).unwrap_err().to_string();
    assert!(error.contains("did you mean 'throughput'?"), "{error}");
}

#[test]
fn every_entry_is_read_from_a_row_that_states_it_and_from_no_other() {
    let (full, empty) = (full(), Row::default());
    for entry in ALL {
        let value = entry.of_row(&full).unwrap();
        let cost = if entry.less { value } else { 1.0 / value };
        assert_eq!(entry.cost(&full), Some(cost), "{entry}");
        assert_eq!(entry.of_row(&empty), None, "{entry}");
    }
    for (entry, value) in [
        (CPU, 40.0),
        (PACER_CPU, 10.0),
        (CPUS, 2.0),
        (SWITCHES, 2.5),
        (RUN_DELAY, 300.0),
        (FILE_CALLS, 1.5),
        // 50 a second, 1 µs each.
        (IN_FLIGHT, 5e-5),
        (UNIT_MEMORY, 80.0),
        (START_TO_STOP, 217.0),
        (CONNECTIONS, 0.5),
        (P50, 2000.0),
        (SERVICE_P999, 1003.0),
        (RESPONSE_P90, 2001.0),
        (LAG_P99, 3002.0),
        (LAG_MAX, 3004.0),
    ] {
        assert_eq!(entry.of_row(&full), Some(value), "{entry}");
    }
    let closed = Row {
        response: None,
        ..full
    };
    assert_eq!(P99.of_row(&closed), SERVICE_P99.of_row(&closed));
}

#[test]
fn every_entry_is_written_with_its_unit() {
    for entry in ALL {
        for text in [entry.told(1.0), entry.brief(1.0), entry.tick(1.0)] {
            assert!(text.contains('1'), "{entry}: {text}");
        }
        assert!(!entry.told(f64::NAN).is_empty());
    }
    assert_eq!(THROUGHPUT.told(12_345.0), "12.3k orders/s");
    assert_eq!(THROUGHPUT.brief(12_345.0), "12.3k/s");
    assert_eq!(CPU.tick(5000.0), "5 µs");
    assert_eq!(MEMORY.tick(5000.0), "5 kB");
    assert_eq!(EFFICIENCY.tick(0.5), "50 %");
}
