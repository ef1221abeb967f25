//! `bakeoff verify`: every cell small, its answers, ledger and threads checked.

use clap::Args;
use serde_json::json;

use super::plan::{Extent, Preview, Visit};
use super::progress::Progress;
use super::setting::Setting;
use super::{Choice, program, say};
use crate::base::error::{Error, Result};
use crate::base::seed::SEED;
use crate::lab::Lab;
use crate::record::flag::Flag;
use crate::record::row::Row;
use crate::selection::Set;
use crate::selection::resolved::ResolvedCell;

/// Runs every chosen cell small and checks answers, ledger and threads.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  bakeoff verify                          the default set
  bakeoff verify 'fetch/*/smol*'          fetch on smol, every scenario and client
  bakeoff verify --peers python           the default set, and all that Python offers
  bakeoff verify --json bakery/crowded    one JSON line a cell")]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    choice: Choice,

    #[command(flatten)]
    setting: Setting,

    /// One JSON line a cell
    #[arg(long)]
    json: bool,

    /// Say which cells would be verified; start nothing
    #[arg(long, conflicts_with = "json")]
    plan: bool,
}

/// Orders that are enough to see every law at work: a few rounds of units.
const ROUNDS: usize = 2;

/// The cell with a few rounds of its units.
fn shrunk(cell: &ResolvedCell) -> Result<ResolvedCell> {
    let shared = cell.shared();
    let few = (ROUNDS * shared.concurrency).max(8) as u64;
    let orders = shared.orders.min(few).to_string();
    cell.changed(|spec| spec.scenario.params.put("orders", &orders))
}

impl VerifyArgs {
    pub(super) fn run(self) -> Result<()> {
        let mut cells = self.choice.cells(Set::Default)?;
        let own_orders = self
            .choice
            .sets
            .iter()
            .chain(&self.choice.sweeps)
            .any(|text| text.starts_with("orders="));
        if !own_orders {
            cells = cells.iter().map(shrunk).collect::<Result<_>>()?;
        }
        let mut lab = Lab::new(program()?);
        lab.observe = true;
        self.setting.require_use(&cells, false)?;
        self.setting.configure(&mut lab);
        for cell in &cells {
            lab.check(cell)?;
        }
        if self.plan {
            let preview = Preview {
                cells: &cells,
                visit: Visit::Batches(1),
                extent: Extent::Once,
            };
            return preview.show();
        }
        let mut progress = Progress::new(cells.len());
        let (mut failed, mut unable) = (0, 0);
        for cell in &cells {
            let id = cell.id();
            progress.begin(&id);
            let row = verify(&mut lab, cell)?;
            let wrong = wrong(&row);
            let offered = !row.is_not_offered();
            failed += usize::from(wrong.is_some() && offered);
            unable += usize::from(!offered);
            if self.json {
                let ok = wrong.is_none();
                let line = json!({ "cell": id, "ok": ok, "offered": offered, "error": wrong });
                say(&format!("{line}\n"))?;
            } else if let Some(wrong) = wrong {
                progress.result(&format!("{id}: {wrong}\n"))?;
            }
            progress.advance();
        }
        progress.finish();
        let offered = cells.len() - unable;
        let mut held = format!("{} of {offered} cells hold", offered - failed);
        if unable > 0 {
            held += &format!(", {unable} not offered");
        }
        if self.json {
            crate::note!("{held}");
        } else {
            say(&format!("{held}\n"))?;
        }
        if failed > 0 {
            return Err(Error::Failed(format!(
                "{failed} of {offered} cells do not hold"
            )));
        }
        Ok(())
    }
}

fn verify(lab: &mut Lab, cell: &ResolvedCell) -> Result<Row> {
    let mut open = match lab.open(cell) {
        Ok(open) => open,
        Err(error) => return Ok(lab.refused(cell, &error, SEED, 0, 0)),
    };
    let mut row = open.sample(lab, SEED, 0, 0);
    if row.error.is_none()
        && let Err(error) = open.close()
    {
        row.error = Some(error.to_string());
    }
    Ok(row)
}

/// What does not hold of a row, if anything.
fn wrong(row: &Row) -> Option<String> {
    row.error.clone().or_else(|| {
        if row.flagged(Flag::BeyondBound) {
            return Some(
                "faster than is possible: a wait was skipped, or the bound is wrong".into(),
            );
        }
        if row.flagged(Flag::ClaimsDiffer) {
            return Some(
                "its CPU time, threads or processes are not what was seen from outside".into(),
            );
        }
        let hidden = row.flagged(Flag::HiddenThread);
        hidden.then(|| {
            format!(
                "{} threads, more than the model declares",
                row.threads.unwrap_or(0)
            )
        })
    })
}
