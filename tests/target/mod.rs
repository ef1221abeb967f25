//! A server that is not ours, as real ones behave: what it is sent, what of its
//! answers is taken, and how what goes wrong is counted or told. Each server here is
//! a few lines over the standard library's sockets.

mod answers;
mod command_line;
mod connections;
mod errors;
mod server;

use bakeoff::base::seed::SEED;
use bakeoff::base::word::Named as _;
use bakeoff::lab::{Lab, Target};
use bakeoff::record::flag::Flag;
use bakeoff::record::row::Row;
use bakeoff::scenarios;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::selection::{self, Set};

/// Orders of each sample, and how many of them at a time.
const ORDERS: u64 = 12;
const CONCURRENCY: u64 = 3;

/// Models that stand for a driving style each, where this build has them.
fn models() -> Vec<&'static str> {
    let models = [
        "os-threads",
        "processes",
        "tokio-mt",
        "smol",
        "async-std",
        "tokio-local",
        "compio",
        "monoio",
        "may",
        "mio",
        "agnostic-tokio",
        "agnostic-smol",
    ];
    models
        .into_iter()
        .filter(|name| bakeoff::registry::model(name).is_ok())
        .collect()
}

/// Those two of them whose `reqwest` is tried besides: blocking and async.
fn with_reqwest() -> Vec<&'static str> {
    let cells = ["os-threads@reqwest", "tokio-mt@reqwest"];
    let cells = cells.into_iter().filter(|cell| {
        let (model, _) = cell.split_once('@').unwrap();
        cfg!(feature = "client-reqwest") && bakeoff::registry::model(model).is_ok()
    });
    models().into_iter().chain(cells).collect()
}

/// A cell of the scenario without delays.
fn cell(model: &str, sets: &[&str]) -> ResolvedCell {
    let known = scenarios::embedded().unwrap();
    let pattern = [format!("fetch/no-delay/{model}")];
    let mut cell = selection::select(&known, &pattern, &[], Set::Default)
        .unwrap()
        .remove(0);
    let own = [
        format!("orders={ORDERS}"),
        format!("concurrency={CONCURRENCY}"),
    ];
    for text in own.iter().map(String::as_str).chain(sets.iter().copied()) {
        cell.set(text).unwrap();
    }
    cell.resolve().unwrap()
}

/// One sample of a model against `url`.
fn sample(url: &str, model: &str, sets: &[&str]) -> Row {
    sample_of(Target::parse(url).unwrap(), model, sets)
}

fn sample_of(target: Target, model: &str, sets: &[&str]) -> Row {
    let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
    lab.aim(target);
    let mut open = lab.open(&cell(model, sets)).unwrap();
    let row = open.sample(&mut lab, SEED, 0, 0);
    if row.error.is_none() {
        open.close().unwrap();
    }
    row
}

fn flagged(row: &Row, flag: &str) -> bool {
    row.flagged(Flag::named(flag).expect(flag))
}
