//! `bakeoff report`: tables, charts and a page from the rows of a results directory.

mod document;
mod trend;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{ArgGroup, Args, ValueEnum};

use self::document::{Asked, fill};
use super::say;
use super::shell::quoted;
use crate::base::counted::counted;
use crate::base::error::{Error, Result};
use crate::record::row::rank_peers;
use crate::record::rows;
use crate::report::chart::Theme;
use crate::report::pick::{Pick, pick};
use crate::report::rendering::files;
use crate::results::notebook::words;
use crate::results::{self, Known};

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
FILE ends in .svg, or in .png where bakeoff was built with the feature png:
  cargo run --release --features png -- report results/DIR --chart heatmap --out x.png

--splice fills the blocks of a document that stand between two lines,
  <!-- bakeoff:begin WHAT -->
  <!-- bakeoff:end -->
where WHAT is `table overview`, `table quick` (all scenarios, the quick set's cells)
or `table SCENARIO` (Markdown), `text` likewise (as a terminal shows it), `chart
overview`, `chart heatmap`, `chart NAME SCENARIO`, `findings` (what people say about
concurrency, decided by the rows), `findings python` (about that language's
programs), `cost` (lines of code, crates and build time of each
model beside its figures), or `facts` (command, host, versions, date). With --check
nothing is written, and the exit status is 1 where the document or a chart that it
shows is not what the rows say.

--trend takes one directory a run, in any order, and writes trend.html, trend.md and
charts/trend-*.svg to --out: each cell over time, broken where its scenario's version
or the host changed; change points and slow drifts, each with the run, the revision
and the versions where it began. 10 unbroken runs are needed before any is shown.
What is no results directory is left out, and said.

Rows with a figure that no measurement gives are left out and named with their line.

Exit status: 0 done; 1 --check fails, or every row failed (which is rendered); 2 bad
usage or input.")]
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

    /// Rank models of other programs among those of this build, and draw both in the
    /// same charts
    #[arg(long, conflicts_with = "trend")]
    rank_peers: bool,

    /// Fill the blocks of this document, a README for one; given again, of that one too
    #[arg(long, value_name = "FILE")]
    splice: Vec<PathBuf>,

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
        let dirs: Result<_> = self.dirs.iter().map(|path| directory(path)).collect();
        ReportArgs {
            dirs: dirs?,
            ..self
        }
        .report()
    }

    fn report(&self) -> Result<()> {
        let written = self.out.iter().chain(&self.splice);
        for (out, dir) in written.flat_map(|out| self.dirs.iter().map(move |dir| (out, dir))) {
            results::spare(out, dir, &rows::file(dir))?;
        }
        let known = self.known()?;
        match (&self.chart, self.splice.as_slice()) {
            (Some(name), _) => self.draw(name, &known)?,
            (None, []) => self.render(&known)?,
            (None, documents) => {
                let asked = Asked {
                    check: self.check,
                    ranks_peers: self.rank_peers,
                };
                fill(documents, self.dir(), &known, &asked)?;
            }
        }
        if known.digest.failed() {
            return Err(Error::Failed(format!(
                "{}: every row failed, so that there is no figure to show",
                self.places()
            )));
        }
        Ok(())
    }

    /// What the directory holds; without a single row there is nothing to report.
    fn known(&self) -> Result<Known> {
        let mut known = match self.dirs.as_slice() {
            [dir] => results::known(dir)?,
            several if self.chart.is_some() => results::side_by_side(several)?,
            _ => {
                return Err(Error::Usage(
                    "several directories go into one chart alone: name it with --chart".into(),
                ));
            }
        };
        for warning in &known.warnings {
            crate::note!("{warning}");
        }
        if known.digest.is_empty() {
            return Err(rows::nothing_in(self.dir()));
        }
        if self.rank_peers {
            rank_peers(&mut known.digest.rows);
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
        crate::note!(
            "{} rendered in {}",
            counted(written, "file"),
            self.dir().display()
        );
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
            caption.host.replace('\n', "; and on "),
            caption.versions,
            env!("CARGO_PKG_VERSION"),
            runs.join(" and "),
            self.command(name, out),
        ))
    }

    /// The command that draws the same chart.
    fn command(&self, name: &str, out: &Path) -> String {
        let mut words = vec!["bakeoff".to_owned(), "report".to_owned()];
        words.extend(self.dirs.iter().map(|dir| dir.display().to_string()));
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        option("--chart", name.to_owned());
        if let Some(scenario) = &self.scenario {
            option("--scenario", scenario.clone());
        }
        if let Ground::Dark = self.theme {
            option("--theme", "dark".into());
        }
        if let Some(Size(width, height)) = self.size {
            option("--size", format!("{width}x{height}"));
        }
        option("--out", out.display().to_string());
        if self.rank_peers {
            words.push("--rank-peers".into());
        }
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("`{}`", words.join(" "))
    }
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
                "--out {}: this build writes no PNG: run `cargo run --release --features png -- \
                 report …`, or give a name that ends in .svg",
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
            Form::Png => crate::report::chart::raster::png(&svg),
            _ => Ok(svg.into_bytes()),
        }
    }
}

/// The results directory that is meant: a run's rows mean the run.
fn directory(path: &Path) -> Result<PathBuf> {
    if path.is_file() && path.file_name() != Some(OsStr::new(rows::FILE)) {
        return Err(Error::Usage(format!(
            "{}: no results directory: name one, or the {} in it",
            path.display(),
            rows::FILE
        )));
    }
    let home = rows::home(path);
    Ok(if home.as_os_str().is_empty() {
        ".".into()
    } else {
        home.to_owned()
    })
}

fn write(path: &Path, text: &[u8]) -> Result<()> {
    results::replace(path, |out| out.write_all(text))
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
}
