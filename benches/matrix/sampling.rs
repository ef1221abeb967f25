//! How criterion's iterations become batches, so that its target time can always be
//! reached.
//!
//! Criterion puts at least one iteration in a sample, derives the number from how long
//! the first iterations took, and warns wherever it is 1. An iteration is the scenario's
//! whole batch. Where one that is really served takes so long that a sample is just one,
//! it counts as two iterations of its length, and criterion plans with half the time for
//! each: whatever it asks for, a sample is as many batches as come nearest to it.

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, SamplingMode};

/// About how long a sample should take where batches are shorter.
const SAMPLE: Duration = Duration::from_millis(50);
/// Criterion's warm-up, which only tells it how many iterations fit a sample: batches
/// have warmed the cell before.
const WARM_UP: Duration = Duration::from_millis(1);
/// By how much criterion's clock, which encloses ours, may be ahead of it.
const APART: Duration = Duration::from_micros(50);

/// What a sample is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampling {
    /// How long a batch takes; that of the last batch before the clock.
    pub(crate) batch: Duration,
    /// Samples of the benchmark.
    pub(crate) samples: u32,
    /// Time for all of them, where more was asked for than they need.
    pub(crate) time: Option<Duration>,
    /// Whether criterion begins with a warm-up.
    pub(crate) warms_up: bool,
}

impl Sampling {
    /// Batches that come nearest to a sample's length; at least one.
    fn batches_per_sample(&self) -> u32 {
        let fit = SAMPLE.as_secs_f64() / self.batch.as_secs_f64().max(1e-9);
        (fit.round() as u32).max(1)
    }

    /// Iterations that a batch counts as: as few as let a sample be two of them.
    fn iterations(&self) -> u32 {
        if self.batches_per_sample() > 1 { 1 } else { 2 }
    }

    /// How long an iteration takes in criterion's plan.
    fn iteration(&self) -> Duration {
        (self.batch / self.iterations()).max(Duration::from_nanos(1))
    }

    /// Time for all samples.
    fn measurement_time(&self) -> Duration {
        let sample = self.batch * self.batches_per_sample();
        self.time.unwrap_or_default().max(sample * self.samples)
    }

    /// Batches for so many iterations.
    fn batches(&self, iterations: u64) -> u64 {
        (iterations / u64::from(self.iterations())).max(1)
    }
}

/// Measures one benchmark of `group`. `batch` runs a batch and gives the time of an
/// iteration by it; `None` where it failed, which the caller tells.
pub(crate) fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    function: &str,
    sampling: &Sampling,
    mut batch: impl FnMut() -> Option<Duration>,
) {
    group
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(WARM_UP)
        .measurement_time(sampling.measurement_time());
    let mut warmed = if sampling.warms_up {
        Duration::ZERO
    } else {
        Duration::MAX
    };
    group.bench_function(function, |bencher| {
        bencher.iter_custom(|iterations| {
            if warmed <= WARM_UP {
                return warm_up(sampling.iteration(), iterations, &mut warmed);
            }
            let batches = sampling.batches(iterations);
            let times = (0..batches).map(|_| batch());
            // Criterion leaves out a benchmark whose time is zero.
            let all = times.sum::<Option<Duration>>().unwrap_or_default();
            all.mul_f64(iterations as f64 / batches as f64)
        });
    });
}

/// Lets so many iterations' time pass. Criterion goes on with this until its warm-up's
/// time is over; ours must not end at about the same moment, or the two would differ in
/// whether it has.
fn warm_up(iteration: Duration, iterations: u64, warmed: &mut Duration) -> Duration {
    let wait = Duration::try_from_secs_f64(iteration.as_secs_f64() * iterations as f64);
    let mut wait = wait.unwrap_or(WARM_UP).max(Duration::from_nanos(1));
    if *warmed + wait + APART > WARM_UP {
        wait = wait.max((WARM_UP + APART).saturating_sub(*warmed));
    }
    let start = Instant::now();
    loop {
        let spent = start.elapsed();
        if spent >= wait {
            *warmed += spent;
            return spent;
        }
        // A sleep may take a good part of a millisecond longer.
        match (wait - spent).checked_sub(Duration::from_millis(1)) {
            Some(long) if !long.is_zero() => std::thread::sleep(long),
            _ => std::hint::spin_loop(),
        }
    }
}
