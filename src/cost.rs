//! What a model costs to write and to keep: its lines of code, and what its crates bring.
//!
//! Lines are counted from the sources that are embedded. What depends on a machine or on
//! the registry of crates was measured by `scripts/model-cost` and stands in
//! `benches/model-cost.toml`, with the versions that it is of.

pub mod files;
pub mod lines;
mod measured;

pub use files::{Lines, Part};
pub use measured::{Library, Upkeep};

use serde::Serialize;

use crate::base::error::Result;
use crate::base::versions;
use crate::model::Meta;
use measured::{Brought, Measured};

/// The figures, as they were committed.
const MEASURED: &str = include_str!("../benches/model-cost.toml");
/// Where they stand.
const PLACE: &str = "benches/model-cost.toml";

/// What models cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Costs {
    /// When, where and with what it was measured.
    pub measured: Taken,
    /// By model, in the order of tables.
    pub models: Vec<Cost>,
    /// The crates that models use by name.
    pub crates: Vec<Library>,
}

/// When, where and with what figures were measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The day, as 2026-11-30.
    pub date: String,
    /// The machine, for people.
    pub machine: String,
    /// The compiler.
    pub toolchain: String,
}

/// What one model costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Its name.
    pub model: String,
    /// Its lines of code.
    pub lines: Lines,
    /// The files that they stand in.
    pub files: Vec<Part>,
    /// What its crates bring; `None` where it was not measured.
    pub brings: Option<Brings>,
}

/// What the crates of a model bring to a program that has none of them; `None` is what was
/// not measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Brings {
    /// The crates that the model uses by name.
    pub uses: Vec<String>,
    /// All crates that they add to the harness's own tree, each with its version.
    pub crates: Vec<String>,
    /// Seconds that a release build of these takes.
    pub build_s: Option<f64>,
    /// What they and the model's code add to a stripped release build of a runner that has
    /// `sequential` and every workload, bytes.
    pub binary_bytes: Option<u64>,
    /// Lines with `unsafe` in the sources of these crates.
    pub unsafe_lines: Option<u64>,
    /// Whether all that it uses is maintained.
    pub maintained: bool,
    /// What was measured in another version than the one that is built now, a phrase each.
    pub outdated: Vec<String>,
}

/// A model of a program in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// Its name.
    pub model: String,
    /// Lines of code of the file that it is written in, where its description names one.
    pub lines: Option<usize>,
    /// Libraries that it is built on, each with its version.
    pub libraries: Vec<String>,
}

/// What these models cost, by the figures that this build was made with.
///
/// # Errors
/// Figures that cannot be read, with the line.
pub fn of(models: &[Meta]) -> Result<Costs> {
    read(MEASURED, models, &locked)
}

/// The versions of a crate that Cargo.lock fixed.
fn locked(name: &str) -> Vec<String> {
    let versions = versions::of(&[name]).remove(name).unwrap_or_default();
    let versions = versions
        .split(" and ")
        .filter(|version| !version.is_empty());
    versions.map(str::to_owned).collect()
}

/// What these models cost by the figures of `text`, where `locked` knows the versions of
/// crates that are built now.
fn read(text: &str, models: &[Meta], locked: &dyn Fn(&str) -> Vec<String>) -> Result<Costs> {
    let measured = Measured::read(PLACE, text)?;
    let costs = models.iter().map(|meta| {
        let files = files::of(meta.source.path);
        let lines = files.iter().fold(Lines::default(), |sum, part| Lines {
            scheduling: sum.scheduling + part.lines.scheduling,
            kit: sum.kit + part.lines.kit,
        });
        let own = measured.model.iter().find(|own| own.name == meta.name);
        Cost {
            model: meta.name.to_owned(),
            lines,
            files,
            brings: own.map(|own| brings(own, &measured.crates, locked)),
        }
    });
    Ok(Costs {
        models: costs.collect(),
        measured: Taken {
            date: measured.date.clone(),
            machine: measured.machine.clone(),
            toolchain: measured.toolchain.clone(),
        },
        crates: measured.crates,
    })
}

fn brings(own: &Brought, known: &[Library], locked: &dyn Fn(&str) -> Vec<String>) -> Brings {
    let used = |name: &String| known.iter().find(|library| library.name == *name);
    let maintained = own
        .uses
        .iter()
        .all(|name| used(name).is_some_and(|library| library.upkeep.kept()));
    Brings {
        uses: own.uses.clone(),
        crates: own.crates.clone(),
        build_s: own.build_s,
        binary_bytes: own.binary_bytes,
        unsafe_lines: own.unsafe_lines,
        maintained,
        outdated: own
            .crates
            .iter()
            .filter_map(|measured| outdated(measured, locked))
            .collect(),
    }
}

/// What is told where the crate of these words, name and version, is built in another
/// version now, or not at all.
fn outdated(measured: &str, locked: &dyn Fn(&str) -> Vec<String>) -> Option<String> {
    let (name, version) = measured.split_once(' ')?;
    let now = locked(name);
    if now.iter().any(|now| now == version) {
        return None;
    }
    Some(match now.as_slice() {
        [] => format!("{name} {version}, which is not built any more"),
        now => format!("{name} {version}, where {} is built now", now.join(" and ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_in_another_version_is_told() {
        let now = |name: &str| match name {
            "tokio" => vec!["1.54.1".to_owned()],
            "mio" => vec!["0.8.0".into(), "1.2.0".into()],
            _ => Vec::new(),
        };
        assert_eq!(outdated("tokio 1.54.1", &now), None);
        assert_eq!(outdated("mio 1.2.0", &now), None);
        assert_eq!(
            outdated("tokio 1.53.0", &now).unwrap(),
            "tokio 1.53.0, where 1.54.1 is built now"
        );
        assert_eq!(
            outdated("mio 1.1.0", &now).unwrap(),
            "mio 1.1.0, where 0.8.0 and 1.2.0 is built now"
        );
        assert_eq!(
            outdated("gone 1.0.0", &now).unwrap(),
            "gone 1.0.0, which is not built any more"
        );
    }

    /// Of a model whose figures are of another version, the version is told, and of one
    /// without figures nothing.
    #[test]
    fn figures_keep_the_versions_that_they_are_of() {
        let text = "date = \"2026-11-30\"\nmachine = \"oven\"\ntoolchain = \"rustc 1\"\n\
                    [[crate]]\nname = \"old\"\nversion = \"1.0.0\"\nreleased = \"2026-01-01\"\n\
                    newest = \"1.0.0\"\nnewest_released = \"2026-01-01\"\n\
                    [[model]]\nname = \"sequential\"\nuses = [\"old\"]\ncrates = [\"old 1.0.0\"]\n\
                    build_s = 1.5\nbinary_bytes = 1000\nunsafe_lines = 3\n";
        let models = crate::registry::models();
        let costs = read(text, &models, &|_| vec!["2.0.0".into()]).unwrap();
        let of = |name: &str| costs.models.iter().find(|cost| cost.model == name).unwrap();
        let brings = of("sequential").brings.as_ref().unwrap();
        assert_eq!(brings.outdated, ["old 1.0.0, where 2.0.0 is built now"]);
        assert!(brings.maintained);
        assert_eq!(of("os-threads").brings, None);
        assert!(of("os-threads").lines.scheduling > 0);
        let refused = read("date = 3", &models, &|_| Vec::new()).unwrap_err();
        assert!(refused.to_string().contains("model-cost.toml"), "{refused}");
    }

    #[test]
    fn the_committed_figures_are_read() {
        let models = crate::registry::models();
        let costs = of(&models).unwrap();
        assert_eq!(costs.models.len(), models.len());
        for cost in &costs.models {
            assert!(cost.lines.scheduling > 0 && cost.lines.kit > 0, "{cost:?}");
        }
        assert!(!costs.crates.is_empty());
    }
}
