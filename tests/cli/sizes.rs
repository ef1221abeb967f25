//! Input of absurd size: it is answered at once, in a line of a sane length.

use std::fmt::Write as _;
use std::fs;

use super::{HANG, bakeoff, done};

#[test]
fn a_word_of_any_length_is_refused_in_a_line() {
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    let set = format!("concurrency={long}");
    let key = format!("{long}=1");
    let list = long.as_str();
    for args in [
        &["run", "--models", list][..],
        &["run", &long],
        &["run", &format!("fetch/{long}")],
        &["verify", &format!("fetch/no-delay/{long}")],
        &["run", "fetch/no-delay", "--set", &set],
        &["run", "fetch/no-delay", "--set", &key],
        &[
            "run",
            "fetch/no-delay",
            "--set",
            &format!("arrivals={long}"),
        ],
    ] {
        let ran = bakeoff(args, home.path());
        assert_eq!(ran.status, Some(2), "{}", &args[0]);
        assert!(ran.err.len() < 1000, "{}", ran.err.len());
    }
}

#[test]
fn a_scenario_file_of_many_entries_is_read_at_once() {
    let home = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for number in 0..15_000 {
        let _ = writeln!(
            text,
            "[s{number}]\nabout = \"x\"\nversion = 1\nparams = {{ orders = 10 }}"
        );
    }
    fs::write(home.path().join("nothing.toml"), text).unwrap();
    let begun = std::time::Instant::now();
    done(
        &[
            "verify",
            "--scenarios",
            "nothing.toml",
            "nothing/s77/os-threads",
        ],
        home.path(),
    );
    // Work that grows with the square of the entries takes minutes.
    assert!(begun.elapsed() < HANG / 4);
}

#[test]
fn a_scenario_has_a_name_that_ids_can_hold() {
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(65);
    for name in ["a/b", "a b", "", "a@reqwest", "\\u001b[31m", "a,b", &long] {
        let text = format!("[\"{name}\"]\nabout = \"x\"\nversion = 1\nparams = {{}}\n");
        fs::write(home.path().join("nothing.toml"), text).unwrap();
        let ran = bakeoff(&["verify", "--scenarios", "nothing.toml"], home.path());
        assert_eq!(ran.status, Some(2), "{name}: {}", ran.err);
        assert!(
            ran.err.contains("nothing.toml: the name of scenario"),
            "{}",
            ran.err
        );
    }
}
