//! What must be the same in two runs for their figures to tell of a change, and is
//! not.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::Matched;
use super::side::Side;
use crate::host::HostFacts;
use crate::record::row::Row;

/// A line for each thing that differs: of the hosts, of the compared cells' crates,
/// of their scenarios.
pub(super) fn differences(base: &Side, head: &Side, cells: &[Matched<'_>]) -> Vec<String> {
    let both: Vec<&Matched<'_>> = cells
        .iter()
        .filter(|cell| !cell.base.is_empty() && !cell.head.is_empty())
        .collect();
    let mut lines = hosts(base.host.as_ref(), head.host.as_ref());
    lines.extend(versions(&both));
    lines.extend(scenarios(&both));
    lines.extend(numbers("workers", &both, |row| row.workers));
    lines.extend(numbers("concurrency", &both, |row| Some(row.concurrency)));
    lines
}

fn hosts(base: Option<&HostFacts>, head: Option<&HostFacts>) -> Vec<String> {
    let (Some(base), Some(head)) = (base, head) else {
        let unknown = |side: Option<&HostFacts>, name: &str| {
            side.is_none()
                .then(|| format!("the host of {name} is not known"))
        };
        return [unknown(base, "BASE"), unknown(head, "HEAD")]
            .into_iter()
            .flatten()
            .collect();
    };
    facts(base)
        .into_iter()
        .zip(facts(head))
        .filter(|(base, head)| base != head)
        .map(|((what, base), (_, head))| told(what, &base, &head))
        .collect()
}

/// Of a fact that `host.json` does not hold.
const UNRECORDED: &str = "not recorded";

/// What of a host decides how fast it is.
pub(in super::super) fn facts(of: &HostFacts) -> [(&'static str, String); 11] {
    let text = |fact: &str| match fact {
        "" => UNRECORDED.to_owned(),
        fact => fact.to_owned(),
    };
    let known = |fact: &Option<String>| text(fact.as_deref().unwrap_or(""));
    let switch = |fact: Option<bool>| match fact {
        Some(true) => "on".to_owned(),
        Some(false) => "off".to_owned(),
        None => UNRECORDED.to_owned(),
    };
    let quota = of.cpu_quota.map_or("none".into(), |cpus| cpus.to_string());
    let cpus = match of.cpus.as_slice() {
        [] => UNRECORDED.to_owned(),
        cpus => format!("{cpus:?}"),
    };
    let build = if of.debug_build { "debug" } else { "release" };
    [
        ("host", text(&of.hostname)),
        ("kernel", text(&of.os)),
        ("architecture", text(&of.arch)),
        ("CPU", known(&of.cpu_model)),
        ("CPUs", cpus),
        ("CPU quota", quota),
        ("governor", known(&of.governor)),
        ("turbo", switch(of.turbo)),
        (
            "hypervisor",
            of.hypervisor.clone().unwrap_or_else(|| "none".into()),
        ),
        ("compiler", known(&of.rustc)),
        ("build", build.to_owned()),
    ]
}

fn versions(cells: &[&Matched<'_>]) -> Vec<String> {
    let base = versions_of(cells.iter().flat_map(|cell| cell.base.iter().copied()));
    let head = versions_of(cells.iter().flat_map(|cell| cell.head.iter().copied()));
    let names: BTreeSet<&&str> = base.keys().chain(head.keys()).collect();
    names
        .into_iter()
        .filter(|name| base.get(*name) != head.get(*name))
        .map(|name| told(name, &listed(base.get(name)), &listed(head.get(name))))
        .collect()
}

/// By crate, with every version of it.
fn versions_of<'a>(rows: impl Iterator<Item = &'a Row>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, version) in rows.flat_map(|row| &row.versions) {
        versions.entry(name).or_default().insert(version);
    }
    versions
}

fn listed(versions: Option<&BTreeSet<&str>>) -> String {
    let versions = versions.map(|versions| versions.iter().copied().collect::<Vec<_>>());
    versions.map_or("none".into(), |versions| versions.join(" and "))
}

fn scenarios(cells: &[&Matched<'_>]) -> Vec<String> {
    let lines: BTreeSet<String> = cells
        .iter()
        .filter_map(|cell| {
            let (base, head) = (cell.base.first()?, cell.head.first()?);
            let name = format!("{}/{}", base.workload, base.scenario);
            let version = |row: &Row| format!("version {}", row.scenario_version);
            (base.scenario_version != head.scenario_version)
                .then(|| told(&name, &version(base), &version(head)))
        })
        .collect();
    lines.into_iter().collect()
}

/// What a cell had another number of, the first of such cells named.
fn numbers(what: &str, cells: &[&Matched<'_>], of: fn(&Row) -> Option<u64>) -> Option<String> {
    let known = |rows: &[&Row]| rows.iter().find_map(|row| of(row));
    let mut differing = cells.iter().filter_map(|cell| {
        // Another version may have another concurrency, which has its own line.
        let same = cell.base.first()?.scenario_version == cell.head.first()?.scenario_version;
        let (base, head) = (known(&cell.base)?, known(&cell.head)?);
        (same && base != head).then(|| (cell.identity.name(), base, head))
    });
    let (name, base, head) = differing.next()?;
    let more = match differing.count() {
        0 => String::new(),
        more => format!(", and {more} cells more"),
    };
    let what = format!("{what} of {name}");
    Some(told(&what, &base.to_string(), &head.to_string()) + &more)
}

fn told(what: &str, base: &str, head: &str) -> String {
    format!("{what}: {base} in BASE, {head} in HEAD")
}
