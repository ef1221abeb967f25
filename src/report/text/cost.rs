//! What models cost to write and to keep, as tables.

use std::collections::{BTreeMap, BTreeSet};

use super::below::{Below, title};
use super::grid::{Cell, Column, Emphasis, Grid, Markup, Style};
use crate::base::si::{self, ABSENT};
use crate::cost::{Brings, Cost, Costs, Guest, Library, Upkeep};
use crate::record::quantity::{CPU, Quantity, THROUGHPUT};
use crate::report::analysis::summary::Summary;

/// What tables are called that show it.
const TITLE: &str = "What a model costs to write and to keep";
/// The scenario whose figures stand beside the code: models wait in it, as most services
/// do, and every model can serve it.
const BESIDE: &str = "fetch/wait-10ms";
/// Stands behind figures that are of another version.
const OLD: &str = "*";
/// What lines of code are.
const LINES: &str = "lines: code without comments, blanks and tests. A file that several models \
                     share counts for each of them. What all models share does not count, and \
                     neither do the bodies of orders";
/// What crates are.
const CRATES: &str =
    "crates: those that the model adds to the harness, which has none of its own for it";

/// All that is known: a table of models, one of crates, and how both are to be read.
#[must_use]
pub fn table(costs: &Costs, guests: &[Guest], style: &Style) -> String {
    let taken = &costs.measured;
    let about = format!(
        "measured {} with {} on {}",
        taken.date, taken.toolchain, taken.machine
    );
    let mut out = title(TITLE, &about, style);
    out += &models(costs, guests).render(style);
    out.push('\n');
    out += &crates(costs, guests).render(style);
    let mut below = Below::new(style);
    below.line(LINES);
    below.line(
        "kit: what an order asks of its model, as sockets, timers and stations; to schedule: all \
         else",
    );
    below.line(CRATES);
    below.line(
        "build: seconds of a release build of these crates, where the harness's own are built",
    );
    below.line(
        "binary: what they and the model's code add to a stripped release runner that has \
         sequential alone",
    );
    below.line(
        "unsafe: lines with the word in the sources of these crates, for all systems and features",
    );
    below.line(
        "maintained: each crate that the model uses by name, or another of its owner's that the \
         model brings, was released within 18 months before the table's day, and does not say \
         that it is given up",
    );
    outdated(costs.models.iter(), &mut below);
    if style.markup == Markup::Plain {
        out.push('\n');
    }
    out + &below.told()
}

/// The code beside the number: what the models of these cells cost, with their throughput
/// and CPU per order where most models wait; empty where no cell is of a model that this
/// build knows.
pub(crate) fn beside<'a>(
    costs: &Costs,
    cells: impl Iterator<Item = &'a Summary>,
    style: &Style,
) -> String {
    let (mut shown, mut figures) = (BTreeSet::new(), BTreeMap::new());
    for cell in cells.filter(|cell| cell.ranked() && cell.peer.is_none()) {
        shown.insert(cell.model.as_str());
        let id = format!("{BESIDE}/{}", cell.model);
        if cell.cell == id && cell.set.is_empty() {
            figures.entry(cell.model.as_str()).or_insert(cell);
        }
    }
    let models = costs.models.iter();
    let models: Vec<&Cost> = models
        .filter(|cost| shown.contains(cost.model.as_str()))
        .collect();
    if models.is_empty() {
        return String::new();
    }
    let column = Column::new;
    let mut grid = Grid {
        columns: vec![
            column(&["model"], true),
            column(&["lines to", "schedule"], false),
            column(&["lines", "of kit"], false),
            column(&["crates"], false),
            column(&["build,", "s"], false),
            column(&["maintained"], true),
            column(&["orders/s"], false),
            column(&["CPU,", "µs/order"], false),
        ],
        label: "what models cost, beside their figures".into(),
        ..Grid::default()
    };
    for cost in &models {
        let of = |quantity: &Quantity| figures.get(cost.model.as_str())?.of(quantity);
        let mut row = written(cost);
        row.extend([
            kept(cost, |brings| Some(brings.crates.len().to_string())),
            kept(cost, |brings| brings.build_s.map(si::plain)),
            maintained(cost.brings.as_ref()),
            of(&THROUGHPUT).map_or_else(absent, |rate| si::short(rate).into()),
            of(&CPU).map_or_else(absent, |ns| si::plain(ns / 1e3).into()),
        ]);
        grid.rows.push(row);
    }
    grid.apart = grid.rows.len();
    let about = format!("orders/s and CPU are those of {BESIDE} in this run");
    let mut out = title(TITLE, &about, style) + &grid.render(style);
    let mut below = Below::new(style);
    below.line(LINES);
    below.line(CRATES);
    let taken = &costs.measured;
    below.line(&format!(
        "build: a release build of these crates, measured {} with {} on {}: bakeoff list --cost \
         has more",
        taken.date, taken.toolchain, taken.machine
    ));
    outdated(models.into_iter(), &mut below);
    out += &below.told();
    out
}

fn models(costs: &Costs, guests: &[Guest]) -> Grid {
    let column = Column::new;
    let mut grid = Grid {
        columns: vec![
            column(&["model"], true),
            column(&["lines to", "schedule"], false),
            column(&["lines", "of kit"], false),
            column(&["crates"], false),
            column(&["build,", "s"], false),
            column(&["binary,", "kB"], false),
            column(&["unsafe", "lines"], false),
            column(&["maintained"], true),
        ],
        label: "what models cost".into(),
        ..Grid::default()
    };
    for cost in &costs.models {
        let mut row = written(cost);
        row.extend([
            kept(cost, |brings| Some(brings.crates.len().to_string())),
            kept(cost, |brings| brings.build_s.map(si::plain)),
            kept(cost, |brings| {
                let bytes = brings.binary_bytes? as f64;
                Some(si::grouped(bytes / 1e3))
            }),
            kept(cost, |brings| {
                let lines = brings.unsafe_lines? as f64;
                Some(si::grouped(lines))
            }),
            maintained(cost.brings.as_ref()),
        ]);
        grid.rows.push(row);
    }
    grid.apart = grid.rows.len();
    for guest in guests {
        let lines = guest.lines.map(|lines| lines.to_string());
        let mut row = vec![
            Cell::from(guest.model.clone()),
            lines.map_or_else(absent, Cell::from),
        ];
        row.resize_with(grid.columns.len(), absent);
        grid.rows.push(row);
    }
    grid
}

fn crates(costs: &Costs, guests: &[Guest]) -> Grid {
    let column = Column::new;
    let mut grid = Grid {
        columns: vec![
            column(&["crate or library"], true),
            column(&["version"], true),
            column(&["released"], true),
            column(&["newest"], true),
            column(&["released"], true),
            column(&["maintained"], true),
        ],
        label: "crates that models use by name".into(),
        ..Grid::default()
    };
    for library in &costs.crates {
        let newest = library.newest != library.version;
        let or_same = |text: &String| {
            let text = if newest { text.as_str() } else { "the same" };
            Cell::from(text.to_owned())
        };
        grid.rows.push(vec![
            library.name.clone().into(),
            library.version.clone().into(),
            library.released.clone().into(),
            or_same(&library.newest),
            or_same(&library.newest_released),
            upkeep(library),
        ]);
    }
    grid.apart = grid.rows.len();
    let libraries = guests.iter().flat_map(|guest| &guest.libraries);
    for library in libraries.collect::<BTreeSet<_>>() {
        let (name, version) = library.split_once(' ').unwrap_or((library, ABSENT));
        let mut row = vec![Cell::from(name.to_owned()), version.to_owned().into()];
        row.resize_with(grid.columns.len(), absent);
        grid.rows.push(row);
    }
    grid
}

fn written(cost: &Cost) -> Vec<Cell> {
    vec![
        cost.model.clone().into(),
        cost.lines.scheduling.to_string().into(),
        cost.lines.kit.to_string().into(),
    ]
}

/// A figure that was measured, marked where it is of another version.
fn kept(cost: &Cost, told: impl Fn(&Brings) -> Option<String>) -> Cell {
    let Some(brings) = &cost.brings else {
        return absent();
    };
    match told(brings) {
        None => absent(),
        Some(text) if brings.outdated.is_empty() => text.into(),
        Some(text) => Cell {
            text: text + OLD,
            emphasis: Emphasis::Fault,
        },
    }
}

fn maintained(brings: Option<&Brings>) -> Cell {
    match brings {
        None => absent(),
        // The standard library is.
        Some(brings) if brings.maintained => "yes".to_owned().into(),
        Some(_) => Cell {
            text: "no".into(),
            emphasis: Emphasis::Fault,
        },
    }
}

fn upkeep(library: &Library) -> Cell {
    match library.upkeep {
        Upkeep::Maintained => "yes".to_owned().into(),
        Upkeep::ByItsKin => {
            let (kin, day) = (&library.kin, &library.kin_released);
            format!("yes: {kin}, of the same owner, {day}").into()
        }
        Upkeep::NoRelease => fault("no: no release for 18 months"),
        Upkeep::GivenUp => fault(&format!("no: \"{}\"", library.given_up)),
    }
}

fn fault(text: &str) -> Cell {
    Cell {
        text: text.to_owned(),
        emphasis: Emphasis::Fault,
    }
}

fn absent() -> Cell {
    ABSENT.to_owned().into()
}

/// A line for each model that was measured in another version, and one for all that were
/// not measured.
fn outdated<'a>(models: impl Iterator<Item = &'a Cost>, below: &mut Below) {
    let mut not_measured = Vec::new();
    for cost in models {
        let Some(brings) = &cost.brings else {
            not_measured.push(cost.model.as_str());
            continue;
        };
        if !brings.outdated.is_empty() {
            below.line(&format!(
                "{OLD} {} is outdated: measured with {}",
                cost.model,
                brings.outdated.join("; ")
            ));
        }
    }
    if !not_measured.is_empty() {
        below.line(&format!("not measured: {}", not_measured.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Lines, Taken};
    use crate::report::analysis::summary::summarise;
    use crate::report::fixture::cell;

    fn model(name: &str, brings: Option<Brings>) -> Cost {
        Cost {
            model: name.into(),
            lines: Lines {
                scheduling: 61,
                kit: 94,
            },
            files: Vec::new(),
            brings,
        }
    }

    fn library(name: &str, upkeep: Upkeep, given_up: &str) -> Library {
        Library {
            name: name.into(),
            version: "1.0.0".into(),
            released: "2024-08-01".into(),
            newest: "1.1.0".into(),
            newest_released: "2024-09-01".into(),
            kin: "kindred 2.0.0".into(),
            kin_released: "2026-10-01".into(),
            given_up: given_up.into(),
            upkeep,
        }
    }

    fn costs() -> Costs {
        let brings = Brings {
            uses: vec!["tokio".into()],
            crates: vec!["tokio 1.54.1".into(), "mio 1.2.0".into()],
            build_s: Some(9.34),
            binary_bytes: Some(612_345),
            unsafe_lines: Some(1234),
            maintained: true,
            outdated: Vec::new(),
        };
        let old = Brings {
            maintained: false,
            binary_bytes: None,
            outdated: vec!["smol 2.0.1, where 2.0.2 is built now".into()],
            ..brings.clone()
        };
        Costs {
            measured: Taken {
                date: "2026-11-30".into(),
                machine: "oven, 2 CPUs".into(),
                toolchain: "rustc 1.95.0".into(),
            },
            models: vec![
                model(
                    "os-threads",
                    Some(Brings {
                        maintained: true,
                        build_s: Some(0.0),
                        binary_bytes: Some(88_056),
                        unsafe_lines: Some(0),
                        ..Brings::default()
                    }),
                ),
                model("tokio-mt", Some(brings)),
                model("smol", Some(old)),
                model("async-std", None),
            ],
            crates: vec![
                library("tokio", Upkeep::Maintained, ""),
                library("smol", Upkeep::ByItsKin, ""),
                library("monoio", Upkeep::NoRelease, ""),
                library(
                    "async-std",
                    Upkeep::GivenUp,
                    "Deprecated in favor of `smol`",
                ),
            ],
        }
    }

    fn guests() -> Vec<Guest> {
        vec![
            Guest {
                model: "gevent".into(),
                lines: Some(80),
                libraries: vec!["gevent 25.9.1".into()],
            },
            Guest {
                model: "elsewhere".into(),
                ..Guest::default()
            },
        ]
    }

    #[test]
    fn costs_in_plain_text() {
        insta::assert_snapshot!(table(&costs(), &guests(), &Style::PLAIN));
    }

    #[test]
    fn costs_in_markdown() {
        insta::assert_snapshot!(table(&costs(), &guests(), &Style::MARKDOWN));
    }

    #[test]
    fn code_beside_figures_in_markdown() {
        let rows = [
            cell("fetch", "wait-10ms", "tokio-mt", 9000.0, 1),
            cell("fetch", "no-delay", "smol", 4000.0, 1),
            cell("fetch", "wait-10ms", "unknown", 4000.0, 1),
        ]
        .concat();
        let summaries = summarise(&rows);
        let told = beside(&costs(), summaries.iter(), &Style::MARKDOWN);
        insta::assert_snapshot!(told);
        let none = beside(&Costs::default(), summaries.iter(), &Style::MARKDOWN);
        assert_eq!(none, "");
    }
}
