//! What one more order in flight takes of memory.

use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::cpu::{best_first, known, notes};
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame, Kind, Of};
use crate::record::quantity::UNIT_PSS;

/// How many times the least the most may be on an even scale.
const SPAN: f64 = 20.0;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "memory",
    of: Of::Scenario {
        applies: |study| known(study, &UNIT_PSS),
        draw: memory,
    },
};

/// Bars of memory per unit, least first.
fn memory(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = best_first(study, &UNIT_PSS);
    let mut notes = notes(study, &UNIT_PSS, frame);
    notes.push(
        "Models whose units come and go with their orders have no such figure. \
         Kernel stacks are no part of it."
            .into(),
    );
    let values = cells.iter().filter_map(|cell| cell.of(&UNIT_PSS));
    let (least, most) = values
        .filter(|value| *value > 0.0)
        .fold((f64::INFINITY, 0.0f64), |(least, most), value| {
            (least.min(value), most.max(value))
        });
    // A model of one unit carries all that it needs by that one: beside it on an even
    // scale, the others would be strokes of one pixel.
    let log = most > SPAN * least;
    let words = Words {
        title: format!("Memory per unit of {}", study.panel.title),
        subtitle: format!(
            "What the proportional share (PSS) grew by for each order in flight, less is \
             better{}: median of {}",
            if log { ", log scale" } else { "" },
            sampling(&cells)
        ),
        notes,
        log,
    };
    bars(study, &cells, &UNIT_PSS, &words, frame)
}
