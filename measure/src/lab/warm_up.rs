//! The batches that meet cold code, connections and caches, so that those that count
//! do not.

use super::sampling::Sampling;
use super::{Lab, OpenCell};
use crate::record::row::Row;

/// Where a schedule sets the pace: orders that each place for one gets at least.
const ROUNDS: u64 = 2;
/// Where a schedule sets the pace and nothing says for how long: the part of it that
/// warms a cell up.
const PART: u64 = 8;
/// A cell is steady where an order takes as long in the last batch as in the one before,
/// by this part.
const STEADY: f64 = 0.05;

/// What warming a cell up came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct WarmUp {
    /// Wall time of the batches, ns.
    pub(super) served_ns: u64,
    /// Whether the last two batches were of the same speed; not known of one batch, nor
    /// where a schedule sets the speed.
    pub(super) steady: Option<bool>,
}

impl OpenCell {
    /// Serves batches that count for nothing but are checked as any other, as
    /// [`Lab::sampling`] says, and sets how many orders a sample then has: as many as
    /// `before` did in an earlier round, where that still lasts long enough.
    ///
    /// Batches follow each other until they have taken the time, and the last was as
    /// fast as the one before, or twice the time is over. The first is the least there
    /// is; those that follow last about a quarter of the time. Where orders come from
    /// outside there is one batch, as long as the time, and at least two orders for each
    /// that may be in flight.
    ///
    /// The row of the last batch; that of the first which failed.
    pub fn warm_up(
        &mut self,
        lab: &mut Lab,
        seed: u64,
        round: u32,
        position: u32,
        before: Option<u64>,
    ) -> Row {
        let row = self.serve_until_steady(lab, seed, round, position);
        if let (None, Some(order_ns)) = (&row.error, order_ns(&row)) {
            self.orders = lab.sampling.orders(&self.cell, order_ns, before);
        }
        row
    }

    fn serve_until_steady(&mut self, lab: &mut Lab, seed: u64, round: u32, position: u32) -> Row {
        let extent = lab.sampling.warm_up(&self.cell);
        let open_loop = self.cell.shared().arrivals.open();
        if open_loop {
            self.orders = self.scheduled(extent.map_or(0.0, |(least, _)| least.as_secs_f64()));
        }
        let mut served_ns = 0;
        let mut last: Option<f64> = None;
        loop {
            let row = self.sample(lab, seed, round, position);
            let Some(own) = order_ns(&row) else {
                return row;
            };
            served_ns += row.wall_ns.unwrap_or(0);
            let steady = last.map(|last| (own / last).ln().abs() <= STEADY.ln_1p());
            self.warm_up = Some(WarmUp { served_ns, steady });
            last = Some(own);
            let Some((least, most)) = extent.filter(|_| !open_loop) else {
                return row;
            };
            let took = |time: std::time::Duration| u128::from(served_ns) >= time.as_nanos();
            if took(most) || (took(least) && steady == Some(true)) {
                return row;
            }
            self.orders = Sampling::batch(&self.cell, least, own);
        }
    }

    /// Orders that come from outside within so many seconds.
    fn scheduled(&self, seconds: f64) -> u64 {
        let held = self
            .cell
            .served()
            .is_some_and(|served| served.profile(0).hold > 0);
        let (whole, shared) = (self.cell.orders(), self.cell.shared());
        if held {
            return whole;
        }
        let least = match (seconds * shared.rate).ceil() as u64 {
            0 => whole / PART,
            least => least,
        };
        let rounds = ROUNDS * shared.concurrency as u64;
        least.max(rounds.min(whole)).max(1)
    }
}

/// What an order of the row took, ns; `None` of one that failed.
fn order_ns(row: &Row) -> Option<f64> {
    let wall = row.wall_ns.filter(|_| row.error.is_none())?;
    Some(wall.max(1) as f64 / row.orders as f64)
}
