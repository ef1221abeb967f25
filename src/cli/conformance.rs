//! `bakeoff conformance`: what every model must keep, asked of any program.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::progress::Progress;
use super::{peers_folders, program, say};
use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::laws::{Breach, LAWS, Subject};
use crate::peers::{self, Offer};
use crate::registry;

/// Asks a program, or a model of this build, for every law that a model must keep.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff conformance --peer python                    all that Python offers
  bakeoff conformance --peer python --model asyncio    one of its models
  bakeoff conformance --model smol                     a model of this build

Laws are asked through the runner protocol alone, so it does not matter in which language
a program is written. What it says that it does not do is not offered, and no failure. A law
takes a second or so where it holds.")]
pub(super) struct ConformanceArgs {
    /// A program of peers/NAME/peer.toml
    #[arg(long, value_name = "NAME")]
    peer: Option<String>,

    /// Only this model; without --peer, of this build
    #[arg(long, value_name = "NAME", required_unless_present = "peer")]
    model: Option<String>,

    /// Only laws whose words hold this
    #[arg(long, value_name = "WORDS")]
    law: Option<String>,

    /// Look for programs in this directory too, besides ./peers
    #[arg(long, value_name = "DIR")]
    peers_dir: Vec<PathBuf>,

    /// One JSON line a law
    #[arg(long)]
    json: bool,
}

impl ConformanceArgs {
    pub(super) fn run(self) -> Result<()> {
        let subjects = self.subjects()?;
        let asked = |name: &str| self.law.as_ref().is_none_or(|words| name.contains(words));
        let laws: Vec<_> = LAWS.iter().filter(|law| asked(law.name)).collect();
        if laws.is_empty() {
            let words = self.law.as_deref().unwrap_or_default();
            return Err(unknown("law", words, LAWS.iter().map(|law| law.name)));
        }
        let mut progress = Progress::new(subjects.len() * laws.len());
        let (mut held, mut not_offered, mut broken) = (0, 0, 0);
        for subject in &subjects {
            let model = subject.meta.name;
            for law in &laws {
                progress.begin(&format!("{model} {}", law.name));
                let (outcome, why) = match law.ask(subject) {
                    Ok(()) => ("holds", None),
                    Err(Breach::NotOffered(reason)) => ("not offered", Some(reason)),
                    Err(Breach::Broken(line)) => ("broken", Some(line)),
                };
                match outcome {
                    "holds" => held += 1,
                    "broken" => broken += 1,
                    _ => not_offered += 1,
                }
                if self.json {
                    let line = json!({
                        "model": model, "law": law.name, "workload": law.workload,
                        "outcome": outcome, "why": why,
                    });
                    say(&format!("{line}\n"))?;
                } else {
                    let why = why.map_or(String::new(), |why| format!(": {why}"));
                    progress.result(&format!("{outcome:11}  {model} {}{why}\n", law.name))?;
                }
                progress.advance();
            }
        }
        progress.finish();
        let told = format!("{held} laws hold, {not_offered} are not offered, {broken} are broken");
        if self.json {
            crate::note!("{told}");
        } else {
            say(&format!("{told}\n"))?;
        }
        match broken {
            0 => Ok(()),
            _ => Err(Error::Failed(format!("{broken} laws are broken"))),
        }
    }

    fn subjects(&self) -> Result<Vec<Subject>> {
        let program = program()?;
        let Some(name) = &self.peer else {
            let name = self.model.as_deref().unwrap_or_default();
            return Ok(vec![Subject {
                program,
                meta: registry::model(name)?,
                peer: None,
            }]);
        };
        let offers: Vec<Offer> = peers::load(&peers_folders(&self.peers_dir))?;
        let known = || offers.iter().map(|offer| offer.peer.name.as_str());
        let offer = offers.iter().find(|offer| offer.peer.name == *name);
        let offer = offer.ok_or_else(|| unknown("peer", name, known()))?;
        if offer.peer.installed().is_none() {
            return Err(Error::Usage(format!(
                "peer {name} is not installed: {} installs it",
                offer.peer.setup
            )));
        }
        let wanted = |name: &str| self.model.as_ref().is_none_or(|model| model == name);
        let models = offer.models.iter().filter(|model| wanted(model.meta.name));
        let subjects: Vec<Subject> = models
            .map(|model| Subject {
                program: program.clone(),
                meta: model.meta,
                peer: Some(model.peer),
            })
            .collect();
        if subjects.is_empty() {
            let word = self.model.as_deref().unwrap_or_default();
            let known = offer.models.iter().map(|model| model.meta.name);
            return Err(unknown(&format!("model of peer {name}"), word, known));
        }
        Ok(subjects)
    }
}
