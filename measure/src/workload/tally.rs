//! How the orders of a server that is not ours went. Its answers say nothing that
//! could be checked, so the answer of such an order, a word that every model
//! carries home anyway, tells how the order went. Nothing is counted while the
//! clock runs.

use std::collections::BTreeMap;

/// Why an order failed whose failure is tolerated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The answer has a status that is not accepted.
    Status(u16),
    /// Nobody listens there.
    Refused,
    /// The network knows no way there.
    Unreachable,
    /// The server, or somebody on the way, broke the connection off.
    Reset,
    /// The server closed the connection before the answer was whole.
    Closed,
    /// No whole answer came within the timeout.
    Timeout,
    /// What came is not HTTP as it is understood here.
    Malformed,
}

/// The kinds without a status, by the number that stands for them, from 2.
const KINDS: [(Failure, &str); 6] = [
    (Failure::Refused, "refused"),
    (Failure::Unreachable, "unreachable"),
    (Failure::Reset, "reset"),
    (Failure::Closed, "closed"),
    (Failure::Timeout, "timeout"),
    (Failure::Malformed, "malformed"),
];

impl Failure {
    /// Its name in rows.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Failure::Status(status) => format!("status {status}"),
            other => KINDS
                .iter()
                .find(|(kind, _)| *kind == other)
                .map_or_else(String::new, |(_, name)| (*name).to_owned()),
        }
    }
}

/// How one order went: its connections in the lowest byte, its failure above, and
/// the status above that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Went {
    /// Connections that it had to open although its unit keeps one alive.
    pub reconnects: u8,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
}

impl Went {
    /// The answer that tells it.
    #[must_use]
    pub fn answer(self) -> u64 {
        let failure = match self.failure {
            None => 0,
            Some(Failure::Status(status)) => 1 | u64::from(status) << 8,
            Some(other) => KINDS
                .iter()
                .zip(2..)
                .find(|((kind, _), _)| *kind == other)
                .map_or(0, |(_, number)| number),
        };
        u64::from(self.reconnects) | failure << 8
    }

    /// What an answer tells.
    #[must_use]
    pub fn read(answer: u64) -> Self {
        let failure = match (answer >> 8) & 0xff {
            0 => None,
            1 => Some(Failure::Status((answer >> 16) as u16)),
            number => KINDS.get(number as usize - 2).map(|(kind, _)| *kind),
        };
        Went {
            reconnects: answer as u8,
            failure,
        }
    }
}

/// How all orders of a sample went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Connections that orders had to open although their units keep one alive;
    /// `None` where the client does not say.
    pub reconnects: Option<u64>,
    /// How many orders failed, by kind.
    pub failures: BTreeMap<String, u64>,
    /// Which orders failed, by index; empty where none did.
    failed: Vec<bool>,
}

impl Tally {
    /// Counts what `answers` tell, by index.
    pub fn of(answers: impl Iterator<Item = u64> + Clone) -> Self {
        let went = answers.map(Went::read);
        let mut tally = Tally {
            reconnects: Some(went.clone().map(|went| u64::from(went.reconnects)).sum()),
            ..Tally::default()
        };
        for failure in went.clone().filter_map(|went| went.failure) {
            *tally.failures.entry(failure.name()).or_default() += 1;
        }
        if !tally.failures.is_empty() {
            tally.failed = went.map(|went| went.failure.is_some()).collect();
        }
        tally
    }

    /// How many orders failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Those of `values`, one for each order by index, whose order did not fail.
    pub fn answered<'a, V: 'a>(
        &'a self,
        values: impl Iterator<Item = V> + 'a,
    ) -> impl Iterator<Item = V> + 'a {
        values
            .zip(0..)
            .filter(|(_, at)| !self.failed.get(*at).is_some_and(|failed| *failed))
            .map(|(value, _)| value)
    }

    /// The failures as a person reads them, the most frequent first.
    #[must_use]
    pub fn list(&self) -> String {
        let mut kinds: Vec<_> = self.failures.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let kinds: Vec<String> = kinds
            .into_iter()
            .map(|(kind, count)| format!("{count} × {kind}"))
            .collect();
        kinds.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_tell_how_orders_went() {
        let kinds = KINDS.iter().map(|(kind, _)| Some(*kind));
        let kinds = kinds.chain([None, Some(Failure::Status(599)), Some(Failure::Status(404))]);
        for failure in kinds {
            for reconnects in [0, 1, 2] {
                let went = Went {
                    reconnects,
                    failure,
                };
                assert_eq!(Went::read(went.answer()), went);
            }
        }
        assert_eq!(Went::read(0).failure, None);
    }

    #[test]
    fn failures_are_counted_and_left_out_of_times() {
        let went = |reconnects, failure| {
            Went {
                reconnects,
                failure,
            }
            .answer()
        };
        let answers = [
            went(0, None),
            went(1, Some(Failure::Reset)),
            went(1, None),
            went(0, Some(Failure::Status(503))),
            went(0, Some(Failure::Status(503))),
        ];
        let tally = Tally::of(answers.into_iter());
        assert_eq!((tally.reconnects, tally.failed()), (Some(2), 3));
        assert_eq!(tally.list(), "2 × status 503, 1 × reset");
        let times: Vec<u64> = tally.answered(10..15).collect();
        assert_eq!(times, [10, 12]);
        let sound = Tally::of([0, 0].into_iter());
        assert_eq!(sound.answered(0..2).count(), 2);
    }
}
