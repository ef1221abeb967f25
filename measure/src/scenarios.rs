//! Scenarios from the files in `benches/scenarios/`, which are embedded in the
//! binary, and from a reader's own.

use std::path::Path;

use serde::Deserialize;
use toml::Table;

use crate::base::error::{Error, Result};
use crate::base::fault_in::fault_in;
use crate::workload::params::Params;
use crate::workload::scenario::Scenario;

/// Longest name of a scenario, characters.
const LONGEST_NAME: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    about: String,
    #[serde(default)]
    resembles: String,
    version: u32,
    #[serde(default)]
    default: Vec<String>,
    #[serde(default)]
    quick: Vec<String>,
    #[serde(default)]
    service_time: bool,
    params: Table,
}

const EMBEDDED: [(&str, &str); 10] = [
    (
        "bakery",
        include_str!("../../benches/scenarios/bakery.toml"),
    ),
    (
        "compute",
        include_str!("../../benches/scenarios/compute.toml"),
    ),
    ("fetch", include_str!("../../benches/scenarios/fetch.toml")),
    ("files", include_str!("../../benches/scenarios/files.toml")),
    (
        "nothing",
        include_str!("../../benches/scenarios/nothing.toml"),
    ),
    (
        "offload",
        include_str!("../../benches/scenarios/offload.toml"),
    ),
    (
        "responsive",
        include_str!("../../benches/scenarios/responsive.toml"),
    ),
    (
        "sleepers",
        include_str!("../../benches/scenarios/sleepers.toml"),
    ),
    (
        "subprocess",
        include_str!("../../benches/scenarios/subprocess.toml"),
    ),
    (
        "timers",
        include_str!("../../benches/scenarios/timers.toml"),
    ),
];

/// The scenarios that the binary carries, in the order of their files.
///
/// # Errors
/// Never in a released build: a test parses them all.
pub fn embedded() -> Result<Vec<Scenario>> {
    let files = EMBEDDED.iter().map(|(workload, text)| {
        parse(
            workload,
            &format!("benches/scenarios/{workload}.toml"),
            text,
        )
    });
    Ok(files.collect::<Result<Vec<_>>>()?.concat())
}

/// The scenarios of a reader's own file, whose name is the workload's.
///
/// # Errors
/// A file that cannot be read or does not parse, named, with the line.
pub fn from_file(path: &Path) -> Result<Vec<Scenario>> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::Usage(format!("{}: {error}", path.display())))?;
    let workload = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let known: Vec<&str> = EMBEDDED.iter().map(|(name, _)| *name).collect();
    if !known.contains(&workload) {
        return Err(Error::Usage(format!(
            "{}: a scenario file is named after its workload: {}.toml",
            path.display(),
            known.join(".toml, ")
        )));
    }
    parse(workload, &path.display().to_string(), &text)
}

fn parse(workload: &str, file: &str, text: &str) -> Result<Vec<Scenario>> {
    let table: Table = text.parse().map_err(|error| fault_in(file, text, &error))?;
    let scenario = |(name, value): (String, toml::Value)| {
        check_name(&name).map_err(|why| Error::Usage(format!("{file}: {why}")))?;
        let entry: Entry = value.try_into().map_err(|error: toml::de::Error| {
            Error::Usage(format!("{file}: scenario '{name}': {}", error.message()))
        })?;
        let params = Params {
            name: format!("{workload}/{name}"),
            table: entry.params,
        };
        // A scenario that no workload would take is found here, by its name.
        crate::registry::plan(workload, &params)
            .map_err(|error| Error::Usage(format!("{file}: {error}")))?;
        Ok(Scenario {
            workload: workload.into(),
            name,
            about: entry.about,
            resembles: entry.resembles,
            version: entry.version,
            default: entry.default,
            quick: entry.quick,
            service_time: entry.service_time,
            params,
        })
    };
    table.into_iter().map(scenario).collect()
}

/// Refuses a name that no cell's id could hold, or no table show.
fn check_name(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(fits) {
        return Ok(());
    }
    let start: String = name.chars().take(LONGEST_NAME).collect();
    Err(format!(
        "the name of scenario '{start}': give 1 to {LONGEST_NAME} letters, digits, '-', '_' or '.'"
    ))
}
