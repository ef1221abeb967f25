//! The charts of one scenario: each is one entry of [`Kind::ALL`].

use super::super::analysis::study::Study;
use super::{Chart, Frame, cdf, cpu, efficiency, latency, memory, throughput, tradeoff};
use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;

/// A chart of one scenario. Each is written in the file of its name.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name on the command line and in names of files.
    pub(super) name: &'static str,
    /// Whether the panel's rows have what it takes.
    pub(super) applies: fn(&Study<'_, '_>) -> bool,
    /// Draws it.
    pub(super) draw: fn(&Study<'_, '_>, &Frame) -> Chart,
}

impl Kind {
    /// All of them, in the order of a page.
    pub const ALL: [Kind; 7] = [
        throughput::KIND,
        latency::KIND,
        cdf::KIND,
        cpu::KIND,
        memory::KIND,
        efficiency::KIND,
        tradeoff::KIND,
    ];

    /// Its name on the command line and in names of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The chart of that name.
    ///
    /// # Errors
    /// None of that name, with the nearest.
    pub fn named(name: &str) -> Result<Self, Error> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name == name);
        found.ok_or_else(|| {
            let all = Kind::ALL.iter().map(|kind| kind.name);
            unknown("chart", name, all.chain(["overview", "heatmap", "load"]))
        })
    }

    /// Whether the panel's rows have what it takes.
    #[must_use]
    pub fn has(self, study: &Study<'_, '_>) -> bool {
        (self.applies)(study)
    }

    /// Draws it.
    #[must_use]
    pub fn draw(self, study: &Study<'_, '_>, frame: &Frame) -> Chart {
        (self.draw)(study, frame)
    }
}
