//! The report of machines that are not this one.

use super::*;

/// A machine that nothing is wrong with.
fn good() -> Checkup {
    Checkup {
        facts: HostFacts {
            cpus: vec![0, 1, 2, 3, 8],
            cpus_online: Some(16),
            governor: Some("performance".into()),
            turbo: Some(false),
            smt: Some(false),
            on_battery: Some(false),
            load: Some(0.1),
            descriptors_soft: Some(1024),
            descriptors_hard: Some(1 << 20),
            threads_max: Some(100_000),
            pid_max: Some(4_194_304),
            max_map_count: Some(65_530),
            ports: Some((32_768, 60_999)),
            clock_source: Some("tsc".into()),
            clock_cost_ns: 20.0,
            timer_slack_ns: Some(50_000),
            ..HostFacts::default()
        },
        clock_step_ns: 21,
        lateness: Some(Lateness {
            sleeps: 1000,
            p50_ns: 55_300.0,
            p99_ns: Some(81_000.0),
            max_ns: 120_000.0,
        }),
        overhead: Ok(Overhead {
            orders: 100_000,
            pairs: 21,
            engine_ns: 61.2,
            by_hand_ns: 42.1,
            difference_ns: 19.1,
        }),
        ceiling: Ok(Ceiling {
            cell: "fetch/no-delay/tokio-ct".into(),
            samples: 9,
            requests_per_s: 191_234.0,
            server_share: 0.71,
            server_bound: false,
        }),
        floor: Ok(Floor {
            cell: "bakery/cpu-bound/os-threads".into(),
            pairs: 60,
            median: 1.001,
            low: 0.981,
            high: 1.017,
        }),
    }
}

/// One on which everything is noteworthy.
fn bad() -> Checkup {
    Checkup {
        facts: HostFacts {
            debug_build: true,
            cpus: vec![3],
            cpus_online: Some(4),
            cpu_quota: Some(0.5),
            governor: Some("powersave".into()),
            turbo: Some(true),
            smt: Some(true),
            on_battery: Some(true),
            hypervisor: Some("kvm".into()),
            load: Some(7.25),
            descriptors_soft: Some(256),
            descriptors_hard: Some(4096),
            threads_max: Some(100_000),
            pid_max: Some(32_768),
            max_map_count: Some(20_000),
            tasks_max: Some(12_000),
            ports: Some((60_000, 61_000)),
            clock_source: Some("hpet".into()),
            clock_cost_ns: 900.0,
            timer_slack_ns: Some(1_000_000),
            ..HostFacts::default()
        },
        clock_step_ns: 4_000_000,
        lateness: Some(Lateness {
            sleeps: 300,
            p50_ns: 1_400_000.0,
            p99_ns: None,
            max_ns: 9_000_000.0,
        }),
        overhead: Ok(Overhead {
            difference_ns: 812.0,
            engine_ns: 2612.0,
            ..Overhead::default()
        }),
        ceiling: Ok(Ceiling {
            server_bound: true,
            server_share: 0.97,
            ..good().ceiling.unwrap()
        }),
        floor: Ok(Floor {
            low: 0.7,
            high: 1.2,
            ..good().floor.unwrap()
        }),
    }
}

fn graded(checkup: &Checkup, name: &str) -> Grade {
    let found = checks(checkup);
    found
        .iter()
        .find(|check| check.name == name)
        .unwrap_or_else(|| panic!("no check {name}"))
        .grade
}

#[test]
fn a_good_machine_reads() {
    insta::assert_snapshot!(as_text(&checks(&good()), false), @r#"
    ok       build              release
                                the harness and the models are optimised
    ok       cores              5 of 16 online, mask 0-3,8
                                models get these; with a server, it has the last one for itself
    ok       quota              none
                                no control group takes CPU time away
    ok       load               0.10 runnable threads, mean of a minute
                                hardly anything else runs
    ok       governor           performance
                                frequencies do not fall while models wait
    ok       turbo              off
                                frequencies do not depend on heat
    ok       smt                off
                                each CPU is a core of its own
    ok       power              mains
                                nothing saves energy at the cost of speed
    ok       virtual machine    none seen
                                no neighbour takes CPU time unseen
    ok       descriptors        1024 (soft), 1048576 (hard)
                                enough for every scenario: the soft limit is raised where needed
    ok       threads            threads-max 100000, pid_max 4194304, max_map_count 65530
                                enough for a thread or process per unit; a thread takes four mappings
    ok       ports              32768 to 60999
                                enough for a connection per order
    ok       clock              tsc, 20.0 ns a reading
                                two readings an order weigh little
    ok       clock granularity  steps of 21.0 ns
                                short orders can be told apart; a step is never below one reading
    ok       timer slack        50.0 µs
                                waits may end this late, the same for every model
    ok       sleep              1 ms ends 55.3 µs late (p50), 81.0 µs (p99), 1000 sleeps
                                sleepers wake in time; every wait of a model is longer by about this
    ok       engine overhead    19.1 ns an order beyond two clock readings (61.2 ns with them)
                                the harness adds this to each order, the same for every model
    ok       server ceiling     191k requests/s (fetch/no-delay/tokio-ct), server's CPU 71.0 % busy: it was not the limit
                                the server gives more than the fastest client takes here
    ok       noise floor        bakery/cpu-bound/os-threads against itself: 1.001, middle 95 % of 60 pairs 0.981 to 1.017
                                a difference below 1.9 % between two samples is noise here

    0 warnings, 0 notes, 19 ok
    "#);
}

#[test]
fn a_bad_machine_reads() {
    insta::assert_snapshot!(as_text(&checks(&bad()), false), @r#"
    warning  build              debug
                                the harness itself is slow, and so is every model
                                fix: build with `cargo build --release`
    warning  cores              1 of 4 online, mask 3
                                nothing runs at once, and the server shares the CPU with what is measured
                                fix: allow two or more CPUs
    warning  quota              0.50 CPUs
                                the kernel stops the process for milliseconds when it has used its share
                                fix: run without the limit, or on as many CPUs as it grants
    warning  load               7.25 runnable threads, mean of a minute
                                other programs take CPU time from what is measured
                                fix: end them, or wait until they have
    warning  governor           powersave
                                CPUs slow down while models wait, and take time to speed up again
                                fix: as root: `cpupower frequency-set -g performance`
    note     turbo              on
                                frequency depends on heat and on how many CPUs are busy
                                fix: as root: `echo 0 > /sys/devices/system/cpu/cpufreq/boost`, or `echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo`
    note     smt                on
                                two busy CPUs of one core are slower than two cores
                                fix: as root: `echo off > /sys/devices/system/cpu/smt/control`
    warning  power              battery
                                the machine saves energy at the cost of speed
                                fix: plug it in
    note     virtual machine    yes (kvm)
                                neighbours take CPU time unseen, and interrupts cost more than on bare metal
                                fix: measure on bare metal, or trust many rounds and ratios only
    warning  descriptors        256 (soft), 4096 (hard)
                                scenarios of many connections cannot run
                                fix: raise the hard limit, as root with `ulimit -n 65536` before the start
    warning  threads            threads-max 100000, pid_max 32768, max_map_count 20000, pids.max 12000
                                models with a thread or process per unit cannot hold the largest scenarios
                                fix: raise vm.max_map_count
    warning  ports              60000 to 61000
                                scenarios with a connection per order run out of ports
                                fix: as root: `sysctl net.ipv4.ip_local_port_range='16384 65535'`
    warning  clock              hpet, 900.0 ns a reading
                                two readings an order weigh on the shortest orders
                                fix: boot with a reliable time stamp counter (clock source tsc)
    warning  clock granularity  steps of 4.00 ms
                                service times of short orders are multiples of this step
                                fix: boot with a high resolution clock source (tsc)
    warning  timer slack        1.00 ms
                                every wait ends late, by a different amount on each run
                                fix: start from a shell whose slack is the kernel's default of 50000
    warning  sleep              1 ms ends 1.40 ms late (p50), 9.00 ms (max), 300 sleeps
                                waits last longer by this, and tails of waiting scenarios are the machine's
                                fix: close what else runs; keep CPUs from deep sleep (as root: `cpupower idle-set -D 10`)
    warning  engine overhead    812.0 ns an order beyond two clock readings (2612.0 ns with them)
                                the harness weighs on short orders
                                fix: build with `cargo build --release`
    note     server ceiling     191k requests/s (fetch/no-delay/tokio-ct), server's CPU 97.0 % busy: it was the limit
                                throughput near this reads "at least"; such rows are flagged server-bound
                                fix: compare CPU per order there; `--target` points at a server that gives more
    warning  noise floor        bakery/cpu-bound/os-threads against itself: 1.001, middle 95 % of 60 pairs 0.700 to 1.200
                                a difference below 42.9 % between two samples is noise here
                                fix: see to the warnings above; take many rounds (`--rounds 20`)

    15 warnings, 4 notes, 0 ok
    "#);
}

#[test]
fn a_machine_that_says_nothing_reads() {
    let unknown = Checkup {
        facts: HostFacts::default(),
        lateness: None,
        overhead: Err("it failed".into()),
        ceiling: Err("this build has no mock server".into()),
        floor: Err("the runner died".into()),
        ..good()
    };
    let found = checks(&unknown);
    insta::assert_snapshot!(as_text(&found, false), @r#"
    ok       build              release
                                the harness and the models are optimised
    note     cores              unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    ok       quota              none
                                no control group takes CPU time away
    note     load               unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    note     governor           unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    note     turbo              unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    note     smt                unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    ok       power              no battery
                                nothing saves energy at the cost of speed
    ok       virtual machine    none seen
                                no neighbour takes CPU time unseen
    ok       descriptors        unlimited (soft), unlimited (hard)
                                enough for every scenario: the soft limit is raised where needed
    note     threads            unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    note     ports              unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    ok       clock              source unknown, 0.0 ns a reading
                                two readings an order weigh little
    ok       clock granularity  steps of 21.0 ns
                                short orders can be told apart; a step is never below one reading
    note     timer slack        unknown
                                the system does not say, as in most virtual machines: it may change numbers unseen
                                fix: look on the virtual machine's host, or in the firmware's settings
    warning  sleep              not measured
                                no sleep of 1 ms ended in time
                                fix: set right what this says, and try again
    warning  engine overhead    not measured
                                it failed
                                fix: set right what this says, and try again
    warning  server ceiling     not measured
                                this build has no mock server
                                fix: set right what this says, and try again
    warning  noise floor        not measured
                                the runner died
                                fix: set right what this says, and try again

    4 warnings, 8 notes, 7 ok
    "#);
    // A value that is not known has the same keys.
    let keys = |found: &[Check]| -> Vec<(&'static str, Vec<String>)> {
        let keys = |check: &Check| check.values.as_object().unwrap().keys().cloned().collect();
        found
            .iter()
            .map(|check| (check.name, keys(check)))
            .collect()
    };
    assert_eq!(keys(&found), keys(&checks(&good())));
}

#[test]
fn each_spoiler_is_told_by_one_check() {
    let bad = bad();
    let (found, spoilers) = (checks(&bad), spoilers(&bad.facts));
    assert_eq!(spoilers.len(), 14);
    for spoiler in spoilers {
        let telling = found.iter().filter(|check| {
            check.means == spoiler.means && check.mend.as_ref() == Some(&spoiler.mend)
        });
        assert_eq!(telling.count(), 1, "{spoiler}");
    }
}

#[test]
fn what_is_not_ok_has_a_mend_and_nothing_else_has() {
    for checkup in [good(), bad()] {
        for check in checks(&checkup) {
            assert_eq!(check.mend.is_some(), check.grade != Grade::Ok, "{check:?}");
            let parts = [
                &check.text,
                &check.means,
                check.mend.as_ref().unwrap_or(&check.text),
            ];
            assert!(
                parts
                    .iter()
                    .all(|part| !part.is_empty() && !part.contains('\n'))
            );
        }
    }
}

#[test]
fn measured_values_are_graded() {
    let with = |change: fn(&mut Checkup)| {
        let mut checkup = good();
        change(&mut checkup);
        checkup
    };
    let late = |p50_ns: f64, p99_ns: Option<f64>, max_ns: f64| {
        let mut checkup = good();
        checkup.lateness = Some(Lateness {
            sleeps: 1000,
            p50_ns,
            p99_ns,
            max_ns,
        });
        graded(&checkup, "sleep")
    };
    assert_eq!(late(60e3, Some(90e3), 90e6), Grade::Ok);
    assert_eq!(late(300e3, Some(400e3), 1e6), Grade::Note);
    assert_eq!(late(60e3, Some(2e6), 2e6), Grade::Note);
    assert_eq!(late(2e6, Some(2e6), 2e6), Grade::Warning);
    assert_eq!(late(60e3, None, 90e6), Grade::Warning);

    let floor = |median: f64, low: f64, high: f64| {
        let mut checkup = good();
        let cell = "a".into();
        checkup.floor = Ok(Floor {
            cell,
            pairs: 20,
            median,
            low,
            high,
        });
        graded(&checkup, "noise_floor")
    };
    assert_eq!(floor(1.0, 0.96, 1.04), Grade::Ok);
    assert_eq!(floor(1.0, 0.9, 1.04), Grade::Note);
    assert_eq!(floor(1.0, 0.9, 1.2), Grade::Warning);
    assert_eq!(floor(1.035, 1.0, 1.04), Grade::Warning);

    let coarse = with(|checkup| checkup.clock_step_ns = 1001);
    assert_eq!(graded(&coarse, "clock_granularity"), Grade::Warning);
    let heavy = with(|checkup| checkup.overhead.as_mut().unwrap().difference_ns = 100.1);
    assert_eq!(graded(&heavy, "engine_overhead"), Grade::Warning);
    let bound = with(|checkup| checkup.ceiling.as_mut().unwrap().server_bound = true);
    assert_eq!(graded(&bound, "server_ceiling"), Grade::Note);
    assert_eq!(worst(&checks(&good())), Grade::Ok);
    assert_eq!(worst(&checks(&bound)), Grade::Note);
    assert_eq!(worst(&checks(&bad())), Grade::Warning);
}

#[test]
fn colour_changes_nothing_else() {
    let found = checks(&bad());
    let mut text = as_text(&found, true);
    assert!(text.contains("\x1b[1;31mwarning\x1b[0m"));
    for code in ["\x1b[32m", "\x1b[33m", "\x1b[1;31m", "\x1b[0m"] {
        text = text.replace(code, "");
    }
    assert_eq!(text, as_text(&found, false));
    assert!(!text.contains('\x1b'));
}

#[test]
fn the_document_has_the_same_values() {
    let found = checks(&good());
    let document = as_json(&found, true);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["quick"], true);
    assert_eq!(document["grade"], "ok");
    assert_eq!(document["checks"].as_object().unwrap().len(), found.len());
    insta::assert_snapshot!(document["checks"]["noise_floor"], @r#"{"grade":"ok","means":"a difference below 1.9 % between two samples is noise here","mend":null,"text":"bakery/cpu-bound/os-threads against itself: 1.001, middle 95 % of 60 pairs 0.981 to 1.017","values":{"cell":"bakery/cpu-bound/os-threads","floor_percent":1.9367991845055998,"high_ratio":1.017,"low_ratio":0.981,"median_ratio":1.001,"pairs":60}}"#);
    insta::assert_snapshot!(document["checks"]["sleep"], @r#"{"grade":"ok","means":"sleepers wake in time; every wait of a model is longer by about this","mend":null,"text":"1 ms ends 55.3 µs late (p50), 81.0 µs (p99), 1000 sleeps","values":{"max_ns":120000.0,"p50_ns":55300.0,"p99_ns":81000.0,"sleeps":1000}}"#);
}

#[test]
fn masks_are_short() {
    for (cpus, text) in [
        (&[][..], ""),
        (&[0], "0"),
        (&[0, 1, 2, 8, 10, 11], "0-2,8,10-11"),
    ] {
        assert_eq!(ranges(cpus), text);
    }
}
