//! What makes a cell the same cell: everything that was asked of it. Whatever puts
//! rows together, or sets them side by side, goes by this.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::palette::place_of;
use crate::base::word::Word;
use crate::kit::Class;
use crate::record::placement::Placed;
use crate::record::row::Row;
use crate::record::setting::Setting;
use crate::workload::client::Client;

/// A cell by all that was asked of it, in the order of all tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity<'a> {
    /// What was done.
    pub workload: Cow<'a, str>,
    /// Named parameters of the workload.
    pub scenario: Cow<'a, str>,
    /// Their version.
    pub version: u32,
    /// The server that was asked; none where it was the mock server, or there is none.
    pub target: Option<Cow<'a, str>>,
    /// `equal` or `shipped`.
    pub class: Word<Class>,
    /// How many orders may be in flight.
    pub concurrency: u64,
    /// What was changed.
    pub set: Settings<'a>,
    /// Whether its client is one that models are not compared by.
    pub unranked: bool,
    /// Place of the model in every list.
    pub place: usize,
    /// How orders were run.
    pub model: Cow<'a, str>,
    /// The program that the model is of; none of models of this build.
    pub peer: Option<Cow<'a, str>>,
    /// `wire`, `reqwest` or `none`.
    pub client: Word<Client>,
    /// Its id.
    pub cell: Cow<'a, str>,
    /// Where the server sat; empty of what was refused before it was placed.
    pub placement: Word<Placed>,
    /// Threads that carry units; none likewise.
    pub workers: Option<u64>,
}

/// Parameters that were changed, in the order of their values: 10 before 100.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Settings<'a>(Cow<'a, BTreeMap<String, String>>);

impl<'a> Settings<'a> {
    /// Those of a row or a summary.
    pub fn of(set: &'a BTreeMap<String, String>) -> Self {
        Settings(Cow::Borrowed(set))
    }

    /// Each with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.0.iter();
        pairs.map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl Ord for Settings<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        fn valued<'s>(of: &'s Settings<'_>) -> impl Iterator<Item = (&'s str, Setting<'s>)> {
            of.iter().map(|(key, value)| (key, Setting(value)))
        }
        valued(self).cmp(valued(other))
    }
}

impl PartialOrd for Settings<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Identity<'a> {
    /// Of the cell that `row` is a sample of.
    #[must_use]
    pub fn of(row: &'a Row) -> Self {
        Identity {
            workload: (&row.workload).into(),
            scenario: (&row.scenario).into(),
            version: row.scenario_version,
            target: row.target.as_ref().map(Cow::from),
            class: row.class.clone(),
            concurrency: row.concurrency,
            set: Settings::of(&row.set),
            unranked: !row.client.ranked(),
            place: place_of(&row.model, row.peer.as_ref()),
            model: (&row.model).into(),
            peer: row.peer.as_ref().map(|peer| (&peer.name).into()),
            client: row.client.clone(),
            cell: (&row.cell).into(),
            placement: row.placement.clone(),
            workers: row.workers,
        }
    }

    /// The same, kept without what it was read from.
    #[must_use]
    pub fn into_owned(self) -> Identity<'static> {
        fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        Identity {
            workload: owned(self.workload),
            scenario: owned(self.scenario),
            version: self.version,
            target: self.target.map(owned),
            class: self.class,
            concurrency: self.concurrency,
            set: Settings(Cow::Owned(self.set.0.into_owned())),
            unranked: self.unranked,
            place: self.place,
            model: owned(self.model),
            peer: self.peer.map(owned),
            client: self.client,
            cell: owned(self.cell),
            placement: self.placement,
            workers: self.workers,
        }
    }

    /// As another run asks for it. What it found out itself (the rate of a derived
    /// load, how many CPUs it had) is no part of that. Of scenarios the version tells
    /// whether they are the same, and whoever joins runs names it where it differs;
    /// the concurrency changes with it, or was set.
    #[must_use]
    pub fn in_any_run(mut self) -> Self {
        self.version = 0;
        self.concurrency = 0;
        self.workers = None;
        if self.set.0.contains_key("load") && self.set.0.contains_key("rate") {
            self.set.0.to_mut().remove("rate");
        }
        self
    }

    /// As a row has it that was refused before its cell was placed.
    #[must_use]
    pub fn unplaced(self) -> Self {
        Identity {
            placement: Word::default(),
            workers: None,
            ..self
        }
    }

    /// With its server sitting there.
    #[must_use]
    pub fn placed(self, placement: Word<Placed>) -> Self {
        Identity { placement, ..self }
    }

    /// `workload/scenario`, with what else was asked behind it.
    #[must_use]
    pub fn title(&self) -> String {
        self.with(format!("{}/{}", self.workload, self.scenario))
    }

    /// The cell's id, likewise.
    #[must_use]
    pub fn name(&self) -> String {
        self.with(self.cell.clone().into_owned())
    }

    fn with(&self, name: String) -> String {
        let target = self.target.iter().map(|target| target_named(target));
        let shipped = (self.class == Class::Shipped).then(|| "shipped".to_owned());
        let shared = (self.placement == Placed::Shared).then(|| "placement shared".to_owned());
        let set = self
            .set
            .iter()
            .map(|(key, value)| format!("{key} = {value}"));
        let parts: Vec<String> = target.chain(shipped).chain(shared).chain(set).collect();
        if parts.is_empty() {
            name
        } else {
            format!("{name} ({})", parts.join(", "))
        }
    }

    /// What sorts models in every list.
    pub fn in_order(&self) -> (bool, usize) {
        (self.unranked, self.place)
    }
}

/// How a server that is not ours stands in titles.
pub fn target_named(target: &str) -> String {
    format!("target {target}")
}

/// Whether a row is of a cell that was refused before it was placed: it belongs with
/// the first that was.
pub fn unplaced(row: &Row) -> bool {
    row.placement.is_empty() && row.error.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::row::Peer;

    fn row() -> Row {
        Row {
            cell: "fetch/rush/smol".into(),
            workload: "fetch".into(),
            scenario: "rush".into(),
            scenario_version: 1,
            model: "smol".into(),
            client: "wire".into(),
            class: "equal".into(),
            placement: "own-core".into(),
            concurrency: 64,
            workers: Some(1),
            set: BTreeMap::from([("load".into(), "0.7".into())]),
            ..Row::default()
        }
    }

    #[test]
    fn whatever_was_asked_makes_it_another_cell() {
        let changes: [fn(&mut Row); 12] = [
            |row| row.cell.push_str("@reqwest"),
            |row| row.workload = "bakery".into(),
            |row| row.scenario = "calm".into(),
            |row| row.scenario_version = 2,
            |row| row.model = "rayon".into(),
            |row| row.client = "reqwest".into(),
            |row| {
                row.peer = Some(Peer {
                    name: "go".into(),
                    ..Peer::default()
                });
            },
            |row| row.class = "shipped".into(),
            |row| row.placement = "shared".into(),
            |row| row.workers = Some(2),
            |row| row.target = Some("http://127.0.0.1/".into()),
            |row| drop(row.set.insert("orders".into(), "9".into())),
        ];
        for (at, change) in changes.iter().enumerate() {
            let mut other = row();
            change(&mut other);
            assert_ne!(Identity::of(&row()), Identity::of(&other), "{at}");
        }
        // What came of it does not.
        let measured = Row {
            round: 7,
            wall_ns: Some(5),
            run: "mine".into(),
            ..row()
        };
        assert_eq!(Identity::of(&row()), Identity::of(&measured));
    }

    #[test]
    fn a_target_is_named_and_the_rate_of_a_load_is_what_a_run_found() {
        let mut other = row();
        other.set.insert("rate".into(), "4000".into());
        let (one, other) = (row(), other);
        assert_ne!(Identity::of(&one), Identity::of(&other));
        let in_any = |row| Identity::of(row).in_any_run();
        assert_eq!(in_any(&one), in_any(&other));
        let aimed = Row {
            target: Some("http://a/".into()),
            ..row()
        };
        assert_ne!(in_any(&one), in_any(&aimed));
        assert_eq!(
            Identity::of(&aimed).name(),
            "fetch/rush/smol (target http://a/, load = 0.7)"
        );
    }

    #[test]
    fn numbers_come_in_their_order() {
        let of = |orders: &str| {
            let set = BTreeMap::from([("orders".to_owned(), orders.to_owned())]);
            Settings(Cow::Owned(set))
        };
        assert!(of("9") < of("10") && of("10") < of("jump"));
    }
}
