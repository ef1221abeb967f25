//! A scenario: named parameters of a workload.

use super::params::Params;

/// Named parameters of a workload.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What is done.
    pub workload: String,
    /// The name within the workload.
    pub name: String,
    /// What it shows, in prose.
    pub about: String,
    /// Which real service it resembles.
    pub resembles: String,
    /// Changes with the parameters; only rows of equal versions compare.
    pub version: u32,
    /// Models of the default set, with `@reqwest` behind those of that client.
    pub default: Vec<String>,
    /// Models of the quick set, likewise.
    pub quick: Vec<String>,
    /// Whether the mean service time says something that throughput does not.
    pub service_time: bool,
    /// The parameters.
    pub params: Params,
}

impl Scenario {
    /// `workload/scenario`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.workload, self.name)
    }

    /// The ids of its cells that are of the quick set.
    pub fn quick_cells(&self) -> impl Iterator<Item = String> {
        self.quick
            .iter()
            .map(|cell| format!("{}/{cell}", self.id()))
    }
}
