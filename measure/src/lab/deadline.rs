//! How long a child process is waited for where the whole run has only so much time.

use std::time::{Duration, Instant};

/// What was begun within the budget may take so much longer. It is small beside a
/// budget, and much for a visit that was expected to fit.
pub const GRACE: Duration = Duration::from_secs(5);
/// Even after that, a child process that works is given time for one short answer.
const ONE_ANSWER: Duration = Duration::from_secs(1);

/// The moment at which the run's budget is spent, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// A budget that is spent at `spent`.
    #[must_use]
    pub fn at(spent: Option<Instant>) -> Self {
        Deadline(spent)
    }

    /// Whether the budget is spent.
    #[must_use]
    pub fn is_past(self) -> bool {
        self.0.is_some_and(|spent| Instant::now() >= spent)
    }

    /// `limit`, or less where the budget and [`GRACE`] end before.
    #[must_use]
    pub fn bound(self, limit: Duration) -> Duration {
        let left = |spent: Instant| (spent + GRACE).saturating_duration_since(Instant::now());
        self.0
            .map_or(limit, |spent| limit.min(left(spent).max(ONE_ANSWER)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_waited_for_much_longer_than_the_budget() {
        let (hour, now) = (Duration::from_secs(3600), Instant::now());
        assert_eq!(Deadline::default().bound(hour), hour);
        assert!(!Deadline::default().is_past());
        let soon = Deadline::at(Some(now + Duration::from_secs(100)));
        let bound = soon.bound(hour);
        assert!(bound <= Duration::from_secs(100) + GRACE, "{bound:?}");
        assert!(bound > GRACE && !soon.is_past());
        assert_eq!(soon.bound(GRACE), GRACE);
        let past = Deadline::at(now.checked_sub(GRACE));
        assert_eq!(past.bound(hour), ONE_ANSWER);
        assert_eq!(past.bound(Duration::ZERO), Duration::ZERO);
        assert!(past.is_past());
    }
}
