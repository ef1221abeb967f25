//! What must agree for a sample to count: the answers, and the server's ledger.

use super::OpenCell;
use crate::base::error::{Error, Result};
use crate::engine::batch::with_payload;
use crate::engine::slots::fold;
use crate::protocol::Measured;
use crate::server::control::Reading;
use crate::workload::client::Client;
use crate::workload::payload;

impl OpenCell {
    pub(super) fn check_answer(&mut self, measured: &Measured, seed: u64) -> Result<()> {
        if self
            .expected
            .as_ref()
            .is_none_or(|(known, _)| *known != seed)
        {
            let bytes = payload(self.cell.shared().payload);
            let answers = self.cell.plan().expected(seed, self.orders);
            let folded = fold(
                answers
                    .into_iter()
                    .map(|answer| with_payload(answer, &bytes)),
            );
            self.expected = Some((seed, format!("{folded:016x}")));
        }
        match &self.expected {
            Some((_, expected)) if *expected == measured.answer => Ok(()),
            Some((_, expected)) => Err(Error::Failed(format!(
                "wrong answer: {} where {expected} was due",
                measured.answer
            ))),
            None => unreachable!("just computed"),
        }
    }

    pub(super) fn check_ledger(&mut self, reading: &Reading, seed: u64) -> Result<()> {
        let Some(served) = self.cell.served() else {
            return Ok(());
        };
        if self.body_bytes.is_none_or(|(known, _)| known != seed) {
            self.body_bytes = Some((seed, served.body_bytes(seed, self.orders)));
        }
        let bytes = self.body_bytes.map_or(0, |(_, bytes)| bytes);
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
