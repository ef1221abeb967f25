//! Rows of several hosts in one chart: a model stands there once for each of them,
//! the host's name behind its own.

use std::collections::BTreeSet;

use super::summary::Summary;

/// Stands between a name and its host.
const MARK: &str = " on ";

/// Puts `host` behind `name`, of a model, a cell or a run.
pub(crate) fn put(name: &mut String, host: &str) {
    name.push_str(MARK);
    name.push_str(host);
}

/// A name without its host, and the host where it has one.
pub(crate) fn parted(name: &str) -> (&str, Option<&str>) {
    match name.split_once(MARK) {
        Some((name, host)) => (name, Some(host)),
        None => (name, None),
    }
}

/// The hosts of `cells`, each once, in the order of their names; none of cells of one
/// run, which stand without.
pub(crate) fn of<'a>(cells: impl Iterator<Item = &'a Summary>) -> Vec<&'a str> {
    let hosts: BTreeSet<&str> = cells.filter_map(|cell| parted(&cell.model).1).collect();
    hosts.into_iter().collect()
}
