//! Which cells to run: patterns over `workload/scenario/model[@client]`.

pub mod resolved;

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};

use crate::base::error::{Error, Result};
use crate::base::nearest::unknown;
use crate::base::word::Word;
use crate::kit::capability::Lack;
use crate::model::Meta;
use crate::model::peer::PeerModel;
use crate::peers::Offer;
use crate::registry;
use crate::workload::client::Client;
use crate::workload::scenario::Scenario;

/// One cell as it was chosen. Its parameters may need each other, so that they are read
/// when all of them are set, by [`CellSpec::resolve`].
#[derive(Clone, Debug)]
pub struct CellSpec {
    /// What is done.
    pub scenario: Scenario,
    /// How it is run.
    pub model: Meta,
    /// `none`, `wire`, `reqwest`, or a client of another program's.
    pub client: Word<Client>,
    /// The program that the model is of; `None` of models of this build.
    pub peer: Option<&'static PeerModel>,
    /// Parameters that were changed from the scenario's own, as text.
    pub set: BTreeMap<String, String>,
}

impl CellSpec {
    /// `workload/scenario/model`, with `@reqwest` behind it for that client.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.scenario.id(), self.function())
    }

    /// Changes a parameter, as a reader asked for it with `key=value`: its rows
    /// say so.
    ///
    /// # Errors
    /// Text without `=`.
    pub fn set(&mut self, text: &str) -> Result<()> {
        let (key, value) = self.scenario.params.set(text)?;
        // Of a rate and a load only one decides: the one that was asked for.
        for (asked, other) in [("load", "rate"), ("rate", "load")] {
            if key == asked && !self.set.contains_key(other) {
                self.scenario.params.table.remove(other);
            }
        }
        self.set.insert(key, value);
        Ok(())
    }

    /// The part of the id behind the scenario's.
    #[must_use]
    pub fn function(&self) -> String {
        format!("{}{}", self.model.name, self.client.suffix())
    }

    /// Whether the cell is of the default set.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.scenario.default.contains(&self.function())
    }

    /// Whether the cell is of the quick set.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.scenario.quick.contains(&self.function())
    }
}

/// A parameter with the values that it takes in turn: `--sweep key=v1,v2,…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The parameter.
    pub key: String,
    /// Its values as text, at least one, no two of them equal.
    pub values: Vec<String>,
}

impl std::str::FromStr for Sweep {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (key, list) = text.split_once('=').ok_or_else(|| {
            Error::Usage(format!(
                "--sweep takes key=v1,v2,…, as in concurrency=1,10,100; '{text}' has no '='"
            ))
        })?;
        let key = key.trim().to_owned();
        let refused = |why: &str| Err(Error::Usage(format!("--sweep '{text}': {why}")));
        if key.is_empty() {
            return refused("name a parameter before the '=', as in concurrency=1,10,100");
        }
        let mut values: Vec<String> = Vec::new();
        for value in list.split(',').map(str::trim) {
            if value.is_empty() {
                return refused("a value is missing: name each between commas, as in 1,10,100");
            }
            let number = |text: &str| text.parse::<f64>().ok();
            let same = |known: &&String| {
                known.as_str() == value
                    || number(known).is_some_and(|known| number(value) == Some(known))
            };
            if let Some(known) = values.iter().find(same) {
                return refused(&format!(
                    "{value} is the value {known} again: name each once"
                ));
            }
            values.push(value.to_owned());
        }
        Ok(Sweep { key, values })
    }
}

/// Each of `cells` once with every value of every sweep: of several, with every
/// combination.
///
/// # Errors
/// A parameter that two sweeps name, or that a cell has set already.
pub fn swept(cells: Vec<CellSpec>, sweeps: &[Sweep]) -> Result<Vec<CellSpec>> {
    let mut all = cells;
    for sweep in sweeps {
        let mut each = Vec::with_capacity(all.len() * sweep.values.len());
        for cell in all {
            if let Some(value) = cell.set.get(&sweep.key) {
                return Err(Error::Usage(format!(
                    "--sweep {}: it is set already ({value}): name it in one --set or one --sweep",
                    sweep.key
                )));
            }
            for value in &sweep.values {
                let mut cell = cell.clone();
                cell.set(&format!("{}={value}", sweep.key))?;
                each.push(cell);
            }
        }
        all = each;
    }
    Ok(all)
}

/// Every cell of these scenarios that this build has: of each, the models that can do what
/// it asks for.
#[must_use]
pub fn all(scenarios: &[Scenario]) -> Vec<CellSpec> {
    let models = registry::models();
    let mut cells = Vec::new();
    for scenario in scenarios {
        let lacks = lacks(scenario);
        let able = models.iter().filter(|model| lacks(model).is_none());
        let able: Vec<&Meta> = able.collect();
        let clients = registry::workloads().into_iter();
        for (_, client) in clients.filter(|(workload, _)| *workload == scenario.workload) {
            cells.extend(able.iter().map(|model| CellSpec {
                scenario: scenario.clone(),
                model: **model,
                client: client.into(),
                peer: None,
                set: BTreeMap::new(),
            }));
        }
    }
    cells
}

/// What a model has not of what the scenario asks for; `None` where it can do it.
fn lacks(scenario: &Scenario) -> impl Fn(&Meta) -> Option<Lack> {
    let plan = registry::plan(&scenario.workload, &scenario.params);
    let asked = plan.map_or(&[][..], |plan| plan.asks());
    move |model| registry::lack(&scenario.workload, asked, model)
}

/// Models that `pattern` or `models` name in full and that cannot do what the scenarios
/// ask for which the pattern names: each with the reason, a line each.
fn unable(scenarios: &[Scenario], patterns: &[String], models: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for scenario in scenarios {
        let lacks = lacks(scenario);
        for meta in registry::models() {
            let id = format!("{}/{}", scenario.id(), meta.name);
            let named = models.iter().any(|name| name == meta.name);
            let meant = patterns.iter().any(|pattern| {
                let matches = |id: &str| compile(pattern).is_ok_and(|glob| glob.is_match(id));
                *pattern == id || (named && (matches(&id) || matches(&scenario.id())))
            });
            if let Some(lack) = lacks(&meta).filter(|_| meant) {
                lines.push(format!("{id} is no cell: {} {}", meta.name, lack.why));
            }
        }
    }
    lines
}

/// Every cell of these scenarios that these programs offer.
#[must_use]
pub fn all_of(offers: &[Offer], scenarios: &[Scenario]) -> Vec<CellSpec> {
    let mut cells = Vec::new();
    for scenario in scenarios {
        let workload = scenario.workload.as_str();
        let asks = registry::workloads()
            .into_iter()
            .any(|(name, client)| name == workload && client != Client::None);
        for model in offers.iter().flat_map(|offer| &offer.models) {
            let knows = model.peer.workloads.iter().any(|known| known == workload);
            let clients: Vec<Word<Client>> = match (knows, asks) {
                (false, _) => Vec::new(),
                (true, false) => vec![Client::None.into()],
                (true, true) => {
                    let clients = model.peer.clients.iter();
                    clients.map(|client| client.as_str().into()).collect()
                }
            };
            cells.extend(clients.into_iter().map(|client| CellSpec {
                scenario: scenario.clone(),
                model: model.meta,
                client,
                peer: Some(model.peer),
                set: BTreeMap::new(),
            }));
        }
    }
    cells
}

/// Programs in other languages, of which none is taken unless it is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guests<'a> {
    /// Those that there are.
    pub offers: &'a [Offer],
    /// Names of those that are taken with all their models.
    pub wanted: &'a [String],
}

impl Guests<'_> {
    fn require_known(&self) -> Result<()> {
        let known = || self.offers.iter().map(|offer| offer.peer.name.as_str());
        match self
            .wanted
            .iter()
            .find(|name| !known().any(|own| own == **name))
        {
            None => Ok(()),
            Some(name) if self.offers.is_empty() => Err(Error::Usage(format!(
                "unknown peer '{name}': there is no peers/*/peer.toml here; --peers-dir names \
                 another directory"
            ))),
            Some(name) => Err(unknown("peer", name, known())),
        }
    }

    fn has_model(&self, name: &str) -> bool {
        let mut models = self.offers.iter().flat_map(|offer| &offer.models);
        models.any(|model| model.meta.name == name)
    }

    /// Whether the cell is of a program that is taken with all its models.
    fn wants(&self, cell: &CellSpec) -> bool {
        let of = cell.peer.map(|model| &model.peer.name);
        of.is_some_and(|name| self.wanted.contains(name))
    }
}

/// Whether a pattern names its model in full, so that it means that model, wherever it
/// comes from.
fn names_a_model(pattern: &str) -> bool {
    let model = pattern.splitn(3, '/').nth(2);
    model.is_some_and(|model| !model.contains(['*', '?', '[']))
}

/// Which of several sets to start from where there is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Set {
    /// The default set.
    Default,
    /// The quick set.
    Quick,
    /// The set for a gate on every change: [`GATE`].
    Gate,
}

/// Cells that a change is to be held against within minutes: sockets and wakeups
/// of each runtime, timers, queues at stations, and arithmetic.
pub const GATE: [&str; 8] = [
    "fetch/no-delay/os-threads",
    "fetch/no-delay/tokio-mt",
    "fetch/no-delay/smol",
    "fetch/no-delay/async-std",
    "fetch/wait-10ms/tokio-mt",
    "bakery/crowded/tokio-mt",
    "bakery/crowded/smol",
    "bakery/cpu-bound/rayon",
];

/// The cells that `patterns` match, or the whole `set` without a pattern, of
/// `models` where any are named. Of the quick set only what is of it is taken with a
/// pattern too.
///
/// # Errors
/// A pattern that is no glob or matches nothing, or an unknown model.
pub fn select(
    scenarios: &[Scenario],
    patterns: &[String],
    models: &[String],
    set: Set,
) -> Result<Vec<CellSpec>> {
    select_with(&Guests::default(), scenarios, patterns, models, set)
}

/// As [`select`], with models of other programs beside them: those of a program that is
/// wanted, and each that `models` or a pattern names in full. They come last.
///
/// # Errors
/// As [`select`], and an unknown program.
pub fn select_with(
    guests: &Guests<'_>,
    scenarios: &[Scenario],
    patterns: &[String],
    models: &[String],
    set: Set,
) -> Result<Vec<CellSpec>> {
    guests.require_known()?;
    let mut all = all(scenarios);
    all.extend(all_of(guests.offers, scenarios));
    for name in models {
        let known = Client::model_of(name);
        if !guests.has_model(known) {
            registry::model(known)?;
        }
    }
    let named = |cell: &CellSpec| models.contains(&cell.function()) || guests.wants(cell);
    let in_set = |cell: &CellSpec| match set {
        Set::Default => cell.is_default(),
        Set::Quick => cell.is_quick(),
        Set::Gate => GATE.contains(&cell.id().as_str()),
    };
    let mut chosen = vec![false; all.len()];
    if patterns.is_empty() {
        for (chosen, cell) in chosen.iter_mut().zip(&all) {
            // A named model is wanted also where the set leaves it out.
            let entries = match set {
                Set::Quick => &cell.scenario.quick,
                Set::Default | Set::Gate => &cell.scenario.default,
            };
            let listed = entries.iter().any(|entry| !entry.is_empty());
            let wanted = match cell.peer {
                None => !models.is_empty() && set == Set::Default,
                Some(_) => named(cell) && set != Set::Gate,
            };
            *chosen = in_set(cell) || (wanted && listed && cell.client.ranked());
        }
    }
    for pattern in patterns {
        let glob = compile(pattern)?;
        let mut any = false;
        for (chosen, cell) in chosen.iter_mut().zip(&all) {
            // A scenario's id alone means all its ranked cells.
            let matches = glob.is_match(cell.id())
                || (cell.client.ranked() && glob.is_match(cell.scenario.id()));
            any |= matches;
            let invited = cell.peer.is_none() || named(cell) || names_a_model(pattern);
            // The quick set is asked for besides; other sets stand for no pattern.
            let within = match cell.peer {
                None => set != Set::Quick || in_set(cell),
                Some(_) => set != Set::Quick || !cell.scenario.quick.is_empty(),
            };
            *chosen |= matches && invited && within;
        }
        if !any {
            let unable = unable(scenarios, std::slice::from_ref(pattern), models);
            return Err(match unable.first() {
                Some(line) => Error::Usage(line.clone()),
                None => nothing_matches(pattern, &all),
            });
        }
    }
    let wanted = |cell: &CellSpec| {
        models.is_empty()
            || named(cell)
            || (!cell.client.ranked()
                && !patterns.is_empty()
                && models.contains(&cell.model.name.to_owned()))
    };
    let cells: Vec<CellSpec> = all
        .into_iter()
        .zip(chosen)
        .filter(|(cell, chosen)| *chosen && wanted(cell))
        .map(|(cell, _)| cell)
        .collect();
    // Whoever names a model waits for it.
    let idle = models.iter().find(|name| {
        let measured = |cell: &CellSpec| cell.function() == **name || cell.model.name == **name;
        !cells.iter().any(measured)
    });
    let of = |name: &&String| {
        cells
            .iter()
            .any(|cell| cell.peer.is_some_and(|model| model.peer.name == **name))
    };
    let idle_peer = guests.wanted.iter().find(|name| !of(name));
    if cells.is_empty() || idle.is_some() || idle_peer.is_some() {
        let named = idle.map_or(models, std::slice::from_ref);
        if let Some(line) = unable(scenarios, patterns, named).first() {
            return Err(Error::Usage(line.clone()));
        }
        let from = match (patterns.is_empty(), set) {
            (true, _) => "the set".into(),
            (false, Set::Quick) => format!(
                "the quick set (`bakeoff list` marks it) with {}",
                patterns.join(" ")
            ),
            (false, _) => patterns.join(" "),
        };
        let of = match (idle, idle_peer) {
            (Some(name), _) => format!(" with --models {name}"),
            (None, Some(name)) => format!(" with --peers {name}"),
            (None, None) => String::new(),
        };
        return Err(Error::Usage(format!("no cell is left of {from}{of}")));
    }
    Ok(cells)
}

/// Refuses scenarios of `file` that list a model which nobody knows: neither this
/// build nor, for what it was built without, the scenarios that it carries.
///
/// # Errors
/// The first such name, with the nearest.
pub fn require_known_models(file: &str, own: &[Scenario], carried: &[Scenario]) -> Result<()> {
    fn listed(scenario: &Scenario) -> impl Iterator<Item = &String> {
        scenario.default.iter().chain(&scenario.quick)
    }
    let models = registry::models();
    for scenario in own {
        let workload = &scenario.workload;
        let clients = registry::workloads();
        let mut known: Vec<String> = Vec::new();
        for (_, client) in clients.into_iter().filter(|(name, _)| name == workload) {
            let at = client.suffix();
            known.extend(models.iter().map(|model| format!("{}{at}", model.name)));
        }
        let same = carried.iter().filter(|known| known.workload == *workload);
        known.extend(same.flat_map(listed).cloned());
        if let Some(name) = listed(scenario).find(|name| !known.contains(name)) {
            let kind = format!("model in the lists of {}", scenario.id());
            let line = unknown(&kind, name, known.iter().map(String::as_str));
            return Err(Error::Usage(format!("{file}: {line}")));
        }
    }
    Ok(())
}

fn compile(pattern: &str) -> Result<GlobMatcher> {
    GlobBuilder::new(pattern)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|error| Error::Usage(format!("pattern '{pattern}': {}", error.kind())))
}

fn nothing_matches(pattern: &str, all: &[CellSpec]) -> Error {
    let kinds = ["workload", "scenario", "model"];
    let mut left: Vec<[String; 3]> = all
        .iter()
        .map(|cell| {
            let scenario = &cell.scenario;
            [
                scenario.workload.clone(),
                scenario.name.clone(),
                cell.function(),
            ]
        })
        .collect();
    // The first part that names nothing is the misspelled one, and what is
    // known in its place depends on the parts before it.
    for (at, part) in pattern.splitn(3, '/').enumerate() {
        if part.contains(['*', '?', '[', '{']) {
            continue;
        }
        if !left.iter().any(|names| names[at] == part) {
            let within = pattern
                .splitn(3, '/')
                .take(at)
                .collect::<Vec<_>>()
                .join("/");
            let kind = if within.is_empty() {
                kinds[at].to_owned()
            } else {
                format!("{} of {within}", kinds[at])
            };
            return unknown(
                &kind,
                part,
                dedup(left.iter().map(|names| names[at].as_str())),
            );
        }
        left.retain(|names| names[at] == part);
    }
    Error::Usage(format!(
        "pattern '{pattern}' matches no cell, as 'bakery/*' or 'fetch/*/os-threads' would; \
         `bakeoff list` shows them all"
    ))
}

fn dedup<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let mut seen = std::collections::HashSet::new();
    names.filter(move |name| seen.insert(*name))
}
