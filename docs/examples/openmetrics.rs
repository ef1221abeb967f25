//! What Prometheus and others scrape: <https://openmetrics.io>.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::cell::Cell;

/// Writes each figure of `cells` as a gauge with a sample for each cell.
///
/// # Errors
/// Those of `out`.
pub fn write(cells: &[Cell], out: &mut dyn Write) -> io::Result<()> {
    // Samples of one gauge must stand together.
    let mut gauges: BTreeMap<_, Vec<(&Cell, f64)>> = BTreeMap::new();
    for cell in cells {
        for metric in &cell.metrics {
            let samples = gauges.entry(metric.quantity).or_default();
            samples.push((cell, metric.value));
        }
    }
    for (quantity, samples) in gauges {
        let name = format!("bakeoff_{}", quantity.field);
        let (title, unit) = (quantity.short, quantity.unit.name());
        writeln!(out, "# TYPE {name} gauge")?;
        writeln!(out, "# HELP {name} {title}, {unit}")?;
        for (cell, value) in samples {
            writeln!(out, "{name}{{cell=\"{}\"}} {value}", escaped(&cell.name))?;
        }
    }
    writeln!(out, "# EOF")
}

/// A label's value as the format writes it.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"");
    text.replace('\n', "\\n")
}
