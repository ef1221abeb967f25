//! `bakeoff conformance`: laws are asked of any program, and one that breaks them is told.

use std::process::Command;

use serde_json::Value;

use crate::fakes::{Fakes, Script};
use crate::minimal::{FOLDER, python};

/// What comes of each law, and the exit status.
fn asked(args: &[&str]) -> (Vec<(String, String)>, Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bakeoff"));
    let output = command.args(["conformance", "--json"]).args(args).output();
    let output = output.unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let outcomes = lines.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let of = |key: &str| line[key].as_str().unwrap().to_owned();
        (of("law"), of("outcome"))
    });
    let said = String::from_utf8(output.stderr).unwrap();
    (outcomes.collect(), output.status.code(), said)
}

#[test]
fn the_minimal_peer_keeps_every_law_that_it_offers() {
    if !python() {
        return;
    }
    let (outcomes, status, said) = asked(&["--peer", "minimal", "--peers-dir", FOLDER]);
    assert_eq!(status, Some(0), "{outcomes:?} {said}");
    assert_eq!(outcomes.len(), 23);
    let held: Vec<&str> = outcomes
        .iter()
        .filter(|(_, outcome)| outcome == "holds")
        .map(|(law, _)| law.as_str())
        .collect();
    assert!(held.len() >= 4, "{held:?}");
    assert!(held.contains(&"answers whole batches of cakes as PROTOCOL says"));
}

#[test]
fn a_model_of_this_build_is_asked_as_any_other() {
    let model = ["--model", "os-threads", "--law", "with cakes"];
    let (outcomes, status, said) = asked(&model);
    assert_eq!(
        (outcomes.len(), status),
        (1, Some(0)),
        "{outcomes:?} {said}"
    );
    assert_eq!(outcomes[0].1, "holds");
}

#[test]
fn one_that_breaks_laws_is_told_and_exits_with_1() {
    let fakes = Fakes::new();
    // It serves eight orders whatever it is asked, and refuses nothing.
    fakes.add("rigid", &Script::default());
    let dir = fakes.path().to_str().unwrap();
    let (outcomes, status, said) = asked(&["--peer", "rigid", "--peers-dir", dir]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("laws are broken"), "{said}");
    for (law, outcome) in &outcomes {
        let due = if law.contains("nothing") || law.contains("payload") {
            "broken"
        } else {
            "not offered"
        };
        assert_eq!(outcome, due, "{law}");
    }
}

#[test]
fn what_cannot_be_asked_is_told() {
    for (args, told) in [
        (&["--peer", "nobody"][..], "unknown peer 'nobody'"),
        (&["--model", "os-thread"], "did you mean 'os-threads'?"),
        (
            &["--model", "os-threads", "--law", "gravity"],
            "unknown law 'gravity'",
        ),
        (&[], "--model <NAME>"),
    ] {
        let (_, status, said) = asked(args);
        assert_eq!(status, Some(2), "{args:?}: {said}");
        assert!(said.contains(told), "{told}: {said}");
    }
}
