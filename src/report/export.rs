//! Rows in the formats of other tools, one file a format: pure functions of rows.
//! `docs/EXPORT.md` tells what each format holds and which tool reads it.

pub mod bencher;
pub mod cell;
pub mod csv;
pub mod github;
pub mod hlog;
pub mod json;
