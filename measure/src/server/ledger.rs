//! What is counted of one sample. Pure: times are passed in, so that every
//! rule is tested without a clock or a socket.

use std::collections::HashSet;

use crate::base::clock::Nanos;
use crate::record::row::Ledger;

/// Ids below this are remembered in a bitset, 2 MiB at most.
const DENSE_IDS: u64 = 1 << 24;

/// How many larger ids are remembered; beyond, `distinct` falls short, and
/// the row that needed it is an error rather than a guess.
const SPARSE_IDS: usize = 1 << 18;

/// Counts the requests of the current sample.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    sample: u64,
    /// Orders that the sample has.
    orders: u64,
    /// Changes with every [`Keeper::begin`], so that a connection can be told
    /// to be new to a sample even where its number is used again.
    epoch: u32,
    requests: u64,
    distinct: u64,
    body_bytes: u64,
    connections: u64,
    in_flight: u64,
    peak: u64,
    /// Time-integral of `in_flight` up to `since`, request-nanoseconds.
    area: u64,
    since: Nanos,
    dense: Vec<u64>,
    sparse: HashSet<u64>,
}

impl Keeper {
    /// Forgets everything and counts requests of `sample` from now on.
    pub(super) fn begin(&mut self, sample: u64, orders: u64, now: Nanos) {
        *self = Keeper {
            sample,
            orders,
            epoch: self.epoch + 1,
            since: now,
            // Fresh zeroed pages cost nothing until they are touched.
            dense: vec![0; orders.min(DENSE_IDS).div_ceil(64) as usize],
            ..Keeper::default()
        };
    }

    /// Whether requests that carry `sample` are counted.
    pub(super) fn counts(&self, sample: u64) -> bool {
        sample == self.sample && sample != 0
    }

    /// A counted request for item `id` was parsed, on a connection that
    /// carried its last one in epoch `last`.
    pub(super) fn enter(&mut self, id: u64, last: &mut u32, now: Nanos) {
        self.advance(now);
        self.requests += 1;
        self.in_flight += 1;
        self.peak = self.peak.max(self.in_flight);
        self.distinct += u64::from(self.is_new(id));
        if *last != self.epoch {
            *last = self.epoch;
            self.connections += 1;
        }
    }

    /// `requests` of them are answered, or their connection is gone.
    pub(super) fn leave(&mut self, requests: u32, now: Nanos) {
        self.advance(now);
        self.in_flight = self.in_flight.saturating_sub(u64::from(requests));
    }

    /// A counted request is answered rightly with this many body bytes.
    pub(super) fn body(&mut self, bytes: usize) {
        self.body_bytes += bytes as u64;
    }

    /// Whether nothing was counted yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.requests == 0
    }

    /// Whether all of the sample's orders were counted and answered.
    pub(super) fn is_complete(&self) -> bool {
        self.in_flight == 0 && self.requests >= self.orders && self.orders > 0
    }

    /// Counted requests in flight.
    pub(super) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// The ledger as it stands.
    pub(super) fn ledger(&mut self, now: Nanos) -> Ledger {
        self.advance(now);
        Ledger {
            requests: self.requests,
            distinct: self.distinct,
            body_bytes: self.body_bytes,
            connections: Some(self.connections),
            peak_in_flight: Some(self.peak),
            in_flight_ns: Some(self.area),
        }
    }

    fn advance(&mut self, now: Nanos) {
        let passed = now.saturating_sub(self.since);
        self.area += self.in_flight * passed;
        self.since += passed;
    }

    fn is_new(&mut self, id: u64) -> bool {
        if id >= DENSE_IDS {
            return self.sparse.len() < SPARSE_IDS && self.sparse.insert(id);
        }
        let (word, bit) = ((id / 64) as usize, 1 << (id % 64));
        if word >= self.dense.len() {
            self.dense.resize(word + 1, 0);
        }
        let new = self.dense[word] & bit == 0;
        self.dense[word] |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_and_integral_follow_the_requests_in_flight() {
        let mut keeper = Keeper::default();
        let (mut a, mut b) = (0, 0);
        keeper.begin(7, 10, 100);
        keeper.enter(1, &mut a, 110);
        keeper.enter(2, &mut b, 120);
        keeper.leave(1, 150);
        keeper.leave(1, 170);
        keeper.enter(2, &mut a, 200);
        let ledger = keeper.ledger(205);
        assert_eq!((ledger.requests, ledger.distinct), (3, 2));
        assert_eq!(ledger.connections, Some(2));
        assert_eq!(ledger.peak_in_flight, Some(2));
        // One for 10, two for 30, one for 20, one for 5.
        assert_eq!(ledger.in_flight_ns, Some(10 + 60 + 20 + 5));
        assert_eq!(keeper.in_flight(), 1);
    }

    #[test]
    fn a_sample_begins_empty_even_under_its_old_number() {
        let mut keeper = Keeper::default();
        assert!(!keeper.counts(0));
        let mut connection = 0;
        for round in 0..2 {
            keeper.begin(3, 10, round * 100);
            assert!(keeper.counts(3) && !keeper.counts(0) && !keeper.counts(4));
            keeper.enter(1, &mut connection, round * 100);
            keeper.body(128);
            keeper.leave(1, round * 100);
            let ledger = keeper.ledger(round * 100);
            assert_eq!((ledger.requests, ledger.body_bytes), (1, 128));
            assert_eq!(ledger.connections, Some(1));
        }
    }

    #[test]
    fn distinct_ids_are_exact_inside_and_beyond_the_bitset() {
        let mut keeper = Keeper::default();
        keeper.begin(1, 4, 0);
        for id in [0, 3, 3, 64, 1_000_000, DENSE_IDS, u64::MAX, DENSE_IDS, 0] {
            keeper.enter(id, &mut 0, 0);
        }
        assert_eq!(keeper.ledger(0).distinct, 6);
    }

    #[test]
    fn memory_is_bounded_whatever_the_ids() {
        let mut keeper = Keeper::default();
        keeper.begin(1, u64::MAX, 0);
        assert_eq!(keeper.dense.len() as u64, DENSE_IDS / 64);
        for id in 0..SPARSE_IDS as u64 + 1000 {
            keeper.enter(u64::MAX - id, &mut 0, 0);
        }
        assert_eq!(keeper.sparse.len(), SPARSE_IDS);
    }

    #[test]
    fn a_clock_that_lags_is_no_negative_time() {
        let mut keeper = Keeper::default();
        keeper.begin(1, 1, 1000);
        keeper.enter(0, &mut 0, 900);
        keeper.leave(1, 1100);
        assert_eq!(keeper.ledger(1100).in_flight_ns, Some(100));
    }
}
