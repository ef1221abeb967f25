//! A chart, and how it is drawn whatever it shows.

use super::theme::Theme;

/// Width of a chart that is given none, pixels.
pub const WIDTH: u32 = 960;

/// What stands below a chart, for readers who meet it alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    /// The machine in one line; of several, a line each with its versions and date.
    pub host: String,
    /// Versions of what was measured, when, and in which run, in one line.
    pub versions: String,
    /// The host's name, date and run, for charts that stand on a page with the rest.
    pub brief: String,
}

/// How a chart is drawn, whatever it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Pixels.
    pub width: u32,
    /// Least height, pixels; as little as the chart needs where there is none.
    pub height: Option<u32>,
    /// The ground that it stands on.
    pub theme: Theme,
    /// Stands below it.
    pub caption: Option<Caption>,
    /// Whether the verdicts on ranks stand beside it already, so that it does not
    /// repeat them.
    pub beside_verdicts: bool,
}

impl Frame {
    /// The usual width, light, with `caption` below.
    #[must_use]
    pub fn of(caption: &Caption) -> Self {
        Frame {
            caption: Some(caption.clone()),
            ..Frame::default()
        }
    }

    /// The same for a chart on a page that says the rest once: below it stands what
    /// tells where it is from when it is shown elsewhere.
    #[must_use]
    pub fn on_page(caption: &Caption) -> Self {
        Frame {
            beside_verdicts: true,
            ..Self::of(&Caption {
                host: caption.brief.clone(),
                ..Caption::default()
            })
        }
    }
}

impl Default for Frame {
    fn default() -> Self {
        Frame {
            width: WIDTH,
            height: None,
            theme: Theme::Light,
            caption: None,
            beside_verdicts: false,
        }
    }
}

/// A chart that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The picture.
    pub svg: String,
    /// What it shows, as its heading says.
    pub heading: String,
    /// The same with how, in a line.
    pub title: String,
    /// What it shows, in prose, for readers who do not see it.
    pub told: String,
    /// What ties or is undecided, and how to read it: what stands below it.
    pub notes: String,
    /// Width and height, pixels.
    pub size: (u32, u32),
}
