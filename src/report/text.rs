//! Tables and lines, for terminals, for Markdown and for pages.

pub(super) mod below;
pub mod calls;
pub mod capacity;
pub(super) mod column;
pub mod controls;
pub mod cost;
pub mod grid;
pub(super) mod html;
pub(super) mod lines;
pub(super) mod once;
pub(super) mod scenario;
pub(super) mod sweep;
pub mod table;

#[cfg(test)]
mod tests;
