//! `bakeoff report`: tables, charts and a page from the rows of a results directory.

mod trend;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use clap::{ArgGroup, Args, ValueEnum};

use super::say;
use crate::error::{Error, Result};
use crate::measure::notebook::words;
use crate::measure::results::{self, Known};
use crate::report::chart::Theme;
use crate::report::pick::{Pick, pick};
use crate::report::rendering::{Words, files, table_of};
use crate::report::rows::cannot;
use crate::report::splice::{differs, splice};
use crate::report::table::Style;

/// Renders tables, charts and a page from the rows of a results directory.
#[derive(Args, Clone, Debug)]
#[command(group = ArgGroup::new("alone").args(["chart", "trend"]))]
#[command(after_help = "\
Examples:
  bakeoff report results/DIR                     report.html, tables.md, charts/*.svg
  bakeoff report results/DIR --chart latency --scenario fetch/wait-10ms --out x.svg
  bakeoff report results/DIR --chart heatmap --theme dark --size 1200x675 --out x.svg
  bakeoff report results/HERE results/THERE --chart throughput \\
      --scenario fetch/no-delay --out hosts.svg
  bakeoff report results/DIR --splice README.md
  bakeoff report results/DIR --splice README.md --check
  bakeoff report --trend results/*               trend/trend.html: each cell over time

Charts of one scenario: throughput, latency (by percentile), cdf, cpu (per order),
memory (per unit), efficiency (against the bound), tradeoff (CPU against the tail),
and load where the scenario was swept; of all scenarios: overview, heatmap. With
--chart nothing else is written; a caption and a line to cite go to standard output.
FILE ends in .svg, or in .png where bakeoff was built with --features png.

--splice fills the blocks of a document that stand between two lines,
  <!-- bakeoff:begin WHAT -->
  <!-- bakeoff:end -->
where WHAT is `table overview` or `table SCENARIO` (Markdown), `text overview` or
`text SCENARIO` (as a terminal shows it), `chart overview`, `chart heatmap` or
`chart NAME SCENARIO`. With --check nothing is written, and the exit status is 1
where the document or a chart that it shows is not what the rows say.

--trend takes one directory a run, in any order, and writes trend.html, trend.md and
charts/trend-*.svg to --out: each cell over time, broken where its scenario's version
or the host changed; change points and slow drifts, each with the run, the revision
and the versions where it began. 10 unbroken runs are needed before any is shown.
What is no results directory is left out, and said.")]
pub(super) struct ReportArgs {
    /// Results directory of `bakeoff run` or `cargo bench`; for --chart, several are
    /// drawn side by side, so that their hosts compare; for --trend, one after the other
    #[arg(value_name = "DIR", required = true)]
    dirs: Vec<PathBuf>,

    /// Draw one chart alone
    #[arg(long, value_name = "NAME", requires = "out", conflicts_with = "splice")]
    chart: Option<String>,

    /// The scenario that the chart is of, as tables name it
    #[arg(long, value_name = "SCENARIO", requires = "chart")]
    scenario: Option<String>,

    /// The ground that the chart stands on
    #[arg(
        long,
        value_name = "THEME",
        default_value = "light",
        requires = "chart"
    )]
    theme: Ground,

    /// Width and height of the chart in pixels, as in 1200x675
    #[arg(long, value_name = "WxH", requires = "chart")]
    size: Option<Size>,

    /// Write the chart to this file, or the trend to this directory (default: trend)
    #[arg(long, value_name = "PATH", requires = "alone")]
    out: Option<PathBuf>,

    /// Draw each cell over time, a point a run
    #[arg(long, conflicts_with = "splice")]
    trend: bool,

    /// Take hosts that differ in name alone for one, as runners of a cloud do
    #[arg(long, requires = "trend")]
    across_hosts: bool,

    /// Fill the blocks of this document, a README for one
    #[arg(long, value_name = "FILE")]
    splice: Option<PathBuf>,

    /// Change nothing; fail where the document does not show what the rows say
    #[arg(long, requires = "splice")]
    check: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Ground {
    Light,
    Dark,
}

/// Pixels across and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size(u32, u32);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once('x').and_then(|(width, height)| {
            let side = |text: &str| {
                text.parse()
                    .ok()
                    .filter(|side| (100..=10_000).contains(side))
            };
            Some(Size(side(width)?, side(height)?))
        });
        sides.ok_or_else(|| "give pixels from 100x100 to 10000x10000, as in 1200x675".to_owned())
    }
}

impl ReportArgs {
    pub(super) fn run(self) -> Result<()> {
        if self.trend {
            let out = self.out.as_deref().unwrap_or(Path::new("trend"));
            return trend::draw(&self.dirs, out, self.across_hosts);
        }
        let known = self.known()?;
        match (&self.chart, &self.splice) {
            (Some(name), _) => self.draw(name, &known),
            (None, Some(document)) => self.fill(document, &known),
            (None, None) => self.render(&known),
        }
    }

    /// What the directory holds; without a single row there is nothing to report.
    fn known(&self) -> Result<Known> {
        let known = match self.dirs.as_slice() {
            [dir] => results::known(dir)?,
            several if self.chart.is_some() => results::side_by_side(several)?,
            _ => {
                return Err(Error::Usage(
                    "several directories go into one chart alone: name it with --chart".into(),
                ));
            }
        };
        if known.digest.is_empty() {
            return Err(Error::Usage(format!(
                "{}: no rows: name a results directory whose run measured something",
                self.places()
            )));
        }
        for warning in &known.warnings {
            eprintln!("{warning}");
        }
        Ok(known)
    }

    /// The directory that is rendered; of several only charts are drawn.
    fn dir(&self) -> &Path {
        &self.dirs[0]
    }

    fn places(&self) -> String {
        let places: Vec<String> = self
            .dirs
            .iter()
            .map(|dir| dir.display().to_string())
            .collect();
        places.join(" ")
    }

    fn render(&self, known: &Known) -> Result<()> {
        let files = files(&known.digest, &known.caption, &words());
        let written = results::save(self.dir(), &files)?.len();
        eprintln!("{written} files rendered in {}", self.dir().display());
        say(&format!("{}\n", self.dir().join("report.html").display()))
    }

    fn draw(&self, name: &str, known: &Known) -> Result<()> {
        let Some(out) = &self.out else {
            return Err(Error::Usage("--chart needs --out FILE".into()));
        };
        let form = Form::of(out)?;
        let (digest, caption) = (&known.digest, &known.caption);
        let runs: BTreeSet<&str> = digest.rows.iter().map(|row| row.run.as_str()).collect();
        let runs: Vec<&str> = runs.into_iter().collect();
        let chart = pick(
            digest,
            caption,
            &Pick {
                name: name.to_owned(),
                scenario: self.scenario.clone(),
                theme: match self.theme {
                    Ground::Light => Theme::Light,
                    Ground::Dark => Theme::Dark,
                },
                size: self.size.map(|Size(width, height)| (width, height)),
            },
        )?;
        write(out, &form.bytes(chart.svg)?)?;
        say(&format!(
            "{}. {} Measured on {}; {}.\ncite: bakeoff {}, run {}, {}\n",
            chart.title,
            chart.notes,
            caption.host,
            caption.versions,
            env!("CARGO_PKG_VERSION"),
            runs.join(" and "),
            self.command(name),
        ))
    }

    /// The command that draws the same chart.
    fn command(&self, name: &str) -> String {
        let mut command = format!("`bakeoff report {} --chart {name}", self.places());
        if let Some(scenario) = &self.scenario {
            // Titles may hold blanks and brackets, which shells take for their own.
            let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.@".contains(c);
            command += &if scenario.chars().all(plain) {
                format!(" --scenario {scenario}")
            } else {
                format!(" --scenario '{scenario}'")
            };
        }
        command + "`"
    }

    fn fill(&self, document: &Path, known: &Known) -> Result<()> {
        let read = |path: &Path| fs::read_to_string(path);
        let text =
            read(document).map_err(|error| Error::Usage(cannot("read", document, &error)))?;
        let words = words();
        let files = files(&known.digest, &known.caption, &words);
        let place = document.display().to_string();
        let command = format!("bakeoff report {} --splice {place}", self.dir().display());
        let link = link(document, self.dir())?;
        let mut shown = Vec::new();
        let filled = splice(&text, &place, |what| {
            let block = match what {
                ["chart", rest @ ..] => {
                    let (name, alt) = chart_file(rest)?;
                    let known = files.iter().find(|(file, _)| *file == name);
                    let (file, _) = known.ok_or_else(|| {
                        Error::Usage(format!("no chart '{}' of these rows", rest.join(" ")))
                    })?;
                    shown.push(file.clone());
                    format!("![{alt}]({link}/{file})")
                }
                ["table", of] => table_of(&known.digest, of, &words, &Style::MARKDOWN)?,
                ["text", of] => {
                    let text = table_of(&known.digest, of, &Words::default(), &Style::PLAIN)?;
                    format!("```text\n{}\n```", text.trim_end())
                }
                _ => {
                    return Err(Error::Usage(format!(
                        "unknown block '{}': see `bakeoff report --help`",
                        what.join(" ")
                    )));
                }
            };
            Ok(format!("{}\n\nMade by `{command}`.", block.trim_end()))
        })?;
        if self.check {
            if let Some(line) = differs(&text, &filled) {
                return Err(Error::Failed(format!(
                    "{place}:{line}: not what {} says: run `{command}`",
                    self.dir().display()
                )));
            }
            for (name, svg) in files.iter().filter(|(name, _)| shown.contains(name)) {
                let path = self.dir().join(name);
                if read(&path).ok().as_ref() != Some(svg) {
                    return Err(Error::Failed(format!(
                        "{}: not what the rows say: run `{command}`",
                        path.display()
                    )));
                }
            }
            return say(&format!(
                "{place} shows what {} says\n",
                self.dir().display()
            ));
        }
        results::save(self.dir(), &files)?;
        write(document, filled.as_bytes())?;
        say(&format!("{place}\n"))
    }
}

/// The file of a block's chart, and words in its place.
fn chart_file(what: &[&str]) -> Result<(String, String)> {
    match what {
        ["overview"] => Ok((
            "charts/overview.svg".into(),
            "Throughput by scenario and model, relative to the best".into(),
        )),
        ["heatmap"] => Ok((
            "charts/heatmap.svg".into(),
            "Models by scenarios, relative to the best".into(),
        )),
        [name, of] => Ok((
            format!("charts/{}-{name}.svg", crate::report::panel::slug(of)),
            format!("{name} of {of}"),
        )),
        _ => Err(Error::Usage(
            "a chart is `chart overview`, `chart heatmap` or `chart NAME SCENARIO`".into(),
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

/// What a file holds, by its name.
#[derive(Clone, Copy)]
enum Form {
    Svg,
    Png,
}

impl Form {
    fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("svg") => Ok(Form::Svg),
            Some("png") if cfg!(feature = "png") => Ok(Form::Png),
            Some("png") => Err(Error::Usage(format!(
                "--out {}: this build writes no PNG: build with --features png, or give a \
                 name that ends in .svg",
                path.display()
            ))),
            _ => Err(Error::Usage(format!(
                "--out {}: give a name that ends in .svg or .png",
                path.display()
            ))),
        }
    }

    fn bytes(self, svg: String) -> Result<Vec<u8>> {
        match self {
            #[cfg(feature = "png")]
            Form::Png => crate::report::raster::png(&svg),
            _ => Ok(svg.into_bytes()),
        }
    }
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::Failed(cannot("write", path, &error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_or_refused() {
        assert_eq!("1200x675".parse(), Ok(Size(1200, 675)));
        for bad in [
            "",
            "1200",
            "x",
            "1200x",
            "0x5",
            "1200x99",
            "99999x200",
            "-1x5",
            "1e3x700",
        ] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

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
