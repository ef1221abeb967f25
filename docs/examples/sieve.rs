//! Counting primes: pure arithmetic over a buffer that a unit keeps.

use std::io;

use serde::{Deserialize, Serialize};

use super::params::Params;
use super::{Limits, Plan, Workload, World};
use crate::base::error::Result;
use crate::base::seed::draw;
use crate::kit::{AsyncKit, DirectKit};

/// What is sieved, and the primes that every order crosses off with.
pub struct Sieve {
    /// Numbers in a window.
    span: usize,
    /// All primes up to the square root of the largest number.
    primes: Vec<u64>,
}

const KEYS: [&str; 1] = ["span"];

/// Windows begin below this.
const STARTS: u64 = 1_000_000;
/// Longest window.
const MAX_SPAN: i64 = 10_000_000;

/// One window to count the primes of.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Window {
    start: u64,
}

/// Counts the primes in `start..start + span`, crossing multiples off in
/// `crossed`, which is cleared first and keeps its capacity.
fn count(primes: &[u64], start: u64, span: usize, crossed: &mut Vec<bool>) -> u64 {
    crossed.clear();
    crossed.resize(span, false);
    let end = start + span as u64;
    for &prime in primes.iter().take_while(|&&prime| prime * prime < end) {
        // A prime is no multiple to cross off, so begin at its square.
        let first = (prime * prime).max(start.next_multiple_of(prime));
        for multiple in (first..end).step_by(prime as usize) {
            crossed[(multiple - start) as usize] = true;
        }
    }
    let composite = crossed.iter().filter(|crossed| **crossed).count();
    // Neither 0 nor 1 is crossed off above, and neither is prime.
    let units = 2u64.saturating_sub(start).min(span as u64);
    (span - composite) as u64 - units
}

/// The primes below `end`, found by counting in windows of one.
fn primes_below(end: u64) -> Vec<u64> {
    let mut primes = Vec::new();
    for number in 2..end {
        if count(&primes, number, 1, &mut Vec::new()) == 1 {
            primes.push(number);
        }
    }
    primes
}

impl Sieve {
    fn window(seed: u64, index: u64) -> Window {
        Window {
            start: draw(seed, index, 0) % STARTS,
        }
    }

    /// One order's arithmetic: the same for both styles.
    fn sieve(&self, window: Window, crossed: &mut Vec<bool>) -> u64 {
        count(&self.primes, window.start, self.span, crossed)
    }

    /// Opens a unit's session: the buffer, allocated before the clock.
    ///
    /// # Errors
    /// Never.
    pub async fn open_asynch<K: AsyncKit>(&self, _kit: K) -> io::Result<Vec<bool>> {
        Ok(Vec::with_capacity(self.span))
    }

    /// Counts one window on an async runtime. The session comes by value and
    /// goes back. Nothing is awaited: arithmetic keeps its worker busy.
    pub async fn asynch<K: AsyncKit>(
        &self,
        _kit: K,
        mut crossed: Vec<bool>,
        window: Window,
    ) -> (Vec<bool>, io::Result<u64>) {
        let primes = self.sieve(window, &mut crossed);
        (crossed, Ok(primes))
    }

    /// Opens a unit's session: the buffer, allocated before the clock.
    ///
    /// # Errors
    /// Never.
    pub fn open_direct<K: DirectKit>(&self, _kit: &K) -> io::Result<Vec<bool>> {
        Ok(Vec::with_capacity(self.span))
    }

    /// Counts one window on the calling thread.
    ///
    /// # Errors
    /// Never.
    pub fn direct<K: DirectKit>(
        &self,
        _kit: &K,
        crossed: &mut Vec<bool>,
        window: Window,
    ) -> io::Result<u64> {
        Ok(self.sieve(window, crossed))
    }
}

impl Workload for Sieve {
    type Spec = Window;

    fn new(params: &Params, _world: &World) -> Result<Self> {
        params.refuse_unknown(&KEYS)?;
        let span = params.int("span", 10_000, 1, MAX_SPAN)? as usize;
        let largest = STARTS + span as u64;
        Ok(Sieve {
            span,
            primes: primes_below(largest.isqrt() + 1),
        })
    }

    #[inline]
    fn spec(&self, seed: u64, _sample: u64, index: u64) -> Window {
        Sieve::window(seed, index)
    }

    fn stations(&self) -> Vec<usize> {
        Vec::new()
    }
}

impl Plan for Sieve {
    fn expected(&self, seed: u64, orders: u64) -> Vec<u64> {
        let mut crossed = Vec::new();
        (0..orders)
            .map(|index| self.sieve(Sieve::window(seed, index), &mut crossed))
            .collect()
    }

    fn bound_ns(&self, _seed: u64, orders: u64, limits: &Limits) -> u64 {
        // What a window costs on this CPU is not known, and a bound must never
        // be above what is possible: efficiency stays unstated.
        (orders.saturating_sub(1) as f64 * limits.period_ns) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_counts() {
        let sieve = Sieve::new(&Params::default(), &World::default()).unwrap();
        let count = |start, span| count(&sieve.primes, start, span, &mut Vec::new());
        assert_eq!(count(0, 100), 25);
        assert_eq!(count(0, 1_000_000), 78_498);
        assert_eq!((count(0, 1), count(1, 1), count(2, 1)), (0, 0, 1));
        assert_eq!(count(999_983, 1), 1);
    }
}
