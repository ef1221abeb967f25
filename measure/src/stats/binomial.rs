//! Binomial tails, of which the sign test and the intervals of medians are made.

/// Binomial tails of one number of draws.
pub(super) struct Binomial {
    /// `ln k!` for k up to the number of draws.
    ln_factorial: Vec<f64>,
}

impl Binomial {
    pub(super) fn new(draws: usize) -> Self {
        let mut ln_factorial = vec![0.0];
        for k in 1..=draws {
            ln_factorial.push(ln_factorial[k - 1] + (k as f64).ln());
        }
        Binomial { ln_factorial }
    }

    /// P(at least `least` of the draws are hits), each with probability `hit`.
    pub(super) fn at_least(&self, least: usize, hit: f64) -> f64 {
        let ln = &self.ln_factorial;
        let draws = ln.len() - 1;
        if hit <= 0.0 || hit >= 1.0 {
            return f64::from(u8::from(hit >= 1.0 || least == 0));
        }
        let (hit, miss) = (hit.ln(), (1.0 - hit).ln());
        let mut sum = 0.0;
        for k in least..=draws {
            let ways = ln[draws] - ln[k] - ln[draws - k];
            let term = (ways + k as f64 * hit + (draws - k) as f64 * miss).exp();
            // Terms grow up to one k and fall behind it: where one adds nothing, no
            // later one does.
            if term < sum * f64::EPSILON / 4.0 {
                break;
            }
            sum += term;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tails() {
        let eight = Binomial::new(8);
        // 70·7⁴ + 56·7³ + 28·7² + 8·7 + 1 of 8⁸.
        let four = (70 * 2401 + 56 * 343 + 28 * 49 + 8 * 7 + 1) as f64 / 8f64.powi(8);
        assert!((eight.at_least(4, 0.125) - four).abs() < 1e-12);
        assert!((eight.at_least(0, 0.3) - 1.0).abs() < 1e-12);
        assert!((eight.at_least(8, 0.5) - 1.0 / 256.0).abs() < 1e-12);
        assert_eq!((eight.at_least(1, 0.0), eight.at_least(8, 1.0)), (0.0, 1.0));
    }
}
