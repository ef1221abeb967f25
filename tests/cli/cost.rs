//! `bakeoff list --cost`: what models cost to write and to keep.

use std::fs;
use std::path::Path;

use bakeoff::registry;
use serde_json::Value;

use super::{bakeoff, done};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_model_is_told_with_its_lines_and_nothing_is_wider_than_a_hundred_columns() {
    let ran = done(&["list", "--cost"], root());
    assert_eq!(ran.err, "");
    for meta in registry::models() {
        let own = |line: &&str| line.split_whitespace().next() == Some(meta.name);
        let line = ran.out.lines().find(own);
        let line = line.unwrap_or_else(|| panic!("no {} in {}", meta.name, ran.out));
        let lines = line.split_whitespace().nth(1).unwrap();
        assert!(
            lines.parse::<usize>().is_ok_and(|lines| lines > 20),
            "{line}"
        );
    }
    let wide = ran.out.lines().find(|line| line.chars().count() > 100);
    assert_eq!(wide, None);
    assert!(!ran.out.contains('\u{1b}'), "colours in a pipe");
    // Scenarios are another question.
    assert!(!ran.out.contains("SCENARIOS"));
}

/// What each peer says of itself is what is in its directory.
#[test]
fn models_of_other_programs_are_told_by_their_file_and_libraries() {
    let ran = done(&["list", "--cost", "--json"], root());
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let peers = told["peers"].as_array().unwrap();
    let requirements = fs::read_to_string(root().join("peers/python/requirements.txt")).unwrap();
    let mut libraries = 0;
    for peer in peers {
        let lines = peer["lines"].as_u64();
        assert!(lines.is_some_and(|lines| lines > 10), "{peer}");
        for library in peer["libraries"].as_array().unwrap() {
            let pinned = library.as_str().unwrap().replace(' ', "==");
            assert!(
                requirements.lines().any(|line| line == pinned),
                "peers/python/requirements.txt has no {pinned}"
            );
            libraries += 1;
        }
    }
    assert!(
        peers.len() > 10 && libraries > 5,
        "{libraries} of {peers:?}"
    );
}

#[test]
fn as_json_each_model_has_the_files_that_its_lines_stand_in() {
    let ran = done(&["list", "--cost", "--json"], root());
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    let models = told["models"].as_array().unwrap();
    assert_eq!(models.len(), registry::models().len());
    for model in models {
        let (mut scheduling, mut kit) = (0, 0);
        for file in model["files"].as_array().unwrap() {
            let path = root().join(file["path"].as_str().unwrap());
            assert!(path.is_file(), "{}", path.display());
            scheduling += file["lines"]["scheduling"].as_u64().unwrap();
            kit += file["lines"]["kit"].as_u64().unwrap();
        }
        assert_eq!(model["lines"]["scheduling"], scheduling, "{model}");
        assert_eq!(model["lines"]["kit"], kit, "{model}");
    }
}

#[test]
fn a_peer_whose_file_is_not_there_is_named() {
    let home = tempfile::tempdir().unwrap();
    let peer = home.path().join("peers/mine");
    fs::create_dir_all(&peer).unwrap();
    let description = "name = \"mine\"\nlanguage = \"Shell\"\nabout = \"none\"\ncommand = \
                       [\"true\"]\nversion = [\"true\"]\n[[model]]\nname = \"my-threads\"\nabout \
                       = \"a\"\nfamily = \"threads\"\nshape = \"per-unit\"\nworkloads = \
                       [\"nothing\"]\nsource = \"gone.sh\"\n";
    fs::write(peer.join("peer.toml"), description).unwrap();
    let ran = bakeoff(&["list", "--cost"], home.path());
    assert_eq!(ran.status, Some(2), "{}", ran.err);
    assert!(ran.err.contains("gone.sh"), "{}", ran.err);
    fs::write(peer.join("gone.sh"), "#!/bin/sh\n# Nothing.\n\necho\n").unwrap();
    let ran = done(&["list", "--cost"], home.path());
    let line = ran.out.lines().find(|line| line.starts_with("my-threads"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(words, ["my-threads", "1", "—", "—", "—", "—", "—", "—"]);
}
