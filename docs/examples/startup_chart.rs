//! How long a model takes until its units stand at the gate.

use super::super::analysis::study::Study;
use super::super::analysis::summary::sampling;
use super::cpu::{best_first, known, notes};
use super::drawing::bars::{Words, bars};
use super::{Chart, Frame, Kind, Of};
use crate::record::quantity::STARTUP;

/// Its entry among the charts.
pub(super) const KIND: Kind = Kind {
    name: "startup",
    of: Of::Scenario {
        applies: |study| known(study, &STARTUP),
        draw: startup,
    },
};

/// Bars of the time to start, least first.
fn startup(study: &Study<'_, '_>, frame: &Frame) -> Chart {
    let cells = best_first(study, &STARTUP);
    let words = Words {
        title: format!("Time to start of {}", study.panel.title),
        subtitle: format!(
            "Runtime, units and sessions, outside the clock, less is better: median of {}",
            sampling(&cells)
        ),
        notes: notes(study, &STARTUP, frame),
        log: false,
    };
    bars(study, &cells, &STARTUP, &words, frame)
}

#[cfg(test)]
mod tests {
    use super::super::super::analysis::panel::{index, panels};
    use super::super::super::analysis::summary::summarise;
    use super::super::Subject;
    use super::*;
    use crate::report::fixture::ranked;

    #[test]
    fn models_are_drawn_by_the_time_that_they_take_to_start() {
        let mut rows = ranked();
        for row in &mut rows {
            row.startup_ns = Some(if row.model == "smol" {
                2_000_000
            } else {
                70_000_000
            });
        }
        let summaries = summarise(&rows);
        let panels = panels(&summaries);
        let study = Study::new(&panels[0], &index(&rows));
        let draw = KIND.drawing(Subject::Scenario(&study)).unwrap();
        let chart = draw(&Frame::default());
        for words in ["Time to start", "smol", "2.00 ms", "70.0 ms"] {
            assert!(chart.svg.contains(words), "{words}");
        }
    }
}
