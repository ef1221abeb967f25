//! What is said outside of samples: refusals that end nothing, and the end.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::bench::require;
use super::{Breach, Held, Subject};
use crate::lab::Deadline;
use crate::lab::harness::{Lines, set_environment};
use crate::protocol::{Reply, Request};

/// How long a reply may take.
const LIMIT: Duration = Duration::from_secs(20);

impl Subject {
    /// The program, to be spoken to by hand.
    fn spoken_to(&self) -> Result<Lines, Breach> {
        let mut command = match self.peer {
            Some(model) => model.peer.start(),
            None => Command::new(&self.program),
        };
        // What it is asked to prepare below.
        set_environment(&mut command, &self.prepare("bakery", &Value::Null));
        command.args(["runner", "--parent", &std::process::id().to_string()]);
        Ok(Lines::start(command, "runner", &[], Deadline::default())?)
    }
}

fn asked(lines: &mut Lines, request: &str) -> Result<Reply, Breach> {
    lines.say_text(request)?;
    let heard: Result<Reply, _> = lines.hear(LIMIT, "a reply");
    heard.map_err(|error| Breach::Broken(format!("{request}: {error}")))
}

fn refused(lines: &mut Lines, request: &str) -> Held {
    match asked(lines, request)? {
        Reply::Error {
            message,
            usage: true,
        } => require(message.lines().count() == 1, || {
            format!("{request}: the message is not one line: {message}")
        }),
        other => {
            let told =
                format!("{request}: an error with usage true is due, and this came: {other:?}");
            Err(Breach::Broken(told))
        }
    }
}

fn ready(lines: &mut Lines, request: &str) -> Held {
    match asked(lines, request)? {
        Reply::Ready(_) => Ok(()),
        Reply::Unable { reason } => Err(Breach::NotOffered(reason)),
        other => Err(Breach::Broken(format!(
            "{request}: 'ready' is due, and this came: {other:?}"
        ))),
    }
}

fn message(request: &Request) -> Result<Value, Breach> {
    serde_json::to_value(request).map_err(|error| Breach::Broken(error.to_string()))
}

pub(super) fn refusals_of_cakes(subject: &Subject) -> Held {
    refusals(subject, "bakery")
}

pub(super) fn refusals_of_requests(subject: &Subject) -> Held {
    refusals(subject, "fetch")
}

fn refusals(subject: &Subject, workload: &str) -> Held {
    let mut lines = subject.spoken_to()?;
    let sample = r#"{"sample":{"sample":1,"orders":4,"seed":"7"}}"#;
    for request in [
        sample,
        "{",
        "hello",
        "[]",
        r#"{"sampel":{}}"#,
        r#"{"go":{}}"#,
    ] {
        refused(&mut lines, request)?;
    }
    let good = subject.prepare(workload, &json!({"concurrency": 2, "orders": 4}));
    let good = message(&Request::Prepare(Box::new(good)))?;
    let with = |path: &[&str], value: Value| {
        let mut request = good.clone();
        let mut at = &mut request["prepare"];
        for key in path {
            at = &mut at[*key];
        }
        *at = value;
        request.to_string()
    };
    for request in [
        with(&["protocol"], json!(1)),
        with(&["params", "colour"], json!("red")),
        with(&["params", "concurrency"], json!(0)),
        with(&["params", "concurrency"], json!("many")),
    ] {
        refused(&mut lines, &request)?;
    }
    // After all that it still does what it is asked.
    ready(&mut lines, &good.to_string())?;
    refused(
        &mut lines,
        r#"{"sample":{"sample":1,"orders":0,"seed":"7"}}"#,
    )?;
    refused(
        &mut lines,
        r#"{"sample":{"sample":1,"orders":4,"seed":"seven"}}"#,
    )?;
    if workload == "bakery" {
        match asked(&mut lines, sample)? {
            Reply::Sample(measured) if measured.orders == 4 => {}
            other => {
                let told = format!("after its refusals it said to a sample: {other:?}");
                return Err(Breach::Broken(told));
            }
        }
    }
    match asked(&mut lines, r#"{"stop":{}}"#)? {
        Reply::Stopped { .. } => Ok(lines.end(LIMIT)?),
        other => Err(Breach::Broken(format!(
            "'stopped' is due, and this came: {other:?}"
        ))),
    }
}

pub(super) fn end_of_bakery(subject: &Subject) -> Held {
    end_of_input(subject, "bakery")
}

pub(super) fn end_of_fetch(subject: &Subject) -> Held {
    end_of_input(subject, "fetch")
}

fn end_of_input(subject: &Subject, workload: &str) -> Held {
    subject.spoken_to()?.end(LIMIT)?;
    let mut lines = subject.spoken_to()?;
    let good = subject.prepare(workload, &json!({"concurrency": 2, "orders": 4}));
    let good = message(&Request::Prepare(Box::new(good)))?;
    ready(&mut lines, &good.to_string())?;
    Ok(lines.end(LIMIT)?)
}
