//! From rows to all that is written beside them: tables, charts and the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::analysis::panel::index;
use super::analysis::panel::{Panel, panels};
use super::analysis::study::studies;
use super::analysis::summary::{Summary, summarise_folded};
use super::chart::{Caption, Frame, Kind, Subject};
use super::claims::{self};
use super::contents::{Contents, File, Words};
use super::page::page;
use super::text::capacity;
use super::text::controls;
use super::text::cost;
use super::text::grid::Style;
use super::text::table;
use crate::base::at_once::at_once;
use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::record::fold::Digest;

/// All files that are rendered from rows: `tables.md`, `charts/*.svg` and
/// `report.html`. The same rows give the same bytes.
#[must_use]
pub fn files(digest: &Digest, caption: &Caption, words: &Words) -> Vec<File> {
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    let panels = panels(&summaries);
    let contents = Contents::of(&panels, digest);
    let mut files = Vec::new();
    let frame = Frame::of(caption);
    files.extend(charts(Subject::All(&contents.studies), "", &frame));
    let studies: Vec<_> = contents.slugs.iter().zip(&contents.studies).collect();
    let drawn = at_once(&studies, |(slug, study)| {
        charts(Subject::Scenario(study), &format!("{slug}-"), &frame)
    });
    files.extend(drawn.into_iter().flatten());
    for (slug, sweep) in contents.sweep_slugs.iter().zip(&contents.sweeps) {
        let subject = Subject::Sweep(sweep, &contents.index);
        files.extend(charts(subject, &format!("{slug}-"), &frame));
    }
    files.push((
        "tables.md".into(),
        tables(&contents, &panels, caption, words),
    ));
    files.push(("report.html".into(), page(&contents, caption, words)));
    files
}

/// Every chart of `subject`; `before` stands before its name.
fn charts(subject: Subject<'_, '_, '_>, before: &str, frame: &Frame) -> Vec<File> {
    let draw = |kind: Kind| {
        let chart = kind.drawing(subject)?(frame);
        Some((format!("charts/{before}{}.svg", kind.name()), chart.svg))
    };
    Kind::ALL.into_iter().filter_map(draw).collect()
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
    for kind in Kind::ALL {
        let drawn = kind.drawing(Subject::All(&contents.studies));
        if let (Some(alt), Some(_)) = (kind.alt(), drawn) {
            let _ = write!(out, "![{alt}](charts/{}.svg)\n\n", kind.name());
        }
    }
    if !contents.rows.is_empty() {
        let (studies, rows) = (&contents.studies, &contents.index);
        out += &table::whole_of(panels, studies, rows, &words.notes, &Style::MARKDOWN);
    }
    out += &controls::told(contents.controls, &Style::MARKDOWN);
    out += &capacity::tables(contents.searches, &Style::MARKDOWN);
    let costs = cost::beside(&words.costs, contents.cells(), &Style::MARKDOWN);
    if !costs.is_empty() {
        out.push('\n');
        out += &costs;
    }
    let found = claims::findings(&words.claims, contents.rows);
    let found = claims::measured(&found, &Style::MARKDOWN);
    if !found.is_empty() {
        out += "\n## Findings\n\n";
        out += &found;
    }
    out
}

/// What the models of these rows cost to write and to keep, beside their figures; nothing
/// where this build knows none of them.
#[must_use]
pub fn costs_of(digest: &Digest, words: &Words, style: &Style) -> String {
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    cost::beside(&words.costs, summaries.iter(), style)
}

/// The table over all scenarios, where `of` is `overview` (`quick`: of the quick set's
/// cells alone), or else of the one of that id.
///
/// # Errors
/// [`Usage`](crate::base::error::Error::Usage) for a scenario that no row is of, with the nearest.
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
