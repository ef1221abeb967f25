//! `bakeoff run --plan`.

use super::{RunArgs, lengthen, planned, require_searchable};
use crate::base::error::Result;
use crate::cli::plan::{Extent, Preview, Visit};
use crate::host;

impl RunArgs {
    /// Says what would be measured.
    pub(super) fn preview(&self) -> Result<()> {
        let (mut rounds, mut budget) = self.extent(self.asked.quick);
        let mut asked = self.asked.clone();
        let cells = match &self.resume {
            None => {
                let mut cells = asked.cells()?;
                lengthen(&mut cells)?;
                cells
            }
            Some(dir) => {
                let (plan, cells) = planned(dir, &host::facts())?;
                if self.rounds.is_none() && self.budget.is_none() {
                    (rounds, budget) = (plan.rounds, plan.budget);
                }
                asked = plan.asked;
                cells
            }
        };
        let extent = match self.slo {
            Some(objective) => {
                require_searchable(&cells)?;
                Extent::Search(objective, budget)
            }
            None => Extent::Rounds(rounds, budget),
        };
        let lab = asked.lab(&cells)?;
        asked.say_unheeded(&lab, &cells)?;
        let preview = Preview {
            cells: &cells,
            visit: Visit::Samples(lab.sampling, asked.samples),
            extent,
        };
        preview.show()
    }
}
