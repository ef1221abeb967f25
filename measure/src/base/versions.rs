//! Versions of the crates that models are built from, as Cargo.lock fixed
//! them: an engine that cannot state its version is not measured.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static LOCK: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let lock: toml::Table = include_str!("../../../Cargo.lock")
        .parse()
        .unwrap_or_default();
    let packages = lock
        .get("package")
        .and_then(toml::Value::as_array)
        .cloned()
        .unwrap_or_default();
    let field = |package: &toml::Value, key: &str| {
        package
            .get(key)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    packages
        .iter()
        .map(|package| (field(package, "name"), field(package, "version")))
        .collect()
});

/// This crate's version and those of `crates`, by name.
#[must_use]
pub fn of(crates: &[&str]) -> BTreeMap<String, String> {
    let own = ("bakeoff".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let named = crates.iter().map(|name| {
        let found: Vec<&str> = LOCK
            .iter()
            .filter(|(package, _)| package == name)
            .map(|(_, version)| version.as_str())
            .collect();
        ((*name).to_owned(), found.join(" and "))
    });
    std::iter::once(own).chain(named).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_model_states_its_versions() {
        for meta in crate::registry::models() {
            for (name, version) in super::of(meta.crates) {
                assert!(!version.is_empty(), "{}: {name} has no version", meta.name);
            }
        }
    }
}
