//! The order of the source: a layer may import from those below it alone, and no
//! files import each other in a circle. So every part can be read, tested and
//! changed with nothing in mind but what it stands on.

#[path = "house/imports.rs"]
mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use imports::{Import, Read};

/// The layers, from top to bottom. What stands in a folder belongs to its longest
/// name in this list.
const LAYERS: [&str; 37] = [
    "main",
    "cli",
    "laws",
    "campaign",
    "results",
    "report",
    "report/rendering",
    "report/pick",
    "report/splice",
    "report/trend",
    "report/page",
    "report/contents",
    "report/claims",
    "report/comparison",
    "report/ab",
    "report/export",
    "report/chart",
    "report/chart/drawing",
    "report/text",
    "report/analysis",
    "cost",
    "lab",
    "selection",
    "scenarios",
    "registry",
    "peers",
    "runner",
    "server",
    "model",
    "protocol",
    "engine",
    "record",
    "workload",
    "kit",
    "http1",
    "host",
    "stats",
];

/// What everything stands on.
const GROUND: &str = "base";

/// Where the two crates have their source: what stands in the lower cannot import from
/// the upper, and `crate::` means in both what stands in both.
const SOURCES: [&str; 2] = ["src", "measure/src"];

/// The highest layer of the lower crate.
const LOWER: &str = "lab";

/// Where the file of `module` is.
fn folder(module: &[String]) -> &'static str {
    let lower = LAYERS.iter().position(|layer| *layer == LOWER);
    SOURCES[usize::from(place(module) >= lower)]
}

/// A layer's place from above; `None` for a file that stands in none.
fn place(module: &[String]) -> Option<usize> {
    let within = |layer: &str| {
        layer.split('/').count() <= module.len() && {
            let mut parts = layer.split('/').zip(module);
            parts.all(|(part, own)| part == own)
        }
    };
    if within(GROUND) {
        return Some(LAYERS.len());
    }
    let layers = LAYERS.iter().enumerate();
    let longest = layers
        .filter(|(_, layer)| within(layer))
        .max_by_key(|(_, layer)| layer.len());
    // `report` itself is what names its layers: whatever stands in it has a layer.
    longest
        .map(|(at, _)| at)
        .filter(|&at| LAYERS[at] != "report" || module.len() == 1)
}

fn name(place: usize) -> &'static str {
    LAYERS.get(place).copied().unwrap_or(GROUND)
}

/// What is wrong with the order of `files`, each a path within its crate's source and its text.
fn faults(files: &[(String, String)]) -> Vec<String> {
    let read: Vec<Read> = files
        .iter()
        .map(|(path, text)| imports::read(path, text))
        .collect();
    let for_tests: BTreeSet<&Vec<String>> = read.iter().flat_map(|file| &file.for_tests).collect();
    let is_for_tests = |module: &[String]| {
        (1..=module.len()).any(|end| for_tests.contains(&module[..end].to_vec()))
    };
    let modules: BTreeSet<&[String]> = read.iter().map(|file| file.module.as_slice()).collect();
    let mut faults = Vec::new();
    let mut edges: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
    for file in read
        .iter()
        .filter(|file| !is_for_tests(&file.module) && !file.module.is_empty())
    {
        let Some(own) = place(&file.module) else {
            faults.push(format!(
                "{}: it stands in no layer: give it one in tests/house.rs",
                file.path
            ));
            continue;
        };
        for Import { line, path } in &file.imports {
            let to = (1..=path.len()).rev().map(|end| &path[..end]);
            let Some(to) = to.into_iter().find_map(|to| modules.get(to).copied()) else {
                continue;
            };
            if place(to).is_some_and(|there| there < own) {
                faults.push(format!(
                    "{}/{}:{line}: '{}' imports {}, which stands above it in '{}'",
                    folder(&file.module),
                    file.path,
                    name(own),
                    path.join("::"),
                    place(to).map_or("", name),
                ));
            }
            // A folder's own file names what is in it, and what is in it uses that.
            if !to.starts_with(&file.module) && !file.module.starts_with(to) {
                edges.entry(&file.module).or_default().insert(to);
            }
        }
    }
    faults.extend(circles(&edges));
    faults
}

/// Files that reach each other, a line for each circle.
fn circles(edges: &BTreeMap<&[String], BTreeSet<&[String]>>) -> Vec<String> {
    let reach = |from: &[String]| {
        let mut seen: BTreeSet<&[String]> = BTreeSet::new();
        let mut open: Vec<&[String]> = edges.get(from).into_iter().flatten().copied().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(edges.get(next).into_iter().flatten().copied());
            }
        }
        seen
    };
    let reached: BTreeMap<&[String], BTreeSet<&[String]>> =
        edges.keys().map(|&from| (from, reach(from))).collect();
    let mut told: BTreeSet<Vec<String>> = BTreeSet::new();
    for (from, seen) in reached.iter().filter(|(from, seen)| seen.contains(**from)) {
        let back = seen
            .iter()
            .filter(|to| reached.get(**to).is_some_and(|seen| seen.contains(from)));
        told.insert(back.map(|to| to.join("::")).collect());
    }
    told.into_iter()
        .map(|circle| format!("a circle: {}", circle.join(", ")))
        .collect()
}

/// Every source file of both crates, by its path within its crate's source.
fn all_sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for source in SOURCES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        sources(&folder, "", &mut files);
    }
    // Each crate's root only names its modules.
    files.retain(|(path, _)| path != "lib.rs");
    files
}

/// Every source file below `folder`, by its path within it.
fn sources(folder: &Path, within: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{within}{}", entry.file_name().into_string().unwrap());
        if entry.file_type().unwrap().is_dir() {
            sources(&entry.path(), &format!("{path}/"), files);
        } else if path.ends_with(".rs") {
            files.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

#[test]
fn a_layer_imports_only_from_those_below_it() {
    let files = all_sources();
    assert!(files.len() > 100);
    let faults = faults(&files);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_layer_is_there() {
    for layer in LAYERS.iter().chain([&GROUND]) {
        let module: Vec<String> = layer.split('/').map(str::to_owned).collect();
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(folder(&module))
            .join(format!("{layer}.rs"));
        assert!(file.exists(), "{}", file.display());
    }
}

/// Cargo builds what a crate names, so a file in the other crate would just be lost.
#[test]
fn every_file_stands_in_the_crate_of_its_layer() {
    for source in SOURCES {
        let mut files = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        sources(&root, "", &mut files);
        for (path, text) in &files {
            let module = imports::read(path, text).module;
            let own = module.is_empty() || folder(&module) == source;
            assert!(own, "{source}/{path} belongs in {}", folder(&module));
        }
    }
}

#[test]
fn a_folder_is_named_by_a_file_beside_it() {
    let files = all_sources();
    let within: Vec<_> = files
        .iter()
        .filter(|(path, _)| path.ends_with("mod.rs"))
        .collect();
    assert!(within.is_empty(), "{within:?}");
}

fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    faults(&files)
}

#[test]
fn what_looks_upwards_is_found_however_it_is_written() {
    let above = ("lab/cell.rs", "pub struct OpenCell;");
    let ways = [
        "use crate::lab::cell::OpenCell;",
        "use crate::{base, lab::{cell::{self, OpenCell}, Lab}};",
        "fn f() { crate::lab::cell::OpenCell }",
        "use super::super::lab::cell::OpenCell;",
        "mod inner { use super::super::super::lab::cell::OpenCell; }",
    ];
    for way in ways {
        let text = format!("//! Rows.\n{way}\n");
        let faults = planted(&[above, ("record/row.rs", &text)]);
        assert_eq!(
            faults.len(),
            way.matches("OpenCell").count() + way.matches("self").count(),
            "{way}: {faults:?}"
        );
        assert!(
            faults[0].starts_with("measure/src/record/row.rs:2: 'record' imports lab::cell"),
            "{faults:?}"
        );
        // The same is nothing from above.
        assert_eq!(planted(&[above, ("cli/row.rs", &text)]), [""; 0], "{way}");
    }
    let drawn = (
        "report/chart/drawing/axis.rs",
        "use crate::report::chart::bars::Bars;",
    );
    assert_eq!(planted(&[drawn, ("report/chart/bars.rs", "")]).len(), 1);
}

#[test]
fn what_is_said_or_tested_is_no_import() {
    let text = r##"
        //! See [`crate::lab`].
        /* use crate::lab::cell; /* nested */ */
        const A: &str = "use crate::lab::cell;";
        const B: &str = r#"use "crate::lab::cell";"#;
        const C: char = '"';
        pub(in crate::record) struct Row<'a>(&'a str);
        #[cfg(test)]
        use crate::lab::cell;
        #[cfg(test)]
        mod tests { use crate::lab::cell; }
        #[cfg(test)]
        mod fixture;
    "##;
    let fixture = ("record/fixture.rs", "use crate::lab::cell;");
    let record = ("record.rs", text);
    assert_eq!(planted(&[("lab/cell.rs", ""), record, fixture]), [""; 0]);
}

#[test]
fn circles_and_files_without_a_layer_are_found() {
    let files = [
        ("stats/holm.rs", "use super::ratio;"),
        ("stats/ratio.rs", "use super::verdict;"),
        ("stats/verdict.rs", "use super::holm; use super::quantile;"),
        ("stats/quantile.rs", ""),
        ("stats.rs", "mod holm; pub use self::holm::holm;"),
    ];
    assert_eq!(
        planted(&files),
        ["a circle: stats::holm, stats::ratio, stats::verdict"]
    );
    assert_eq!(planted(&files[..2]), [""; 0]);
    for path in ["attic.rs", "report/attic.rs"] {
        let faults = planted(&[(path, "")]);
        assert!(faults[0].contains("stands in no layer"), "{faults:?}");
    }
}

/// Readers look for the rooms in docs/ARCHITECTURE.md, in this order.
#[test]
fn the_page_lists_every_layer_in_its_order() {
    let page = include_str!("../docs/ARCHITECTURE.md");
    let (_, rooms) = page.split_once("\n## Rooms\n").unwrap();
    let (rooms, _) = rooms.split_once("\n## ").unwrap();
    let listed = rooms
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name);
    // The page has the rooms of `report` in a list of their own.
    let (within, outside): (Vec<&str>, Vec<&str>) =
        listed.partition(|name| name.starts_with("report/"));
    let (own, others): (Vec<&str>, Vec<&str>) = LAYERS
        .into_iter()
        .chain([GROUND])
        .filter(|name| *name != "main")
        .partition(|name| name.starts_with("report/"));
    assert_eq!((within, outside), (own, others));
}
