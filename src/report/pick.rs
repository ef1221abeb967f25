//! One chart by its name, for an article or a slide.

use super::chart::{self, Caption, Chart, Frame, Kind, Theme};
use super::fold::Digest;
use super::panel::panels;
use super::rendering::Contents;
use super::summary::summarise_folded;
use crate::error::{Error, Result};
use crate::nearest::unknown;

/// Narrower than this, nothing has room; what is asked for narrower is drawn so and
/// made smaller.
const LEAST_WIDTH: u32 = 640;

/// Which chart, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pick {
    /// Its name.
    pub name: String,
    /// The scenario that it is of, by its id or its title in tables.
    pub scenario: Option<String>,
    /// The ground that it stands on.
    pub theme: Theme,
    /// Width and height, pixels; its own where there are none.
    pub size: Option<(u32, u32)>,
}

/// Draws the chart.
///
/// # Errors
/// [`Error::Usage`] for an unknown chart or scenario, with the nearest, and for
/// figures that the rows do not have.
pub fn pick(digest: &Digest, caption: &Caption, pick: &Pick) -> Result<Chart> {
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    let panels = panels(&summaries);
    let contents = Contents::of(&panels, digest);
    let frame = Frame {
        theme: pick.theme,
        ..Frame::of(caption)
    };
    let fit = |draw: &dyn Fn(&Frame) -> Chart| fitted(pick.size, &frame, draw);
    match pick.name.as_str() {
        "overview" => Ok(fit(&|frame| chart::overview(&contents.closed(), frame))),
        "heatmap" => Ok(fit(&|frame| chart::heatmap(&contents.studies, frame))),
        "load" => {
            let sweeps = contents.sweeps.iter();
            let titles: Vec<String> = sweeps.map(super::sweep::Sweep::title).collect();
            let at = chosen(&titles, pick.scenario.as_deref(), "load")?;
            let sweep = &contents.sweeps[at];
            Ok(fit(&|frame| chart::load(sweep, &contents.index, frame)))
        }
        name => {
            let kind = Kind::named(name)?;
            let studies = contents.studies.iter();
            let titles: Vec<String> = studies.map(|study| study.panel.title.clone()).collect();
            let at = chosen(&titles, pick.scenario.as_deref(), name)?;
            let study = &contents.studies[at];
            if !kind.has(study) {
                return Err(Error::Usage(format!(
                    "no {name} chart of {}: its rows have no such figures",
                    titles[at]
                )));
            }
            Ok(fit(&|frame| kind.draw(study, frame)))
        }
    }
}

/// Which of `titles` is meant: that of the name, or the only one.
fn chosen(titles: &[String], scenario: Option<&str>, chart: &str) -> Result<usize> {
    let all = || titles.iter().map(String::as_str);
    match (scenario, titles) {
        (None, [_]) => Ok(0),
        (_, []) => Err(Error::Usage(format!(
            "no {chart} chart: the rows hold no scenario for it"
        ))),
        (None, several) => Err(Error::Usage(format!(
            "--chart {chart} is of one scenario: name it with --scenario (known: {})",
            several.join(", ")
        ))),
        (Some(scenario), _) => all()
            .position(|title| title == scenario)
            .ok_or_else(|| unknown("scenario", scenario, all())),
    }
}

/// Draws at `size`: what needs more height than that is laid out larger, in the same
/// proportion, and made smaller as a whole, so that nothing overlaps.
fn fitted(size: Option<(u32, u32)>, frame: &Frame, draw: &dyn Fn(&Frame) -> Chart) -> Chart {
    let Some((width, height)) = size else {
        return draw(frame);
    };
    let mut across = width.max(LEAST_WIDTH);
    loop {
        let down = (f64::from(across) * f64::from(height) / f64::from(width)).round() as u32;
        let frame = Frame {
            width: across,
            height: Some(down),
            ..frame.clone()
        };
        let mut chart = draw(&frame);
        let fits = chart.size.0 <= across && chart.size.1 <= down;
        // A hundred models on a stamp cannot be helped: it is centred there.
        if fits || across > 20 * width.max(LEAST_WIDTH) {
            let own = format!(
                "<svg width=\"{}\" height=\"{}\"",
                chart.size.0, chart.size.1
            );
            let asked = format!("<svg width=\"{width}\" height=\"{height}\"");
            chart.svg = chart.svg.replacen(&own, &asked, 1);
            chart.size = (width, height);
            return chart;
        }
        across += across / 12;
    }
}
