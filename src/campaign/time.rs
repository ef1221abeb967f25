//! The time that a run may take, and what its visits took so far.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Longest budget: what would take longer is meant otherwise.
const LONGEST: Duration = Duration::from_secs(7 * 86_400);
/// Longest warm-up.
const LONGEST_WARM_UP: Duration = Duration::from_secs(60);
/// The part of a budget that tables and charts are left.
const RESERVE: f64 = 1.0 / 30.0;
/// Most that they are left.
const MOST_RESERVE: Duration = Duration::from_secs(10);

/// How long a run may take, tables and charts included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Budget(pub Duration);

impl Budget {
    /// A budget that leaves `visits` so much time, in whole minutes, and a few
    /// more than it seems to take.
    pub(super) fn of(visits: Duration) -> Self {
        let seconds = visits.as_secs_f64() * 1.1 + MOST_RESERVE.as_secs_f64();
        Budget(Duration::from_secs((seconds / 60.0).ceil() as u64 * 60))
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mend = "write a time of up to a week as in 90s, 10m or 1h30m";
        let parsed: SignedDuration = text.parse().map_err(|_| mend.to_owned())?;
        Duration::try_from(parsed)
            .ok()
            .filter(|time| !time.is_zero() && *time <= LONGEST)
            .map(Budget)
            .ok_or_else(|| mend.to_owned())
    }
}

impl TryFrom<String> for Budget {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> Self {
        budget.to_string()
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX);
        let text = format!("{time:#}");
        f.write_str(&text.replace(' ', ""))
    }
}

/// How long fresh runners are warmed up at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WarmUp(pub Duration);

impl FromStr for WarmUp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = text.parse::<SignedDuration>().ok();
        time.and_then(|time| Duration::try_from(time).ok())
            .filter(|time| *time <= LONGEST_WARM_UP)
            .map(WarmUp)
            .ok_or_else(|| "write a time of up to a minute as in 500ms or 2s".to_owned())
    }
}

impl TryFrom<String> for WarmUp {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<WarmUp> for String {
    fn from(warm_up: WarmUp) -> Self {
        let time = SignedDuration::try_from(warm_up.0).unwrap_or(SignedDuration::MAX);
        format!("{time:#}").replace(' ', "")
    }
}

/// A run's stopwatch, which knows when the last visit must have ended.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    begun: Instant,
    /// What earlier sittings of the run took.
    before: Duration,
    budget: Option<Budget>,
}

impl Stopwatch {
    /// Starts now, with `before` of the budget already gone.
    #[must_use]
    pub fn start(budget: Option<Budget>, before: Duration) -> Self {
        Stopwatch {
            begun: Instant::now(),
            before,
            budget,
        }
    }

    /// What the run has taken, all sittings together.
    #[must_use]
    pub fn spent(&self) -> Duration {
        self.before + self.begun.elapsed()
    }

    /// When the budget is spent; `None` where there is none.
    #[must_use]
    pub fn end(&self) -> Option<Instant> {
        let Budget(budget) = self.budget?;
        Some(self.begun + budget.saturating_sub(self.before))
    }

    /// The budget.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        self.budget
    }

    /// Time left for visits: the budget without what is spent and what tables
    /// and charts are left; `None` where there is no budget.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let Budget(budget) = self.budget?;
        let reserve = budget.mul_f64(RESERVE).min(MOST_RESERVE);
        Some(budget.saturating_sub(reserve + self.spent()))
    }
}

/// What a visit to each cell took the last time.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(BTreeMap<usize, Duration>);

impl Pace {
    /// A visit to cell `at` took this long.
    pub(super) fn took(&mut self, at: usize, time: Duration) {
        self.0.insert(at, time);
    }

    /// What a visit to cell `at` will take: as much as the last one. One that
    /// was never visited is taken for an average one, and the very first for
    /// nothing.
    pub(super) fn visit(&self, at: usize) -> Duration {
        self.0.get(&at).copied().unwrap_or_else(|| {
            let all: Duration = self.0.values().sum();
            all.checked_div(self.0.len() as u32).unwrap_or_default()
        })
    }

    /// What visits to all of `cells` will take.
    pub(super) fn visits(&self, cells: impl IntoIterator<Item = usize>) -> Duration {
        cells.into_iter().map(|at| self.visit(at)).sum()
    }

    /// Whether nothing is known yet.
    pub(super) fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_ups_are_short_times() {
        for (text, millis) in [("500ms", 500), ("0s", 0), ("1m", 60_000), ("2s", 2000)] {
            let read: WarmUp = text.parse().unwrap();
            assert_eq!(read.0, Duration::from_millis(millis), "{text}");
            assert_eq!(String::from(read).parse(), Ok(read), "{text}");
        }
        for text in ["500", "61s", "-1s", "warm"] {
            assert!(text.parse::<WarmUp>().is_err(), "{text}");
        }
    }

    #[test]
    fn budgets_are_read_and_written_as_people_do() {
        for (text, seconds, written) in [
            ("10m", 600, "10m"),
            ("90s", 90, "1m30s"),
            ("1h30m", 5400, "1h30m"),
            ("2 minutes", 120, "2m"),
        ] {
            let budget: Budget = text.parse().unwrap();
            assert_eq!(budget.0, Duration::from_secs(seconds), "{text}");
            assert_eq!(budget.to_string(), written);
            assert_eq!(written.parse(), Ok(budget));
        }
        for bad in ["", "10", "0s", "-10m", "ten minutes", "10 parsecs", "9000h"] {
            let why = bad.parse::<Budget>().unwrap_err();
            assert!(why.contains("1h30m"), "{bad}: {why}");
        }
    }

    #[test]
    fn tables_are_left_a_part_of_the_budget() {
        let budget = "60s".parse().ok();
        let stopwatch = Stopwatch::start(budget, Duration::from_secs(20));
        let left = stopwatch.left().unwrap();
        assert!(left <= Duration::from_secs(38), "{left:?}");
        assert!(stopwatch.spent() >= Duration::from_secs(20));
        let end = stopwatch.end().unwrap() - stopwatch.begun;
        assert_eq!(end, Duration::from_secs(40));
        let spent = Stopwatch::start(budget, Duration::from_secs(70));
        assert_eq!(spent.left(), Some(Duration::ZERO));
        let free = Stopwatch::start(None, Duration::ZERO);
        assert_eq!((free.left(), free.end()), (None, None));
    }

    #[test]
    fn a_round_is_expected_to_take_what_its_visits_took_last() {
        let mut pace = Pace::default();
        assert!(pace.is_unknown() && pace.visits([0, 1]).is_zero());
        pace.took(0, Duration::from_secs(9));
        pace.took(0, Duration::from_secs(1));
        pace.took(1, Duration::from_secs(3));
        // The third is taken for an average one.
        assert_eq!(pace.visits([0, 1, 2]), Duration::from_secs(6));
    }
}
