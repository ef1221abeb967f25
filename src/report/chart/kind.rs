//! The charts: each is one entry of [`Kind::ALL`].

use super::super::analysis::panel::Index;
use super::super::analysis::study::Study;
use super::super::analysis::sweeps::Sweep;
use super::{Chart, Frame};
use super::{cdf, cpu, efficiency, heatmap, latency, load, memory, overview, throughput, tradeoff};
use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;

/// A chart. Each is written in the file of its name.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name on the command line and in names of files.
    pub(super) name: &'static str,
    /// What it is of, and how it is drawn from that.
    pub(super) of: Of,
}

/// What a chart is of. `applies` says whether the rows have what it takes.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Of {
    /// All scenarios that were measured at one load each.
    All {
        /// What stands in its place in a document that cannot show it.
        alt: &'static str,
        /// Whether the page shows it: two charts of the same figures would be one too
        /// many there.
        on_page: bool,
        applies: fn(&[Study<'_, '_>]) -> bool,
        draw: fn(&[Study<'_, '_>], &Frame) -> Chart,
    },
    /// One scenario that was measured at one load.
    Scenario {
        applies: fn(&Study<'_, '_>) -> bool,
        draw: fn(&Study<'_, '_>, &Frame) -> Chart,
    },
    /// One scenario that was measured at several.
    Sweep {
        draw: fn(&Sweep<'_, '_>, &Index<'_>, &Frame) -> Chart,
    },
}

/// What charts are to be drawn of.
#[derive(Clone, Copy)]
pub(in super::super) enum Subject<'s, 'p, 'a> {
    All(&'s [Study<'p, 'a>]),
    Scenario(&'s Study<'p, 'a>),
    Sweep(&'s Sweep<'p, 'a>, &'s Index<'a>),
}

/// A chart that only wants to know how it is to be drawn.
pub(in super::super) type Drawing<'s> = Box<dyn Fn(&Frame) -> Chart + 's>;

impl Kind {
    /// All of them, in the order of a page.
    pub const ALL: [Kind; 10] = [
        overview::KIND,
        heatmap::KIND,
        throughput::KIND,
        latency::KIND,
        cdf::KIND,
        cpu::KIND,
        memory::KIND,
        efficiency::KIND,
        tradeoff::KIND,
        load::KIND,
    ];

    /// Its name on the command line and in names of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What stands in its place in a document that cannot show it; `None` of a chart
    /// that is not of all scenarios.
    #[must_use]
    pub fn alt(self) -> Option<&'static str> {
        match self.of {
            Of::All { alt, .. } => Some(alt),
            Of::Scenario { .. } | Of::Sweep { .. } => None,
        }
    }

    /// The chart of that name.
    ///
    /// # Errors
    /// None of that name, with the nearest.
    pub fn named(name: &str) -> Result<Self, Error> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name == name);
        found.ok_or_else(|| unknown("chart", name, Kind::ALL.iter().map(|kind| kind.name)))
    }

    pub(in super::super) fn of(self) -> Of {
        self.of
    }

    /// Whether the page shows it wherever it can be drawn.
    pub(in super::super) fn on_page(self) -> bool {
        !matches!(self.of, Of::All { on_page: false, .. })
    }

    /// The chart of `subject`; `None` where it is of something else, or where the rows
    /// do not have what it takes.
    pub(in super::super) fn drawing<'s>(self, subject: Subject<'s, '_, '_>) -> Option<Drawing<'s>> {
        match (self.of, subject) {
            (Of::All { applies, draw, .. }, Subject::All(studies)) if applies(studies) => {
                Some(Box::new(move |frame| draw(studies, frame)))
            }
            (Of::Scenario { applies, draw }, Subject::Scenario(study)) if applies(study) => {
                Some(Box::new(move |frame| draw(study, frame)))
            }
            (Of::Sweep { draw }, Subject::Sweep(sweep, rows)) => {
                Some(Box::new(move |frame| draw(sweep, rows, frame)))
            }
            _ => None,
        }
    }
}
