//! Which concurrency model, for which work, at what cost?
//!
//! The layers, from top to bottom. Each imports only from those below it, and
//! `tests/house.rs` keeps that order. From [`lab`] downwards they are the crate
//! `bakeoff-measure`, which this one shows under its own name.
//!
//! | layer | what is in it |
//! |---|---|
//! | [`cli`] | the command line, one file a verb |
//! | [`laws`] | what every model must keep, asked of any program |
//! | [`campaign`] | what is measured in which order, and for how long |
//! | [`results`] | the directory that keeps a run |
//! | [`report`] | tables, charts, pages and exports: pure functions of records |
//! | [`cost`] | what a model costs to write and to keep |
//! | [`lab`] | the measuring side of one cell |
//! | [`selection`] | which cells |
//! | [`scenarios`] | scenario files |
//! | [`registry`] | where models meet workloads |
//! | [`peers`] | programs in other languages that offer models |
//! | [`runner`] | the measured process |
//! | [`server`] | the mock server |
//! | [`model`] | how work is run, one file a model |
//! | [`protocol`] | messages between the lab and a runner |
//! | [`engine`] | what runs while the clock runs |
//! | [`record`] | what is written down, and how it is read again |
//! | [`workload`] | what is done, and when orders come |
//! | [`kit`] | what the body of an order may ask of a model |
//! | [`http1`] | the HTTP client codec |
//! | [`host`] | the machine |
//! | [`stats`] | what differences are worth |
//! | [`base`] | time, chance, errors, and a few small things more |

pub mod campaign;
pub mod cli;
pub mod cost;
pub mod laws;
pub mod report;
pub mod results;

pub use bakeoff_measure::{
    base, engine, host, http1, kit, lab, model, note, peers, protocol, record, registry, runner,
    scenarios, selection, server, stats, workload,
};
