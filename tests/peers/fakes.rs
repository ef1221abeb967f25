//! Programs that speak the protocol in a few lines of shell, most of them badly.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bakeoff::base::seed::SEED;
use bakeoff::engine::slots::fold;
use bakeoff::lab::Lab;
use bakeoff::peers;
use bakeoff::record::row::Row;
use bakeoff::selection::resolved::ResolvedCell;
use bakeoff::selection::{Guests, Set, select_with};
use tempfile::TempDir;

/// Orders of every cell here.
pub(crate) const ORDERS: u64 = 8;

/// A directory of fakes.
pub(crate) struct Fakes {
    pub(crate) dir: TempDir,
}

/// What a fake does that is well behaved: parts of a script, each of which may be another.
pub(crate) struct Script {
    /// Before anything is heard.
    pub(crate) first: &'static str,
    pub(crate) ready: &'static str,
    /// Between `go` and `closed`.
    pub(crate) orders: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) answer: Option<&'static str>,
    /// Fields of the result, with a comma behind each.
    pub(crate) claims: &'static str,
    /// After `stop`, before it ends.
    pub(crate) last: &'static str,
}

const READY: &str = r#"{"ready":{"protocol":2,"versions":{"sh":"1"},"shape":"per-unit","threads":1,"processes":1,"in_flight":1,"cpus":[],"startup_ns":1}}"#;

impl Default for Script {
    fn default() -> Self {
        Script {
            first: "",
            ready: READY,
            orders: "",
            closed: r#"{"closed":{"sample":'$n',"wall_ns":1000}}"#,
            answer: None,
            claims: "",
            last: "",
        }
    }
}

/// What `nothing` answers where nobody iterates.
fn right_answer() -> String {
    format!("{:016x}", fold(0..ORDERS))
}

impl Script {
    fn text(&self) -> String {
        let right = right_answer();
        let answer = self.answer.unwrap_or(&right);
        let Script {
            first,
            ready,
            orders,
            closed,
            claims,
            last,
            ..
        } = self;
        format!(
            r#"#!/bin/sh
{first}
read -r line
echo '{ready}'
while read -r line; do
  case $line in
  *'"stop"'*) echo '{{"stopped":{{"shutdown_ns":1}}}}'; {last}
    exit 0;;
  esac
  n=${{line#*'"sample":{{"sample":'}}
  n=${{n%%,*}}
  echo '{{"gate":{{"sample":'$n'}}}}'
  read -r go
  {orders}
  echo '{closed}'
  read -r settle
  echo '{{"sample":{{"sample":'$n',"orders":{ORDERS},"wall_ns":1000,"service":{{"mean_ns":5.0,"max_ns":5,"counts":[[5,{ORDERS}]]}},{claims}"startup_ns":1,"shutdown_ns":1,"answer":"{answer}"}}}}'
done
"#
        )
    }
}

impl Fakes {
    pub(crate) fn new() -> Self {
        Fakes {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Adds one with a model of its name.
    pub(crate) fn add(&self, name: &str, script: &Script) -> &Self {
        self.describe(name, "");
        let run = self.path().join(name).join("run");
        fs::write(&run, script.text()).unwrap();
        fs::set_permissions(&run, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// Adds a description without a program, with `more` at its top.
    pub(crate) fn describe(&self, name: &str, more: &str) {
        let dir = self.path().join(name);
        fs::create_dir_all(&dir).unwrap();
        let text = format!(
            "name = \"{name}\"\nlanguage = \"sh\"\nabout = \"A fake\"\ncommand = [\"./run\"]\n\
             version = [\"sh\", \"-c\", \"test -x run && echo fake 1\"]\n{more}\n[[model]]\n\
             name = \"{name}\"\nabout = \"Does nothing\"\nfamily = \"async\"\ncolour = \"#123456\"\n\
             shape = \"per-unit\"\nin_flight = 1\nworkloads = [\"nothing\"]\n"
        );
        fs::write(dir.join("peer.toml"), text).unwrap();
    }

    /// The cell of the model `name`.
    pub(crate) fn cell(&self, name: &str) -> ResolvedCell {
        cell(
            self.path(),
            "nothing/orders",
            name,
            &[&format!("orders={ORDERS}"), "concurrency=1"],
        )
    }

    /// One sample of it, and what its end said.
    pub(crate) fn measured(&self, name: &str) -> Result<Row, String> {
        let mut lab = Lab::new(env!("CARGO_BIN_EXE_bakeoff"));
        lab.patience = Duration::from_secs(2);
        lab.ready_within = Duration::from_secs(2);
        let mut open = lab
            .open(&self.cell(name))
            .map_err(|error| error.to_string())?;
        let row = open.sample(&mut lab, SEED, 0, 0);
        if let Some(error) = row.error {
            return Err(error);
        }
        open.close().map_err(|error| error.to_string())?;
        Ok(row)
    }
}

/// A cell of a model in full, of the programs in `dir`.
pub(crate) fn cell(dir: &Path, scenario: &str, model: &str, sets: &[&str]) -> ResolvedCell {
    let offers = peers::load(&[PathBuf::from(dir)]).unwrap();
    let guests = Guests {
        offers: &offers,
        wanted: &[],
    };
    let known = bakeoff::scenarios::embedded().unwrap();
    let pattern = format!("{scenario}/{model}");
    let mut cells = select_with(&guests, &known, &[pattern], &[], Set::Default).unwrap();
    assert_eq!(cells.len(), 1);
    let mut spec = cells.remove(0);
    for set in sets {
        spec.set(set).unwrap();
    }
    spec.resolve().unwrap()
}
