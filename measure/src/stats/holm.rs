//! Holm's step-down correction for many comparisons.
//!
//! S. Holm, "A simple sequentially rejective multiple test procedure",
//! Scandinavian Journal of Statistics 6 (1979): of m p-values, sorted ascending,
//! the j-th (from 1) is rejected while p₍ⱼ₎ ≤ α / (m − j + 1); at the first that is
//! not, all that follow are kept. The probability of any false rejection is at
//! most α, however the tests depend on each other, and models of one run do.

/// What became of one test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Whether the hypothesis of no difference is rejected.
    pub rejected: bool,
    /// The error rate that the test was held to: α / (m − j + 1) where it was
    /// rejected j-th, α / (m − r) where it was kept beside r rejected ones.
    /// Intervals at this rate go with the decision.
    pub alpha: f64,
}

/// The decisions on `p`, in its order, with at most `alpha` for any false
/// rejection among them.
#[must_use]
pub fn holm(p: &[f64], alpha: f64) -> Vec<Step> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut steps = vec![
        Step {
            rejected: false,
            alpha,
        };
        p.len()
    ];
    let mut left = p.len();
    let mut stopped = false;
    for at in order {
        let allowed = alpha / left as f64;
        stopped |= p[at].is_nan() || p[at] > allowed;
        steps[at] = Step {
            rejected: !stopped,
            alpha: allowed,
        };
        if !stopped {
            left -= 1;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_textbook_example() {
        // Four tests at 5 %: 0.005 ≤ 0.0125 and 0.01 ≤ 0.0167, but 0.03 > 0.025,
        // so 0.04 is kept too, although 0.04 ≤ 0.05.
        let steps = holm(&[0.01, 0.04, 0.03, 0.005], 0.05);
        let rejected: Vec<bool> = steps.iter().map(|step| step.rejected).collect();
        assert_eq!(rejected, [true, false, false, true]);
        let allowed: Vec<f64> = steps.iter().map(|step| step.alpha).collect();
        assert_eq!(allowed, [0.05 / 3.0, 0.025, 0.025, 0.0125]);
        assert_eq!(holm(&[], 0.05), []);
        assert!(!holm(&[f64::NAN], 0.05)[0].rejected);
    }

    proptest! {
        #[test]
        fn it_is_the_closed_test_of_bonferroni(
            p in prop::collection::vec(prop_oneof![0.0..0.02f64, 0.0..1.0f64], 1..8),
        ) {
            // Marcus, Peritz and Gabriel (1976): a hypothesis falls where every
            // set of hypotheses that holds it does, here by Bonferroni.
            let steps = holm(&p, 0.05);
            for (at, step) in steps.iter().enumerate() {
                let falls = (1u32..1 << p.len()).filter(|set| set >> at & 1 == 1).all(|set| {
                    let within = || (0..p.len()).filter(move |i| set >> i & 1 == 1);
                    let size = within().count() as f64;
                    within().any(|i| p[i] <= 0.05 / size)
                });
                prop_assert_eq!(step.rejected, falls);
            }
        }

        #[test]
        fn the_order_of_tests_does_not_matter(
            p in prop::collection::vec(0.0..0.1f64, 1..20), turn in 0usize..20,
        ) {
            let turn = turn % p.len();
            let mut turned = p.clone();
            turned.rotate_left(turn);
            let mut steps = holm(&p, 0.05);
            steps.rotate_left(turn);
            prop_assert_eq!(holm(&turned, 0.05), steps);
        }
    }
}
