//! The command lines in the workflows and in docs/CI.md are ones that this build
//! has: verbs, flags, patterns, scripts and benchmarks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bakeoff::scenarios;
use bakeoff::selection::{self, Set};

const BINARY: &str = env!("CARGO_BIN_EXE_bakeoff");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Vec<PathBuf> {
    let workflows = fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut files: Vec<PathBuf> = workflows.map(|entry| entry.unwrap().path()).collect();
    files.push(root().join("docs/CI.md"));
    files
}

/// Words of each command line that begins with `program`, continued lines and
/// all, up to where the shell takes over again; with the file's name.
fn commands(program: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for file in files() {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap().replace("\\\n", " ");
        for line in text.lines() {
            let line = line
                .trim_start()
                .trim_start_matches("- ")
                .trim_start_matches("run: ");
            let Some(rest) = line.strip_prefix(program) else {
                continue;
            };
            // YAML folds the example for GitLab; its next line is no command.
            let words = rest.split_whitespace();
            let words = words.take_while(|word| !word.starts_with(['>', '|', '<', '&']));
            let words = words.take_while(|word| !word.starts_with("2>"));
            let words = words.map(|word| word.trim_matches(['\'', '"']).to_owned());
            found.push((name.clone(), words.collect()));
        }
    }
    found
}

/// What `command` says when asked for help; `None` where it knows no such thing.
fn help(command: &mut Command) -> Option<String> {
    let output = command.arg("--help").output().unwrap();
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap())
}

fn has_flags(file: &str, what: &str, help: &str, words: &[String]) {
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        let flag = flag.split('=').next().unwrap_or(flag);
        assert!(help.contains(flag), "{file}: {what} has no {flag}");
    }
}

#[test]
fn every_verb_and_its_flags_exist() {
    let lines = commands("bakeoff ");
    assert!(lines.len() >= 5, "{lines:?}");
    for (file, words) in lines {
        let (verb, rest) = words.split_first().unwrap();
        let help = help(Command::new(BINARY).arg(verb));
        let help = help.unwrap_or_else(|| panic!("{file}: there is no bakeoff {verb}"));
        has_flags(&file, verb, &help, rest);
    }
}

#[test]
fn every_script_and_its_flags_exist() {
    let lines = commands("scripts/");
    assert!(lines.len() >= 4, "{lines:?}");
    let ab = help(Command::new(BINARY).arg("ab")).expect("bakeoff ab");
    for (file, words) in lines {
        let (script, rest) = words.split_first().unwrap();
        let help = help(&mut Command::new(root().join("scripts").join(script)));
        let help = help.unwrap_or_else(|| panic!("{file}: there is no scripts/{script}"));
        // What stands behind `--` is for `bakeoff ab`.
        let mut parts = rest.split(|word| word == "--");
        has_flags(&file, script, &help, parts.next().unwrap());
        if let Some(handed_over) = parts.next() {
            has_flags(&file, "ab", &ab, handed_over);
        }
    }
}

#[test]
fn every_pattern_chooses_cells() {
    let lines = [commands("bakeoff "), commands("scripts/")].concat();
    // A report's patterns are of directories.
    let of_cells = lines.iter().filter(|(_, words)| words[0] != "report");
    let patterns = of_cells.flat_map(|(file, words)| {
        let globs = words
            .iter()
            .filter(|word| word.contains("/*") || word.contains("*/"));
        globs.map(move |glob| (file, glob))
    });
    let patterns: Vec<_> = patterns.collect();
    assert!(!patterns.is_empty());
    for (file, pattern) in patterns {
        let known = scenarios::embedded().unwrap();
        let chosen = selection::select(&known, std::slice::from_ref(pattern), &[], Set::Default);
        let chosen = chosen.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!chosen.is_empty(), "{file}: {pattern}");
    }
}

#[test]
fn every_benchmark_and_feature_exists() {
    let manifest: toml::Table = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let lines = commands("cargo bench ");
    assert!(lines.len() >= 3, "{lines:?}");
    for (file, words) in lines {
        let after = |flag: &str| {
            let at = words.iter().position(|word| word == flag)?;
            words.get(at + 1).cloned()
        };
        if let Some(bench) = after("--bench") {
            let benches = manifest["bench"].as_array().unwrap();
            assert!(
                benches
                    .iter()
                    .any(|known| known["name"].as_str() == Some(&bench)),
                "{file}: there is no benchmark {bench}"
            );
        }
        if let Some(feature) = after("--features") {
            assert!(
                manifest["features"].get(&feature).is_some(),
                "{file}: there is no feature {feature}"
            );
        }
    }
}

#[test]
fn the_runner_to_install_is_of_the_librarys_version() {
    let version = bakeoff::base::versions::of(&["gungraun"])["gungraun"].clone();
    assert!(!version.is_empty());
    let lines = commands("cargo install ");
    assert!(!lines.is_empty());
    for (file, words) in lines {
        let at = words.iter().position(|word| word == "--version").unwrap();
        // A workflow asks the lock file itself.
        let named = &words[at + 1];
        assert!(*named == version || named == "$version", "{file}: {named}");
    }
}
