//! The cells of two runs, each beside itself.

use std::collections::BTreeMap;

use crate::base::word::Word;
use crate::record::identity::{Identity, unplaced};
use crate::record::placement::Placed;
use crate::record::row::Row;

/// A cell with its rows in both runs; none where a run has none of it.
#[derive(Clone, Debug)]
pub(super) struct Matched<'a> {
    pub(super) identity: Identity<'a>,
    pub(super) base: Vec<&'a Row>,
    pub(super) head: Vec<&'a Row>,
}

/// Every cell of either run.
pub(super) fn matched<'a>(base: &'a [Row], head: &'a [Row]) -> Vec<Matched<'a>> {
    let mut cells: BTreeMap<Identity<'a>, [Vec<&'a Row>; 2]> = BTreeMap::new();
    for (side, rows) in [base, head].into_iter().enumerate() {
        for row in rows {
            let identity = Identity::of(row).in_any_run().unplaced();
            cells.entry(identity).or_default()[side].push(row);
        }
    }
    cells
        .iter()
        .flat_map(|(identity, sides)| by_placement(identity, sides))
        .collect()
}

/// What was refused before it was placed goes with the first that was placed, in
/// whichever run.
fn by_placement<'a>(identity: &Identity<'a>, sides: &[Vec<&'a Row>; 2]) -> Vec<Matched<'a>> {
    let placed = |row: &&&'a Row| !unplaced(row);
    let first = sides
        .iter()
        .flatten()
        .filter(placed)
        .map(|row| &row.placement)
        .min();
    let mut found: BTreeMap<Word<Placed>, [Vec<&Row>; 2]> = BTreeMap::new();
    for (side, rows) in sides.iter().enumerate() {
        for &row in rows {
            let own = placed(&&row).then_some(&row.placement);
            let at = own.or(first).cloned().unwrap_or_default();
            found.entry(at).or_default()[side].push(row);
        }
    }
    found
        .into_iter()
        .map(|(placement, [base, head])| Matched {
            identity: identity.clone().placed(placement),
            base,
            head,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cell: &str, placement: &str, set: &[(&str, &str)]) -> Row {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Row {
            cell: cell.into(),
            workload: "fetch".into(),
            scenario: "rush".into(),
            model: "smol".into(),
            placement: placement.into(),
            set: set.iter().map(owned).collect(),
            error: placement.is_empty().then(|| "refused".into()),
            ..Row::default()
        }
    }

    #[test]
    fn a_cell_is_the_same_by_all_that_was_asked_of_it() {
        let loaded = |rate| row("c", "own-core", &[("load", "0.7"), ("rate", rate)]);
        let base = [
            row("a", "own-core", &[]),
            row("a", "shared", &[]),
            row("a", "own-core", &[("orders", "9")]),
            row("b", "own-core", &[]),
            loaded("4000"),
        ];
        let head = [row("a", "own-core", &[]), row("b", "", &[]), loaded("4100")];
        let counts: Vec<_> = matched(&base, &head)
            .iter()
            .map(|cell| {
                (
                    cell.identity.placement.to_string(),
                    cell.base.len(),
                    cell.head.len(),
                )
            })
            .collect();
        let due = [
            ("own-core", 1, 1),
            ("shared", 1, 0),
            // Refused in the head: still the same cell.
            ("own-core", 1, 1),
            ("own-core", 1, 1),
            ("own-core", 1, 0),
        ];
        let due = due.map(|(placement, base, head)| (placement.to_owned(), base, head));
        assert_eq!(counts, due);
    }
}
