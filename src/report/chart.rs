//! Charts as SVG: all scenarios at a glance, and each in full.
//!
//! Everything stands on an opaque ground, so that it reads on light and dark pages
//! alike. The same rows give the same bytes.

mod cdf;
mod cpu;
pub(super) mod drawing;
mod efficiency;
mod heatmap;
mod kind;
mod latency;
mod load;
mod memory;
mod overview;
#[cfg(feature = "png")]
pub mod raster;
// The example of docs/ADDING.md.
#[cfg(test)]
#[path = "../../docs/examples/startup_chart.rs"]
mod startup_chart;
mod throughput;
mod tradeoff;

pub use self::drawing::frame::{Caption, Chart, Frame, WIDTH};
pub use self::drawing::theme::Theme;
pub use kind::Kind;
pub(super) use kind::{Drawing, Of, Subject};

#[cfg(test)]
pub(super) mod tests;
