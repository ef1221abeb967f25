//! Programs that speak the runner protocol badly: they are ended with a line that says
//! how, and this process stays as small as it is.

use std::process::Command;
use std::time::Duration;

use bakeoff::base::error::Error;
use bakeoff::lab::Deadline;
use bakeoff::lab::harness::Lines;
use serde_json::Value;

/// Long enough for any machine; only a hang meets it.
const HANG: Duration = Duration::from_secs(60);

/// What is heard from a shell script.
fn heard(script: &str) -> Result<Value, Error> {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let mut lines = Lines::start(command, "runner", &[], Deadline::default()).unwrap();
    lines.hear(HANG, "a message")
}

#[test]
fn a_line_without_end_is_refused_and_its_program_ended() {
    let error = heard("tr '\\0' x < /dev/zero").unwrap_err().to_string();
    assert!(error.contains("a line of more than"), "{error}");
    assert!(error.contains("the runner (process "), "{error}");
}

#[test]
fn lines_that_nobody_asked_for_wait_in_the_pipe() {
    let mut command = Command::new("sh");
    command.args(["-c", "yes '{}'"]);
    let mut lines = Lines::start(command, "runner", &[], Deadline::default()).unwrap();
    assert_eq!(
        lines.hear::<Value>(HANG, "a message").unwrap(),
        serde_json::json!({})
    );
    // One that never stops is killed.
    assert!(lines.end(Duration::from_millis(50)).is_err());
}

#[test]
fn what_is_no_message_is_shown_in_part_and_safely() {
    let error = heard("printf '\\033[31m\\000%0999d\\n' 0").unwrap_err();
    let error = error.to_string();
    assert!(error.contains("\\u{1b}[31m\\u{0}000"), "{error}");
    assert!(error.len() < 400 && error.contains('…'), "{error}");
    assert!(!error.contains('\u{1b}'));
    assert!(heard("printf '\\377\\376\\n'").is_err());
}
