//! For how long cells are warmed up and measured, and how many orders that makes.
//!
//! A scenario's orders are the least batch. Models of one scenario differ a hundredfold
//! in speed, so no number of orders lasts long enough for one and not far too long for
//! another: a sample serves a whole multiple of the least batch, by how fast the cell
//! proved while it was warmed up.

use std::time::Duration;

use crate::selection::resolved::ResolvedCell;

/// Orders that take less than this alone are cheap: what they cost is small beside what
/// a runtime does when it starts, and batches of them are short.
const CHEAP: Duration = Duration::from_millis(1);
/// Orders that each place for one serves in a sample at least: what a unit costs to
/// start and to end is then small.
const ORDERS_A_UNIT: u64 = 20;
/// No sample is made longer than this.
const LONGEST: Duration = Duration::from_millis(600);
/// Nor has one more orders: their slots take 32 MB, and memory is no longer that of the
/// model.
const MOST_ORDERS: u64 = 1_000_000;
/// A sample of an earlier round is taken again if it lasts this part of what is wanted.
const LASTING: f64 = 0.5;
/// Batches that warm a cell up last about this part of the whole, or one least batch:
/// shorter ones differ by chance, and of fewer none can be compared.
const PART: u32 = 4;

/// For how long cells are warmed up and measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// One whole batch warms a cell up, and a sample is another: the least.
    #[default]
    Batch,
    /// By time: a cell is warmed up for so long and until it is steady, and a sample
    /// lasts long enough to be past what happens at its gate.
    Steady {
        /// What the warm-up lasts at least; where nothing is given, half a second of
        /// cheap orders and of schedules, and less of orders that wait.
        warm_up: Option<Duration>,
    },
}

impl Sampling {
    /// What cells are warmed up for where orders are cheap, or come by a schedule.
    pub const WARM_UP: Duration = Duration::from_millis(500);
    /// Likewise where orders wait: what they wait for is as long in the first batch as
    /// in the last.
    pub const WARM_UP_WAITING: Duration = Duration::from_millis(100);
    /// What a sample of cheap orders lasts at least.
    pub const SAMPLE: Duration = Duration::from_millis(300);

    /// What warming the cell up lasts at least, and at most where it does not get
    /// steady: twice that, or what a program's description asks for, whose machine
    /// compiles what it runs while it runs.
    pub(super) fn warm_up(self, cell: &ResolvedCell) -> Option<(Duration, Duration)> {
        let Sampling::Steady { warm_up } = self else {
            return None;
        };
        let longer = cell.peer.and_then(|model| model.peer.warm_up_at_most);
        // Whoever sets how many orders there are has set what a batch is.
        if warm_up.is_none() && cell.set.contains_key("orders") && longer.is_none() {
            return None;
        }
        let least = warm_up.unwrap_or_else(|| {
            if cell.shared().arrivals.open() || cheap(cell) {
                Self::WARM_UP
            } else {
                Self::WARM_UP_WAITING
            }
        });
        Some((least, longer.unwrap_or_default().max(2 * least)))
    }

    /// Orders of the next batch of a warm-up that lasts `least`, where an order of the
    /// last one took `order_ns`.
    pub(super) fn batch(cell: &ResolvedCell, least: Duration, order_ns: f64) -> u64 {
        if cell.set.contains_key("orders") {
            return cell.orders();
        }
        let batch = cell.orders();
        let most = most(order_ns).max(batch);
        let due = orders_in(least / PART, order_ns).min(most);
        (due / batch).max(1) * batch
    }

    /// Orders of a sample, where an order took `order_ns` while the cell was warmed up.
    /// `before` is what a sample of an earlier round served: it is taken again where it
    /// still lasts long enough, so that rounds compare.
    pub(super) fn orders(self, cell: &ResolvedCell, order_ns: f64, before: Option<u64>) -> u64 {
        let by_schedule = cell.shared().arrivals.open();
        if self == Sampling::Batch || by_schedule || cell.set.contains_key("orders") {
            return cell.orders();
        }
        let least = if cheap(cell) {
            Self::SAMPLE
        } else {
            Duration::ZERO
        };
        let units = cell.in_flight().min(cell.shared().concurrency).max(1) as u64;
        let by_units = units.saturating_mul(ORDERS_A_UNIT);
        let lasts = |orders: u64, least: f64| {
            let ns = orders as f64 * order_ns;
            ns >= least && ns <= 2.0 * LONGEST.as_nanos() as f64
        };
        let again = before.filter(|&before| {
            before.is_multiple_of(cell.orders()) && lasts(before, LASTING * least.as_nanos() as f64)
        });
        again.unwrap_or_else(|| multiple(cell, orders_in(least, order_ns).max(by_units), order_ns))
    }
}

/// What a visit to a cell is likely to serve: what a caller may plan with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Orders of a sample; `None` where the cell's speed decides.
    pub orders: Option<u64>,
    /// How long a sample lasts at least, ns.
    pub sample_ns: u64,
    /// How long warming up does, ns.
    pub warm_up_ns: u64,
}

impl Sampling {
    /// What serving the cell is likely to take by its waits and its arithmetic.
    #[must_use]
    pub fn planned(self, cell: &ResolvedCell) -> Planned {
        let (batch, batch_ns) = (cell.orders(), cell.likely_wall_ns());
        let warm_up = self.warm_up(cell).map_or(0, |(least, _)| nanos(least));
        let by_speed = batch_ns == 0 && self.warm_up(cell).is_some();
        let order_ns = (batch_ns as f64 / batch as f64).max(1.0);
        let orders = (!by_speed).then(|| self.orders(cell, order_ns, None));
        Planned {
            orders,
            sample_ns: orders.map_or(nanos(Self::SAMPLE), |orders| {
                batch_ns.saturating_mul(orders / batch)
            }),
            warm_up_ns: warm_up.max(batch_ns),
        }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Whether an order of the cell takes next to no time alone. It is the scenario's, and
/// not what a model makes of it, so that all models are measured by the same rule.
fn cheap(cell: &ResolvedCell) -> bool {
    cell.alone_ns() < CHEAP.as_nanos() as u64
}

/// Orders that take at least so long.
fn orders_in(least: Duration, order_ns: f64) -> u64 {
    (least.as_nanos() as f64 / order_ns.max(f64::MIN_POSITIVE)).ceil() as u64
}

/// The most orders that a batch is lengthened to.
fn most(order_ns: f64) -> u64 {
    MOST_ORDERS.min((LONGEST.as_nanos() as f64 / order_ns) as u64)
}

/// The least of 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, … times the cell's orders
/// that is as many as `due`, or the greatest that is neither too long nor too many. Few
/// steps, so that a rate that wavers seldom makes another number of it.
fn multiple(cell: &ResolvedCell, due: u64, order_ns: f64) -> u64 {
    let batch = cell.orders();
    let most = most(order_ns);
    let powers = std::iter::successors(Some(4u64), |power| power.checked_mul(2));
    let steps = powers.flat_map(|power| (0..4).map(move |at| power.saturating_add(power / 4 * at)));
    let mut orders = batch;
    for step in [2, 3].into_iter().chain(steps) {
        let more = batch.saturating_mul(step);
        if orders >= due || more > most {
            break;
        }
        orders = more;
    }
    orders
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenarios;
    use crate::selection::{Set, select};

    const STEADY: Sampling = Sampling::Steady { warm_up: None };

    fn cell(id: &str, sets: &[&str]) -> ResolvedCell {
        let known = scenarios::embedded().unwrap();
        let mut found = select(&known, &[id.to_owned()], &[], Set::Default).unwrap();
        let mut spec = found.remove(0);
        for set in sets {
            spec.set(set).unwrap();
        }
        spec.resolve().unwrap()
    }

    #[test]
    fn cheap_orders_are_served_for_long_and_waiting_ones_by_each_unit() {
        let (cheap, waiting) = (
            cell("fetch/no-delay/os-threads", &[]),
            cell("fetch/wait-10ms/os-threads", &[]),
        );
        // 300 ms at 10 µs are 30,000 orders, which is six batches of 5,000.
        assert_eq!(STEADY.orders(&cheap, 10_000.0, None), 30_000);
        assert_eq!(STEADY.orders(&cheap, 9_999.0, None), 35_000);
        // Twenty orders for each of 100 places are four batches of 500.
        assert_eq!(STEADY.orders(&waiting, 100_000.0, None), 2000);
        // None is longer than 0.6 s, unless the least batch is.
        assert_eq!(STEADY.orders(&waiting, 400_000.0, None), 1500);
        assert_eq!(STEADY.orders(&waiting, 1e9, None), 500);
        let warm_up = |cell| STEADY.warm_up(cell).map(|(least, _)| least);
        assert_eq!(warm_up(&cheap), Some(Sampling::WARM_UP));
        assert_eq!(warm_up(&waiting), Some(Sampling::WARM_UP_WAITING));
        let open = cell("fetch/open-loop/os-threads", &[]);
        assert_eq!(warm_up(&open), Some(Sampling::WARM_UP));
        assert_eq!(STEADY.orders(&open, 1.0, None), open.orders());
    }

    #[test]
    fn who_sets_the_orders_sets_the_batch() {
        let cell = cell("fetch/no-delay/os-threads", &["orders=70"]);
        assert_eq!(STEADY.orders(&cell, 10.0, Some(140)), 70);
        assert_eq!(STEADY.warm_up(&cell), None);
        let asked = Some(Duration::from_millis(20));
        let warm_up = Sampling::Steady { warm_up: asked }.warm_up(&cell);
        assert_eq!(warm_up.map(|(least, _)| least), asked);
        assert_eq!(Sampling::batch(&cell, Duration::from_secs(1), 10.0), 70);
    }

    #[test]
    fn rounds_serve_as_many_orders_as_long_as_that_takes_long_enough() {
        let cell = cell("fetch/no-delay/os-threads", &[]);
        for (order_ns, again) in [(10_000.0, 30_000), (5_000.0, 30_000), (4_999.0, 70_000)] {
            assert_eq!(STEADY.orders(&cell, order_ns, Some(30_000)), again);
        }
        // What is no multiple of the batch is of another scenario.
        assert_eq!(STEADY.orders(&cell, 10_000.0, Some(31_000)), 30_000);
        assert_eq!(Sampling::Batch.orders(&cell, 10.0, Some(30_000)), 5000);
    }

    #[test]
    fn what_is_planned_is_what_waits_and_rules_say() {
        let planned = |sampling: Sampling, id| {
            let Planned {
                orders, sample_ns, ..
            } = sampling.planned(&cell(id, &[]));
            (orders, sample_ns)
        };
        let cheap = "fetch/no-delay/os-threads";
        assert_eq!(planned(STEADY, cheap), (None, 300_000_000));
        assert_eq!(planned(Sampling::Batch, cheap), (Some(5000), 0));
        let waiting = "fetch/wait-10ms/os-threads";
        let (one, four) = (planned(Sampling::Batch, waiting), planned(STEADY, waiting));
        assert_eq!((one.0, four.0), (Some(500), Some(2000)));
        assert_eq!(four.1, 4 * one.1);
    }

    proptest! {
        #[test]
        fn a_sample_is_whole_batches_within_its_limits(
            order_ns in 1.0..1e8f64, waits in any::<bool>(), before in prop::option::of(1u64..100),
        ) {
            let id = if waits { "bakery/crowded/os-threads" } else { "fetch/no-delay/processes" };
            let cell = cell(id, &[]);
            let batch = cell.orders();
            let orders = STEADY.orders(&cell, order_ns, before.map(|n| n * batch));
            let wall = orders as f64 * order_ns;
            prop_assert!(orders.is_multiple_of(batch) && orders <= MOST_ORDERS);
            prop_assert!(wall <= 1.2e9 || orders == batch);
            let fresh = STEADY.orders(&cell, order_ns, None);
            prop_assert!(fresh as f64 * order_ns <= 6e8 || fresh == batch);
            let limited = 2.0 * fresh as f64 * order_ns > 6e8 || fresh * 2 > MOST_ORDERS;
            let due = if waits { 0.0 } else { 3e8 };
            let units = 20 * cell.in_flight() as u64;
            prop_assert!(limited || (fresh as f64 * order_ns >= due && fresh >= units));
        }
    }
}
