//! Under which conditions cells are measured: what several verbs take.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::kit::Class;
use crate::measure::lab::{self, Lab};

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
