//! What takes most of a row's room, folded by cell while rows are read: histograms
//! and versions. A hundred thousand rows fit in memory without them.

use std::collections::{BTreeMap, HashMap};

use super::control;
use super::identity::Identity;
use super::latency::Merge;
use super::objective;
use super::row::{Latency, Row};
use super::sound::{self, Fault};
use super::sparse::Counts;

/// Histograms and versions by cell.
#[derive(Debug, Default)]
pub struct Fold {
    /// By the cell's id, those of each way in which it was run.
    of: HashMap<String, Vec<(Identity<'static>, Folded)>>,
}

/// What was folded of one cell.
#[derive(Debug, Default)]
pub struct Folded {
    /// Service times.
    pub service: Times,
    /// Response times.
    pub response: Times,
    /// Versions by the name of what has them.
    pub versions: BTreeMap<String, String>,
}

/// Times of all samples, and what was wrong with the first that could not be read.
#[derive(Debug, Default)]
pub struct Times {
    merge: Merge,
    error: Option<String>,
}

impl Times {
    fn take(&mut self, times: Option<&mut Latency>, counts: Option<&Counts>, good: bool) {
        let Some(times) = times else { return };
        if good && let Err(error) = self.merge.add_read(times, counts) {
            self.error.get_or_insert(error);
        }
        times.hdr = String::new();
    }

    /// All of them as one distribution.
    ///
    /// # Errors
    /// What was wrong with the first that could not be read.
    pub fn merged(&self) -> Result<Option<Latency>, String> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Ok(self.merge.state()),
        }
    }
}

/// A row with its histograms read, which is most of the work of folding it, and can
/// be done of many rows at a time.
#[derive(Debug)]
pub struct Sample {
    /// The row itself.
    pub row: Row,
    service: Option<Counts>,
    response: Option<Counts>,
}

impl From<Row> for Sample {
    fn from(row: Row) -> Self {
        let read = |times: &Option<Latency>| Counts::of(times.as_ref()?);
        Sample {
            service: read(&row.service),
            response: read(&row.response),
            row,
        }
    }
}

impl From<Sample> for Row {
    fn from(sample: Sample) -> Self {
        sample.row
    }
}

impl Sample {
    /// Takes times whose histogram cannot be read out of the row, whose other figures
    /// do without, and says which.
    pub(crate) fn without_unreadable(&mut self) -> Vec<Fault> {
        let row = &mut self.row;
        let times = [
            ("service", self.service.is_some(), &mut row.service),
            ("response", self.response.is_some(), &mut row.response),
            ("pacer_lateness", false, &mut row.pacer_lateness),
            ("overshoot", false, &mut row.overshoot),
        ];
        times
            .into_iter()
            .filter(|(_, read, _)| !read)
            .filter_map(|(name, _, times)| sound::unreadable(name, times))
            .collect()
    }
}

impl Fold {
    /// Folds the sample's histograms and versions, and leaves its row without them.
    fn take(&mut self, sample: Sample) -> Row {
        let Sample {
            mut row,
            service,
            response,
        } = sample;
        let good = row.error.is_none();
        let versions = std::mem::take(&mut row.versions);
        let folded = self.place(&row);
        folded.versions.extend(versions);
        let times = row.service.as_mut();
        folded.service.take(times, service.as_ref(), good);
        let times = row.response.as_mut();
        folded.response.take(times, response.as_ref(), good);
        let unmerged = [&mut row.pacer_lateness, &mut row.overshoot];
        for times in unmerged.into_iter().flatten() {
            times.hdr = String::new();
        }
        row
    }

    fn place(&mut self, row: &Row) -> &mut Folded {
        if !self.of.contains_key(&row.cell) {
            self.of.insert(row.cell.clone(), Vec::new());
        }
        let ways = self.of.entry(row.cell.clone()).or_default();
        let own = Identity::of(row);
        let at = ways.iter().position(|(way, _)| *way == own);
        let at = at.unwrap_or_else(|| {
            ways.push((own.into_owned(), Folded::default()));
            ways.len() - 1
        });
        &mut ways[at].1
    }

    /// What was folded of rows like this one.
    pub fn of(&self, row: &Row) -> Option<&Folded> {
        let own = Identity::of(row);
        let mut ways = self.of.get(&row.cell)?.iter();
        ways.find(|(way, _)| *way == own).map(|(_, folded)| folded)
    }

    /// Versions of all that was measured.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<&str, &str> {
        let all = self.of.values().flatten();
        all.flat_map(|(_, folded)| &folded.versions)
            .map(|(name, version)| (name.as_str(), version.as_str()))
            .collect()
    }
}

/// Rows without what was folded of them, in their order.
#[derive(Debug, Default)]
pub struct Digest {
    /// Those that compare.
    pub rows: Vec<Row>,
    /// Those of searches for a capacity, which are told in tables of their own.
    pub searches: Vec<Row>,
    /// What they had.
    pub fold: Fold,
    /// What the run measured of itself.
    pub controls: Vec<control::Reading>,
}

impl Digest {
    /// Adds a row.
    pub fn push(&mut self, sample: impl Into<Sample>) {
        let row = self.fold.take(sample.into());
        if objective::searched(&row) {
            self.searches.push(row);
        } else {
            self.rows.push(row);
        }
    }

    /// Adds another digest, of other cells. Controls are of one run, and are left out.
    pub fn extend(&mut self, other: Digest) {
        self.rows.extend(other.rows);
        self.searches.extend(other.searches);
        self.fold.of.extend(other.fold.of);
    }

    /// Whether there is not a single row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.searches.is_empty()
    }

    /// Whether there are rows, and every one of them failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        let mut rows = self.rows.iter().chain(&self.searches);
        !self.is_empty() && rows.all(|row| row.error.is_some())
    }
}

impl FromIterator<Row> for Digest {
    fn from_iter<T: IntoIterator<Item = Row>>(rows: T) -> Self {
        let mut digest = Digest::default();
        rows.into_iter().for_each(|row| digest.push(row));
        digest
    }
}
