//! Tables and lines, for terminals and for Markdown.

pub(super) mod below;
pub mod capacity;
pub(super) mod column;
pub mod flags;
pub mod grid;
pub(super) mod scenario;
pub(super) mod sweep;
pub mod table;
