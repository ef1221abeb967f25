//! Each cell over many runs, in the order of their times: where its level changed, and
//! whether it drifts.
//!
//! A history is broken where the scenario's version or the host changed: what follows
//! is another figure. Versions of crates, of the compiler and of this suite do not
//! break it, for they are what one tracks; a change is named with those that differ
//! between its two runs. See `stats::change_point` for what a change is.

pub(super) mod charts;
mod key;
mod markdown;
mod page;
mod run;
mod series;
mod words;

use crate::base::counted::counted;
use std::collections::BTreeSet;

use super::analysis::panel::slug;
use super::chart::{Caption, Frame};
use super::contents::{File, Words};
use crate::record::quantity::{Quantity, RESPONSE_P50, RESPONSE_P99, THROUGHPUT};

pub(super) use self::run::OF_CELLS;
pub use self::run::Run;
use self::run::on_machine;
pub(super) use self::series::{Change, Kind, Series};
pub(super) use self::words::{broken, missing, told, unchanged};

/// Runs, and what they say of every cell.
#[derive(Clone, Debug)]
pub struct Trend {
    /// In their order.
    pub(super) runs: Vec<Run>,
    /// One a scenario, with what sets it apart.
    pub(super) sections: Vec<Section>,
    /// What the machine itself took for fixed work.
    pub(super) machine: Section,
}

/// What stands together on a page.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) title: String,
    /// A name for files and links, which no other has.
    pub(super) slug: String,
    pub(super) series: Vec<Series>,
}

impl Section {
    /// Its series by figure, each a chart: those of the machine share one.
    pub(super) fn charts(&self) -> Vec<Vec<&Series>> {
        let mut charts: Vec<(Quantity, Vec<&Series>)> = Vec::new();
        for series in &self.series {
            let same = |(figure, _): &&mut (Quantity, _)| {
                *figure == series.figure || on_machine(*figure) && on_machine(series.figure)
            };
            match charts.iter_mut().find(same) {
                Some((_, strips)) => strips.push(series),
                None => charts.push((series.figure, vec![series])),
            }
        }
        charts.sort_by_key(|(figure, _)| OF_CELLS.iter().position(|own| own == figure));
        charts.into_iter().map(|(_, strips)| strips).collect()
    }

    /// The names that its charts may have.
    fn names(&self) -> BTreeSet<String> {
        let all = OF_CELLS.into_iter();
        all.map(|figure| self.chart_name(figure)).collect()
    }

    /// The name of a chart of it.
    pub(super) fn chart_name(&self, figure: Quantity) -> String {
        if on_machine(figure) {
            "trend-machine".to_owned()
        } else if [THROUGHPUT, RESPONSE_P99, RESPONSE_P50].contains(&figure) {
            format!("trend-{}", self.slug)
        } else {
            format!("trend-{}-{}", self.slug, figure.name)
        }
    }
}

impl Trend {
    /// What `runs` say, which are in the order of their times. Hosts that differ in
    /// name alone are one where `across_hosts` says so.
    #[must_use]
    pub fn of(mut runs: Vec<Run>, across_hosts: bool) -> Self {
        let mut machine = series::of_the_machine(&runs, across_hosts);
        series::judge(&mut machine, &runs);
        number(&mut machine);
        let mut cells = series::of_cells(&runs, across_hosts);
        series::judge(&mut cells, &runs);
        for series in &mut cells {
            for change in &mut series.changes {
                change.machine = words::machine(change, &machine, &runs);
            }
        }
        // What was condensed is in the series now.
        for run in &mut runs {
            run.cells = Vec::new();
        }
        let mut sections: Vec<Section> = Vec::new();
        for series in cells {
            let title = series.key.title();
            match sections.last_mut().filter(|section| section.title == title) {
                Some(section) => section.series.push(series),
                None => sections.push(Section {
                    title,
                    slug: String::new(),
                    series: vec![series],
                }),
            }
        }
        let mut taken = BTreeSet::from(["trend-machine".to_owned()]);
        for section in &mut sections {
            section.slug = slug(&section.title);
            // Names that differ in punctuation alone must not share a file.
            while !section.names().iter().all(|name| !taken.contains(name)) {
                section.slug.push_str("-also");
            }
            taken.extend(section.names());
            for figure in OF_CELLS {
                let own = section.series.iter_mut();
                number(own.filter(|series| series.figure == figure));
            }
        }
        Trend {
            runs,
            sections,
            machine: Section {
                title: "The machine itself".into(),
                slug: "machine".into(),
                series: machine,
            },
        }
    }

    /// How many cells any run has.
    #[must_use]
    pub fn cells(&self) -> usize {
        let series = self.sections.iter().flat_map(|section| &section.series);
        let names: BTreeSet<String> = series.map(|series| series.key.name()).collect();
        names.len()
    }

    /// How many changes of cells are shown: of level, and drifts.
    #[must_use]
    pub fn changes(&self) -> (usize, usize) {
        let all = self.changed();
        let steps = all
            .iter()
            .filter(|(_, _, change)| change.kind == Kind::Step);
        let steps = steps.count();
        (steps, all.len() - steps)
    }

    /// Runs, cells and what changed, in a line.
    #[must_use]
    pub fn line(&self) -> String {
        let (steps, drifts) = self.changes();
        format!(
            "{}, {}: {}, {}",
            counted(self.runs.len(), "run"),
            counted(self.cells(), "cell"),
            counted(steps, "change point"),
            counted(drifts, "drift"),
        )
    }

    /// Every change of a cell, the largest slowdown first.
    pub(super) fn changed(&self) -> Vec<(&Section, &Series, &Change)> {
        let mut all: Vec<(&Section, &Series, &Change)> = self
            .sections
            .iter()
            .flat_map(|section| section.series.iter().map(move |series| (section, series)))
            .flat_map(|(section, series)| {
                let changes = series.changes.iter();
                changes.map(move |change| (section, series, change))
            })
            .collect();
        all.sort_by(|(_, a, one), (_, b, other)| b.cost(other).total_cmp(&a.cost(one)));
        all
    }

    /// All sections with a chart, that of the machine last.
    pub(super) fn all(&self) -> impl Iterator<Item = &Section> {
        let machine = std::iter::once(&self.machine).filter(|of| !of.series.is_empty());
        self.sections.iter().chain(machine)
    }

    /// `trend.html`, `trend.md` and `charts/trend-*.svg`. The same runs give the same
    /// bytes.
    #[must_use]
    pub fn files(&self, words: &Words) -> Vec<File> {
        let caption = words::caption(&self.runs, &self.sections);
        let mut files = Vec::new();
        for section in self.all() {
            for strips in section.charts() {
                let name = section.chart_name(strips[0].figure);
                let chart = charts::trend(section, &strips, &self.runs, &Frame::of(&caption));
                files.push((format!("charts/{name}.svg"), chart.svg));
            }
        }
        files.push(("trend.md".into(), markdown::text(self, &caption)));
        files.push(("trend.html".into(), page::page(self, &caption, words)));
        files
    }
}

/// Numbers the changes of one chart.
fn number<'a>(series: impl IntoIterator<Item = &'a mut Series>) {
    let changes = series.into_iter().flat_map(|series| &mut series.changes);
    for (change, number) in changes.zip(1..) {
        change.number = number;
    }
}

/// What stands on every page above the results.
fn sampled(runs: &[Run], caption: &Caption) -> Vec<String> {
    vec![
        words::runs(runs),
        caption.host.clone(),
        caption.versions.clone(),
    ]
}

#[cfg(test)]
mod tests;
