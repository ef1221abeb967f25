//! Programs in other languages that offer models: which of them there are, read from
//! `peers/NAME/peer.toml`, and where they are installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::{self, Deserializer};

use crate::base::error::{Error, Result};
use crate::base::fault_in::fault_in;
use crate::model::peer::{InFlight, Peer, PeerModel};
use crate::model::{Meta, Shape, Share, Source};
use crate::record::palette::{Family, MODELS};

/// The description of a program, in its directory.
const FILE: &str = "peer.toml";
/// Where programs are looked for besides the directories that are asked for.
pub const FOLDER: &str = "peers";
/// Longest name, characters.
const LONGEST_NAME: usize = 40;
/// Longest time that warming up may be given.
const LONGEST_WARM_UP: Duration = Duration::from_secs(60);

/// A program that offers models.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it is and how it is started.
    pub peer: &'static Peer,
    /// Its models.
    pub models: Vec<Offered>,
}

/// A model of another program.
#[derive(Clone, Copy, Debug)]
pub struct Offered {
    /// What a reader must know of it.
    pub meta: Meta,
    /// What makes it another program's.
    pub peer: &'static PeerModel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    language: String,
    about: String,
    command: Vec<String>,
    version: Vec<String>,
    #[serde(default = "setup")]
    setup: String,
    #[serde(default, deserialize_with = "time")]
    warm_up_at_most: Option<Duration>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    model: Vec<Entry>,
}

fn setup() -> String {
    "setup".into()
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = text.parse::<SignedDuration>().ok();
    let time = time.and_then(|time| Duration::try_from(time).ok());
    match time.filter(|time| *time <= LONGEST_WARM_UP) {
        Some(time) => Ok(Some(time)),
        None => Err(de::Error::custom(format_args!(
            "'{text}' is no time: write one of up to {} s, as in 5s",
            LONGEST_WARM_UP.as_secs()
        ))),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    about: String,
    #[serde(default)]
    note: String,
    #[serde(deserialize_with = "family")]
    family: Family,
    #[serde(default, deserialize_with = "colour")]
    colour: Option<String>,
    shape: Shape,
    #[serde(default)]
    in_flight: Most,
    #[serde(default)]
    share: Part,
    #[serde(default)]
    per_order: bool,
    #[serde(default)]
    fresh_sessions: bool,
    workloads: Vec<String>,
    #[serde(default)]
    clients: Vec<String>,
    #[serde(default)]
    source: Option<PathBuf>,
    #[serde(default)]
    libraries: Vec<String>,
}

fn family<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Family, D::Error> {
    let text = String::deserialize(deserializer)?;
    // What has no family of its own says so by none of these words.
    let known = Family::ALL.into_iter().filter(|own| *own != Family::Other);
    let keys = known.clone().map(|own| format!("`{}`", own.key()));
    known.clone().find(|own| own.key() == text).ok_or_else(|| {
        let keys = keys.collect::<Vec<_>>().join(", ");
        de::Error::custom(format_args!("unknown family `{text}`: give one of {keys}"))
    })
}

fn colour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if crate::record::palette::read(&text).is_none() {
        return Err(de::Error::custom(format_args!(
            "'{text}' is no colour: give #rrggbb, as in #cc79a7"
        )));
    }
    Ok(Some(text))
}

#[derive(Default, Deserialize)]
#[serde(
    untagged,
    expecting = "give \"concurrency\", \"workers\" or a number from 1 on"
)]
enum Most {
    #[default]
    #[serde(skip)]
    All,
    Named(MostNamed),
    Number(std::num::NonZeroU32),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum MostNamed {
    Concurrency,
    Workers,
}

#[derive(Default, Deserialize)]
#[serde(
    untagged,
    expecting = "give \"whole\", \"by-in-flight\" or a number from 1 on"
)]
enum Part {
    #[default]
    #[serde(skip)]
    All,
    Named(PartNamed),
    OneIn(std::num::NonZeroU32),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PartNamed {
    Whole,
    ByInFlight,
}

/// The programs of these directories, in the order of their names within each. Of a
/// directory that is not there, none.
///
/// # Errors
/// A description that cannot be read or is wrong, with file and line; two programs or
/// models of one name.
pub fn load(folders: &[PathBuf]) -> Result<Vec<Offer>> {
    let mut offers: Vec<Offer> = Vec::new();
    for folder in distinct(folders) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .map(|entries| {
                let found = entries.flatten().map(|entry| entry.path().join(FILE));
                found.filter(|file| file.is_file()).collect()
            })
            .unwrap_or_default();
        files.sort();
        for file in files {
            let offer = read(&file)?;
            require_own_names(&file, &offer, &offers)?;
            offers.push(offer);
        }
    }
    Ok(offers)
}

/// The folders without those that are another one by another name.
fn distinct(folders: &[PathBuf]) -> Vec<&PathBuf> {
    let mut seen = BTreeSet::new();
    let own = |folder: &&PathBuf| {
        let place = folder
            .canonicalize()
            .unwrap_or_else(|_| folder.to_path_buf());
        seen.insert(place)
    };
    folders.iter().filter(own).collect()
}

fn require_own_names(file: &Path, offer: &Offer, others: &[Offer]) -> Result<()> {
    let refused = |what: &str, whose: String| {
        let file = file.display();
        Err(Error::Usage(format!(
            "{file}: {what} is the name of {whose} already: give another"
        )))
    };
    if let Some(other) = others
        .iter()
        .find(|other| other.peer.name == offer.peer.name)
    {
        let place = other.peer.dir.display();
        return refused(
            &format!("'{}'", offer.peer.name),
            format!("the peer in {place}"),
        );
    }
    for (at, model) in offer.models.iter().enumerate() {
        let name = model.meta.name;
        let named = format!("model '{name}'");
        if MODELS.iter().any(|(known, _, _)| *known == name) {
            return refused(&named, "a model of bakeoff's own".into());
        }
        let theirs = others.iter().flat_map(|other| &other.models);
        if let Some(other) = theirs
            .chain(&offer.models[..at])
            .find(|other| other.meta.name == name)
        {
            return refused(&named, format!("a model of peer {}", other.peer.peer.name));
        }
    }
    Ok(())
}

/// The program that `file` describes.
fn read(file: &Path) -> Result<Offer> {
    let place = file.display().to_string();
    let refused = |why: String| Error::Usage(format!("{place}: {why}"));
    let text = std::fs::read_to_string(file).map_err(|error| refused(error.to_string()))?;
    let described: File = toml::from_str(&text).map_err(|error| fault_in(&place, &text, &error))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let dir = std::path::absolute(folder)?;
    if dir.file_name().and_then(|name| name.to_str()) != Some(&described.name) {
        return Err(refused(format!(
            "its name is '{}', and its directory's is not",
            described.name
        )));
    }
    let names = described.model.iter().map(|model| &model.name);
    for name in names.chain([&described.name]) {
        require_plain(name).map_err(&refused)?;
    }
    if described.model.is_empty() {
        return Err(refused("it offers no [[model]]".into()));
    }
    for model in &described.model {
        if model.workloads.is_empty() {
            return Err(refused(format!(
                "model '{}' lists no workloads",
                model.name
            )));
        }
        if model.clients.is_empty() && model.workloads.iter().any(|name| name == "fetch") {
            return Err(refused(format!(
                "model '{}' lists fetch and no clients: wire is the ranked one",
                model.name
            )));
        }
    }
    for (key, words) in [
        ("command", &described.command),
        ("version", &described.version),
    ] {
        if words.first().is_none_or(String::is_empty) {
            return Err(refused(format!(
                "{key} is empty: give a program and its arguments"
            )));
        }
    }
    let install = home()?.join(&described.name);
    let filled = |words: Vec<String>| -> Vec<String> {
        let mut words: Vec<String> = words
            .into_iter()
            .map(|word| fill(&word, &dir, &install))
            .collect();
        // A bare name is looked for in PATH.
        if words[0].contains('/') {
            words[0] = dir.join(&words[0]).to_string_lossy().into_owned();
        }
        words
    };
    // Read once, and needed for as long as cells are: to the end.
    let peer: &'static Peer = Box::leak(Box::new(Peer {
        command: filled(described.command),
        version: filled(described.version),
        env: described
            .env
            .into_iter()
            .map(|(name, value)| (name, fill(&value, &dir, &install)))
            .collect(),
        setup: folder.join(&described.setup).display().to_string(),
        name: described.name,
        language: described.language,
        about: described.about,
        warm_up_at_most: described.warm_up_at_most,
        install,
        dir,
    }));
    let models = described.model.into_iter();
    Ok(Offer {
        peer,
        models: models.map(|entry| entry.offered(peer)).collect(),
    })
}

fn fill(word: &str, dir: &Path, install: &Path) -> String {
    let word = word.replace("{peer}", &dir.to_string_lossy());
    word.replace("{install}", &install.to_string_lossy())
}

/// Refuses a name that no cell's id could hold, or no pattern name.
fn require_plain(name: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(fits) {
        return Ok(());
    }
    let start: String = name.chars().take(LONGEST_NAME).collect();
    Err(format!(
        "the name '{start}': give 1 to {LONGEST_NAME} lower-case letters, digits or '-'"
    ))
}

/// Where programs are installed, each in a directory of its own.
///
/// # Errors
/// A user without a home.
pub fn home() -> Result<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(home) = of("BAKEOFF_PEERS_HOME") {
        return Ok(std::path::absolute(home)?);
    }
    let cache = match (of("XDG_CACHE_HOME"), of("HOME")) {
        (Some(cache), _) => PathBuf::from(cache),
        (None, Some(home)) => Path::new(&home).join(".cache"),
        (None, None) => {
            return Err(Error::Usage(
                "where peers are installed is not known: set HOME or BAKEOFF_PEERS_HOME".into(),
            ));
        }
    };
    Ok(std::path::absolute(cache.join("bakeoff").join(FOLDER))?)
}

/// Text that lasts to the end, as descriptions of models do that are compiled in.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

impl Entry {
    fn offered(self, peer: &'static Peer) -> Offered {
        let place = peer.dir.join(FILE).display().to_string();
        let about = kept(self.about);
        Offered {
            meta: Meta {
                name: kept(self.name),
                shape: self.shape,
                crates: &[],
                about,
                note: kept(self.note),
                // The text stays with the program.
                source: Source {
                    path: kept(place),
                    text: "",
                },
                share: match self.share {
                    Part::All | Part::Named(PartNamed::Whole) => Share::Whole,
                    Part::Named(PartNamed::ByInFlight) => Share::ByInFlight,
                    Part::OneIn(parts) => Share::OneIn(parts.get().into()),
                },
                per_order: self.per_order,
                fresh_sessions: self.fresh_sessions,
                fed: false,
                // What it may own it says itself, when it is ready.
                threads: |_| 1,
                processes: |_| 1,
                in_flight: |setup| setup.concurrency,
            },
            peer: Box::leak(Box::new(PeerModel {
                peer,
                about,
                family: self.family,
                colour: self.colour,
                in_flight: match self.in_flight {
                    Most::All | Most::Named(MostNamed::Concurrency) => InFlight::Concurrency,
                    Most::Named(MostNamed::Workers) => InFlight::Workers,
                    Most::Number(most) => InFlight::Most(most.get() as usize),
                },
                workloads: self.workloads,
                clients: self.clients,
                source: self.source.map(|source| peer.dir.join(source)),
                libraries: self.libraries,
            })),
        }
    }
}

#[cfg(test)]
mod tests;
