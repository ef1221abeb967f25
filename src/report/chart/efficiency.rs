//! How near models come to what is possible at all.

use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::cpu::{best_first, known, notes};
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame, Kind, Of};
use crate::record::quantity::EFFICIENCY;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "efficiency",
    of: Of::Scenario {
        applies: |study| known(study, &EFFICIENCY),
        draw: efficiency,
    },
};

/// Bars of efficiency, the nearest to the bound first.
fn efficiency(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = best_first(study, &EFFICIENCY);
    let mut notes = notes(study, &EFFICIENCY, frame);
    notes.push(
        "100 % is the bound: the least time in which these orders could be done at all. \
         sequential shows what concurrency would buy."
            .into(),
    );
    let words = Words {
        title: format!("Efficiency of {}", study.panel.title),
        subtitle: format!(
            "The least possible time over the time taken, more is better: median of {}",
            sampling(&cells)
        ),
        notes,
        log: false,
    };
    bars(study, &cells, &EFFICIENCY, &words, frame)
}
