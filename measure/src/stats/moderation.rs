//! Variances that lean on each other: few rounds tell little about how much one pair
//! wavers, but all pairs of a scenario together tell how much pairs waver there.
//!
//! G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential
//! expression in microarray experiments", Statistical Applications in Genetics and
//! Molecular Biology 3 (2004), as the package limma does: true variances are taken to
//! scatter like s₀²·d₀ / χ²(d₀). Both are fitted by the moments of the logarithms of
//! the sample variances, and each sample variance s² with d degrees of freedom becomes
//! (d₀·s₀² + d·s²) / (d₀ + d) with d₀ + d degrees.

/// What variances of one family lean on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prior {
    /// d₀: how many degrees of freedom it is worth; 0 where it is worth nothing.
    freedom: f64,
    /// s₀².
    variance: f64,
}

/// Sample variances below this part of their median count as so great: their
/// logarithms would say more than a difference of nearly nothing can (limma does so).
const LEAST: f64 = 1e-5;

impl Prior {
    /// No prior: each variance stands for itself.
    pub(super) const NONE: Prior = Prior {
        freedom: 0.0,
        variance: 0.0,
    };

    /// Fitted to sample variances, each with its degrees of freedom, and worth at most
    /// `most` degrees.
    ///
    /// With z = ln s², e = z − ψ(d/2) + ln(d/2): ψ′(d₀/2) is the variance of the e less
    /// the mean of ψ′(d/2), and ln s₀² their mean + ψ(d₀/2) − ln(d₀/2). Where nothing is
    /// left of that variance, all are taken for one.
    pub(super) fn of(variances: &[(f64, f64)], most: f64) -> Self {
        let mut sorted: Vec<f64> = variances.iter().map(|(variance, _)| *variance).collect();
        sorted.sort_by(f64::total_cmp);
        let least = LEAST * sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
        if variances.len() < 2 || most <= 0.0 || least <= 0.0 {
            return Prior::NONE;
        }
        let count = variances.len() as f64;
        let logs = variances.iter().map(|(variance, freedom)| {
            let half = freedom / 2.0;
            variance.max(least).ln() - digamma(half) + half.ln()
        });
        let logs: Vec<f64> = logs.collect();
        let mean = logs.iter().sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let sampled: f64 = variances.iter().map(|(_, d)| trigamma(d / 2.0)).sum();
        let scatter = squares / (count - 1.0) - sampled / count;
        if scatter <= 0.0 {
            return Prior {
                freedom: most,
                variance: mean.exp(),
            };
        }
        let half = inverse_trigamma(scatter);
        Prior {
            freedom: (2.0 * half).min(most),
            variance: (mean + digamma(half) - half.ln()).exp(),
        }
    }

    /// A sample variance with its degrees of freedom, moderated.
    pub(super) fn moderate(&self, variance: f64, freedom: f64) -> (f64, f64) {
        let all = self.freedom + freedom;
        let sum = self.freedom * self.variance + freedom * variance;
        (sum / all, all)
    }
}

/// ψ(x) for x > 0: recurrence up to 8, then Abramowitz and Stegun (1964) 6.3.18.
fn digamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 8.0 {
        below -= x.recip();
        x += 1.0;
    }
    let y = x.powi(-2);
    below + x.ln() - 0.5 / x - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y / 252.0))
}

/// ψ′(x) for x > 0: recurrence up to 8, then Abramowitz and Stegun (1964) 6.4.12.
fn trigamma(mut x: f64) -> f64 {
    let mut below = 0.0;
    while x < 8.0 {
        below += x.powi(-2);
        x += 1.0;
    }
    let y = x.powi(-2);
    below + x.recip() + 0.5 * y + y / x * (1.0 / 6.0 - y * (1.0 / 30.0 - y / 42.0))
}

/// The x with ψ′(x) = `value` > 0, by halving on the log scale: ψ′ falls throughout.
fn inverse_trigamma(value: f64) -> f64 {
    let (mut low, mut high) = (-20f64, 20f64);
    while high - low > 1e-9 {
        let middle = 0.5 * (low + high);
        if trigamma(middle.exp()) > value {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.exp()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::super::simulation::normal;
    use super::*;

    #[test]
    fn known_values_of_psi_and_its_derivative() {
        let euler = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + euler).abs() < 1e-9);
        assert!((digamma(0.5) + euler + 2.0 * 2f64.ln()).abs() < 1e-9);
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-9);
        assert!((trigamma(0.5) - PI * PI / 2.0).abs() < 1e-9);
        for x in [0.01, 0.3, 1.0, 7.0, 400.0] {
            assert!(
                (inverse_trigamma(trigamma(x)) / x - 1.0).abs() < 1e-6,
                "{x}"
            );
        }
    }

    /// Sample variances with 9 degrees of freedom, of normal values whose own variance
    /// is 4·d / χ²(d), or 4 where `d` is 0.
    fn variances(d: u64, seed: u64) -> Vec<(f64, f64)> {
        let chi = |d: u64, lane: u64| -> f64 {
            (0..d).map(|at| normal(seed, lane, 2 * at).powi(2)).sum()
        };
        let own = |at: u64| {
            if d == 0 {
                4.0
            } else {
                4.0 * d as f64 / chi(d, 2 * at)
            }
        };
        (0..2000)
            .map(|at| (own(at) * chi(9, 2 * at + 1) / 9.0, 9.0))
            .collect()
    }

    #[test]
    fn the_scatter_of_variances_is_found_again() {
        let found = Prior::of(&variances(6, 1), 1e3);
        assert!((4.5..8.0).contains(&found.freedom), "{found:?}");
        assert!((found.variance / 4.0 - 1.0).abs() < 0.1, "{found:?}");
        let alike = Prior::of(&variances(0, 2), 50.0);
        assert!(alike.freedom == 50.0 && (alike.variance / 4.0 - 1.0).abs() < 0.05);
        let (variance, freedom) = alike.moderate(1.0, 10.0);
        assert!((variance - (10.0 + 50.0 * alike.variance) / 60.0).abs() < 1e-12);
        assert_eq!(freedom, 60.0);
    }

    #[test]
    fn where_there_is_nothing_to_lean_on_a_variance_stands_for_itself() {
        assert_eq!(Prior::of(&[(2.0, 9.0)], 10.0), Prior::NONE);
        assert_eq!(Prior::of(&[(2.0, 9.0), (1.0, 9.0)], 0.0), Prior::NONE);
        assert_eq!(Prior::of(&[(0.0, 9.0); 4], 10.0), Prior::NONE);
        assert_eq!(Prior::NONE.moderate(3.0, 9.0), (3.0, 9.0));
    }
}
