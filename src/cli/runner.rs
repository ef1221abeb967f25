//! `bakeoff runner`: one cell, by the runner protocol.

use clap::Args;

use crate::base::error::Result;
use crate::host;
use crate::registry;
use crate::runner::serve;

/// Speaks the runner protocol (docs/PROTOCOL.md) on standard input and output.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  How one profiles a cell: feed it by hand, and point perf at the process.

  echo '{\"prepare\":{\"protocol\":1,\"workload\":\"bakery\",\"scenario\":\"mine\",\"model\":\"smol\",
    \"client\":\"none\",\"params\":{\"concurrency\":100,\"bake_wait\":\"20ms\"},\"workers\":2}}
  {\"sample\":{\"sample\":1,\"orders\":300,\"seed\":7}}
  {\"stop\":{}}' | tr -d '\\n' | sed 's/}{\"s/}\\n{\"s/g' | bakeoff runner")]
pub(super) struct RunnerArgs {
    /// Die with the process of this id
    #[arg(long, hide = true)]
    parent: Option<u32>,
}

impl RunnerArgs {
    pub(super) fn run(self) -> Result<()> {
        if let Some(parent) = self.parent {
            host::die_with_parent(parent)?;
        }
        serve::main(registry::cell)
    }
}
