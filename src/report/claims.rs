//! Claims that people make about concurrency, and what rows say of them.
//!
//! `benches/claims.toml` holds the claims: a sentence, its source, and tests that
//! name cells, a figure and a limit. [`findings`] asks rows the tests of all claims
//! as one family of comparisons, by the same statistics as ranks.

mod across;
mod command;
mod entry;
mod html;
mod json;
mod ratio;
mod text;
mod weigh;
mod words;

#[cfg(test)]
mod tests;

pub use self::command::{measuring, sweeping};
pub use self::entry::{Case, Cell, Claim, Limit, Per, Saying, Sweep, Test, embedded, parse};
pub use self::json::json;
pub use self::text::{measured, whole};
pub use self::weigh::{CaseFound, Finding, Findings, TestFound, Verdict, findings};
