//! The batch that meets cold code, connections and caches, so that those that
//! count do not.

use super::{Lab, OpenCell};
use crate::record::row::Row;

/// The part of a schedule that warms a cell up.
const PART: u64 = 8;
/// Orders that each place for one gets at least.
const ROUNDS: u64 = 2;

impl OpenCell {
    /// Serves a batch that counts for nothing but is checked as any other: a
    /// whole one, or where orders come from outside the eighth part of it, at
    /// least two orders for each that may be in flight. Such a batch lasts as
    /// long as its schedule, of which a model has long seen all after that.
    pub fn warm_up(&mut self, lab: &mut Lab, seed: u64, round: u32, position: u32) -> Row {
        let whole = self.orders;
        self.orders = self.warm_up_orders();
        let row = self.sample(lab, seed, round, position);
        if self.orders != whole {
            self.orders = whole;
            // What is due depends on how many orders there are.
            self.expected = None;
            self.body_bytes = None;
        }
        row
    }

    fn warm_up_orders(&self) -> u64 {
        let held = self
            .cell
            .served()
            .is_some_and(|served| served.profile(0).hold > 0);
        if held || !self.cell.shared().arrivals.open() {
            return self.orders;
        }
        let rounds = ROUNDS * self.cell.shared().concurrency as u64;
        (self.orders / PART).max(rounds).min(self.orders)
    }
}
