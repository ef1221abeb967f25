//! What is put into tables, charts and pages: what rows came to, and prose that rows do not say.

use super::analysis::panel::{Index, Panel, index, slug};
use super::analysis::study::{Study, studies};
use super::analysis::summary::Summary;
use super::analysis::sweeps::{self, Shown, Sweep};
use super::claims::Claim;
use crate::cost::Costs;
use crate::record::control;
use crate::record::fold::Digest;
use crate::record::row::Row;
use std::collections::{BTreeMap, BTreeSet};

/// What rows do not say: prose on models and scenarios.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// How each model works, by name.
    pub about: BTreeMap<String, String>,
    /// Where each model is a misuse, by name.
    pub notes: BTreeMap<String, String>,
    /// The file that each model is written in, by its name: path and text.
    pub sources: BTreeMap<String, (String, String)>,
    /// What each scenario shows, by id.
    pub scenarios: BTreeMap<String, String>,
    /// Ids of the cells of the quick set, which stand for all at a glance.
    pub quick: BTreeSet<String>,
    /// What people say about concurrency, for rows to decide.
    pub claims: Vec<Claim>,
    /// What models cost to write and to keep.
    pub costs: Costs,
}

/// A file to be written: its path within the results directory, and its text.
pub type File = (String, String);

/// What rows came to, in the order of a page.
pub(super) struct Contents<'p, 'a> {
    /// The rows of no search.
    pub(super) rows: &'a [Row],
    /// The same by cell.
    pub(super) index: Index<'a>,
    /// What the run measured of itself.
    pub(super) controls: &'a [control::Reading],
    /// The rows of searches for a capacity.
    pub(super) searches: &'a [Row],
    /// Scenarios that were measured at one load each.
    pub(super) studies: Vec<Study<'p, 'a>>,
    /// A name for each, which no other has.
    pub(super) slugs: Vec<String>,
    /// Those that were measured at several.
    pub(super) sweeps: Vec<Sweep<'p, 'a>>,
    /// Likewise.
    pub(super) sweep_slugs: Vec<String>,
}

impl<'p, 'a> Contents<'p, 'a> {
    pub(super) fn of(panels: &'p [Panel<'a>], digest: &'a Digest) -> Self {
        let (rows, searches) = (digest.rows.as_slice(), digest.searches.as_slice());
        let index = index(rows);
        let mut contents = Contents {
            rows,
            searches,
            controls: &digest.controls,
            studies: studies(panels, &index),
            index,
            slugs: Vec::new(),
            sweeps: Vec::new(),
            sweep_slugs: Vec::new(),
        };
        let mut taken = BTreeSet::new();
        let mut free = |title: &str| {
            let mut slug = slug(title);
            // Names that differ in punctuation alone must not share a file.
            while !taken.insert(slug.clone()) {
                slug.push_str("-also");
            }
            slug
        };
        for shown in sweeps::found(panels) {
            match shown {
                Shown::Alone(panel) => contents.slugs.push(free(&panel.title)),
                Shown::Sweep(sweep) => {
                    let title = format!("{} over {}", sweep.title(), sweep.key());
                    contents.sweep_slugs.push(free(&title));
                    contents.sweeps.push(sweep);
                }
            }
        }
        contents
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &'a Summary> {
        let alone = self
            .studies
            .iter()
            .flat_map(|study| study.panel.cells.iter().copied());
        let swept = self
            .sweeps
            .iter()
            .flat_map(|sweep| sweep.cells().map(|(_, cell)| cell));
        alone.chain(swept)
    }

    /// The name and title of each part.
    pub(super) fn titles(&self) -> Vec<(String, String)> {
        let alone = self.studies.iter().map(|study| study.panel.title.clone());
        let swept = self.sweeps.iter();
        let swept = swept.map(|sweep| format!("{} over {}", sweep.title(), sweep.key()));
        let titles = alone.chain(swept);
        let slugs = self.slugs.iter().chain(&self.sweep_slugs);
        slugs.cloned().zip(titles).collect()
    }
}
