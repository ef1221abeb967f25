//! Rows of several hosts in one chart: a model stands there once for each of them,
//! the host's name behind its own.

/// Stands between a name and its host.
const MARK: &str = " on ";

/// Puts `host` behind `name`, of a model, a cell or a run.
pub fn put(name: &mut String, host: &str) {
    name.push_str(MARK);
    name.push_str(host);
}

/// A name without its host, and the host where it has one.
pub fn parted(name: &str) -> (&str, Option<&str>) {
    match name.split_once(MARK) {
        Some((name, host)) => (name, Some(host)),
        None => (name, None),
    }
}
