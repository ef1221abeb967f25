//! Rows that can be read but not used: figures that no measurement gives.

use crate::report::latency;
use crate::report::row::{Latency, Row};

/// The first figure of `row` that cannot have been measured, and what it is;
/// `None` of a row that can be used.
#[must_use]
pub fn fault(row: &Row) -> Option<String> {
    let figures = [
        ("offered_per_s", row.offered_per_s),
        ("orders_per_s", row.orders_per_s),
        ("unit_memory_bytes", row.unit_memory_bytes),
        ("efficiency", row.efficiency),
    ];
    let times = [
        ("service", &row.service),
        ("response", &row.response),
        ("pacer_lateness", &row.pacer_lateness),
    ];
    figures
        .into_iter()
        .find_map(|(name, figure)| impossible(name, figure?))
        .or_else(|| {
            times
                .into_iter()
                .find_map(|(name, times)| broken(name, times.as_ref()?))
        })
}

fn impossible(name: &str, figure: f64) -> Option<String> {
    let possible = figure.is_finite() && figure >= 0.0;
    (!possible).then(|| format!("{name} is {figure}"))
}

fn broken(name: &str, times: &Latency) -> Option<String> {
    impossible(&format!("{name}.mean_ns"), times.mean_ns).or_else(|| {
        let error = latency::decode(times).err()?;
        Some(format!("{name}.hdr: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Row {
        Row {
            orders_per_s: Some(1000.0),
            unit_memory_bytes: Some(0.0),
            service: latency::from_values([1_000_000, 2_000_000]),
            ..Row::default()
        }
    }

    #[test]
    fn what_a_measurement_gives_is_sound() {
        assert_eq!(fault(&Row::default()), None);
        assert_eq!(fault(&sound()), None);
    }

    #[test]
    fn what_none_gives_is_named() {
        type Spoil = fn(&mut Row);
        let spoils: [(Spoil, &str); 5] = [
            (|row| row.orders_per_s = Some(-5.0), "orders_per_s is -5"),
            (|row| row.efficiency = Some(f64::NAN), "efficiency is NaN"),
            (
                |row| row.offered_per_s = Some(f64::INFINITY),
                "offered_per_s is inf",
            ),
            (
                |row| row.service.as_mut().unwrap().mean_ns = -1.5,
                "service.mean_ns is -1.5",
            ),
            (
                |row| row.service.as_mut().unwrap().hdr = "cake".into(),
                "service.hdr: histogram is not",
            ),
        ];
        for (spoil, expected) in spoils {
            let mut row = sound();
            spoil(&mut row);
            let found = fault(&row).unwrap();
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
