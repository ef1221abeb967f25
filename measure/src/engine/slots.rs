//! What each order leaves behind: one preallocated slot per index, filled
//! without locks while the clock runs and read after it.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::base::clock::Nanos;
use crate::base::seed::mix;

/// One order's times and answer: 32 bytes.
#[derive(Default)]
struct Slot {
    start: AtomicU64,
    end: AtomicU64,
    answer: AtomicU64,
    completions: AtomicU32,
}

/// Memory of one slot, bytes.
pub const BYTES: usize = size_of::<Slot>();

/// The slots of a batch. Each order writes its own; relaxed stores suffice,
/// because the batch's join orders them before the reading.
pub struct Slots(Vec<Slot>);

impl Slots {
    /// One empty slot for each order.
    #[must_use]
    pub fn new(orders: usize) -> Self {
        Slots(std::iter::repeat_with(Slot::default).take(orders).collect())
    }

    /// Asks for the memory of order `index`, before its start is read. A store is not waited
    /// for, so it comes while the order runs. Without this its end waits for it: some 130 ns
    /// of 4 µs were spent so in `fetch/no-delay`, by the harness alone.
    #[inline]
    pub fn touch(&self, index: u64) {
        self.0[index as usize].start.store(0, Relaxed);
    }

    /// Records that order `index` was served.
    #[inline]
    pub fn record(&self, index: u64, start: Nanos, end: Nanos, answer: u64) {
        let slot = &self.0[index as usize];
        slot.start.store(start, Relaxed);
        slot.end.store(end, Relaxed);
        slot.answer.store(answer, Relaxed);
        // One writer an order is the law; a second one must not be hidden.
        slot.completions
            .store(slot.completions.load(Relaxed) + 1, Relaxed);
    }

    /// Service times of all orders, ns, by index.
    pub fn services(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().map(|slot| {
            slot.end
                .load(Relaxed)
                .saturating_sub(slot.start.load(Relaxed))
        })
    }

    /// Actual starts, by index.
    pub fn starts(&self) -> impl Iterator<Item = Nanos> + '_ {
        self.0.iter().map(|slot| slot.start.load(Relaxed))
    }

    /// Ends, by index.
    pub fn ends(&self) -> impl Iterator<Item = Nanos> + '_ {
        self.0.iter().map(|slot| slot.end.load(Relaxed))
    }

    /// The last order's end.
    #[must_use]
    pub fn last_end(&self) -> Nanos {
        self.ends().max().unwrap_or(0)
    }

    /// How many orders were in service on average from `opened` to the last start:
    /// while orders were left that could have been. `None` of no such time.
    #[must_use]
    pub fn in_flight_until_last_start(&self, opened: Nanos) -> Option<f64> {
        let last = self.starts().max().filter(|last| *last > opened)?;
        let both = self.starts().zip(self.ends());
        let served: u64 = both
            .map(|(start, end)| end.min(last).saturating_sub(start))
            .sum();
        Some(served as f64 / (last - opened) as f64)
    }

    /// Answers, by index.
    pub fn answers(&self) -> impl Iterator<Item = u64> + Clone + '_ {
        self.0.iter().map(|slot| slot.answer.load(Relaxed))
    }

    /// All answers folded together, each bound to its index.
    #[must_use]
    pub fn answer(&self) -> u64 {
        fold(self.answers())
    }

    /// The first order that was not served exactly once, with its count.
    #[must_use]
    pub fn miscounted(&self) -> Option<(usize, u32)> {
        let counts = self.0.iter().map(|slot| slot.completions.load(Relaxed));
        counts.enumerate().find(|&(_, count)| count != 1)
    }

    /// Most orders in service at once.
    #[must_use]
    pub fn peak_in_service(&self) -> usize {
        let mut events: Vec<(Nanos, i32)> = Vec::with_capacity(2 * self.0.len());
        for slot in &self.0 {
            events.push((slot.start.load(Relaxed), 1));
            events.push((slot.end.load(Relaxed), -1));
        }
        // At equal times the end comes first: they did not overlap.
        events.sort_unstable();
        let mut now = 0i32;
        let mut peak = 0;
        for (_, change) in events {
            now += change;
            peak = peak.max(now);
        }
        peak as usize
    }
}

/// Folds answers into one word: the wrapping sum of each answer mixed with its
/// index, so that swapped, lost and doubled answers all show.
pub fn fold(answers: impl Iterator<Item = u64>) -> u64 {
    answers.zip(0u64..).fold(0, |sum, (answer, index)| {
        sum.wrapping_add(mix(answer ^ mix(index)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_or_doubled_order_shows() {
        let slots = Slots::new(3);
        slots.record(0, 1, 2, 10);
        slots.record(2, 1, 2, 12);
        assert_eq!(slots.miscounted(), Some((1, 0)));
        slots.record(1, 1, 2, 11);
        assert_eq!(slots.miscounted(), None);
        slots.record(1, 1, 2, 11);
        assert_eq!(slots.miscounted(), Some((1, 2)));
    }

    #[test]
    fn swapped_answers_show() {
        assert_ne!(fold([1, 2].into_iter()), fold([2, 1].into_iter()));
    }

    #[test]
    fn what_is_in_flight_is_counted_until_the_last_start() {
        let slots = Slots::new(3);
        slots.record(0, 1000, 1060, 0);
        slots.record(1, 1000, 1100, 0);
        // Nothing is left to start from here on: how long this takes says nothing.
        slots.record(2, 1080, 9000, 0);
        assert_eq!(slots.in_flight_until_last_start(1000), Some(1.75));
        assert_eq!(slots.in_flight_until_last_start(1080), None);
    }

    #[test]
    fn overlap_is_counted_at_its_peak() {
        let slots = Slots::new(3);
        slots.record(0, 0, 10, 0);
        slots.record(1, 5, 15, 0);
        slots.record(2, 10, 20, 0);
        assert_eq!(slots.peak_in_service(), 2);
    }
}
