//! Figures that no measurement gives: one list, for whoever reads rows. A row with
//! such a figure is left out; of one whose histogram cannot be read, its times are.

use std::collections::BTreeMap;
use std::fmt;

use super::latency;
use super::row::{Latency, Row};
use super::sparse::Counts;

/// How far apart figures may lie that follow from each other, as a part.
const APART: f64 = 0.01;

/// From here on not the bound is wrong, which a flag tells, but the row.
const MOST_EFFICIENCY: f64 = 10.0;

/// Lines that are said of one kind of fault.
const LINES: usize = 5;

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The figure, as rows name it.
    figure: String,
    /// What it is.
    is: String,
    /// What is left out for it.
    without: Without,
}

/// What is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Without {
    Row,
    /// The times that the histogram is of.
    Times,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { figure, is, .. } = self;
        match self.without {
            Without::Row => write!(f, "left out: {figure} {is}, which no measurement gives"),
            Without::Times => write!(f, "its times left out: {figure}: {is}"),
        }
    }
}

/// The first figure of `row` that cannot have been measured; `None` of a row that can
/// be used.
#[must_use]
pub fn fault(row: &Row) -> Option<Fault> {
    let times = [
        ("service", &row.service),
        ("response", &row.response),
        ("pacer_lateness", &row.pacer_lateness),
        ("overshoot", &row.overshoot),
    ];
    let found = figures(row).or_else(|| throughput(row)).or_else(|| {
        times
            .into_iter()
            .find_map(|(name, times)| quantiles(name, times.as_ref()?))
    });
    found.map(|(figure, is)| Fault {
        figure,
        is,
        without: Without::Row,
    })
}

/// Takes `times` away where their histogram cannot be read, and says so.
pub(crate) fn unreadable(name: &str, times: &mut Option<Latency>) -> Option<Fault> {
    let own = times.as_ref()?;
    if Counts::of(own).is_some() {
        return None;
    }
    let is = latency::decode(own).err()?;
    *times = None;
    Some(Fault {
        figure: format!("{name}.hdr"),
        is,
        without: Without::Times,
    })
}

/// A figure's name, and what is wrong with it.
type Found = (String, String);

/// Each figure by itself.
fn figures(row: &Row) -> Option<Found> {
    let mean = |times: &Option<Latency>| Some(times.as_ref()?.mean_ns);
    [
        ("offered_per_s", row.offered_per_s, f64::INFINITY),
        ("orders_per_s", row.orders_per_s, f64::INFINITY),
        ("efficiency", row.efficiency, MOST_EFFICIENCY),
        ("unit_memory_bytes", row.unit_memory_bytes, f64::INFINITY),
        ("service.mean_ns", mean(&row.service), f64::INFINITY),
        ("response.mean_ns", mean(&row.response), f64::INFINITY),
        (
            "pacer_lateness.mean_ns",
            mean(&row.pacer_lateness),
            f64::INFINITY,
        ),
        ("overshoot.mean_ns", mean(&row.overshoot), f64::INFINITY),
    ]
    .into_iter()
    .filter_map(|(name, figure, most)| Some((name, figure?, most)))
    .find(|(_, figure, most)| !(figure.is_finite() && (0.0..=*most).contains(figure)))
    .map(|(name, figure, _)| (name.into(), format!("is {figure:?}")))
}

/// Throughput is orders over wall, in every kind of loop; rows that failed may hold
/// what they came to know.
fn throughput(row: &Row) -> Option<Found> {
    let rate = row.orders_per_s.filter(|_| row.error.is_none())?;
    let orders = row.orders;
    if orders == 0 {
        return Some(("orders_per_s".into(), format!("is {rate:?} of no orders")));
    }
    let wall = row.wall_ns?;
    if wall == 0 {
        return Some(("wall_ns".into(), format!("is 0 of {orders} orders")));
    }
    // Orders that failed and were tolerated are none that were served.
    let failed = row
        .failures
        .values()
        .fold(0, |sum: u64, n| sum.saturating_add(*n));
    let due = orders.saturating_sub(failed) as f64 * 1e9 / wall as f64;
    ((rate - due).abs() > APART * due).then(|| {
        (
            "orders_per_s".into(),
            format!("is {rate:?} of {orders} orders in {wall} ns"),
        )
    })
}

/// No quantile is above a higher one, nor the greatest.
fn quantiles(name: &str, times: &Latency) -> Option<Found> {
    let stated = [
        ("p50_ns", times.p50_ns),
        ("p90_ns", times.p90_ns),
        ("p99_ns", times.p99_ns),
        ("p999_ns", times.p999_ns),
        ("max_ns", Some(times.max_ns)),
    ];
    let mut last: Option<(&str, u64)> = None;
    for (quantile, ns) in stated {
        let Some(ns) = ns else { continue };
        if let Some((lower, above)) = last.filter(|(_, above)| *above > ns) {
            let is = format!("is {above}, above {quantile} {ns}");
            return Some((format!("{name}.{lower}"), is));
        }
        last = Some((quantile, ns));
    }
    let (mean, max) = (times.mean_ns, times.max_ns);
    (mean > (1.0 + APART) * max as f64).then(|| {
        let is = format!("is {mean:?}, above max_ns {max}");
        (format!("{name}.mean_ns"), is)
    })
}

/// What is said of the faults of a file: a line each, and of many of a kind how many
/// more there are.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    lines: Vec<String>,
    kinds: BTreeMap<String, usize>,
}

impl Notices {
    /// Adds the fault of the row at `place`.
    pub(crate) fn add(&mut self, place: &str, fault: &Fault) {
        let count = self.kinds.entry(fault.figure.clone()).or_default();
        *count += 1;
        if *count <= LINES {
            self.lines.push(format!("{place}: {fault}"));
        }
    }

    /// All that is to be said of `file`.
    pub(crate) fn said(mut self, file: &str) -> Vec<String> {
        for (figure, count) in self.kinds {
            if let Some(more) = count.checked_sub(LINES).filter(|more| *more > 0) {
                let rows = if more == 1 { "row" } else { "rows" };
                self.lines
                    .push(format!("{file}: and {more} more {rows} with such {figure}"));
            }
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::Sample;
    use super::*;

    fn sound() -> Row {
        Row {
            orders: 1000,
            wall_ns: Some(1_000_000_000),
            orders_per_s: Some(1000.0),
            unit_memory_bytes: Some(0.0),
            service: latency::from_values((1..=1000).map(|at| at * 1000)),
            ..Row::default()
        }
    }

    #[test]
    fn what_a_measurement_gives_is_sound() {
        assert_eq!(fault(&Row::default()), None);
        assert_eq!(fault(&sound()), None);
        assert_eq!(unreadable("service", &mut sound().service), None);
        let failed = Row {
            orders_per_s: Some(1.0),
            error: Some("order 3: wrong answer".into()),
            ..sound()
        };
        assert_eq!(fault(&failed), None);
        let beyond_bound = Row {
            efficiency: Some(1.5),
            ..sound()
        };
        assert_eq!(fault(&beyond_bound), None);
    }

    #[test]
    fn what_none_gives_is_named() {
        fn service(row: &mut Row) -> &mut Latency {
            row.service.as_mut().unwrap()
        }
        type Spoil = fn(&mut Row);
        let spoils: [(Spoil, &str); 15] = [
            (|row| row.orders_per_s = Some(-5.0), "orders_per_s is -5.0,"),
            (|row| row.efficiency = Some(f64::NAN), "efficiency is NaN,"),
            (|row| row.efficiency = Some(1e300), "efficiency is 1e300,"),
            (
                |row| row.offered_per_s = Some(f64::INFINITY),
                "offered_per_s is inf,",
            ),
            (
                |row| row.unit_memory_bytes = Some(-1.0),
                "unit_memory_bytes is -1.0,",
            ),
            (
                |row| service(row).mean_ns = -1.5,
                "service.mean_ns is -1.5,",
            ),
            (
                |row| {
                    row.pacer_lateness = row.service.clone();
                    row.pacer_lateness.as_mut().unwrap().mean_ns = -2.0;
                },
                "pacer_lateness.mean_ns is -2.0,",
            ),
            (
                |row| service(row).mean_ns = 2e6,
                "service.mean_ns is 2000000.0, above max_ns 1000000,",
            ),
            (
                |row| service(row).p90_ns = Some(1),
                "service.p50_ns is 500223, above p90_ns 1,",
            ),
            (|row| service(row).max_ns = 0, "service.p99_ns is 990"),
            (|row| row.orders = 0, "orders_per_s is 1000.0 of no orders,"),
            (|row| row.wall_ns = Some(0), "wall_ns is 0 of 1000 orders,"),
            (|row| row.orders_per_s = Some(0.0), "orders_per_s is 0.0 of"),
            (
                |row| row.orders_per_s = Some(1011.0),
                "orders_per_s is 1011.0 of 1000 orders in 1000000000 ns,",
            ),
            (|row| row.orders_per_s = Some(989.0), "orders_per_s is 989"),
        ];
        for (spoil, expected) in spoils {
            let mut row = sound();
            spoil(&mut row);
            let found = fault(&row)
                .map(|fault| fault.to_string())
                .unwrap_or_default();
            let found = found.strip_prefix("left out: ").unwrap_or(&found);
            assert!(found.starts_with(expected), "{found}: not {expected}");
            assert!(found.ends_with(", which no measurement gives"), "{found}");
        }
    }

    #[test]
    fn times_whose_histogram_cannot_be_read_are_taken_out() {
        for hdr in ["cake", "", "SGVsbG8gd29ybGQ="] {
            let mut row = sound();
            row.response.clone_from(&row.service);
            row.service.as_mut().unwrap().hdr = hdr.into();
            assert_eq!(fault(&row), None);
            let mut sample = Sample::from(row);
            let faults = sample.without_unreadable();
            let row = sample.row;
            assert_eq!(faults.len(), 1);
            let said = faults[0].to_string();
            let words = "its times left out: service.hdr: histogram is not";
            assert!(said.starts_with(words), "{said}");
            assert_eq!((row.service, row.response), (None, sound().service));
        }
    }

    #[test]
    fn many_of_a_kind_are_counted() {
        let mut notices = Notices::default();
        for line in 1..=9 {
            let mut row = sound();
            match line {
                2 => row.efficiency = Some(-1.0),
                _ => row.orders_per_s = Some(-1.0),
            }
            notices.add(&format!("r:{line}"), &fault(&row).unwrap());
        }
        let lines = notices.said("r");
        assert_eq!(lines.len(), 7, "{lines:?}");
        assert!(lines[1].starts_with("r:2: left out: efficiency is -1.0,"));
        assert_eq!(lines[6], "r: and 3 more rows with such orders_per_s");
    }
}
