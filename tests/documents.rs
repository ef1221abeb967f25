//! Documents hold together: every link and anchor leads somewhere, and a long page
//! begins with a list of its sections.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bakeoff::base::word::Named;
use bakeoff::kit::capability::Capability;
use bakeoff::model::lacks;
use bakeoff::registry;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All pages that people read, with their text outside of code.
fn pages() -> Vec<(PathBuf, String)> {
    let mut found = vec![
        root().to_owned(),
        root().join("docs"),
        root().join(".github"),
    ]
    .into_iter()
    .flat_map(|folder| std::fs::read_dir(folder).unwrap())
    .map(|entry| entry.unwrap().path())
    .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
    .collect::<Vec<_>>();
    found.sort();
    assert!(found.len() > 10, "{found:?}");
    let text = |path: &PathBuf| prose(&std::fs::read_to_string(path).unwrap());
    found
        .into_iter()
        .map(|path| (path.clone(), text(&path)))
        .collect()
}

/// The lines that are not in a fenced block.
fn prose(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// What GitHub makes of a heading: lower case, hyphens for spaces, without marks.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn headings<'a>(text: &'a str, marks: &str) -> Vec<&'a str> {
    let lines = text.lines();
    lines
        .filter_map(|line| line.strip_prefix(marks)?.strip_prefix(' '))
        .collect()
}

/// Anchors of a page; a heading that comes again is numbered.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with('#')) {
        let name = anchor(line.trim_start_matches('#'));
        let again = (1..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone()).chain(again);
        let free = { free }.find(|name| !found.contains(name)).unwrap();
        found.insert(free);
    }
    found
}

/// Targets of links and pictures, without those of the web.
fn links(text: &str) -> Vec<String> {
    let behind = text.split("](").skip(1);
    let targets = behind.filter_map(|rest| rest.split([')', ' ']).next());
    let targets = targets.map(|target| target.trim().to_owned());
    targets
        .filter(|target| !target.starts_with("http"))
        .collect()
}

/// What is wrong with the links of `path`, whose text is `text`.
fn broken(path: &Path, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for link in links(text) {
        let (file, name) = link.split_once('#').unwrap_or((&link, ""));
        let target = match file {
            "" => path.to_owned(),
            file => path.parent().unwrap().join(file),
        };
        if !target.exists() {
            wrong.push(format!("{}: no file {file}", path.display()));
        } else if !name.is_empty() {
            let text = prose(&std::fs::read_to_string(&target).unwrap());
            if !anchors(&text).contains(name) {
                wrong.push(format!("{}: {file} has no #{name}", path.display()));
            }
        }
    }
    wrong
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let links: usize = pages.iter().map(|(_, text)| links(text).len()).sum();
    assert!(links > 100, "{links}");
    let wrong: Vec<String> = pages
        .iter()
        .flat_map(|(path, text)| broken(path, text))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_broken_link_is_seen() {
    let page = root().join("README.md");
    let text = "[a](docs/CI.md) [b](docs/NONE.md) [c](docs/CI.md#no-such) ![d](none.svg) [e](#no)";
    assert_eq!(broken(&page, text).len(), 4, "{:?}", broken(&page, text));
    assert_eq!(anchor("What `a` is, and (not) b"), "what-a-is-and-not-b");
}

/// Words from which on a page has a list of its sections.
const LONG: usize = 1500;

#[test]
fn a_long_page_begins_with_its_sections() {
    let long: Vec<_> = pages()
        .into_iter()
        .filter(|(path, text)| {
            // README is its own list; the changelog is read from its top.
            let name = path.file_name().unwrap();
            let own = name == "README.md" || name == "CHANGELOG.md";
            !own && text.split_whitespace().count() > LONG
        })
        .collect();
    assert!(long.len() >= 4, "{}", long.len());
    for (path, text) in long {
        let (top, _) = text.split_once("\n## ").unwrap();
        let listed: Vec<String> = links(top)
            .into_iter()
            .filter_map(|link| Some(link.strip_prefix('#')?.to_owned()))
            .collect();
        let sections: Vec<String> = headings(&text, "##").into_iter().map(anchor).collect();
        assert_eq!(listed, sections, "{}", path.display());
    }
}

/// Pages and helps name other pages by `docs/NAME.md`.
#[test]
fn every_page_that_code_names_is_there() {
    let mut folders = vec![
        root().join("src"),
        root().join("measure"),
        root().join("benches"),
        root().join("tests"),
    ];
    let mut named = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            for rest in text.split("docs/").skip(1) {
                let name: String = rest.chars().take_while(char::is_ascii_uppercase).collect();
                if name.len() > 1
                    && rest[name.len()..].starts_with(".md")
                    && name != "NAME"
                    && name != "NONE"
                {
                    named += 1;
                    let page = root().join(format!("docs/{name}.md"));
                    assert!(page.exists(), "{} names {name}.md", path.display());
                }
            }
        }
    }
    assert!(named > 5, "{named}");
}

#[test]
fn every_script_that_a_page_names_is_there() {
    let mut named = BTreeSet::new();
    for (_, text) in pages() {
        for rest in text.split("`scripts/").skip(1) {
            let name = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
            named.insert(rest.chars().take_while(name).collect::<String>());
        }
    }
    assert!(named.len() > 8, "{named:?}");
    for name in named {
        assert!(
            root().join("scripts").join(&name).exists(),
            "scripts/{name}"
        );
    }
}

/// The table of models and capabilities, of the models that this build has.
fn offers() -> Vec<String> {
    let all = Capability::ALL.iter();
    let names: Vec<&str> = all.map(|capability| capability.name()).collect();
    let mut lines = vec![
        format!("| model | {} |", names.join(" | ")),
        format!("|---{}|", "|---".repeat(names.len())),
    ];
    lines.extend(registry::models().iter().map(|model| {
        let offered = registry::offers(model.name);
        let cells = Capability::ALL.iter().map(|capability| {
            if offered.contains(capability) {
                "yes"
            } else {
                lacks::why(model, *capability)
            }
        });
        let cells: Vec<&str> = cells.collect();
        format!("| `{}` | {} |", model.name, cells.join(" | "))
    }));
    lines
}

#[test]
fn the_table_of_who_offers_what_is_the_registrys() {
    const BEGIN: &str = "<!-- offers: begin -->\n";
    const END: &str = "<!-- offers: end -->";
    let path = root().join("docs/MODELS.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (told, after) = rest.split_once(END).unwrap();
    let all = cfg!(all(feature = "all-models", target_os = "linux"));
    if all && std::env::var_os("UPDATE_MODELS").is_some() {
        let table = offers().join("\n");
        std::fs::write(&path, format!("{before}{BEGIN}{table}\n{END}{after}")).unwrap();
        return;
    }
    let told: Vec<&str> = told.lines().collect();
    let missing: Vec<String> = offers()
        .into_iter()
        .filter(|line| !told.contains(&line.as_str()))
        .collect();
    assert!(missing.is_empty(), "not in docs/MODELS.md: {missing:#?}");
    // Of models that this build has not, it cannot know.
    assert!(!all || told.len() == offers().len(), "{told:#?}");
}
