//! What makes a cell the same in all runs of a history.

use std::collections::BTreeMap;

use super::super::comparison::apart;
use super::super::palette::place;
use super::super::setting::asked;
use super::super::summary::Summary;

/// A cell's identity, in the order of all tables. Its concurrency is the scenario's:
/// where that changes, the version does, or it was set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Key {
    workload: String,
    scenario: String,
    /// What was changed, in the order of its values.
    set: Vec<(String, String)>,
    class: String,
    pub(super) placement: String,
    unranked: bool,
    place: usize,
    /// Its id.
    pub(in super::super) cell: String,
    /// The model, with its client where that is not the ranked one.
    pub(in super::super) label: String,
    pub(in super::super) model: String,
}

impl Key {
    pub(super) fn of(cell: &Summary) -> Self {
        let set = asked(&cell.set).into_iter();
        Key {
            workload: cell.workload.clone(),
            scenario: cell.scenario.clone(),
            set: set
                .map(|(key, value)| (key.into(), value.0.into()))
                .collect(),
            class: cell.class.clone(),
            placement: cell.placement.clone(),
            unranked: !cell.ranked(),
            place: place(&cell.model),
            cell: cell.cell.clone(),
            label: cell.label(),
            model: cell.model.clone(),
        }
    }

    /// A thing of the machine's own.
    pub(super) fn machine(label: &str) -> Self {
        Key {
            label: label.to_owned(),
            model: label.to_owned(),
            ..Key::default()
        }
    }

    /// `workload/scenario`, with what else was asked behind it.
    pub(in super::super) fn title(&self) -> String {
        self.with(format!("{}/{}", self.workload, self.scenario))
    }

    /// The cell's id, likewise.
    pub(in super::super) fn name(&self) -> String {
        self.with(self.cell.clone())
    }

    fn with(&self, name: String) -> String {
        let set: BTreeMap<String, String> = self.set.iter().cloned().collect();
        apart(name, &self.class, &self.placement, &set)
    }

    /// What sorts models in every list.
    pub(super) fn in_order(&self) -> (bool, usize, &str) {
        (self.unranked, self.place, &self.label)
    }

    /// The same wherever its server sat.
    pub(super) fn unplaced(&self) -> Self {
        Key {
            placement: String::new(),
            ..self.clone()
        }
    }

    /// What it is a scenario of, for prose.
    pub(in super::super) fn scenario(&self) -> String {
        format!("{}/{}", self.workload, self.scenario)
    }
}
