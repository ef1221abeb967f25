//! How a comparison is written on standard output.

use clap::ValueEnum;

/// How to write a comparison.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a comment on a pull request: the worst first
    Markdown,
    /// For other programs: everything, one object
    Json,
}
