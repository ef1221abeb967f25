//! The bench at which laws are asked.

use std::time::Duration;

use super::{Breach, Subject};
use crate::base::error::Error;
use crate::base::seed::SEED;
use crate::kit::Class;
use crate::lab::{Lab, OpenCell};
use crate::protocol::{Measured, Prepare, VERSION};
use crate::record::flag::Flag;
use crate::record::row::Row;
use crate::selection::CellSpec;
use crate::selection::resolved::ResolvedCell;
use crate::workload::client::Client;
use crate::workload::params::Params;
use crate::workload::scenario::Scenario;

/// How long an order may take beyond what it waits: less than in a run, because models
/// that never answer are part of what is looked for.
const PATIENCE: Duration = Duration::from_secs(4);

impl From<Error> for Breach {
    fn from(error: Error) -> Self {
        match error {
            Error::Unable(reason) => Breach::NotOffered(reason),
            other => Breach::Broken(other.to_string()),
        }
    }
}

/// A breach where something is not so.
pub(super) fn require(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Breach> {
    if holds {
        Ok(())
    } else {
        Err(Breach::Broken(otherwise()))
    }
}

/// What was measured of one sample.
pub(super) struct Served {
    pub(super) row: Row,
    pub(super) measured: Measured,
    /// Most orders that the model can have in flight, by its own word.
    pub(super) in_flight: u64,
}

impl Subject {
    /// A laboratory that looks at everything.
    pub(super) fn lab(&self) -> Lab {
        let mut lab = Lab::new(&self.program);
        lab.patience = PATIENCE;
        lab.trace = true;
        lab.observe = true;
        lab
    }

    /// A cell with these parameters, as on a command line.
    pub(super) fn cell(&self, workload: &str, params: &[&str]) -> Result<ResolvedCell, Breach> {
        let mut table = Params {
            name: format!("{workload}/conformance"),
            ..Params::default()
        };
        for text in params {
            table.set(text)?;
        }
        let spec = CellSpec {
            scenario: Scenario {
                workload: workload.into(),
                name: "conformance".into(),
                about: String::new(),
                resembles: String::new(),
                version: 1,
                default: Vec::new(),
                quick: Vec::new(),
                service_time: false,
                params: table,
            },
            model: self.meta,
            client: client(workload).into(),
            peer: self.peer,
            set: Default::default(),
        };
        Ok(spec.resolve()?)
    }

    /// The same as a message.
    pub(super) fn prepare(&self, workload: &str, params: &serde_json::Value) -> Prepare {
        Prepare {
            protocol: VERSION,
            workload: workload.into(),
            scenario: "conformance".into(),
            model: self.meta.name.into(),
            client: client(workload).into(),
            params: serde_json::from_value(params.clone()).unwrap_or_default(),
            workers: 2,
            class: Class::Equal,
            cpus: Vec::new(),
            hosts: Vec::new(),
            target_path: None,
            target_host: None,
            directory: None,
            trace: false,
        }
    }

    /// Opens a cell in a laboratory.
    pub(super) fn open(
        &self,
        lab: &mut Lab,
        workload: &str,
        params: &[&str],
    ) -> Result<OpenCell, Breach> {
        Ok(lab.open(&self.cell(workload, params)?)?)
    }

    /// Two samples with different seeds, since the second meets a model that has served
    /// before; both must hold, the runner must end, and nothing of it may be left.
    pub(super) fn serves(&self, workload: &str, params: &[&str]) -> Result<Served, Breach> {
        let mut lab = self.lab();
        let mut open = self.open(&mut lab, workload, params)?;
        let in_flight = open.runner().map_or(1, |runner| runner.ready().in_flight);
        let mut last = None;
        for seed in [SEED, SEED + 1] {
            let (row, measured) = open.measure(&mut lab, seed, 0, 0);
            if let Some(error) = row.error {
                return Err(Breach::Broken(error));
            }
            for flag in [Flag::HiddenThread, Flag::MissingThread, Flag::ClaimsDiffer] {
                require(!row.flagged(flag), || flag.meaning().to_owned())?;
            }
            last = measured.map(|measured| (row, measured));
        }
        open.close()?;
        let (row, measured) = last.ok_or_else(|| Breach::Broken("it measured nothing".into()))?;
        Ok(Served {
            row,
            measured,
            in_flight,
        })
    }

    /// The error of a sample that cannot hold: of an order, and not that the model fell
    /// silent or died.
    pub(super) fn fails(&self, workload: &str, params: &[&str]) -> Result<(), Breach> {
        let mut lab = self.lab();
        let mut open = self.open(&mut lab, workload, params)?;
        let row = open.sample(&mut lab, SEED, 0, 0);
        let Some(error) = row.error else {
            return Err(Breach::Broken("it reported no error".into()));
        };
        let ended = [" was silent for ", " died: ", "said what it was not asked"];
        let own = !ended.iter().any(|words| error.contains(words));
        require(own, || {
            format!("it did not say which order failed: {error}")
        })
    }
}

fn client(workload: &str) -> Client {
    if workload == "fetch" {
        Client::Wire
    } else {
        Client::None
    }
}
