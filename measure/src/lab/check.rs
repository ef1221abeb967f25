//! What must agree for a sample to count: the answers, and the server's ledger.

use super::{Lab, OpenCell};
use crate::base::error::{Error, Result};
use crate::protocol::Measured;
use crate::server::control::Reading;
use crate::workload::client::Client;

impl OpenCell {
    pub(super) fn check_answer(&self, lab: &mut Lab, measured: &Measured, seed: u64) -> Result<()> {
        let due = lab.due.answer(&self.cell, seed, self.orders);
        if due == measured.answer {
            return Ok(());
        }
        Err(Error::Failed(format!(
            "wrong answer: {} where {due} was due",
            measured.answer
        )))
    }

    pub(super) fn check_ledger(&self, lab: &mut Lab, reading: &Reading, seed: u64) -> Result<()> {
        let Some(served) = self.cell.served() else {
            return Ok(());
        };
        let bytes = lab.due.body_bytes(&self.cell, seed, self.orders);
        let ledger = &reading.ledger;
        let due = [
            ("requests", ledger.requests, self.orders),
            ("distinct items", ledger.distinct, self.orders),
            ("body bytes", ledger.body_bytes, bytes),
        ];
        for (what, counted, due) in due {
            if counted != due {
                return Err(Error::Failed(format!(
                    "the server's ledger differs: it counted {counted} {what} where {due} were due"
                )));
            }
        }
        if self.cell.client != Client::Wire {
            return Ok(());
        }
        let runner = self
            .runner
            .as_ref()
            .map_or(u64::MAX, |runner| runner.ready().in_flight);
        let most = runner.min(self.cell.shared().concurrency as u64);
        let fresh = served.connection_per_order() || self.cell.model.fresh_sessions;
        let connections = ledger.connections.filter(|_| !fresh);
        for (what, counted) in [
            ("connections", connections),
            ("requests in flight", ledger.peak_in_flight),
        ] {
            if let Some(counted) = counted
                && counted > most
            {
                return Err(Error::Failed(format!(
                    "the server's ledger differs: it counted {counted} {what} where at most {most} are allowed"
                )));
            }
        }
        Ok(())
    }
}
