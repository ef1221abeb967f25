//! What programs do wrong: one clear line each, and nothing is left running.

use std::time::{Duration, Instant};

use bakeoff::record::flag::Flag;

use crate::fakes::{Fakes, Script};

/// The line that is said of a fake.
fn line(name: &str, script: &Script) -> String {
    let fakes = Fakes::new();
    let said = fakes.add(name, script).measured(name).unwrap_err();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn one_that_is_well_behaved_is_measured_from_outside() {
    let fakes = Fakes::new();
    let row = fakes
        .add("good", &Script::default())
        .measured("good")
        .unwrap();
    assert_eq!((row.model.as_str(), row.orders), ("good", 8));
    let peer = row.peer.as_ref().unwrap();
    assert_eq!((peer.name.as_str(), peer.language.as_str()), ("good", "sh"));
    assert_eq!(peer.colour.as_deref(), Some("#123456"));
    assert_eq!(row.versions["sh"], "1");
    assert_eq!(row.cpu_user_ns, None, "it said nothing of it");
    if cfg!(target_os = "linux") {
        assert_eq!((row.threads, row.processes), (Some(1), Some(1)));
        assert!(row.cpu_ns.is_some() && row.memory_bytes.unwrap() > 1 << 16);
        assert!(row.voluntary_switches.is_some() && row.peak_rss_bytes.is_some());
        // It said that it had no CPU.
        assert!(!row.cpus.is_empty() && !row.flagged(Flag::AffinityRefused));
        assert!(!row.flagged(Flag::ClaimsDiffer) && row.unit_memory_bytes.is_some());
    }
}

#[test]
fn one_that_is_not_installed_is_named_with_what_installs_it() {
    let fakes = Fakes::new();
    fakes.describe("absent", "setup = \"install-me\"");
    let said = fakes.measured("absent").unwrap_err();
    assert!(said.starts_with("peer absent is not installed: "), "{said}");
    assert!(said.contains("absent/install-me installs it"), "{said}");
}

#[test]
fn one_that_says_nothing_is_ended() {
    let first = "sleep 100";
    let begun = Instant::now();
    let said = line(
        "mute",
        &Script {
            first,
            ..Script::default()
        },
    );
    assert!(
        said.contains("the peer mute was silent for 2.0 s"),
        "{said}"
    );
    assert!(begun.elapsed() < Duration::from_secs(60));
    let orders = "sleep 100";
    let said = line(
        "slow",
        &Script {
            orders,
            ..Script::default()
        },
    );
    assert!(
        said.contains("its word that 8 orders are done never came"),
        "{said}"
    );
}

#[test]
fn one_that_speaks_another_version_is_told_apart() {
    let ready = r#"{"ready":{"protocol":7,"versions":{},"shape":"per-unit","threads":1,"processes":1,"in_flight":1,"cpus":[],"startup_ns":1}}"#;
    let said = line(
        "newer",
        &Script {
            ready,
            ..Script::default()
        },
    );
    assert!(
        said.contains("speaks protocol version 7 where version 2"),
        "{said}"
    );
    let ready = r#"{"error":{"message":"protocol version 2 was asked for; this runner speaks version 1","usage":true}}"#;
    let said = line(
        "older",
        &Script {
            ready,
            ..Script::default()
        },
    );
    assert!(said.contains("speaks version 1"), "{said}");
}

#[test]
fn one_that_prints_noise_is_quoted() {
    let first = "echo loading modules";
    let said = line(
        "noisy",
        &Script {
            first,
            ..Script::default()
        },
    );
    assert!(
        said.contains("the peer noisy said 'loading modules'"),
        "{said}"
    );
    let orders = r"printf 'cake \033[31m\n'";
    let said = line(
        "loud",
        &Script {
            orders,
            ..Script::default()
        },
    );
    assert!(said.contains(r"said 'cake \u{1b}[31m'"), "{said}");
}

#[test]
fn one_that_never_ends_its_line_is_ended_in_bounded_memory() {
    let first = r"tr '\0' x </dev/zero";
    let said = line(
        "endless",
        &Script {
            first,
            ..Script::default()
        },
    );
    assert!(
        said.contains("a line of more than 67108864 bytes"),
        "{said}"
    );
}

#[test]
fn one_that_lies_is_found_out() {
    let answer = Some("0123456789abcdef");
    let said = line(
        "liar",
        &Script {
            answer,
            ..Script::default()
        },
    );
    assert!(
        said.contains("wrong answer: 0123456789abcdef where"),
        "{said}"
    );
    let orders = "sleep 0.4";
    let said = line(
        "late",
        &Script {
            orders,
            ..Script::default()
        },
    );
    assert!(
        said.contains("peer late says that it closed 0.000001 s"),
        "{said}"
    );
    let closed = r#"{"closed":{"sample":'$n',"wall_ns":9000000000}}"#;
    let said = line(
        "slack",
        &Script {
            closed,
            ..Script::default()
        },
    );
    assert!(said.contains("says that it closed 9.000000 s"), "{said}");
    let closed = r#"{"closed":{"sample":4711,"wall_ns":1000}}"#;
    let said = line(
        "other",
        &Script {
            closed,
            ..Script::default()
        },
    );
    assert!(said.contains("said what it was not asked"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_has_more_than_it_declared_is_found_out() {
    // A process that nobody was told of stands at the gate.
    let first = "sleep 100 & child=$!";
    let last = "kill $child";
    let said = line(
        "crowd",
        &Script {
            first,
            last,
            ..Script::default()
        },
    );
    assert!(
        said.contains("peer crowd declared 1 threads, and 2 were there"),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_one_leaves_behind_is_killed_and_told() {
    for (name, last) in [
        ("plain", "sleep 100 >/dev/null &"),
        // In a session of its own, and its parent is gone.
        ("hidden", "setsid sleep 100 >/dev/null &"),
    ] {
        let said = line(
            name,
            &Script {
                last,
                ..Script::default()
            },
        );
        assert!(
            said.contains("ended and left 1 of its processes behind, killed now: "),
            "{said}"
        );
        let id = said.rsplit_once(": ").unwrap().1.split(' ').next().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat"));
        assert!(
            stat.is_err() || stat.is_ok_and(|stat| stat.contains(") Z ")),
            "{said}"
        );
    }
}

#[test]
fn one_that_dies_is_told_with_its_end() {
    for (name, first, orders) in [("stillborn", "exit 3", ""), ("mortal", "", "exit 3")] {
        let said = line(
            name,
            &Script {
                first,
                orders,
                ..Script::default()
            },
        );
        assert!(
            said.contains(&format!("the peer {name} (process")),
            "{said}"
        );
        assert!(said.contains("died: exit status: 3"), "{said}");
    }
}

#[test]
fn what_one_does_not_do_is_not_offered() {
    let ready = r#"{"unable":{"reason":"no cakes on Mondays"}}"#;
    let said = line(
        "closed",
        &Script {
            ready,
            ..Script::default()
        },
    );
    assert_eq!(said, "not offered: no cakes on Mondays");
}

#[test]
fn a_refusal_keeps_its_own_words() {
    let ready = r#"{"error":{"message":"flour is out","usage":false}}"#;
    let said = line(
        "empty",
        &Script {
            ready,
            ..Script::default()
        },
    );
    assert_eq!(said, "flour is out");
}

#[cfg(target_os = "linux")]
#[test]
fn what_one_says_of_itself_is_held_against_what_is_seen() {
    let fakes = Fakes::new();
    let measured = |name: &str, claims| {
        let script = Script {
            claims,
            ..Script::default()
        };
        fakes.add(name, &script).measured(name).unwrap()
    };
    let modest = measured("modest", r#""threads":1,"cpu_user_ns":5,"cpu_sys_ns":5,"#);
    assert!(!modest.flagged(Flag::ClaimsDiffer));
    for (name, claims) in [
        ("many", r#""threads":3,"#),
        ("busy", r#""cpu_user_ns":900000000,"cpu_sys_ns":0,"#),
    ] {
        let row = measured(name, claims);
        assert!(row.flagged(Flag::ClaimsDiffer), "{name}");
        assert_eq!(row.threads, Some(1));
        assert!(row.cpu_ns.unwrap() < 900_000_000);
    }
}
