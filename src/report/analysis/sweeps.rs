//! Scenarios that were measured at several values of one parameter, and the knee.

use super::in_flight::Fullest;
use super::open_loop::is_open;
use super::panel::{Index, Panel};
use super::summary::Summary;
use crate::record::quantity::{Quantity, RESPONSE_P50, SERVICE_P50};
use crate::record::rounds::by_round;
use crate::record::row::Row;
use crate::record::setting::Setting;
use crate::stats::knee::{Knee, knee};
use std::collections::{BTreeMap, BTreeSet};

/// Values from which on panels are told in one table.
const VALUES: usize = 3;

/// What a reader is shown as one.
pub(crate) enum Shown<'p, 'a> {
    /// A panel of its own.
    Alone(&'p Panel<'a>),
    /// Panels that differ in one number.
    Sweep(Sweep<'p, 'a>),
}

/// A scenario at several values of one parameter.
pub(crate) struct Sweep<'p, 'a> {
    pub(crate) key: &'a str,
    /// By ascending value.
    pub(crate) points: Vec<(Setting<'a>, &'p Panel<'a>)>,
}

/// The panels, in their order, those of each sweep gathered where its first stands.
pub(crate) fn found<'p, 'a>(panels: &'p [Panel<'a>]) -> Vec<Shown<'p, 'a>> {
    let mut shown = Vec::new();
    let mut taken = BTreeSet::new();
    for (at, panel) in panels.iter().enumerate() {
        if taken.contains(&at) {
            continue;
        }
        let base = panel.shared.without(None);
        let alike: Vec<usize> = (0..panels.len())
            .filter(|&other| panels[other].shared.without(None) == base)
            .collect();
        let sweep = axis(&alike, panels).and_then(|key| {
            let rest = panel.shared.without(Some(key));
            let mut points: Vec<(Setting<'a>, usize)> = alike
                .iter()
                .filter(|&&other| panels[other].shared.without(Some(key)) == rest)
                .filter_map(|&other| Some((value(&panels[other], key)?, other)))
                .collect();
            points.sort();
            let values = points.len() >= VALUES && points.iter().any(|(_, other)| *other == at);
            values.then_some((key, points))
        });
        shown.push(match sweep {
            None => Shown::Alone(panel),
            Some((key, points)) => {
                taken.extend(points.iter().map(|(_, at)| *at));
                let points = points.into_iter().map(|(value, at)| (value, &panels[at]));
                Shown::Sweep(Sweep {
                    key,
                    points: points.collect(),
                })
            }
        });
    }
    shown
}

/// The parameter with most numbers among panels that are alike otherwise; the first
/// by name of several.
fn axis<'a>(alike: &[usize], panels: &[Panel<'a>]) -> Option<&'a str> {
    let mut values: BTreeMap<&'a str, BTreeSet<Setting<'a>>> = BTreeMap::new();
    for &at in alike {
        for (key, value) in &panels[at].shared.set {
            if value.number().is_some() {
                values.entry(key).or_default().insert(*value);
            }
        }
    }
    let most = values.values().map(BTreeSet::len).max()?;
    values
        .into_iter()
        .find(|(_, values)| values.len() == most && most >= VALUES)
        .map(|(key, _)| key)
}

/// The panel's value of `key`, where it is a number.
fn value<'a>(panel: &Panel<'a>, key: &str) -> Option<Setting<'a>> {
    let mut set = panel.shared.set.iter();
    let (_, value) = set.find(|(other, _)| *other == key)?;
    value.number().map(|_| *value)
}

impl<'p, 'a> Sweep<'p, 'a> {
    /// The parameter's name.
    pub(crate) fn key(&self) -> &'a str {
        self.key
    }

    /// The scenario, with what is the same at all values.
    pub(crate) fn title(&self) -> String {
        self.points.first().map_or(String::new(), |(_, first)| {
            first.shared.title(&first.apart, Some(self.key))
        })
    }

    /// Whether orders came from outside.
    pub(crate) fn open(&self) -> bool {
        self.points.iter().any(|(_, panel)| is_open(panel))
    }

    /// All cells, each with its value.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (Setting<'a>, &'a Summary)> {
        self.points
            .iter()
            .flat_map(|(value, panel)| panel.cells.iter().map(|&cell| (*value, cell)))
    }

    /// Labels of all models in the order of all tables, and whether each is ranked.
    pub(crate) fn models(&self) -> Vec<(String, bool)> {
        let models: BTreeSet<_> = self
            .cells()
            .map(|(_, cell)| (!cell.ranked(), cell.place(), cell.label()))
            .collect();
        models
            .into_iter()
            .map(|(other, _, label)| (label, !other))
            .collect()
    }

    /// How many orders the fullest cell has in flight at the value of `cell`.
    pub(crate) fn fullest(&self, cell: &Summary) -> Fullest {
        let at = |panel: &&Panel<'_>| panel.cells.iter().any(|own| std::ptr::eq(*own, cell));
        let panel = self.points.iter().map(|(_, panel)| *panel).find(at);
        panel.map_or(Fullest::default(), Fullest::of)
    }

    /// The median time of its orders.
    pub(crate) fn time(&self) -> Quantity {
        if self.open() {
            RESPONSE_P50
        } else {
            SERVICE_P50
        }
    }

    /// Where the median time of the model `label` leaves its plateau. A median,
    /// because too few orders of one round stand behind a tail.
    pub(crate) fn knee(&self, label: &str, rows: &Index<'_>) -> Knee {
        let time = self.time();
        let curve: Vec<(f64, BTreeMap<_, f64>)> = self
            .cells()
            .filter(|(_, cell)| cell.label() == label)
            .filter_map(|(value, cell)| {
                let own = rows.get(cell.cell.as_str()).into_iter().flatten().copied();
                let held: Vec<&Row> = own.filter(|row| cell.holds(row)).collect();
                let times = by_round(&held, |row| time.of_row(row));
                Some((value.number()?, times))
            })
            .collect();
        knee(&curve)
    }
}
