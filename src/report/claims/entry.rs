//! Claims as `claims.toml` writes them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Table;

use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::record::palette;
use crate::record::quantity::{self, Quantity};
use crate::workload::scenario::Scenario;

const FILE: &str = "benches/claims.toml";
const EMBEDDED: &str = include_str!("../../../benches/claims.toml");

/// What people say, where, and how rows decide it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Its name in the file.
    pub id: String,
    /// The claim, one sentence.
    pub says: String,
    /// Who says so.
    pub who: String,
    /// Of the tutorial, page or talk.
    pub title: String,
    /// Where that is.
    pub url: String,
    /// What each verdict means for a reader.
    pub saying: Saying,
    /// Programs in other languages that cells are of; none where all are of models that
    /// bakeoff has itself.
    pub peers: Vec<String>,
    /// Its questions to the rows.
    pub tests: Vec<Test>,
}

/// What to say of a claim once it is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// Where it holds.
    pub holds: String,
    /// Where it does not.
    pub fails: String,
    /// Where it holds in some settings.
    pub depends: String,
}

/// One question to the rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What is compared.
    pub figure: Quantity,
    /// Which cells are compared; at least one.
    pub cases: Vec<Case>,
    /// What is asked for; without, figures are shown and decide nothing.
    pub limit: Option<Limit>,
    /// The setting that the test is of, where the claim may hold in some only.
    pub when: Option<String>,
    /// Parameters that the cells were run with.
    pub set: BTreeMap<String, String>,
    /// A parameter whose other values count too.
    pub sweep: Option<Sweep>,
}

/// A cell, and the one that it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The cell.
    pub of: Cell,
    /// What its figure is divided by; without, every sample must keep to the limit.
    pub over: Option<Cell>,
}

impl Case {
    /// The one or two cells.
    pub(super) fn cells(&self) -> impl Iterator<Item = &Cell> {
        std::iter::once(&self.of).chain(&self.over)
    }
}

/// A cell as a claim names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `workload/scenario/model[@client]`.
    pub id: String,
    /// `workload/scenario`.
    pub scenario: String,
    /// `model[@client]`.
    pub label: String,
    /// The scenario's version: rows of others decide nothing.
    pub version: u32,
    /// The value of the swept parameter that the scenario itself has.
    pub own: Option<String>,
}

impl Cell {
    /// Whether its model is of another program: bakeoff has none of that name, however
    /// it is built.
    pub(super) fn foreign(&self) -> bool {
        let model = self.label.split('@').next().unwrap_or_default();
        palette::MODELS.iter().all(|(own, ..)| *own != model)
    }
}

/// What a figure, or a ratio of two, must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Whether the limit is the least or the most that may be.
    pub at_least: bool,
    /// The limit.
    pub value: f64,
    /// What it is multiplied with.
    pub per: Option<Per>,
}

/// What a limit grows with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Orders that may be in flight.
    Concurrency,
    /// CPUs that the model has.
    Cpus,
}

/// Values of one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The parameter.
    pub key: String,
    /// What it may be.
    pub values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    says: String,
    who: String,
    title: String,
    url: String,
    holds: String,
    fails: String,
    depends: String,
    #[serde(default)]
    peers: Vec<String>,
    tests: Vec<Asked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    figure: String,
    of: Vec<String>,
    #[serde(default)]
    over: Vec<String>,
    at_least: Option<f64>,
    at_most: Option<f64>,
    per: Option<Per>,
    when: Option<String>,
    #[serde(default)]
    set: Vec<String>,
    sweep: Option<String>,
}

/// The claims that the binary carries, in the order of their file.
///
/// # Errors
/// Never in a released build: a test parses them all.
pub fn embedded(scenarios: &[Scenario]) -> Result<Vec<Claim>> {
    parse(FILE, EMBEDDED, scenarios)
}

/// The claims in `text`, which `file` names in errors, in their order.
///
/// # Errors
/// [`Error::Usage`] naming file, claim and test: text that is no TOML, a field that is
/// missing or not known, an unknown figure or scenario, a limit that says nothing.
pub fn parse(file: &str, text: &str, scenarios: &[Scenario]) -> Result<Vec<Claim>> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| {
            1 + text[..span.start.min(text.len())].matches('\n').count()
        });
        Error::Usage(format!("{file}:{line}: {}", one_line(error.message())))
    })?;
    let mut claims = Vec::new();
    for (id, value) in table {
        let entry: Entry = value.try_into().map_err(|error: toml::de::Error| {
            Error::Usage(format!(
                "{file}: claim '{id}': {}",
                one_line(error.message())
            ))
        })?;
        claims.push((place(text, &id), claim(file, id, entry, scenarios)?));
    }
    // A table forgets in which order its keys stand.
    claims.sort_by_key(|(place, _)| *place);
    Ok(claims.into_iter().map(|(_, claim)| claim).collect())
}

fn place(text: &str, id: &str) -> usize {
    text.find(&format!("\n[{id}]")).unwrap_or(0)
}

fn one_line(message: &str) -> String {
    message.replace('\n', " ")
}

fn claim(file: &str, id: String, entry: Entry, scenarios: &[Scenario]) -> Result<Claim> {
    let refused = |what: &str| Error::Usage(format!("{file}: claim '{id}': {what}"));
    for (name, text) in [
        ("says", &entry.says),
        ("who", &entry.who),
        ("title", &entry.title),
        ("holds", &entry.holds),
        ("fails", &entry.fails),
        ("depends", &entry.depends),
    ] {
        if text.trim().is_empty() {
            return Err(refused(&format!("{name} is empty: write a sentence")));
        }
    }
    if !entry.url.starts_with("https://") && !entry.url.starts_with("http://") {
        return Err(refused(&format!(
            "url '{}' is no address: begin it with https://",
            entry.url
        )));
    }
    let mut tests = Vec::new();
    for (at, asked) in entry.tests.into_iter().enumerate() {
        tests.push(
            test(asked, scenarios)
                .map_err(|error| refused(&format!("test {}: {error}", at + 1)))?,
        );
    }
    if !tests.iter().any(|test| test.limit.is_some()) {
        return Err(refused("no test has a limit: give one at_least or at_most"));
    }
    let cells = || {
        let cases = tests.iter().flat_map(|test: &Test| &test.cases);
        cases.flat_map(Case::cells)
    };
    match (cells().find(|cell| cell.foreign()), entry.peers.is_empty()) {
        (Some(cell), true) => {
            return Err(refused(&format!(
                "'{}' is of no model that bakeoff has itself: name its program, as in peers = [\"python\"]",
                cell.id
            )));
        }
        (None, false) => {
            return Err(refused(
                "peers are named, and all cells are of models that bakeoff has itself: leave peers out",
            ));
        }
        _ => {}
    }
    Ok(Claim {
        peers: entry.peers,
        says: entry.says,
        who: entry.who,
        title: entry.title,
        url: entry.url,
        saying: Saying {
            holds: entry.holds,
            fails: entry.fails,
            depends: entry.depends,
        },
        tests,
        id,
    })
}

fn test(asked: Asked, scenarios: &[Scenario]) -> Result<Test> {
    let usage = |what: String| Err(Error::Usage(what));
    let limit = match (asked.at_least, asked.at_most) {
        (Some(_), Some(_)) => return usage("at_least and at_most: keep one".into()),
        (Some(value), None) => Some((true, value)),
        (None, Some(value)) => Some((false, value)),
        (None, None) => None,
    };
    if let Some((_, value)) = limit
        && !(value.is_finite() && value > 0.0)
    {
        return usage(format!("the limit {value} is not above 0"));
    }
    if limit.is_none() && (asked.when.is_some() || asked.per.is_some()) {
        return usage("when and per belong to a limit: add at_least or at_most".into());
    }
    if asked.of.is_empty() {
        return usage("of names no cell".into());
    }
    if limit.is_none() && asked.over.is_empty() {
        return usage("no limit and no over: nothing to show; add one of them".into());
    }
    let sweep = asked.sweep.as_deref().map(sweep).transpose()?;
    let swept = sweep.as_ref().map(|sweep| sweep.key.as_str());
    let cell = |id: &String| cell(id, swept, scenarios);
    let of: Vec<Cell> = asked.of.iter().map(cell).collect::<Result<_>>()?;
    let over: Vec<Cell> = asked.over.iter().map(cell).collect::<Result<_>>()?;
    let count = of.len().max(over.len());
    for (name, cells) in [("of", &of), ("over", &over)] {
        if !matches!(cells.len(), 0 | 1) && cells.len() != count {
            return usage(format!(
                "{name} names {} cells and the other {count}: give as many, or one",
                cells.len()
            ));
        }
    }
    let nth = |cells: &[Cell], at: usize| cells.get(at).or(cells.first()).cloned();
    let cases = (0..count).filter_map(|at| {
        Some(Case {
            of: nth(&of, at)?,
            over: nth(&over, at),
        })
    });
    let mut set = BTreeMap::new();
    for text in &asked.set {
        let Some((key, value)) = text.split_once('=') else {
            return usage(format!("set takes key=value; '{text}' has no '='"));
        };
        set.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    Ok(Test {
        figure: quantity::named(&asked.figure, quantity::ALL)?,
        cases: cases.collect(),
        limit: limit.map(|(at_least, value)| Limit {
            at_least,
            value,
            per: asked.per,
        }),
        when: asked.when,
        set,
        sweep,
    })
}

fn sweep(text: &str) -> Result<Sweep> {
    let parts = text.split_once('=').map(|(key, values)| Sweep {
        key: key.trim().to_owned(),
        values: values.split(',').map(|value| value.trim().into()).collect(),
    });
    parts
        .filter(|sweep| !sweep.key.is_empty() && sweep.values.iter().all(|v| !v.is_empty()))
        .ok_or_else(|| Error::Usage(format!("sweep takes key=v1,v2,…; '{text}' is none")))
}

fn cell(id: &str, swept: Option<&str>, scenarios: &[Scenario]) -> Result<Cell> {
    let Some((scenario, label)) = id.rsplit_once('/') else {
        return Err(Error::Usage(format!(
            "'{id}' is no cell: write workload/scenario/model"
        )));
    };
    let ids: Vec<String> = scenarios.iter().map(Scenario::id).collect();
    let Some(at) = ids.iter().position(|id| id == scenario) else {
        return Err(unknown(
            "scenario",
            scenario,
            ids.iter().map(String::as_str),
        ));
    };
    let own = swept.and_then(|key| scenarios[at].params.table.get(key));
    Ok(Cell {
        id: id.to_owned(),
        scenario: scenario.to_owned(),
        label: label.to_owned(),
        version: scenarios[at].version,
        own: own.map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        }),
    })
}
