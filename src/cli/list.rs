//! `bakeoff list`: models, workloads, scenarios, each with its note.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};

use crate::base::error::Result;
use crate::base::si;
use crate::model::{Meta, Share};
use crate::registry;
use crate::scenarios;
use crate::selection;
use crate::workload::scenario::Scenario;

/// Lists models, workloads and scenarios, each with its note.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff list
  bakeoff list --json | jq -r '.cells[] | select(.default) | .id'")]
pub(super) struct ListArgs {
    /// As JSON, with every cell
    #[arg(long)]
    json: bool,
}

impl ListArgs {
    pub(super) fn run(self) -> Result<()> {
        let scenarios = scenarios::embedded()?;
        let text = if self.json {
            format!("{:#}\n", as_json(&scenarios))
        } else {
            as_text(&scenarios)
        };
        super::say(&text)
    }
}

fn share(share: Share) -> Option<String> {
    match share {
        Share::Whole => None,
        Share::ByInFlight => {
            Some("runs as many of a scenario's orders as it can in the ideal's time".into())
        }
        Share::OneIn(parts) => Some(format!("runs one in {parts} of a scenario's orders")),
    }
}

fn shape(meta: &Meta) -> String {
    serde_json::to_value(meta.shape)
        .map_or_else(|_| String::new(), |v| v.as_str().unwrap_or("").into())
}

fn as_text(scenarios: &[Scenario]) -> String {
    let mut out = String::from("MODELS\n");
    for meta in registry::models() {
        let versions = crate::base::versions::of(meta.crates);
        let crates: Vec<String> = meta
            .crates
            .iter()
            .map(|name| format!("{name} {}", versions[*name]))
            .collect();
        let _ = writeln!(out, "  {:22}{} [{}]", meta.name, meta.about, shape(&meta));
        let _ = writeln!(out, "  {:22}note: {}", "", meta.note);
        if let Some(share) = share(meta.share) {
            let _ = writeln!(out, "  {:22}{share}", "");
        }
        if !crates.is_empty() {
            let _ = writeln!(out, "  {:22}{}", "", crates.join(", "));
        }
    }
    let _ = writeln!(
        out,
        "\nSCENARIOS (* in the default set, which `cargo bench` and `run` take without a pattern)"
    );
    for scenario in scenarios {
        let mark = if scenario.default.is_empty() {
            ' '
        } else {
            '*'
        };
        let _ = writeln!(out, "{mark} {:22}{}", scenario.id(), scenario.about);
        if !scenario.resembles.is_empty() {
            let _ = writeln!(out, "  {:22}like {}", "", scenario.resembles);
        }
        let params: Vec<String> = scenario
            .params
            .table
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let _ = writeln!(
            out,
            "  {:22}v{}: {}",
            "",
            scenario.version,
            params.join(" ")
        );
        if !scenario.default.is_empty() {
            let _ = writeln!(out, "  {:22}default: {}", "", scenario.default.join(" "));
        }
    }
    let cells = selection::all(scenarios);
    let default = cells.iter().filter(|cell| cell.is_default()).count();
    let _ = writeln!(
        out,
        "\n{} cells, {} of them in the default set",
        si::short(cells.len() as f64),
        default
    );
    out
}

fn as_json(scenarios: &[Scenario]) -> Value {
    let models: Vec<Value> = registry::models()
        .iter()
        .map(|meta| {
            let mut model = json!(meta);
            model["versions"] = json!(crate::base::versions::of(meta.crates));
            model
        })
        .collect();
    let cells: Vec<Value> = selection::all(scenarios)
        .iter()
        .map(|cell| json!({ "id": cell.id(), "default": cell.is_default(), "quick": cell.is_quick() }))
        .collect();
    let scenarios: Vec<Value> = scenarios
        .iter()
        .map(|scenario| {
            json!({
                "id": scenario.id(),
                "about": scenario.about,
                "resembles": scenario.resembles,
                "version": scenario.version,
                "params": scenario.params.table,
            })
        })
        .collect();
    json!({ "models": models, "scenarios": scenarios, "cells": cells })
}
