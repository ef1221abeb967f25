//! Under which conditions cells are measured: what several verbs take.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Result};
use crate::kit::Class;
use crate::lab::{self, Lab};
use crate::selection::resolved::ResolvedCell;

/// What a laboratory is told before its first cell.
#[derive(Args, Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Setting {
    /// Whether the mock server has a CPU that the model may not use
    #[arg(long, value_enum, default_value_t)]
    placement: Placement,

    /// Who says how many threads carry units where many share a thread
    #[arg(long, value_enum, default_value_t)]
    class: Threads,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Placement {
    /// It has the last one, where there are two or more
    #[default]
    OwnCore,
    /// Server and model may both use all CPUs
    Shared,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Threads {
    /// One for each CPU, on all models
    #[default]
    Equal,
    /// Each library's own default
    Shipped,
}

impl Setting {
    /// Refuses a placement that places nothing: no mock server serves these cells.
    ///
    /// # Errors
    /// Such a placement.
    pub(super) fn require_use(&self, cells: &[ResolvedCell], foreign: bool) -> Result<()> {
        if matches!(self.placement, Placement::OwnCore) {
            return Ok(());
        }
        if !foreign && cells.iter().any(|cell| cell.served().is_some()) {
            return Ok(());
        }
        Err(Error::Usage(
            "--placement shared is about the mock server's CPU, and these cells are not served by it: leave it out".into(),
        ))
    }

    /// Tells a laboratory.
    pub(super) fn configure(&self, lab: &mut Lab) {
        lab.place(match self.placement {
            Placement::OwnCore => lab::Placement::OwnCore,
            Placement::Shared => lab::Placement::Shared,
        });
        lab.class = match self.class {
            Threads::Equal => Class::Equal,
            Threads::Shipped => Class::Shipped,
        };
    }
}
