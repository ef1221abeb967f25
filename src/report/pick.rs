//! One chart by its name, for an article or a slide.

use super::analysis::panel::panels;
use super::analysis::summary::summarise_folded;
use super::analysis::sweeps::Sweep;
use super::chart::{Caption, Chart, Drawing, Frame, Kind, Of, Subject, Theme};
use super::contents::Contents;
use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::record::fold::Digest;

/// Narrower than this, nothing has room; what is asked for narrower is drawn so and
/// made smaller.
const LEAST_WIDTH: u32 = 640;

/// How much smaller a chart may be made: text of 12 pixels is 7 high then, and less
/// cannot be read.
const SMALLEST: (u32, u32) = (7, 12);

/// Layouts that are tried, each a twelfth wider than the one before: up to 25 times
/// the width.
const STEPS: usize = 40;

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
/// figures that the rows do not have; for a scenario where the chart is of all; and
/// for a size in which its text could not be read, with one in which it can.
pub fn pick(digest: &Digest, caption: &Caption, pick: &Pick) -> Result<Chart> {
    let summaries = summarise_folded(&digest.rows, &digest.fold);
    let panels = panels(&summaries);
    let contents = Contents::of(&panels, digest);
    let frame = Frame {
        theme: pick.theme,
        ..Frame::of(caption)
    };
    let kind = Kind::named(&pick.name)?;
    let (name, scenario) = (kind.name(), pick.scenario.as_deref());
    let (subject, of) = match (kind.of(), scenario) {
        (Of::All { .. }, Some(scenario)) => {
            return Err(Error::Usage(format!(
                "--chart {name} is of all scenarios: leave out --scenario {scenario}"
            )));
        }
        (Of::All { .. }, None) => (Subject::All(&contents.studies), "all scenarios".to_owned()),
        (Of::Scenario { .. }, _) => {
            let studies = contents.studies.iter();
            let titles: Vec<String> = studies.map(|study| study.panel.title.clone()).collect();
            let at = chosen(&titles, scenario, name)?;
            (Subject::Scenario(&contents.studies[at]), titles[at].clone())
        }
        (Of::Sweep { .. }, _) => {
            let titles: Vec<String> = contents.sweeps.iter().map(Sweep::title).collect();
            let at = chosen(&titles, scenario, name)?;
            let subject = Subject::Sweep(&contents.sweeps[at], &contents.index);
            (subject, titles[at].clone())
        }
    };
    let draw = kind.drawing(subject).ok_or_else(|| {
        Error::Usage(format!(
            "no {name} chart of {of}: its rows have no such figures"
        ))
    })?;
    fitted(pick.size, &frame, &draw)
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

/// Draws at `size`: what needs more room than that is laid out larger, in the same
/// proportion, and made smaller as a whole, so that nothing overlaps.
fn fitted(size: Option<(u32, u32)>, frame: &Frame, draw: &Drawing<'_>) -> Result<Chart> {
    let Some((width, height)) = size else {
        return Ok(draw(frame));
    };
    // Steps that do not depend on the width, so that the size that is named below
    // is one that fits.
    let steps = std::iter::successors(Some(LEAST_WIDTH), |across| Some(across + across / 12));
    let steps = steps.filter(|across| *across > width);
    let own = (width >= LEAST_WIDTH).then_some(width);
    let found = own.into_iter().chain(steps.take(STEPS)).find_map(|across| {
        let share = f64::from(across) / f64::from(width);
        let down = (share * f64::from(height)).round() as u32;
        let chart = draw(&Frame {
            width: across,
            height: Some(down),
            ..frame.clone()
        });
        let fits = chart.size.0 <= across && chart.size.1 <= down;
        fits.then_some(chart)
    });
    let small = format!("--size {width}x{height}: the chart's text would be too small to read");
    let Some(mut chart) = found else {
        return Err(Error::Usage(format!("{small}: give other proportions")));
    };
    let (across, down) = chart.size;
    let (kept, of) = SMALLEST;
    if across * kept > width * of {
        let wide = (across * kept).div_ceil(of);
        let high = (f64::from(wide) * f64::from(down) / f64::from(across)).ceil();
        return Err(Error::Usage(format!(
            "{small}: give {wide}x{high} or more, or other proportions"
        )));
    }
    let own = format!("<svg width=\"{across}\" height=\"{down}\"");
    let asked = format!("<svg width=\"{width}\" height=\"{height}\"");
    chart.svg = chart.svg.replacen(&own, &asked, 1);
    chart.size = (width, height);
    Ok(chart)
}
