//! A rate from a load: what a reference model can do is measured once, before
//! the first round, and the asked part of it is offered to every model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::panels::panels;
use super::time::Stopwatch;
use crate::base::error::{Error, Result};
use crate::base::interrupt;
use crate::lab::Lab;
use crate::registry;
use crate::selection::CellSpec;
use crate::selection::resolved::ResolvedCell;
use crate::stats::quantile::median;

/// The model whose capacity a load is a part of, where this build has it.
const REFERENCE: &str = "tokio-mt";
/// Fresh runners that measure it, a sample each.
const RUNNERS: u32 = 5;

/// The rate that a load of one scenario came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// The scenario's id.
    pub scenario: String,
    /// What was set of it.
    pub set: BTreeMap<String, String>,
    /// Part of the capacity.
    pub load: f64,
    /// The model that was measured.
    pub reference: String,
    /// Orders per second that it served in closed loop, median.
    pub capacity_per_s: f64,
    /// Orders per second that every model is offered.
    pub rate: f64,
}

impl Derived {
    /// The derivation in one line.
    #[must_use]
    pub fn line(&self) -> String {
        format!(
            "{}: load = {} of the {:.0} orders/s that {} serves in closed loop: rate = {}",
            self.scenario, self.load, self.capacity_per_s, self.reference, self.rate
        )
    }
}

/// Measures what the loads of `cells` come to, a scenario at a time, within the run's
/// budget.
///
/// # Errors
/// No model that can serve the scenario in closed loop, or an interruption.
pub fn derive(
    lab: &mut Lab,
    cells: &[ResolvedCell],
    seed: u64,
    stopwatch: &Stopwatch,
) -> Result<Vec<Derived>> {
    lab.end_by(stopwatch.end());
    let mut derived = Vec::new();
    for panel in panels(cells) {
        let first = &cells[panel.cells[0]];
        let shared = first.shared();
        if shared.load == 0.0 || shared.rate > 0.0 {
            continue;
        }
        let chosen = panel.cells.iter().map(|&at| cells[at].clone());
        let (reference, capacity_per_s) = capacity(lab, chosen.collect(), seed)?;
        derived.push(Derived {
            scenario: first.scenario.id(),
            set: first.set.clone(),
            load: shared.load,
            reference,
            capacity_per_s,
            // Whole orders, so that what is recorded is what is offered.
            rate: (shared.load * capacity_per_s).round().max(1.0),
        });
    }
    Ok(derived)
}

/// Gives every cell of a derived scenario its rate, which its rows then carry
/// beside the load.
///
/// # Errors
/// A rate out of range.
pub fn apply(derived: &[Derived], cells: &mut [ResolvedCell]) -> Result<()> {
    for cell in cells {
        let own = |of: &&Derived| of.scenario == cell.scenario.id() && of.set == cell.set;
        if let Some(found) = derived.iter().find(own) {
            *cell = cell.changed(|spec| {
                offer(spec, found.rate);
                spec.set.insert("load".into(), found.load.to_string());
            })?;
        }
    }
    Ok(())
}

/// Offers the cell a rate in place of a load.
pub fn offer(cell: &mut CellSpec, rate: f64) {
    let (params, rate) = (&mut cell.scenario.params, rate.to_string());
    params.table.remove("load");
    params.put("rate", &rate);
    cell.set.insert("rate".into(), rate);
}

/// The cell in closed loop: a unit takes its next order when it is done with
/// the last.
///
/// # Errors
/// A parameter that is out of range without the others.
pub(super) fn closed(cell: &ResolvedCell) -> Result<ResolvedCell> {
    cell.changed(|spec| {
        for key in ["arrivals", "rate", "load", "burst"] {
            spec.scenario.params.table.remove(key);
        }
    })
}

/// Which model was measured, and the orders per second that it serves.
fn capacity(lab: &mut Lab, chosen: Vec<ResolvedCell>, seed: u64) -> Result<(String, f64)> {
    let preferred = registry::model(REFERENCE).ok().map(|model| {
        chosen[0].changed(|spec| {
            spec.model = model;
            spec.client = spec.client.to_ranked().into();
            spec.peer = None;
        })
    });
    let preferred = preferred.transpose()?;
    let mut last = None;
    for cell in preferred.into_iter().chain(chosen) {
        match closed(&cell).and_then(|closed| measure(lab, &closed, seed)) {
            Ok(rate) => return Ok((cell.model.name.into(), rate)),
            Err(error @ Error::Interrupted(_)) => return Err(error),
            Err(error) => last = Some(format!("{}: {error}", cell.id())),
        }
        if lab.is_over() {
            break;
        }
    }
    Err(Error::Failed(format!(
        "no model could show what a load is a part of: {}",
        last.unwrap_or_default()
    )))
}

/// Median throughput over fresh runners, orders per second.
fn measure(lab: &mut Lab, cell: &ResolvedCell, seed: u64) -> Result<f64> {
    let mut rates = Vec::new();
    for runner in 0..RUNNERS {
        let mut open = lab.open(cell)?;
        let seed = seed.wrapping_add(u64::from(runner));
        open.warm_up(lab, seed, 0, 0, None);
        let row = open.sample(lab, seed, 0, 0);
        if interrupt::requested() {
            return Err(Error::Interrupted(
                "interrupted before the first round".into(),
            ));
        }
        if let Some(error) = row.error {
            return Err(Error::Failed(error));
        }
        rates.extend(row.orders_per_s);
        open.close()?;
    }
    median(&rates).ok_or_else(|| Error::Failed("it measured nothing".into()))
}
