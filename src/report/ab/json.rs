//! The comparison of two builds for other programs.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Cell, Difference, Found, Heading, Side, Standing};
use crate::stats::verdict::Verdict;

/// Version of the document's fields.
const SCHEMA: u32 = 1;

/// The comparison as one JSON document. Ratios are head over base; `low` and `high`
/// are what they may be, `null` where there are too few rounds.
#[must_use]
pub fn json(found: &Found, heading: &Heading) -> Value {
    let side = |side: Side| {
        json!({
            "command": heading.commands[side as usize],
            "versions": found.versions[side as usize],
        })
    };
    let cells: Vec<Value> = found.cells.iter().map(cell).collect();
    json!({
        "schema": SCHEMA,
        "threshold_percent": found.threshold * 100.0,
        "base": side(Side::Base),
        "head": side(Side::Head),
        "ended": heading.ended,
        "regressions": found.count(Standing::Regression),
        "failures": found.count(Standing::Failed),
        "cells": cells,
    })
}

fn cell(cell: &Cell) -> Value {
    let errors: Map<String, Value> = Side::BOTH
        .into_iter()
        .map(|side| (side.name().to_owned(), json!(cell.errors[side as usize])))
        .collect();
    let [time, cpu] = &cell.differences;
    json!({
        "cell": cell.identity.cell,
        "target": cell.identity.target,
        "set": cell.identity.set.iter().collect::<BTreeMap<_, _>>(),
        "standing": cell.standing().word(),
        "rounds": cell.rounds,
        "pairs": cell.pairs,
        "time": difference(time),
        "cpu": difference(cpu),
        "errors": errors,
        "flags": cell.flags,
    })
}

fn difference(of: &Difference) -> Value {
    let Difference {
        ratio,
        shown,
        regression,
    } = of;
    let interval = shown.ratio.map(|ratio| ratio.interval);
    json!({
        "ratio": ratio,
        "low": interval.map(|interval| interval.low),
        "high": interval.map(|interval| interval.high),
        "verdict": word(shown.verdict),
        "regression": regression,
    })
}

/// A verdict in a word.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Faster => "faster",
        Verdict::Slower => "slower",
        Verdict::Tie => "tie",
        Verdict::Undecided => "undecided",
    }
}
