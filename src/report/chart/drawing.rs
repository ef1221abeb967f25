//! What charts are drawn with.

pub(crate) mod axis;
pub(crate) mod bars;
pub(crate) mod canvas;
pub(crate) mod curves;
pub(super) mod frame;
pub(crate) mod look;
pub(crate) mod plate;
pub(crate) mod ranges;
pub(crate) mod spread;
pub(crate) mod theme;
