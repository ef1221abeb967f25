//! What one more order in flight takes of memory.

use super::super::analysis::metric::UNIT_MEMORY;
use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::cpu::{best_first, notes};
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame};

/// Bars of memory per unit, least first.
#[must_use]
pub fn memory(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = best_first(study, &UNIT_MEMORY);
    let mut notes = notes(study, &UNIT_MEMORY);
    notes.push(
        "Models whose units come and go with their orders have no such figure. \
         Kernel stacks are no part of it."
            .into(),
    );
    let words = Words {
        subtitle: format!(
            "Memory per unit (one more order in flight): what the proportional share (PSS) \
             grew by, less is better: median of {}",
            sampling(&cells)
        ),
        notes,
    };
    bars(study, &cells, &UNIT_MEMORY, &words, frame)
}
