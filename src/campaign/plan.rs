//! `plan.json`: what was asked for, whole enough to go on with it, and to see
//! whether it would still be the same.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::load::Derived;
use super::panels::panels;
use super::time::Budget;
use crate::base::error::{Error, Result};
use crate::base::versions;
use crate::host::HostFacts;
use crate::selection::resolved::ResolvedCell;

/// What was asked for: `A` is the caller's own words, which choose the same
/// cells again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPlan<A> {
    /// The command line that asked for it; empty where an older version wrote the plan.
    #[serde(default)]
    pub command: String,
    /// Versions of bakeoff and of the crates that the chosen models name.
    pub versions: BTreeMap<String, String>,
    /// What was chosen, and how to measure it.
    pub asked: A,
    /// Rounds, where their number was asked for.
    pub rounds: Option<u32>,
    /// Time for the whole run.
    pub budget: Option<Budget>,
    /// Rates that loads came to.
    pub derived: Vec<Derived>,
    /// What the choice came to.
    pub panels: Vec<Planned>,
}

/// A scenario's cells that compare, with all that they were given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The scenario's id.
    pub scenario: String,
    /// Its version.
    pub version: u32,
    /// What was set of it.
    pub set: BTreeMap<String, String>,
    /// All parameters, as its cells got them.
    pub params: BTreeMap<String, Value>,
    /// The cells' ids.
    pub cells: Vec<String>,
}

/// The part of a plan that must agree before the rest can be understood.
#[derive(Deserialize)]
struct Versions {
    versions: BTreeMap<String, String>,
}

impl<A: Serialize + DeserializeOwned> RunPlan<A> {
    /// The plan of a run that begins.
    #[must_use]
    pub fn new(
        command: String,
        asked: A,
        rounds: Option<u32>,
        budget: Option<Budget>,
        derived: Vec<Derived>,
        cells: &[ResolvedCell],
    ) -> Self {
        RunPlan {
            command,
            versions: versions_of(cells),
            asked,
            rounds,
            budget,
            derived,
            panels: planned(cells),
        }
    }

    /// The plan that `text` holds; `place` names it in errors.
    ///
    /// # Errors
    /// [`Error::Usage`]: text that is no plan, or another version's.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        let broken = |error: serde_json::Error| {
            Error::Usage(format!(
                "{place}: not a plan ({error}): restore the file, or begin a new run"
            ))
        };
        let Versions { versions } = serde_json::from_str(text).map_err(broken)?;
        let own = versions::of(&[]);
        require_versions(&versions, &own, place)?;
        serde_json::from_str(text).map_err(broken)
    }

    /// Whether a run with these `cells`, chosen anew, goes on with the same.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the first crate or scenario that is another.
    pub fn require_same(&self, cells: &[ResolvedCell], place: &str) -> Result<()> {
        require_versions(&self.versions, &versions_of(cells), place)?;
        let now = planned(cells);
        if now == self.panels {
            return Ok(());
        }
        let pairs = self.panels.iter().zip(&now);
        let differs = pairs.into_iter().find(|(then, now)| then != now);
        let what = match differs {
            Some((then, now)) => then.difference(now),
            None => "the list of scenarios has changed".into(),
        };
        Err(Error::Usage(format!(
            "{place}: {what} since then: restore it, or begin a new run"
        )))
    }
}

impl Planned {
    fn difference(&self, now: &Planned) -> String {
        let name = &self.scenario;
        if *name != now.scenario {
            return format!("{name} has become {}", now.scenario);
        }
        if self.version != now.version {
            let (then, now) = (self.version, now.version);
            return format!("{name} has changed from version {then} to {now}");
        }
        let keys = self.params.keys().chain(now.params.keys());
        let changed = keys
            .into_iter()
            .find(|key| self.params.get(*key) != now.params.get(*key));
        match changed {
            Some(key) => {
                let value =
                    |of: &Planned| of.params.get(key).map_or("unset".into(), Value::to_string);
                format!(
                    "{name} has changed: {key} from {} to {}",
                    value(self),
                    value(now)
                )
            }
            None => format!("the models of {name} have changed"),
        }
    }
}

/// Refuses to mix rows of different machines.
///
/// # Errors
/// [`Error::Usage`] naming what differs.
pub fn require_same_host(then: &HostFacts, now: &HostFacts, place: &str) -> Result<()> {
    let facts = |of: &HostFacts| {
        [
            ("host", of.hostname.clone()),
            ("kernel", of.os.clone()),
            ("CPU", of.cpu_model.clone().unwrap_or_default()),
            ("CPUs", format!("{:?}", of.cpus)),
        ]
    };
    let (then, now) = (facts(then), facts(now));
    match then.iter().zip(&now).find(|(then, now)| then != now) {
        None => Ok(()),
        Some(((what, then), (_, now))) => Err(Error::Usage(format!(
            "{place}: measured on {what} '{then}', this is '{now}': resume there, or begin a new run"
        ))),
    }
}

fn require_versions(
    then: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
    place: &str,
) -> Result<()> {
    let unlike = now.iter().find(|(name, now)| then.get(*name) != Some(*now));
    match unlike {
        None => Ok(()),
        Some((name, now)) => Err(Error::Usage(format!(
            "{place}: begun with {name} {}, this is {now}: resume with the build that began it, or begin a new run",
            then.get(name).map_or("of no known version", String::as_str)
        ))),
    }
}

fn versions_of(cells: &[ResolvedCell]) -> BTreeMap<String, String> {
    let crates: Vec<&str> = cells
        .iter()
        .flat_map(|cell| cell.model.crates)
        .copied()
        .collect();
    versions::of(&crates)
}

fn planned(cells: &[ResolvedCell]) -> Vec<Planned> {
    let json = |value: &toml::Value| serde_json::to_value(value).unwrap_or_default();
    let of = |panel: &super::panels::Panel| {
        let first = &cells[panel.cells[0]];
        let params = first.scenario.params.table.iter();
        Planned {
            scenario: first.scenario.id(),
            version: first.scenario.version,
            set: first.set.clone(),
            params: params
                .map(|(key, value)| (key.clone(), json(value)))
                .collect(),
            cells: panel.cells.iter().map(|&at| cells[at].id()).collect(),
        }
    };
    panels(cells).iter().map(of).collect()
}
