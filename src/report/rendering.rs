//! From rows to all that is written beside them: tables, charts and the page.

use std::collections::{BTreeMap, BTreeSet};

use super::at_once::at_once;
use super::capacity;
use super::chart::{self, Caption, Frame, Kind};
use super::claims::{self, Claim};
use super::fold::Digest;
use super::open_loop::is_open;
use super::page::page;
use super::panel::{Panel, panels, slug};
use super::row::Row;
use super::study::{Index, Study, index, studies};
use super::summary::{Summary, summarise_folded};
use super::sweep::{self, Shown, Sweep};
use super::table::{self, Style};
use crate::error::{Error, Result};
use crate::nearest::unknown;

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
}

/// A file to be written: its path within the results directory, and its text.
pub type File = (String, String);

/// What rows came to, in the order of a page.
pub(super) struct Contents<'p, 'a> {
    /// The rows of no search.
    pub(super) rows: &'a [Row],
    /// The same by cell.
    pub(super) index: Index<'a>,
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
        for shown in sweep::found(panels) {
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

    /// Those whose throughput is their own: in an open loop it is the schedule's.
    pub(super) fn closed(&self) -> Vec<&'p Panel<'a>> {
        let panels = self.studies.iter().map(|study| study.panel);
        panels.filter(|panel| !is_open(panel)).collect()
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

/// All files that are rendered from rows: `tables.md`, `charts/*.svg` and
/// `report.html`. The same rows give the same bytes.
#[must_use]
pub fn files(digest: &Digest, caption: &Caption, words: &Words) -> Vec<File> {
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    let panels = panels(&summaries);
    let contents = Contents::of(&panels, digest);
    let mut files = Vec::new();
    let frame = Frame::of(caption);
    if !contents.closed().is_empty() {
        let overview = chart::overview(&contents.closed(), &frame);
        files.push(("charts/overview.svg".into(), overview.svg));
    }
    if !contents.studies.is_empty() {
        let heatmap = chart::heatmap(&contents.studies, &frame);
        files.push(("charts/heatmap.svg".into(), heatmap.svg));
    }
    let studies: Vec<_> = contents.slugs.iter().zip(&contents.studies).collect();
    let charts = at_once(&studies, |(slug, study)| -> Vec<File> {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.has(study));
        kinds
            .map(|kind| {
                let name = format!("charts/{slug}-{}.svg", kind.name());
                (name, kind.draw(study, &frame).svg)
            })
            .collect()
    });
    files.extend(charts.into_iter().flatten());
    for (slug, sweep) in contents.sweep_slugs.iter().zip(&contents.sweeps) {
        let name = format!("charts/{slug}-load.svg");
        files.push((name, chart::load(sweep, &contents.index, &frame).svg));
    }
    files.push((
        "tables.md".into(),
        tables(&contents, &panels, caption, words),
    ));
    files.push(("report.html".into(), page(&contents, caption, words)));
    files
}

/// All tables in Markdown.
fn tables(
    contents: &Contents<'_, '_>,
    panels: &[Panel<'_>],
    caption: &Caption,
    words: &Words,
) -> String {
    let mut out = String::from("# Results\n\n");
    for line in [&caption.host, &caption.versions] {
        if !line.is_empty() {
            out.push_str(line);
            out.push_str("\n\n");
        }
    }
    if !contents.closed().is_empty() {
        out += "![Throughput of all scenarios](charts/overview.svg)\n\n";
    }
    if !contents.studies.is_empty() {
        out += "![Models by scenarios](charts/heatmap.svg)\n\n";
    }
    if !contents.rows.is_empty() {
        out += table::legend();
        out += "\n\n";
        out += &table::overview_of(panels, &words.notes, &Style::MARKDOWN);
        out.push('\n');
        let (studies, rows) = (&contents.studies, &contents.index);
        out += &table::scenarios_of(panels, studies, rows, &words.notes, &Style::MARKDOWN);
    }
    out += &capacity::tables(contents.searches, &Style::MARKDOWN);
    let found = claims::findings(&words.claims, contents.rows);
    let found = claims::measured(&found, &Style::MARKDOWN);
    if !found.is_empty() {
        out += "\n## Findings\n\n";
        out += &found;
    }
    out
}

/// The table over all scenarios, where `of` is `overview` (`quick`: of the quick set's
/// cells alone), or else of the one of that id.
///
/// # Errors
/// [`Usage`](crate::error::Error::Usage) for a scenario that no row is of, with the nearest.
pub fn table_of(digest: &Digest, of: &str, words: &Words, style: &Style) -> Result<String> {
    let id = |cell: &Summary| format!("{}/{}", cell.workload, cell.scenario);
    let mut summaries = summarise_folded(&digest.rows, &digest.fold);
    if of == "quick" {
        summaries.retain(|cell| words.quick.contains(&cell.cell));
        if summaries.is_empty() {
            return Err(Error::Usage("no cell of the quick set was measured".into()));
        }
    }
    if matches!(of, "overview" | "quick") {
        return Ok(table::overview_of(&panels(&summaries), &words.notes, style));
    }
    let known: BTreeSet<String> = summaries.iter().map(id).collect();
    summaries.retain(|cell| id(cell) == of);
    if summaries.is_empty() {
        return Err(unknown("scenario", of, known.iter().map(String::as_str)));
    }
    let panels = panels(&summaries);
    let index = index(&digest.rows);
    let studies = studies(&panels, &index);
    Ok(table::scenarios_of(
        &panels,
        &studies,
        &index,
        &words.notes,
        style,
    ))
}
