//! Panels: the cells that compare, and what sets them apart from others.

use std::collections::{BTreeMap, BTreeSet};

use super::summary::Summary;
use crate::base::word::Word;
use crate::kit::Class;
use crate::record::hosts::parted;
use crate::record::identity::target_named;
use crate::record::placement::Placed;
use crate::record::quantity::THROUGHPUT;
use crate::record::row::Row;
use crate::record::setting::{Setting, settings};

/// Cells of one scenario, target, class, concurrency and placement, with the same
/// parameters changed: those that compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel<'a> {
    /// `workload/scenario`, with what sets it apart from others of that name
    /// behind it, as `fetch/rush (shipped, concurrency = 64)`.
    pub title: String,
    /// Its cells: ranked clients before `@reqwest`, models in the order that
    /// is fixed everywhere.
    pub cells: Vec<&'a Summary>,
    /// What they share.
    pub(crate) shared: Shared<'a>,
    /// What of it sets the panel apart.
    pub(crate) apart: Apart<'a>,
}

impl Panel<'_> {
    /// The highest median throughput among ranked cells.
    #[must_use]
    pub fn best(&self) -> Option<f64> {
        self.cells
            .iter()
            .filter(|cell| cell.ranked())
            .filter_map(|cell| cell.of(&THROUGHPUT))
            .max_by(f64::total_cmp)
    }
}

/// A title as a file's name, without ending.
#[must_use]
pub fn slug(title: &str) -> String {
    let kept: String = title
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let parts: Vec<&str> = kept.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// What cells must share to compare; absent where all of them do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shared<'a> {
    pub(crate) workload: &'a str,
    pub(crate) scenario: &'a str,
    /// Whether its models are other programs': language and model are mixed there.
    pub(crate) peers: bool,
    class: Option<&'a Word<Class>>,
    version: Option<u32>,
    concurrency: Option<u64>,
    workers: Option<u64>,
    target: Option<&'a str>,
    placement: &'a Word<Placed>,
    pub(crate) set: Vec<(&'a str, Setting<'a>)>,
}

impl<'a> Shared<'a> {
    /// `workload/scenario` with what sets it apart behind it, but for the
    /// parameter `swept`.
    pub(crate) fn title(&self, apart: &Apart<'_>, swept: Option<&str>) -> String {
        let peers = self.peers.then(|| "other languages".to_owned());
        let class = self.class.map(Word::to_string);
        let version = self.version.map(|version| format!("version {version}"));
        let concurrency = self.concurrency.map(|at| format!("concurrency {at}"));
        let workers = self.workers.map(|workers| format!("workers {workers}"));
        let target = self.target.map(target_named);
        let placement = (apart.placement && !self.placement.is_empty())
            .then(|| format!("placement {}", self.placement));
        let told = |key: &str| apart.keys.contains(key) && Some(key) != swept;
        let set = self
            .set
            .iter()
            .filter(|(key, _)| told(key))
            .map(|(key, value)| format!("{key} = {}", value.0));
        let parts: Vec<String> = [
            peers,
            target,
            class,
            version,
            concurrency,
            workers,
            placement,
        ]
        .into_iter()
        .flatten()
        .chain(set)
        .collect();
        let name = format!("{}/{}", self.workload, self.scenario);
        if parts.is_empty() {
            name
        } else {
            format!("{name} ({})", parts.join(", "))
        }
    }

    /// What was changed for all panels of the scenario, which titles do not tell.
    pub(crate) fn untold(&self, apart: &Apart<'_>) -> Vec<String> {
        self.set
            .iter()
            .filter(|(key, _)| !apart.keys.contains(key))
            .map(|(key, value)| format!("{key} = {}", value.0))
            .collect()
    }

    /// The same with another placement.
    fn at(&self, placement: &'a Word<Placed>) -> Self {
        Shared {
            placement,
            ..self.clone()
        }
    }

    /// The same but for the parameter `key`, or for all of them.
    pub(crate) fn without(&self, key: Option<&str>) -> Self {
        let mut rest = self.clone();
        match key {
            Some(key) => rest.set.retain(|(other, _)| *other != key),
            None => rest.set.clear(),
        }
        rest
    }
}

/// In what panels of one scenario differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Apart<'a> {
    /// Changed parameters.
    keys: BTreeSet<&'a str>,
    placement: bool,
}

impl<'a> Apart<'a> {
    fn of(scenario: &[&Shared<'a>]) -> Self {
        let settings: BTreeSet<(&'a str, Setting<'a>)> =
            scenario.iter().flat_map(|s| s.set.clone()).collect();
        let everywhere =
            |setting: &(&'a str, Setting<'a>)| scenario.iter().all(|s| s.set.contains(setting));
        Apart {
            keys: settings
                .iter()
                .filter(|setting| !everywhere(setting))
                .map(|(key, _)| *key)
                .collect(),
            placement: scenario
                .windows(2)
                .any(|pair| pair[0].placement != pair[1].placement),
        }
    }
}

/// Summaries gathered into panels, in the order of their titles' parts.
#[must_use]
pub fn panels(summaries: &[Summary]) -> Vec<Panel<'_>> {
    let swept = several(summaries, |s| s.concurrency);
    let versions = several(summaries, |s| s.scenario_version);
    let seats = several(summaries, |s| s.workers);
    let classes: BTreeSet<&Word<Class>> = summaries.iter().map(|s| &s.class).collect();
    let mut groups: BTreeMap<Shared<'_>, Vec<&Summary>> = BTreeMap::new();
    for summary in summaries {
        let name = (summary.workload.as_str(), summary.scenario.as_str());
        let shared = Shared {
            workload: name.0,
            scenario: name.1,
            peers: summary.apart(),
            class: (classes.len() > 1).then_some(&summary.class),
            version: versions.contains(&name).then_some(summary.scenario_version),
            // Only where one cell has several: models that carry their orders
            // differently still belong side by side.
            concurrency: swept.contains(&name).then_some(summary.concurrency),
            workers: summary.workers.filter(|_| seats.contains(&name)),
            target: summary.target.as_deref(),
            placement: &summary.placement,
            set: settings(&summary.set),
        };
        groups.entry(shared).or_default().push(summary);
    }
    place_failed(&mut groups);
    let mut scenarios: BTreeMap<(&str, &str), Vec<&Shared<'_>>> = BTreeMap::new();
    for shared in groups.keys() {
        let name = (shared.workload, shared.scenario);
        scenarios.entry(name).or_default().push(shared);
    }
    let apart: BTreeMap<(&str, &str), Apart<'_>> = scenarios
        .into_iter()
        .map(|(name, shared)| (name, Apart::of(&shared)))
        .collect();
    groups
        .into_iter()
        .map(|(shared, mut cells)| {
            cells.sort_by_key(|cell| (!cell.ranked(), cell.place(), cell.label()));
            let apart = apart[&(shared.workload, shared.scenario)].clone();
            Panel {
                title: shared.title(&apart, None),
                cells,
                shared,
                apart,
            }
        })
        .collect()
}

/// Cells that were never placed, because they failed before, stand where those of
/// their scenario do that were: beside them, where the same was changed.
fn place_failed<'a>(groups: &mut BTreeMap<Shared<'a>, Vec<&'a Summary>>) {
    let failed = |cells: &Vec<&Summary>| cells.iter().all(|cell| cell.samples == 0);
    let homeless: Vec<Shared<'a>> = groups
        .iter()
        .filter(|(shared, cells)| shared.placement.is_empty() && failed(cells))
        .map(|(shared, _)| shared.clone())
        .collect();
    for shared in homeless {
        let placed = |other: &&Shared<'a>| {
            !other.placement.is_empty()
                && other.at(shared.placement).without(None) == shared.without(None)
        };
        let home = groups
            .keys()
            .filter(placed)
            .min_by_key(|other| other.set != shared.set)
            .map(|other| shared.at(other.placement));
        if let Some(home) = home
            && let Some(cells) = groups.remove(&shared)
        {
            groups.entry(home).or_default().extend(cells);
        }
    }
}

/// Scenarios in which one cell, with the same parameters changed, has several
/// values of `of`.
fn several<K: Ord>(summaries: &[Summary], of: fn(&Summary) -> K) -> BTreeSet<(&str, &str)> {
    let mut values: BTreeMap<_, BTreeSet<K>> = BTreeMap::new();
    for summary in summaries {
        let key = (
            (summary.cell.as_str(), &summary.class),
            (&summary.target, &summary.placement, &summary.set),
        );
        let scenario = (summary.workload.as_str(), summary.scenario.as_str());
        values
            .entry((scenario, key))
            .or_default()
            .insert(of(summary));
    }
    values
        .into_iter()
        .filter(|(_, values)| values.len() > 1)
        .map(|((scenario, _), _)| scenario)
        .collect()
}

/// Rows by their cell's id.
pub type Index<'a> = BTreeMap<&'a str, Vec<&'a Row>>;

/// The index of `rows`.
#[must_use]
pub fn index(rows: &[Row]) -> Index<'_> {
    let mut index = Index::new();
    for row in rows {
        index.entry(&row.cell).or_default().push(row);
    }
    index
}

/// The hosts of `cells`, each once, in the order of their names; none of cells of one
/// run, which stand without.
pub(crate) fn hosts<'a>(cells: impl Iterator<Item = &'a Summary>) -> Vec<&'a str> {
    let hosts: BTreeSet<&str> = cells.filter_map(|cell| parted(&cell.model).1).collect();
    hosts.into_iter().collect()
}

/// The clients of `cells` that models are not compared by, as in "aiohttp or reqwest".
pub(crate) fn other_clients<'a>(cells: impl Iterator<Item = &'a Summary>) -> Option<String> {
    let other = cells.filter(|cell| !cell.ranked());
    let names: BTreeSet<&str> = other.map(|cell| cell.client.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    (!names.is_empty()).then(|| names.join(" or "))
}
