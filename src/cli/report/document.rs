//! Documents that show what rows say: their blocks are filled, or held to the rows.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::base::error::{Error, Result};
use crate::base::unwritable::cannot;
use crate::cli::say;
use crate::report::analysis::panel::slug;
use crate::report::chart::Kind;
use crate::report::claims::{findings, measured};
use crate::report::contents::{File, Words};
use crate::report::rendering::{costs_of, files, table_of};
use crate::report::splice::{differs, splice};
use crate::report::text::grid::Style;
use crate::results::notebook::words;
use crate::results::{self, Known};

use super::write;

/// A document, and the results directory that fills its blocks.
struct Document<'a> {
    path: &'a Path,
    dir: &'a Path,
    /// Whether models of other programs are ranked among ours, which its command says too.
    ranks_peers: bool,
    text: String,
}

/// How documents are filled.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// Nothing is written, and what would change fails.
    pub(super) check: bool,
    /// Models of other programs are ranked among ours.
    pub(super) ranks_peers: bool,
}

/// What a directory says, rendered.
struct Source<'a> {
    known: &'a Known,
    /// The command that measured it, where it is known.
    measured_by: Option<String>,
    words: Words,
    files: Vec<File>,
}

/// A document as it should be.
struct Filled {
    text: String,
    /// The charts that it shows.
    shown: Vec<String>,
}

/// Fills the blocks of these documents and renders the directory, or checks that nothing
/// would change. Where one cannot be filled, none is written.
pub(super) fn fill(paths: &[PathBuf], dir: &Path, known: &Known, asked: &Asked) -> Result<()> {
    let read = |path| Document::read(path, dir, asked.ranks_peers);
    let documents: Result<Vec<_>> = paths.iter().map(read).collect();
    let documents = documents?;
    let words = words();
    let source = Source {
        known,
        measured_by: results::command(dir),
        files: files(&known.digest, &known.caption, &words),
        words,
    };
    let filled: Result<Vec<_>> = documents.iter().map(|one| one.filled(&source)).collect();
    let filled = filled?;
    if asked.check {
        for (document, filled) in documents.iter().zip(&filled) {
            document.check(filled, &source.files)?;
            say(&format!(
                "{} shows what {} says\n",
                document.path.display(),
                dir.display()
            ))?;
        }
        return Ok(());
    }
    results::save(dir, &source.files)?;
    for (document, filled) in documents.iter().zip(&filled) {
        write(document.path, filled.text.as_bytes())?;
        say(&format!("{}\n", document.path.display()))?;
    }
    Ok(())
}

impl<'a> Document<'a> {
    fn read(path: &'a PathBuf, dir: &'a Path, ranks_peers: bool) -> Result<Self> {
        let text =
            fs::read_to_string(path).map_err(|error| Error::Usage(cannot("read", path, &error)))?;
        Ok(Document {
            path,
            dir,
            ranks_peers,
            text,
        })
    }

    fn filled(&self, source: &Source<'_>) -> Result<Filled> {
        let link = link(self.path, self.dir)?;
        // The commands stand once, where the document says how rows came about.
        let told = self.text.contains("<!-- bakeoff:begin facts -->");
        let made_by = format!("Made by `{}`.", self.command());
        let mut shown = Vec::new();
        let text = splice(&self.text, &self.path.display().to_string(), |what| {
            let block = source.block(what, &link, &mut shown)?;
            let block = block.trim_end();
            Ok(match what {
                ["facts"] => format!("{block} {made_by}"),
                _ if told => block.to_owned(),
                _ => format!("{block}\n\n{made_by}"),
            })
        })?;
        Ok(Filled { text, shown })
    }

    fn command(&self) -> String {
        let (dir, path) = (self.dir.display(), self.path.display());
        let ranked = if self.ranks_peers {
            " --rank-peers"
        } else {
            ""
        };
        format!("bakeoff report {dir}{ranked} --splice {path}")
    }

    /// Fails unless the document, the charts that it shows and whatever else is
    /// rendered beside the rows are what the rows say.
    fn check(&self, filled: &Filled, files: &[File]) -> Result<()> {
        if let Some(line) = differs(&self.text, &filled.text) {
            return Err(Error::Failed(format!(
                "{}:{line}: not what {} says: run `{}`",
                self.path.display(),
                self.dir.display(),
                self.command()
            )));
        }
        for (name, rendered) in files {
            let path = self.dir.join(name);
            let there = fs::read_to_string(&path).ok();
            let same = there.as_ref().map(|there| there == rendered);
            if !same.unwrap_or(!filled.shown.contains(name)) {
                return Err(Error::Failed(format!(
                    "{}: not what the rows say: run `{}`",
                    path.display(),
                    self.command()
                )));
            }
        }
        Ok(())
    }
}

impl Source<'_> {
    /// What stands in the block of these words, where `link` is the way to the directory
    /// from the document; a chart's file is added to `shown`.
    fn block(&self, what: &[&str], link: &str, shown: &mut Vec<String>) -> Result<String> {
        match what {
            ["facts"] => Ok(self.facts(link)),
            ["findings"] => {
                let found = findings(&self.words.claims, &self.known.digest.rows);
                Ok(measured(&found, &Style::MARKDOWN))
            }
            ["findings", peer] => {
                let mut claims = self.words.claims.clone();
                claims.retain(|claim| claim.peers.iter().any(|own| own == peer));
                if claims.is_empty() {
                    return Err(Error::Usage(format!("no claim is about {peer}")));
                }
                let found = findings(&claims, &self.known.digest.rows);
                Ok(measured(&found, &Style::MARKDOWN))
            }
            ["cost"] => {
                // Two tables of halves could not be compared.
                let whole = Style {
                    width: usize::MAX,
                    ..Style::MARKDOWN
                };
                let costs = costs_of(&self.known.digest, &self.words, &whole);
                // Its heading is the document's own.
                Ok(costs
                    .split_once("\n\n")
                    .map_or(String::new(), |(_, rest)| rest.to_owned()))
            }
            ["chart", rest @ ..] => {
                let (name, alt) = chart_file(rest)?;
                if !self.files.iter().any(|(file, _)| *file == name) {
                    return Err(Error::Usage(format!(
                        "no chart '{}' of these rows",
                        rest.join(" ")
                    )));
                }
                let picture = format!("![{alt}]({link}/{name})");
                shown.push(name);
                Ok(picture)
            }
            ["table", of] => table_of(&self.known.digest, of, &self.words, &Style::MARKDOWN),
            ["text", of] => {
                // Notes on models would outgrow the figures.
                let words = Words {
                    quick: self.words.quick.clone(),
                    ..Words::default()
                };
                let text = table_of(&self.known.digest, of, &words, &Style::PLAIN)?;
                Ok(format!("```text\n{}\n```", text.trim_end()))
            }
            _ => Err(Error::Usage(format!(
                "unknown block '{}': see `bakeoff report --help`",
                what.join(" ")
            ))),
        }
    }

    /// How and where the rows were measured.
    fn facts(&self, link: &str) -> String {
        let caption = &self.known.caption;
        let by = self.measured_by.as_ref();
        format!(
            "Measured{} on {}; {}. Every sample: [rows.jsonl]({link}/rows.jsonl).",
            by.map_or(String::new(), |command| format!(" by `{command}`")),
            caption.host,
            caption.versions
        )
    }
}

/// The file of a block's chart, and words in its place.
fn chart_file(what: &[&str]) -> Result<(String, String)> {
    match what {
        [name] => {
            let kind = Kind::named(name)?;
            let alt = kind.alt().ok_or_else(|| {
                Error::Usage(format!(
                    "chart {name} is of one scenario: write `chart {name} SCENARIO`"
                ))
            })?;
            Ok((format!("charts/{name}.svg"), alt.into()))
        }
        [name, of] => Ok((
            format!("charts/{}-{name}.svg", slug(of)),
            format!("{name} of {of}"),
        )),
        _ => Err(Error::Usage(
            "a chart is `chart NAME` of all scenarios, or `chart NAME SCENARIO`".into(),
        )),
    }
}

/// The way from `document` to `dir`, for links.
fn link(document: &Path, dir: &Path) -> Result<String> {
    let whole = |path: &Path| {
        path.canonicalize()
            .map_err(|error| Error::Usage(cannot("read", path, &error)))
    };
    let (document, dir) = (whole(document)?, whole(dir)?);
    let home = document.parent().unwrap_or(Path::new("/"));
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (home.components().collect(), dir.components().collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[same..].iter().map(|_| "..".to_owned());
    let down = to[same..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    Ok(if parts.is_empty() {
        ".".into()
    } else {
        parts.join("/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_document_to_the_directory() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        fs::create_dir_all(root.join("results/one")).unwrap();
        fs::create_dir_all(root.join("docs")).unwrap();
        for (document, expected) in [
            ("README.md", "results/one"),
            ("docs/a.md", "../results/one"),
            ("results/one/x.md", "."),
        ] {
            let document = root.join(document);
            fs::write(&document, "").unwrap();
            assert_eq!(
                link(&document, &root.join("results/one")).unwrap(),
                expected
            );
        }
    }
}
