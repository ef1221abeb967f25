//! What makes a cell the same in all runs of a history.

use std::cmp::Ordering;

use super::super::analysis::summary::Summary;
use crate::record::identity::Identity;
use crate::record::palette::{Rgb, colour, form};

/// A cell's identity in any run, in the order of all tables, with how it is labelled.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Key {
    pub(super) identity: Identity<'static>,
    /// The model, with its client where that is not the ranked one.
    pub(in super::super) label: String,
    pub(in super::super) model: String,
    pub(in super::super) colour: Rgb,
    pub(in super::super) form: usize,
}

/// A model is the same in whatever colour.
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_identity = self.identity.cmp(&other.identity);
        let by_label = || self.label.cmp(&other.label);
        by_identity
            .then_with(by_label)
            .then_with(|| self.model.cmp(&other.model))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

impl Key {
    pub(super) fn of(cell: &Summary) -> Self {
        Key {
            identity: cell.identity().in_any_run().into_owned(),
            label: cell.label(),
            model: cell.model.clone(),
            colour: cell.colour(),
            form: cell.form(),
        }
    }

    /// A thing of the machine's own.
    pub(super) fn machine(label: &str) -> Self {
        Key {
            label: label.to_owned(),
            model: label.to_owned(),
            colour: colour(label),
            form: form(label),
            ..Key::default()
        }
    }

    /// `workload/scenario`, with what else was asked behind it.
    pub(in super::super) fn title(&self) -> String {
        self.identity.title()
    }

    /// The cell's id, likewise.
    pub(in super::super) fn name(&self) -> String {
        self.identity.name()
    }

    /// What sorts models in every list.
    pub(super) fn in_order(&self) -> (bool, usize, &str) {
        let (unranked, place) = self.identity.in_order();
        (unranked, place, &self.label)
    }

    /// The same wherever its server sat.
    pub(super) fn unplaced(&self) -> Self {
        Key {
            identity: self.identity.clone().unplaced(),
            ..self.clone()
        }
    }

    /// What it is a scenario of, for prose.
    pub(in super::super) fn scenario(&self) -> String {
        let Identity {
            workload, scenario, ..
        } = &self.identity;
        format!("{workload}/{scenario}")
    }
}
