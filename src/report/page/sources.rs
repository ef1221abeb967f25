//! The file that each model is written in, as a part of the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::analysis::panel::slug;
use super::super::contents::Words;
use super::super::text::html::escaped;

/// A link to the model's file further down; `None` of a model that this build does not
/// know.
pub(super) fn link(model: &str, words: &Words) -> Option<String> {
    let (path, _) = words.sources.get(model)?;
    let path = escaped(path);
    Some(format!("<a href=\"#{}\">{path}</a>", place(&path)))
}

/// The files of `models`, each once.
pub(super) fn texts(models: &BTreeSet<&str>, words: &Words) -> String {
    let of = |model: &&str| words.sources.get(*model);
    let files: BTreeMap<&String, &String> = models
        .iter()
        .filter_map(of)
        .map(|(path, text)| (path, text))
        .collect();
    let mut out = String::new();
    for (path, text) in files {
        let (id, path) = (place(path), escaped(path));
        let _ = writeln!(
            out,
            "<details id=\"{id}\" class=\"source\"><summary>{path}</summary>\
             <pre tabindex=\"0\"><code>{}</code></pre></details>",
            lines(text)
        );
    }
    out
}

fn place(path: &str) -> String {
    format!("source-{}", slug(path))
}

/// Code as HTML takes it, which keeps its lines.
fn lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escaped).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_two_models_stands_once_and_both_link_to_it() {
        let source = ("src/a_b.rs".to_owned(), "if a < b {\n}\n".to_owned());
        let words = Words {
            sources: [
                ("one".to_owned(), source.clone()),
                ("two".to_owned(), source),
            ]
            .into(),
            ..Words::default()
        };
        let all = texts(&BTreeSet::from(["one", "two", "three"]), &words);
        assert_eq!(all.matches("<details").count(), 1, "{all}");
        assert!(all.contains("<code>if a &lt; b {\n}</code>"), "{all}");
        for model in ["one", "two"] {
            let link = link(model, &words).unwrap();
            let id = link.split('#').nth(1).unwrap().split('"').next().unwrap();
            assert!(all.contains(&format!("id=\"{id}\"")), "{link} {all}");
        }
        assert_eq!(link("three", &words), None);
    }
}
