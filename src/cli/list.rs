//! `bakeoff list`: models, workloads, scenarios, each with its note.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::peers_folders;
use crate::base::error::{Error, Result};
use crate::base::si;
use crate::base::unwritable::cannot;
use crate::base::word::Named;
use crate::cost;
use crate::cost::lines::{self, Comments};
use crate::kit::capability::Capability;
use crate::model::{Meta, Share, lacks};
use crate::peers::{self, Offer, Offered};
use crate::registry;
use crate::report::text::cost::table;
use crate::results::notebook;
use crate::scenarios;
use crate::selection;
use crate::workload::scenario::Scenario;

/// Lists models, workloads and scenarios, each with its note.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff list
  bakeoff list --json | jq -r '.cells[] | select(.default) | .id'
  bakeoff list --cost
  bakeoff list --cost --json | jq -r '.models[] | [.model, .lines.scheduling] | @tsv'

--cost shows for each model its lines of code, the crates that it brings, how long they
take to build, what they add to a binary, and whether they are maintained. Lines are
counted now; the rest was measured by scripts/model-cost when and where the table says.
A figure that was measured with other versions of crates than this build has is marked
with * and named below.")]
pub(super) struct ListArgs {
    /// As JSON, with every cell
    #[arg(long)]
    json: bool,

    /// What each model costs to write and to keep, and nothing else
    #[arg(long)]
    cost: bool,

    /// Look for programs in other languages in this directory too, besides ./peers
    #[arg(long, value_name = "DIR")]
    peers_dir: Vec<PathBuf>,
}

impl ListArgs {
    pub(super) fn run(self) -> Result<()> {
        let offers = peers::load(&peers_folders(&self.peers_dir))?;
        if self.cost {
            return costs(&offers, self.json);
        }
        let scenarios = scenarios::embedded()?;
        let guests: Vec<Guest> = guests(offers);
        let text = if self.json {
            format!("{:#}\n", as_json(&scenarios, &guests))
        } else {
            as_text(&scenarios, &guests)
        };
        super::say(&text)
    }
}

/// What models cost, those of programs in other languages as far as it is known.
fn costs(offers: &[Offer], as_json: bool) -> Result<()> {
    let costs = cost::of(&registry::models())?;
    let offered = offers.iter().flat_map(|offer| &offer.models);
    let guests: Result<Vec<_>> = offered.map(cost_of).collect();
    let guests = guests?;
    if !as_json {
        let style = notebook::style(&std::io::stdout());
        return super::say(&table(&costs, &guests, &style));
    }
    let mut all = json!(costs);
    all["peers"] = json!(guests);
    super::say(&format!("{all:#}\n"))
}

fn cost_of(Offered { meta, peer }: &Offered) -> Result<cost::Guest> {
    let count = |path: &Path| -> Result<usize> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::Usage(cannot("read", path, &error)))?;
        Ok(lines::count(&text, Comments::of(path)))
    };
    Ok(cost::Guest {
        model: meta.name.to_owned(),
        lines: peer.source.as_deref().map(count).transpose()?,
        libraries: peer.libraries.clone(),
    })
}

/// A program in another language, and the version that is installed of it.
struct Guest {
    offer: Offer,
    installed: Option<String>,
}

/// Each program is asked in a process of its own, all of them at once.
fn guests(offers: Vec<Offer>) -> Vec<Guest> {
    let asked: Vec<_> = offers
        .iter()
        .map(|offer| {
            let peer = offer.peer;
            std::thread::spawn(move || peer.installed())
        })
        .collect();
    let answers = asked.into_iter().map(|thread| thread.join().ok().flatten());
    let pairs = offers.into_iter().zip(answers);
    let guests = pairs.map(|(offer, installed)| Guest { offer, installed });
    guests.collect()
}

fn peers_text(guests: &[Guest]) -> String {
    let mut out = String::new();
    if guests.is_empty() {
        return out;
    }
    out += "\nPEERS: programs in other languages (`--peers NAME` takes all their models)\n";
    for Guest { offer, installed } in guests {
        let peer = offer.peer;
        let state = match installed {
            Some(version) => format!("installed: {version}"),
            None => format!("not installed: {} installs it", peer.setup),
        };
        let _ = writeln!(out, "  {:21} {} [{}]", peer.name, peer.about, peer.language);
        let _ = writeln!(out, "  {:22}{state}", "");
        for Offered { meta, peer: model } in &offer.models {
            let _ = writeln!(out, "    {:20}{} [{}]", meta.name, meta.about, shape(meta));
            if !meta.note.is_empty() {
                let _ = writeln!(out, "    {:20}note: {}", "", meta.note);
            }
            let mut knows = model.workloads.join(", ");
            if !model.clients.is_empty() {
                knows += &format!("; clients: {}", model.clients.join(", "));
            }
            let _ = writeln!(out, "    {:20}{knows}", "");
        }
    }
    out
}

fn peers_json(guests: &[Guest]) -> Vec<Value> {
    let peer = |Guest { offer, installed }: &Guest| {
        let models = offer.models.iter().map(|Offered { meta, peer }| {
            json!({
                "name": meta.name,
                "about": meta.about,
                "note": meta.note,
                "shape": meta.shape,
                "family": peer.family.key(),
                "colour": peer.colour,
                "share": meta.share,
                "per_order": meta.per_order,
                "fresh_sessions": meta.fresh_sessions,
                "workloads": peer.workloads,
                "clients": peer.clients,
            })
        });
        json!({
            "name": offer.peer.name,
            "language": offer.peer.language,
            "about": offer.peer.about,
            "installed": installed,
            "setup": offer.peer.setup,
            "models": models.collect::<Vec<Value>>(),
        })
    };
    guests.iter().map(peer).collect()
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

/// What some workloads ask of a model, and which models have it not, by reason.
fn capabilities_text() -> String {
    let mut out = String::from("\nCAPABILITIES: what some workloads ask of a model\n");
    for capability in Capability::ALL {
        let _ = writeln!(out, "  {:21} {}", capability.name(), capability.about());
        for (models, why) in without(*capability) {
            let _ = writeln!(out, "  {:22}not {}: {why}", "", models.join(", "));
        }
    }
    out
}

/// Models that have it not, together where the reason is one.
fn without(capability: Capability) -> Vec<(Vec<&'static str>, &'static str)> {
    let mut reasons: Vec<(Vec<&str>, &str)> = Vec::new();
    for meta in registry::models() {
        if registry::offers(meta.name).contains(&capability) {
            continue;
        }
        let why = lacks::why(&meta, capability);
        match reasons.iter_mut().find(|(_, same)| *same == why) {
            Some((models, _)) => models.push(meta.name),
            None => reasons.push((vec![meta.name], why)),
        }
    }
    reasons
}

fn as_text(scenarios: &[Scenario], guests: &[Guest]) -> String {
    let mut out = String::from("MODELS\n");
    for meta in registry::models() {
        let versions = crate::base::versions::of(meta.crates);
        let crates: Vec<String> = meta
            .crates
            .iter()
            .map(|name| format!("{name} {}", versions[*name]))
            .collect();
        let _ = writeln!(out, "  {:21} {} [{}]", meta.name, meta.about, shape(&meta));
        let _ = writeln!(out, "  {:22}note: {}", "", meta.note);
        if let Some(share) = share(meta.share) {
            let _ = writeln!(out, "  {:22}{share}", "");
        }
        if !crates.is_empty() {
            let _ = writeln!(out, "  {:22}{}", "", crates.join(", "));
        }
    }
    out += &peers_text(guests);
    out += &capabilities_text();
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
        let _ = writeln!(out, "{mark} {:21} {}", scenario.id(), scenario.about);
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

fn as_json(scenarios: &[Scenario], guests: &[Guest]) -> Value {
    let models: Vec<Value> = registry::models()
        .iter()
        .map(|meta| {
            let mut model = json!(meta);
            model["versions"] = json!(crate::base::versions::of(meta.crates));
            model["offers"] = json!(registry::offers(meta.name));
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
    let peers = peers_json(guests);
    json!({ "models": models, "peers": peers, "scenarios": scenarios, "cells": cells })
}
