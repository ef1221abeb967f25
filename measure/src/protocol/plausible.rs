//! Numbers of messages that nobody can mean. Both sides refuse them by name, before
//! anything is sized by them or computed from them.

use super::{Measured, Prepare, Ready, Sample};
use crate::base::error::{Error, Result};
use crate::workload::params::{A_DAY, MAX_CONCURRENCY, MAX_ORDERS, MAX_RATE};
use crate::workload::schedule::{Due, DueKind};

/// Most worker threads: as many as a mask of CPUs can name.
pub const MAX_WORKERS: usize = 1024;
/// Greatest count or time that a runner may say, 2^53: every program's JSON holds it
/// exactly, and as nanoseconds it is a hundred days.
pub const MOST: u64 = 1 << 53;

/// What a runner refuses of a `prepare` message before it knows the model.
pub(crate) fn prepare(prepare: &Prepare) -> Result<()> {
    if !(1..=MAX_WORKERS).contains(&prepare.workers) {
        return Err(Error::Usage(format!(
            "'workers' is {}: ask for 1 to {MAX_WORKERS}",
            prepare.workers
        )));
    }
    Ok(())
}

/// What a runner refuses of a `sample` message.
pub(crate) fn sample(sample: &Sample) -> Result<()> {
    if !(1..=MAX_ORDERS).contains(&sample.orders) {
        return Err(Error::Usage(format!(
            "'orders' of the sample is {}: ask for 1 to {MAX_ORDERS}",
            sample.orders
        )));
    }
    sample
        .due
        .map_or(Ok(()), |due| schedule(&due, sample.orders))
}

fn schedule(due: &Due, orders: u64) -> Result<()> {
    let Due { rate, burst, .. } = *due;
    if !(rate > 0.0 && rate <= MAX_RATE) {
        return Err(Error::Usage(format!(
            "'rate' of 'due' is {rate:?}: ask for more than 0 and at most {MAX_RATE:?} orders per second"
        )));
    }
    if orders as f64 / rate > A_DAY {
        return Err(Error::Usage(format!(
            "{orders} orders at a 'rate' of {rate:?} per second take more than a day: \
             raise the rate or lower the orders"
        )));
    }
    if due.kind == DueKind::Burst && !(1..=MAX_CONCURRENCY as u64).contains(&burst) {
        return Err(Error::Usage(format!(
            "'burst' of 'due' is {burst}: ask for 1 to {MAX_CONCURRENCY}"
        )));
    }
    Ok(())
}

/// What the harness refuses of a `ready` reply.
pub(crate) fn ready(ready: &Ready) -> Result<()> {
    whole(
        1,
        [("threads", ready.threads), ("processes", ready.processes)],
    )?;
    whole(
        0,
        [
            ("in_flight", Some(ready.in_flight)),
            ("memory_bytes", ready.memory_bytes),
            ("startup_ns", Some(ready.startup_ns)),
            ("clock_step_ns", ready.clock_step_ns),
        ],
    )?;
    for (name, figure) in [
        ("overhead_ns", ready.overhead_ns),
        ("ns_per_iteration", ready.ns_per_iteration),
    ] {
        if let Some(figure) = figure.filter(|figure| !(0.0..=MOST as f64).contains(figure)) {
            return Err(refused(name, &figure, 0));
        }
    }
    Ok(())
}

/// What the harness refuses of a measurement.
pub(crate) fn measured(measured: &Measured) -> Result<()> {
    whole(
        1,
        [
            ("wall_ns", Some(measured.wall_ns)),
            ("threads", measured.threads),
            ("processes", measured.processes),
        ],
    )?;
    whole(
        0,
        [
            ("pacer_cpu_ns", measured.pacer_cpu_ns),
            ("behind_ns", measured.behind_ns),
            ("planned_ns", measured.planned_ns),
            ("cpu_user_ns", measured.cpu_user_ns),
            ("cpu_sys_ns", measured.cpu_sys_ns),
            ("voluntary_switches", measured.voluntary_switches),
            ("involuntary_switches", measured.involuntary_switches),
            ("run_delay_ns", measured.run_delay_ns),
            ("read_calls", measured.read_calls),
            ("write_calls", measured.write_calls),
            ("memory_bytes", measured.memory_bytes),
            ("page_table_bytes", measured.page_table_bytes),
            ("peak_rss_bytes", measured.peak_rss_bytes),
            ("startup_ns", Some(measured.startup_ns)),
            ("shutdown_ns", Some(measured.shutdown_ns)),
            ("peak_in_service", Some(measured.peak_in_service)),
        ],
    )?;
    if let Some(part) = measured.fairness.filter(|part| !(0.0..=1.0).contains(part)) {
        return Err(Error::Failed(format!(
            "the runner said that 'fairness' is {part}, which is not from 0 to 1"
        )));
    }
    match measured.in_flight_until_last_start {
        Some(figure) if !(0.0..=MOST as f64).contains(&figure) => {
            Err(refused("in_flight_until_last_start", &figure, 0))
        }
        _ => Ok(()),
    }
}

fn whole<const N: usize>(least: u64, figures: [(&str, Option<u64>); N]) -> Result<()> {
    for (name, figure) in figures {
        if let Some(figure) = figure.filter(|figure| !(least..=MOST).contains(figure)) {
            return Err(refused(name, &figure, least));
        }
    }
    Ok(())
}

fn refused(name: &str, figure: &dyn std::fmt::Display, least: u64) -> Error {
    Error::Failed(format!(
        "the runner said that '{name}' is {figure}, which is not from {least} to {MOST}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_that_nobody_can_mean_is_refused_by_name() {
        let of = |kind, rate, burst| {
            let due = Due {
                kind,
                rate,
                seed: 0,
                burst,
            };
            schedule(&due, 1000)
        };
        of(DueKind::Poisson, 1e7, 1).unwrap();
        of(DueKind::Constant, 0.1, 0).unwrap();
        for (kind, rate, burst, named) in [
            (DueKind::Poisson, 0.0, 1, "'rate'"),
            (DueKind::Poisson, f64::NAN, 1, "'rate'"),
            (DueKind::Poisson, f64::INFINITY, 1, "'rate'"),
            (DueKind::Shared, -5.0, 1, "'rate'"),
            (DueKind::Shared, 1e-300, 1, "more than a day"),
            (DueKind::Burst, 100.0, 0, "'burst'"),
            (DueKind::Burst, 100.0, u64::MAX, "'burst'"),
        ] {
            let error = of(kind, rate, burst).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(named), "{error}");
        }
    }

    #[test]
    fn a_measurement_of_no_time_or_for_ages_is_refused_by_name() {
        let good = Measured {
            wall_ns: 1,
            ..Measured::default()
        };
        measured(&good).unwrap();
        let bad = |change: fn(&mut Measured)| {
            let mut bad = good.clone();
            change(&mut bad);
            measured(&bad).unwrap_err().to_string()
        };
        assert!(bad(|of| of.wall_ns = 0).contains("'wall_ns' is 0"));
        assert!(bad(|of| of.cpu_user_ns = Some(u64::MAX)).contains("'cpu_user_ns'"));
        assert!(bad(|of| of.processes = Some(0)).contains("'processes' is 0"));
        assert!(bad(|of| of.fairness = Some(1.5)).contains("'fairness' is 1.5"));
        let error = ready(&Ready {
            in_flight: 1,
            overhead_ns: Some(f64::NAN),
            ..Ready::default()
        });
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("'overhead_ns' is NaN")
        );
    }
}
